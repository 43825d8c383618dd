-- Which numbers a year were measured, by site, indicator and year?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.SERIES
SELECT series.*
FROM series
JOIN sites USING (site_id)
WHERE $site_ids IS NULL OR series.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY sites.rowid, series.indicator_id, series.year
