-- Which features of reference layers are new, gone or others than before?
-- params: none; beside: earlier, later (columns of marks_of_features)
-- columns: layer_id, feature_id, is_before, is_after
SELECT
    coalesce(later.layer_id, earlier.layer_id) AS layer_id,
    coalesce(later.feature_id, earlier.feature_id) AS feature_id,
    earlier.mark IS NOT NULL AS is_before,
    later.mark IS NOT NULL AS is_after
FROM later
FULL JOIN earlier
    ON earlier.layer_id = later.layer_id AND earlier.feature_id = later.feature_id
WHERE earlier.mark IS DISTINCT FROM later.mark
ORDER BY 1, 2
