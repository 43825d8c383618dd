-- Where do the signs of a layer's titles stand, and what do they show?
-- params: layer_id
-- columns: position (from the worst title, 0), x, y (EPSG:3857 metres), tier, fully_screened
SELECT tiles.position, tiles.x, tiles.y, tiles.tier, tiles.fully_screened
FROM tiles
WHERE tiles.layer_id = $layer_id AND tiles.position >= 0
ORDER BY tiles.position
