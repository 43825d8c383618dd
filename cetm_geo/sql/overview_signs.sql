-- Where on a small map do signs of titles stand, one a cell, with the worst tier of the cell?
-- params: layers: list of registers; west, south, east, north (metres of EPSG:3857); cell: side of a
--         cell (m); iso3: three letters: only titles that lie in this country
-- columns: tier, x, y (metres of EPSG:3857, where the worst title has its sign), titles
SELECT
    arg_min(tiles.tier, tiles.position) AS tier,
    arg_min(tiles.x, tiles.position) AS x,
    arg_min(tiles.y, tiles.position) AS y,
    count(*) AS titles
FROM tiles
INNER JOIN tiers ON tiles.feature_id = tiers.site_id
WHERE
    tiles.position >= 0 AND list_contains($layers::VARCHAR[], tiles.layer_id)
    AND tiles.x BETWEEN $west AND $east AND tiles.y BETWEEN $south AND $north
    AND contains(coalesce(tiers.countries, ''), $iso3)
GROUP BY floor(tiles.x / $cell), floor(tiles.y / $cell)
ORDER BY min(tiles.position) DESC
