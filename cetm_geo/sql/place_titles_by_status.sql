-- How many titles of each status share land with a place, all its parts together?
-- params: layer_id; parts: list of its features; counted_km2: the least that counts, of points and
--         lines none
-- columns: status, titles, slivers (of them, those that touch it within the mapping error alone)
WITH meeting AS (
    SELECT shared.site_id, bool_and(shared.sliver) AS sliver
    FROM "overlaps" AS shared
    JOIN features
        ON features.layer_id = shared.layer_id AND features.feature_id = shared.feature_id
    WHERE
        shared.layer_id = $layer_id
        AND list_contains($parts::VARCHAR[], shared.feature_id)
    GROUP BY shared.site_id
    HAVING sum(shared.overlap_km2) > $counted_km2 OR bool_or(features.area_km2 <= 0)
)
SELECT sites.status, count(*) AS titles, count(*) FILTER (WHERE meeting.sliver) AS slivers
FROM meeting
JOIN sites USING (site_id)
GROUP BY sites.status
ORDER BY sites.status
