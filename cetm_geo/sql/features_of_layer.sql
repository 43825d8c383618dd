-- Which features does a reference layer hold, as measured?
-- params: layer_id
-- columns: those of tables.FEATURES, geometry as WKB in degrees
SELECT features.* REPLACE (ST_AsWKB(features.geometry) AS geometry)
FROM features
WHERE features.layer_id = $layer_id
ORDER BY features.rowid
