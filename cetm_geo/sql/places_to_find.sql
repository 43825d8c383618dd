-- Which places of some roles have a name, and how many titles share land with each?
-- params: roles: list of roles; counted_km2: a place whose parts share more than this with a title
--         counts; points and lines count where they meet it
-- columns: layer_id, feature_id (the first part of the place), name, titles; most titles first
WITH places AS (
    SELECT
        features.layer_id,
        features.group_id,
        arg_min(features.feature_id, features.rowid) AS feature_id,
        arg_min(features.name, features.rowid) AS name
    FROM features
    JOIN sources USING (layer_id)
    WHERE list_contains($roles::VARCHAR[], sources.role) AND features.name IS NOT NULL
    GROUP BY features.layer_id, features.group_id
),
shared AS (
    SELECT features.layer_id, features.group_id, meeting.site_id
    FROM "overlaps" AS meeting
    JOIN features USING (layer_id, feature_id)
    GROUP BY features.layer_id, features.group_id, meeting.site_id
    HAVING sum(meeting.overlap_km2) > $counted_km2 OR bool_or(features.area_km2 <= 0)
),
counted AS (
    SELECT shared.layer_id, shared.group_id, count(*) AS titles
    FROM shared
    GROUP BY shared.layer_id, shared.group_id
)
SELECT places.layer_id, places.feature_id, places.name, coalesce(counted.titles, 0) AS titles
FROM places
LEFT JOIN counted USING (layer_id, group_id)
ORDER BY titles DESC, places.name, places.layer_id, places.feature_id
