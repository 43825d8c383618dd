-- Which shape has a country on the map, and which layer holds it?
-- params: iso3: three letters; level: the last of the table drawn, which is exact
-- columns: layer_id, feature_id, west, south, east, north (whole metres of EPSG:3857)
SELECT
    drawn.layer_id,
    drawn.feature_id,
    min(drawn.x0) AS west,
    min(drawn.y0) AS south,
    max(drawn.x1) AS east,
    max(drawn.y1) AS north
FROM drawn
INNER JOIN features USING (layer_id, feature_id)
INNER JOIN sources USING (layer_id)
WHERE
    drawn.level = $level AND ST_Dimension(drawn.geometry) = 2
    AND sources.role = 'country' AND features.iso3 = $iso3
GROUP BY drawn.layer_id, drawn.feature_id
ORDER BY min(sources.rowid), drawn.feature_id
