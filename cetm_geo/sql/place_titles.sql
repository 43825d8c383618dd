-- Which titles share land with a place, all its parts together, and which tier is each in?
-- params: layer_id; parts: list of its features; counted_km2: the least that counts, of points and
--         lines none; statuses: list, an empty one takes all; by_tier: whether tiers and scores
--         order them, else the land they share; start, count: which rows
-- columns: site_id, layer_id (the register), name, holder, status, area_km2 (km2), tier,
--          fully_screened, overlap_km2 (km2), overlap_share (of the title), sliver (they touch
--          within the mapping error alone), has_shape (whether the shared land is kept as a shape),
--          matching (titles in all)
WITH meeting AS (
    SELECT
        shared.site_id,
        sum(shared.overlap_km2) AS overlap_km2,
        least(sum(shared.overlap_share), 1) AS overlap_share,
        bool_and(shared.sliver) AS sliver,
        bool_or(shared.geometry IS NOT NULL) AS has_shape
    FROM "overlaps" AS shared
    JOIN features
        ON features.layer_id = shared.layer_id AND features.feature_id = shared.feature_id
    WHERE
        shared.layer_id = $layer_id
        AND list_contains($parts::VARCHAR[], shared.feature_id)
    GROUP BY shared.site_id
    HAVING sum(shared.overlap_km2) > $counted_km2 OR bool_or(features.area_km2 <= 0)
)
SELECT
    sites.site_id,
    sites.layer_id,
    sites.name,
    sites.holder,
    sites.status,
    sites.area_km2,
    tiers.tier,
    tiers.fully_screened,
    meeting.overlap_km2,
    meeting.overlap_share,
    meeting.sliver,
    meeting.has_shape,
    count(*) OVER () AS matching
FROM meeting
JOIN sites USING (site_id)
JOIN tiers USING (site_id)
WHERE len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], sites.status)
ORDER BY
    CASE
        WHEN NOT $by_tier THEN 0
        WHEN tiers.tier = 'critical' THEN 0
        WHEN tiers.tier = 'high' THEN 1
        WHEN tiers.tier = 'moderate' THEN 2
        WHEN tiers.tier = 'not_fully_screened' THEN 3
        WHEN tiers.tier = 'info' THEN 4
        ELSE 5
    END,
    CASE WHEN $by_tier THEN tiers.score END DESC NULLS LAST,
    meeting.overlap_km2 DESC,
    sites.area_km2 DESC,
    sites.site_id
LIMIT $count OFFSET $start
