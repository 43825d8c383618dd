-- How many mining titles overlap each layer that titles are screened against?
-- params: none
-- columns: layer_id, role, titles
SELECT
    sources.layer_id,
    sources.role,
    count(DISTINCT coverage.site_id) AS titles
FROM sources
LEFT JOIN coverage
    ON coverage.scope_id = sources.layer_id
    AND coverage.scope_kind = 'layer'
    AND coverage.class_id = ''
    AND coverage.state = 'overlaps'
GROUP BY sources.layer_id, sources.role
ORDER BY sources.role, sources.layer_id
