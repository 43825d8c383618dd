-- Of how many titles has each role's answer a gap, and why?
-- params: none
-- columns: role, titles, gaps (titles of which the answer is missing, partial or old), note (of most
--          of these)
SELECT
    coverage.scope_id AS role,
    count(*) AS titles,
    count(*) FILTER (WHERE coverage.gap) AS gaps,
    mode(coverage.note) FILTER (WHERE coverage.gap) AS note
FROM coverage
WHERE coverage.scope_kind = 'role' AND coverage.class_id = ''
GROUP BY coverage.scope_id
ORDER BY coverage.scope_id
