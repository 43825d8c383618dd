-- Which sites were screened?
-- params: none
-- columns: those of tables.SITES, geometry as WKB in degrees
SELECT sites.* REPLACE (ST_AsWKB(sites.geometry) AS geometry)
FROM sites
ORDER BY sites.rowid
