-- Which shape has a country on the map, and which layer holds it?
-- params: iso3: three letters
-- columns: layer_id, feature_id, west, south, east, north (metres of EPSG:3857)
SELECT
    tiles.layer_id,
    tiles.feature_id,
    ST_XMin(tiles.geometry) AS west,
    ST_YMin(tiles.geometry) AS south,
    ST_XMax(tiles.geometry) AS east,
    ST_YMax(tiles.geometry) AS north
FROM tiles
INNER JOIN features USING (layer_id, feature_id)
INNER JOIN sources USING (layer_id)
WHERE sources.role = 'country' AND features.iso3 = $iso3 AND tiles.kind = 'polygon'
ORDER BY sources.rowid, tiles.feature_id
