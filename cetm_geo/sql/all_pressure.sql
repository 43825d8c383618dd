-- Which features of the layers lie under titles, on how much of their land, and by which titles?
-- params: none
-- columns: layer_id, layer_label, role, feature_id and feature_name (null where the layer's licence
--          keeps names here), class_id, status_group, title_count, covered_km2 (km2), covered_share
--          (of the feature, 0-1), area_km2 (of the feature), withheld: the licence keeps the shape
--          here; geometry as WKB in degrees, null where withheld
SELECT
    pressure.layer_id,
    sources.label AS layer_label,
    sources.role,
    CASE WHEN sources.publish <> 'local_only' THEN pressure.feature_id END AS feature_id,
    CASE WHEN sources.publish <> 'local_only' THEN features.name END AS feature_name,
    features.class_id,
    pressure.status_group,
    pressure.title_count,
    pressure.covered_km2,
    pressure.covered_share,
    features.area_km2,
    sources.publish <> 'public' AS withheld,
    CASE WHEN NOT withheld THEN ST_AsWKB(features.geometry) END AS geometry
FROM pressure
JOIN sources USING (layer_id)
JOIN features USING (layer_id, feature_id)
ORDER BY pressure.rowid
