-- Which sites and features share land, as what a collection is asked by?
-- params: none
-- columns: site_id, layer_id, layer_label, role, feature_id, feature_name, designation (null where a
--          licence keeps them), class_id, and the measures of tables.OVERLAPS;
--          west, south, east, north (degrees, of what is shared; null where a licence keeps it)
WITH told AS (
    SELECT
        shared.*,
        sources.label AS layer_label,
        sources.role,
        sources.publish <> 'local_only' AS named,
        sources.publish = 'public' AND coalesce(registers.publish, 'public') = 'public' AS placed,
        coalesce(features.name, titles.name) AS feature_name,
        coalesce(features.designation, titles.stage_text) AS designation,
        features.class_id,
        shared.rowid AS place
    FROM "overlaps" AS shared
    JOIN sources USING (layer_id)
    LEFT JOIN features USING (layer_id, feature_id)
    LEFT JOIN sites AS titles
        ON titles.layer_id = shared.layer_id AND titles.feature_id = shared.feature_id
    JOIN sites AS own ON own.site_id = shared.site_id
    LEFT JOIN sources AS registers ON registers.layer_id = own.layer_id
)
SELECT
    site_id,
    layer_id,
    layer_label,
    role,
    CASE WHEN named THEN feature_id END AS feature_id,
    CASE WHEN named THEN feature_name END AS feature_name,
    CASE WHEN named THEN designation END AS designation,
    class_id,
    overlap_km2,
    overlap_share,
    feature_share,
    already_km2,
    added_km2,
    distance_km,
    sliver,
    CASE WHEN placed THEN ST_XMin(geometry) END AS west,
    CASE WHEN placed THEN ST_YMin(geometry) END AS south,
    CASE WHEN placed THEN ST_XMax(geometry) END AS east,
    CASE WHEN placed THEN ST_YMax(geometry) END AS north
FROM told
ORDER BY place
