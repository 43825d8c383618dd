-- What does each layer and each role answer for one site, in the order of screening?
-- params: site_id
-- columns: scope_id, scope_kind, role, label (null for a role), state, covered_km2 (km2),
--          covered_share, feature_count, ring_*_km2 (km2), nearest_km (km), nearest_name, inside_share, gap, note, as_of,
--          licence, publish
SELECT
    coverage.scope_id,
    coverage.scope_kind,
    coalesce(sources.role, coverage.scope_id) AS role,
    sources.label,
    coverage.state,
    coverage.covered_km2,
    coverage.covered_share,
    coverage.feature_count,
    coverage.ring_0_1_km2,
    coverage.ring_1_5_km2,
    coverage.ring_5_10_km2,
    coverage.ring_10_20_km2,
    coverage.ring_20_50_km2,
    coverage.nearest_km,
    features.name AS nearest_name,
    coverage.inside_share,
    coverage.gap,
    coverage.note,
    sources.as_of,
    sources.licence,
    sources.publish
FROM coverage
LEFT JOIN sources
    ON coverage.scope_kind = 'layer' AND sources.layer_id = coverage.scope_id
LEFT JOIN features
    ON features.layer_id = coverage.nearest_layer_id
    AND features.feature_id = coverage.nearest_feature_id
WHERE coverage.site_id = $site_id AND coverage.class_id = ''
ORDER BY coverage.rowid
