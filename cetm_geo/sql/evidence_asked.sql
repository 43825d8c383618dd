-- Which features are the evidence of the flags that are asked for?
-- params: none; beside: asked (site_id, rule_id)
-- columns: site_id, rule_id, layer_id, feature_id
SELECT found.site_id, found.rule_id, found.layer_id, found.feature_id
FROM flag_features AS found
SEMI JOIN asked ON asked.site_id = found.site_id AND asked.rule_id = found.rule_id
ORDER BY 1, 2, 3, 4
