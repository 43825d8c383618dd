-- What did each rule answer for the sites that are asked for?
-- params: none; beside: asked (site_id)
-- columns: site_id, rule_id, status, severity, verify, indicator_id, value, threshold, iso3
SELECT site_id, rule_id, status, severity, verify, indicator_id, value, threshold, iso3
FROM flags
SEMI JOIN asked USING (site_id)
