-- Does the store hold this feature of a reference layer?
-- params: layer_id, feature_id
-- columns: found
SELECT count(*) > 0 AS found
FROM features
WHERE features.layer_id = $layer_id AND features.feature_id = $feature_id
