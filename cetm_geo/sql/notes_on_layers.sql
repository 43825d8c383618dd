-- What was noticed of a layer as a whole, in catalogue order?
-- params: none
-- columns: layer_id, problem
SELECT issues.layer_id, issues.problem
FROM issues
JOIN sources ON sources.layer_id = issues.layer_id
WHERE issues.feature_id IS NULL
ORDER BY sources.rowid, issues.rowid
