-- Which shapes of some layers are to be seen on a small map, the largest first?
-- params: layers: list of layers; level: of the table drawn; west, south, east, north (metres of
--         EPSG:3857); tolerance: of the simplification (m); least_m2: smaller shapes are left out;
--         most: how many are given; iso3: three letters: of titles only those are given that lie in
--         this country
-- columns: layer_id, feature_id, tier (of titles), geometry (WKB, metres of EPSG:3857)
WITH near AS MATERIALIZED (
    SELECT layer_id, feature_id, tier, position, geometry
    FROM drawn
    WHERE
        level = $level AND list_contains($layers::VARCHAR[], layer_id)
        AND part IS DISTINCT FROM 'edge'
        AND x1 >= $west AND x0 <= $east AND y1 >= $south AND y0 <= $north
        AND ST_Dimension(geometry) = 2
),

whole AS MATERIALIZED (
    SELECT
        layer_id,
        feature_id,
        any_value(tier) AS tier,
        any_value(position) AS position,
        -- On the last level what is large lies in pieces.
        CASE WHEN count(*) = 1 THEN any_value(geometry) ELSE ST_Union_Agg(geometry) END AS geometry
    FROM near
    GROUP BY layer_id, feature_id
)

SELECT
    whole.layer_id,
    whole.feature_id,
    whole.tier,
    ST_AsWKB(ST_Simplify(whole.geometry, $tolerance)) AS geometry
FROM whole
LEFT JOIN tiers ON whole.feature_id = tiers.site_id
WHERE
    (whole.position < 0 OR contains(coalesce(tiers.countries::VARCHAR, ''), $iso3))
    AND ST_Area(whole.geometry) >= $least_m2
ORDER BY ST_Area(whole.geometry) DESC, whole.layer_id, whole.feature_id
LIMIT $most
