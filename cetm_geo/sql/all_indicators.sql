-- Which numbers were measured, in the order of screening?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.INDICATORS
SELECT indicators.*
FROM indicators
WHERE $site_ids IS NULL OR indicators.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY indicators.rowid
