-- Which titles share land with a place, all its parts together?
-- params: layer_id, feature_id: any part of it; counted_km2: the least that counts, of points and
--         lines none
-- columns: title: its number in table sites; verify: they touch within the mapping error alone
WITH parts AS (
    SELECT features.feature_id, features.area_km2
    FROM features
    WHERE
        features.layer_id = $layer_id
        AND features.group_id IN (
            SELECT one.group_id
            FROM features AS one
            WHERE one.layer_id = $layer_id AND one.feature_id = $feature_id
        )
)
SELECT sites.rowid AS title, bool_and(meeting.sliver) AS verify
FROM "overlaps" AS meeting
JOIN parts USING (feature_id)
JOIN sites USING (site_id)
WHERE meeting.layer_id = $layer_id
GROUP BY sites.rowid
HAVING sum(meeting.overlap_km2) > $counted_km2 OR bool_or(parts.area_km2 <= 0)
ORDER BY title
