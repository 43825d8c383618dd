-- Which lines of some layers are to be seen on a small map, the longest first?
-- params: layers: list of layers; level: of the table drawn; west, south, east, north (metres of
--         EPSG:3857); tolerance: of the simplification (m); least_m: what is shorter is left out;
--         most: how many are given
-- columns: layer_id, feature_id, geometry (WKB, metres of EPSG:3857; lines, whole)
SELECT layer_id, feature_id, ST_AsWKB(ST_Simplify(geometry, $tolerance)) AS geometry
FROM drawn
WHERE
    level = $level AND list_contains($layers::VARCHAR[], layer_id)
    AND x1 >= $west AND x0 <= $east AND y1 >= $south AND y0 <= $north
    AND ST_Dimension(geometry) = 1 AND ST_Length(geometry) >= $least_m
ORDER BY ST_Length(geometry) DESC, layer_id, feature_id, x0, y0
LIMIT $most
