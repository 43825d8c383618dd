-- Which titles does a register hold?
-- params: layer_id
-- columns: those of tables.SITES, geometry as WKB in degrees
SELECT sites.* REPLACE (ST_AsWKB(sites.geometry) AS geometry)
FROM sites
WHERE sites.layer_id = $layer_id
ORDER BY sites.rowid
