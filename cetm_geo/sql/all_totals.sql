-- What do sites and scopes come to, all together and by status group?
-- params: none
-- columns: those of tables.TOTALS (km2)
SELECT totals.*
FROM totals
ORDER BY totals.rowid
