-- What did each rule answer for every site?
-- params: none
-- columns: those of tables.FLAGS
SELECT flags.*
FROM flags
ORDER BY flags.rowid
