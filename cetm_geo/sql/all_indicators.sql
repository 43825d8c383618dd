-- Which numbers were measured, in the order of screening?
-- params: none
-- columns: those of tables.INDICATORS
SELECT indicators.*
FROM indicators
ORDER BY indicators.rowid
