-- Which layers does the store hold, in catalogue order?
-- params: none
-- columns: those of tables.SOURCES
SELECT sources.*
FROM sources
ORDER BY sources.rowid
