-- Which titles overlap each layer, which touch it within the mapping error alone, and of which does
-- it not say?
-- params: none
-- columns: value: layer_id; answer: overlaps, within_mapping_error, unanswered, or '' (it says that
--          there is nothing); titles: their numbers in table sites
WITH answers AS (
    SELECT
        sites.rowid AS title,
        coverage.scope_id AS value,
        CASE
            WHEN coverage.state IN ('overlaps', 'within_mapping_error') THEN coverage.state
            WHEN coverage.state IN ('failed', 'not_covered', 'coverage_unknown') THEN 'unanswered'
            WHEN coverage.state = 'within_ring' AND coverage.gap AND coalesce(coverage.inside_share, 0) < 1
                THEN 'unanswered'
            ELSE ''
        END AS answer
    FROM coverage
    JOIN sites USING (site_id)
    WHERE coverage.scope_kind = 'layer' AND coverage.class_id = ''
)
SELECT
    answers.value,
    answers.answer,
    coalesce(list(answers.title) FILTER (WHERE answers.answer <> ''), []) AS titles
FROM answers
GROUP BY answers.value, answers.answer
ORDER BY answers.value, answers.answer
