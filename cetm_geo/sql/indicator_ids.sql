-- Which indicators were measured, and of how many sites as a number?
-- params: none
-- columns: indicator_id, known_count (sites), unit, in the order in which a title has them
SELECT
    indicator_id,
    count(value) AS known_count,
    any_value(unit) AS unit
FROM indicators
GROUP BY indicator_id
ORDER BY min(rowid)
