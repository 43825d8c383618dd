-- Which defects did the source data have, and what was done about each?
-- params: none
-- columns: those of tables.ISSUES
SELECT issues.*
FROM issues
ORDER BY issues.rowid
