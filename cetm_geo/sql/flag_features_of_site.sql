-- Which features are the evidence of one site's raised flags, the largest overlap first?
-- params: site_id
-- columns: rule_id, layer_id, feature_id, name, overlap_km2, distance_km, sliver
SELECT
    flag_features.rule_id,
    flag_features.layer_id,
    flag_features.feature_id,
    features.name,
    flag_features.overlap_km2,
    flag_features.distance_km,
    flag_features.sliver
FROM flag_features
LEFT JOIN features USING (layer_id, feature_id)
WHERE flag_features.site_id = $site_id
ORDER BY flag_features.rule_id, flag_features.overlap_km2 DESC, flag_features.feature_id
