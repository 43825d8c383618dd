-- Which features are the evidence of raised flags, and what are they called?
-- params: none
-- columns: those of tables.FLAG_FEATURES, name
SELECT
    flag_features.*,
    features.name
FROM flag_features
LEFT JOIN features USING (layer_id, feature_id)
ORDER BY flag_features.rowid
