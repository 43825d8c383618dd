-- Which titles does a register hold?
-- params: layer_id; shapes: whether their outlines are wanted
-- columns: those of tables.SITES, geometry as WKB in degrees, null where not wanted
SELECT sites.* REPLACE (CASE WHEN $shapes THEN ST_AsWKB(sites.geometry) END AS geometry)
FROM sites
WHERE sites.layer_id = $layer_id
ORDER BY sites.rowid
