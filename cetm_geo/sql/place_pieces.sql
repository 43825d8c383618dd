-- What land do titles share with a place, as shapes for the map, the largest first?
-- params: layer_id; parts: list of its features; tolerance: of the simplification (degrees); most:
--         shapes to return
-- columns: site_id, site_layer_id (the register the site is of), site_name, layer_id, layer_label,
--          feature_id, name (of the feature), overlap_km2 (km2), overlap_share (of the site),
--          sliver, geometry (GeoJSON text, degrees), matching: shapes in all
SELECT
    shared.site_id,
    sites.layer_id AS site_layer_id,
    sites.name AS site_name,
    shared.layer_id,
    sources.label AS layer_label,
    shared.feature_id,
    features.name,
    shared.overlap_km2,
    shared.overlap_share,
    shared.sliver,
    ST_AsGeoJSON(ST_SimplifyPreserveTopology(shared.geometry, $tolerance)) AS geometry,
    count(*) OVER () AS matching
FROM "overlaps" AS shared
JOIN sites USING (site_id)
JOIN sources ON sources.layer_id = shared.layer_id
JOIN features
    ON features.layer_id = shared.layer_id AND features.feature_id = shared.feature_id
WHERE
    shared.layer_id = $layer_id
    AND list_contains($parts::VARCHAR[], shared.feature_id)
    AND shared.geometry IS NOT NULL
    AND NOT ST_IsEmpty(shared.geometry)
ORDER BY shared.overlap_km2 DESC, shared.site_id
LIMIT $most
