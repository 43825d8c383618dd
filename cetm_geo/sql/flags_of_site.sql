-- What did each rule answer for one site, the raised ones and of these the worst first?
-- params: site_id
-- columns: those of tables.FLAGS without site_id
SELECT flags.* EXCLUDE (site_id)
FROM flags
WHERE flags.site_id = $site_id
ORDER BY flags.rowid
