-- What is known of a place: of one feature of a layer, of the other features that are parts of the
-- same thing, and of the layer?
-- params: layer_id, feature_id
-- columns: one row a part, the one that was asked first, then the largest: layer_id, feature_id,
--          group_id, name, designation, class_id, counted, tenure, iso3, circle, repaired, area_km2
--          (km2, 0 of points and lines), role, layer_label, licence, licence_url, attribution,
--          publish, as_of, stale, complete_within, positional_error_m (m), geometry as WKB in degrees
SELECT
    features.* EXCLUDE (geometry, mineral_ids, tenure),
    coalesce(features.tenure, sources.tenure) AS tenure,
    sources.role,
    sources.label AS layer_label,
    sources.licence,
    sources.licence_url,
    sources.attribution,
    sources.publish,
    sources.as_of,
    sources.stale,
    sources.complete_within,
    sources.positional_error_m,
    ST_AsWKB(features.geometry) AS geometry
FROM features
JOIN sources USING (layer_id)
WHERE
    features.layer_id = $layer_id
    AND features.group_id IN (
        SELECT one.group_id
        FROM features AS one
        WHERE one.layer_id = $layer_id AND one.feature_id = $feature_id
    )
ORDER BY features.feature_id = $feature_id DESC, features.area_km2 DESC, features.feature_id
