-- How severe is each raised flag of some sites?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: site_id, rule_id, status, severity, verify
SELECT
    site_id,
    rule_id,
    status,
    severity,
    verify
FROM flags
WHERE
    status = 'raised'
    AND rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY rowid
