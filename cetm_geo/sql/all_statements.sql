-- What is stated of titles, and (site_id null) of the country?
-- params: none
-- columns: those of tables.STATEMENTS
SELECT statements.*
FROM statements
ORDER BY statements.rowid
