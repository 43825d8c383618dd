-- Which numbers a year were measured of one site?
-- params: site_id
-- columns: those of tables.SERIES without site_id
SELECT series.* EXCLUDE (site_id)
FROM series
WHERE series.site_id = $site_id
ORDER BY series.indicator_id, series.year
