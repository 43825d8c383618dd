-- Of which titles does each rule raise a flag, and of which can it not be assessed?
-- params: none
-- columns: value: rule_id; answer: raised, not_assessed, or '' (clear); titles: their numbers in
--          table sites
WITH answers AS (
    SELECT
        sites.rowid AS title,
        flags.rule_id AS value,
        CASE WHEN flags.status <> 'clear' THEN flags.status ELSE '' END AS answer
    FROM flags
    JOIN sites USING (site_id)
)
SELECT
    answers.value,
    answers.answer,
    coalesce(list(answers.title) FILTER (WHERE answers.answer <> ''), []) AS titles
FROM answers
GROUP BY answers.value, answers.answer
ORDER BY answers.value, answers.answer
