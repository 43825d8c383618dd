-- How severe is each raised flag of some sites?
-- params: site_ids: list of them; first_row, last_row: where they lie, or left out: anywhere
--         (rows_of_sites)
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
    AND site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY rowid
