-- Where do the titles that meet a place stand in the order of all titles?
-- params: layer_id; parts: list of its features
-- columns: position (from 0, of sitetable.positions_of_sites), rising
SELECT DISTINCT tiles.position
FROM tiles
WHERE
    tiles.position >= 0
    AND tiles.feature_id IN (
        SELECT shared.site_id
        FROM "overlaps" AS shared
        WHERE
            shared.layer_id = $layer_id
            AND list_contains($parts::VARCHAR[], shared.feature_id)
    )
ORDER BY tiles.position
