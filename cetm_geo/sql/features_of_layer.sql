-- Which features does a reference layer hold, as measured?
-- params: layer_id; shapes: whether their outlines are wanted
-- columns: those of tables.FEATURES, geometry as WKB in degrees, null where not wanted
SELECT features.* REPLACE (CASE WHEN $shapes THEN ST_AsWKB(features.geometry) END AS geometry)
FROM features
WHERE features.layer_id = $layer_id
ORDER BY features.rowid
