-- What does the store say of itself?
-- params: none
-- columns: key, value (text)
SELECT meta.key, meta.value
FROM meta
ORDER BY meta.key
