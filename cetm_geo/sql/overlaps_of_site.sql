-- Which features does one site meet, and how much land do they share?
-- params: site_id
-- columns: layer_id, layer_label, role, feature_id, name, designation, overlap_km2 (km2),
--          overlap_share (of the site), feature_share, already_km2 (of the feature, under titles in
--          force other than the site), added_km2 (of what is shared, under no other title in force;
--          both null where not known), distance_km (km), sliver
SELECT
    shared.layer_id,
    sources.label AS layer_label,
    sources.role,
    shared.feature_id,
    coalesce(features.name, titles.name) AS name,
    coalesce(features.designation, titles.stage_text) AS designation,
    shared.overlap_km2,
    shared.overlap_share,
    shared.feature_share,
    shared.already_km2,
    shared.added_km2,
    shared.distance_km,
    shared.sliver
FROM "overlaps" AS shared
JOIN sources USING (layer_id)
LEFT JOIN features USING (layer_id, feature_id)
LEFT JOIN sites AS titles
    ON titles.layer_id = shared.layer_id AND titles.feature_id = shared.feature_id
WHERE shared.site_id = $site_id
ORDER BY shared.rowid
