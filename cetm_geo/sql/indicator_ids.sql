-- Which indicators were measured as numbers?
-- params: none
-- columns: indicator_id, in the order of screening
SELECT indicator_id
FROM indicators
GROUP BY indicator_id
HAVING count(value) > 0
ORDER BY min(rowid)
