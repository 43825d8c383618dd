-- What are some features of a reference layer, with their outlines?
-- params: layer_id; feature_ids: list of them
-- columns: feature_id, name, designation, class_id, counted, tenure, iso3, mineral_ids, repaired,
--          area_km2 (km2), geometry as WKB in degrees
SELECT
    feature_id,
    name,
    designation,
    class_id,
    counted,
    tenure,
    iso3,
    mineral_ids,
    repaired,
    area_km2,
    ST_AsWKB(geometry) AS geometry
FROM features
WHERE layer_id = $layer_id AND list_contains($feature_ids::VARCHAR[], feature_id)
ORDER BY rowid
