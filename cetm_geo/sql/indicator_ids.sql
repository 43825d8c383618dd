-- Which indicators were measured, and of how many sites as a number?
-- params: none
-- columns: indicator_id, known_count (sites), in the order of screening
SELECT
    indicator_id,
    count(value) AS known_count
FROM indicators
GROUP BY indicator_id
ORDER BY min(rowid)
