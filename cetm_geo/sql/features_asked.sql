-- What are the features called that are asked for, titles among them?
-- params: none; beside: asked (layer_id, feature_id)
-- columns: layer_id, feature_id, name (null where it has none)
SELECT asked.layer_id, asked.feature_id, coalesce(features.name, titles.name) AS name
FROM asked
LEFT JOIN features
    ON features.layer_id = asked.layer_id AND features.feature_id = asked.feature_id
LEFT JOIN sites AS titles
    ON titles.layer_id = asked.layer_id AND titles.feature_id = asked.feature_id
ORDER BY 1, 2
