-- What do some indicators say of every site?
-- params: names: list of ids of indicators
-- columns: site_id, indicator_id, value, value_text, status, title by title
SELECT
    indicators.site_id,
    indicators.indicator_id,
    indicators.value,
    indicators.value_text,
    indicators.status
FROM indicators
WHERE list_contains($names::VARCHAR[], indicators.indicator_id)
ORDER BY indicators.rowid
