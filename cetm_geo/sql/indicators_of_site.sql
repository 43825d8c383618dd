-- Which numbers were measured of one site, in the order of screening?
-- params: site_id
-- columns: those of tables.INDICATORS without site_id
SELECT indicators.* EXCLUDE (site_id)
FROM indicators
WHERE indicators.site_id = $site_id
ORDER BY indicators.rowid
