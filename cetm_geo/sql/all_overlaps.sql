-- Which sites and features share land?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.OVERLAPS with the feature's name and designation, the layer's label and
--          role; withheld: the licence of the layer or of the site's own register keeps the shape
--          here; geometry as WKB in degrees, null where withheld
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
    shared.already_km2,
    shared.added_km2,
    shared.distance_km,
    shared.sliver,
    sources.publish <> 'public' OR coalesce(registers.publish, 'public') <> 'public' AS withheld,
    CASE WHEN NOT withheld THEN ST_AsWKB(shared.geometry) END AS geometry
FROM "overlaps" AS shared
JOIN sources USING (layer_id)
LEFT JOIN features USING (layer_id, feature_id)
LEFT JOIN sites AS titles
    ON titles.layer_id = shared.layer_id AND titles.feature_id = shared.feature_id
JOIN sites AS own ON own.site_id = shared.site_id
LEFT JOIN sources AS registers ON registers.layer_id = own.layer_id
WHERE
    shared.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR shared.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY shared.rowid
