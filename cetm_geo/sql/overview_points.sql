-- Where do features of some layers lie on a small map, one a cell of a grid?
-- params: layers: list of layers; west, south, east, north and cell (metres of EPSG:3857); most: how
--         many are given, the largest features first
-- columns: x, y (metres of EPSG:3857)
SELECT arg_min(x, (-size_m, feature_id)) AS x, arg_min(y, (-size_m, feature_id)) AS y
FROM tiles
WHERE
    list_contains($layers::VARCHAR[], layer_id)
    AND x BETWEEN $west AND $east AND y BETWEEN $south AND $north
GROUP BY floor(x / $cell), floor(y / $cell)
ORDER BY max(size_m) DESC, min(feature_id)
LIMIT $most
