-- Which features are the evidence of raised flags, and what are they called?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.FLAG_FEATURES, name
SELECT
    flag_features.*,
    features.name
FROM flag_features
LEFT JOIN features USING (layer_id, feature_id)
WHERE
    flag_features.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR flag_features.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY flag_features.rowid
