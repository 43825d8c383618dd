-- Of how many titles has each of some indicators which status, with or without a value?
-- params: names: list of ids of indicators
-- columns: indicator_id, status, is_null, titles
SELECT
    indicators.indicator_id,
    indicators.status,
    indicators.value IS NULL AS is_null,
    count(*) AS titles
FROM indicators
WHERE list_contains($names::VARCHAR[], indicators.indicator_id)
GROUP BY indicators.indicator_id, indicators.status, indicators.value IS NULL
ORDER BY indicators.indicator_id, indicators.status
