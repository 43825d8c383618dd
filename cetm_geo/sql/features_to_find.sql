-- Which features does a reference layer hold, as what a collection is asked by?
-- params: layer_id
-- columns: feature_id, name, designation, class_id, counted, tenure, iso3, mineral_ids, repaired,
--          area_km2 (km2), west, south, east, north (degrees)
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
    ST_XMin(geometry) AS west,
    ST_YMin(geometry) AS south,
    ST_XMax(geometry) AS east,
    ST_YMax(geometry) AS north
FROM features
WHERE layer_id = $layer_id
ORDER BY rowid
