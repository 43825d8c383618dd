-- Which numbers a year were measured, by site, indicator and year?
-- params: none
-- columns: those of tables.SERIES
SELECT series.*
FROM series
JOIN sites USING (site_id)
ORDER BY sites.rowid, series.indicator_id, series.year
