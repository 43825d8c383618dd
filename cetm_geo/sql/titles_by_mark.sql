-- How many mining titles carry each mark?
-- params: none
-- columns: mark, titles
SELECT tiles.mark, count(DISTINCT tiles.feature_id) AS titles
FROM tiles
WHERE tiles.mark <> ''
GROUP BY tiles.mark
ORDER BY tiles.mark
