-- What land does a site share with each feature, as shapes for the map?
-- params: site_id
-- columns: site_id, site_layer_id (the register the site is of), layer_id,
--          layer_label, feature_id, name (of the feature), overlap_km2 (km2), overlap_share (of
--          the site), sliver, geometry (GeoJSON text, degrees)
SELECT
    shared.site_id,
    sites.layer_id AS site_layer_id,
    shared.layer_id,
    sources.label AS layer_label,
    shared.feature_id,
    coalesce(features.name, titles.name) AS name,
    shared.overlap_km2,
    shared.overlap_share,
    shared.sliver,
    ST_AsGeoJSON(shared.geometry) AS geometry
FROM "overlaps" AS shared
JOIN sites USING (site_id)
JOIN sources ON sources.layer_id = shared.layer_id
LEFT JOIN features
    ON features.layer_id = shared.layer_id AND features.feature_id = shared.feature_id
LEFT JOIN sites AS titles
    ON titles.layer_id = shared.layer_id AND titles.feature_id = shared.feature_id
WHERE shared.site_id = $site_id
    AND shared.geometry IS NOT NULL
    AND NOT ST_IsEmpty(shared.geometry)
ORDER BY shared.overlap_km2 DESC, shared.layer_id, shared.feature_id
