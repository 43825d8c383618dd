-- What did each rule answer for every site?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.FLAGS
SELECT flags.*
FROM flags
WHERE $site_ids IS NULL OR flags.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY flags.rowid
