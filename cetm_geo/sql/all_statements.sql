-- What is stated of titles, and (site_id null) of the country?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.STATEMENTS
SELECT statements.*
FROM statements
WHERE $site_ids IS NULL OR statements.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY statements.rowid
