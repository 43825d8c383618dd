-- Where on a small map do signs of titles stand, one a cell, with the worst tier of the cell?
-- params: layers: list of registers; west, south, east, north (metres of EPSG:3857); cell: side of a
--         cell (m); iso3: three letters: only titles that lie in this country
-- columns: tier, x, y (metres of EPSG:3857, the middle of the worst title's box), titles
WITH near AS MATERIALIZED (
    SELECT tiles.layer_id, tiles.feature_id, tiles.tier, tiles.position, tiles.geometry
    FROM tiles
    WHERE tiles.geometry && ST_MakeEnvelope($west, $south, $east, $north)
),

placed AS (
    SELECT
        near.tier,
        near.position,
        (ST_XMin(near.geometry) + ST_XMax(near.geometry)) / 2 AS x,
        (ST_YMin(near.geometry) + ST_YMax(near.geometry)) / 2 AS y
    FROM near
    INNER JOIN tiers ON near.feature_id = tiers.site_id
    WHERE
        list_contains($layers::VARCHAR[], near.layer_id)
        AND contains(coalesce(tiers.countries, ''), $iso3)
)

SELECT
    arg_min(placed.tier, placed.position) AS tier,
    arg_min(placed.x, placed.position) AS x,
    arg_min(placed.y, placed.position) AS y,
    count(*) AS titles
FROM placed
GROUP BY floor(placed.x / $cell), floor(placed.y / $cell)
ORDER BY min(placed.position) DESC
