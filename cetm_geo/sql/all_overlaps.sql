-- Which sites and features share land?
-- params: none
-- columns: those of tables.OVERLAPS with the feature's name and designation, the layer's label, role
--          and publish; geometry as WKB in degrees, null where the licence keeps it here
SELECT
    shared.site_id,
    shared.layer_id,
    sources.label AS layer_label,
    sources.role,
    CASE WHEN sources.publish <> 'local_only' THEN shared.feature_id END AS feature_id,
    CASE
        WHEN sources.publish <> 'local_only' THEN coalesce(features.name, titles.name)
    END AS feature_name,
    CASE
        WHEN sources.publish <> 'local_only' THEN coalesce(features.designation, titles.stage_text)
    END AS designation,
    features.class_id,
    features.counted,
    shared.overlap_km2,
    shared.overlap_share,
    shared.feature_share,
    shared.distance_km,
    shared.sliver,
    sources.publish,
    CASE WHEN sources.publish = 'public' THEN ST_AsWKB(shared.geometry) END AS geometry
FROM "overlaps" AS shared
JOIN sources USING (layer_id)
LEFT JOIN features USING (layer_id, feature_id)
LEFT JOIN sites AS titles
    ON titles.layer_id = shared.layer_id AND titles.feature_id = shared.feature_id
ORDER BY shared.rowid
