-- What is said in words of the numbers of some sites, or why they are no plain ones?
-- params: site_ids: list of them; first_row, last_row: where they lie, or left out: anywhere
--         (rows_of_sites)
-- columns: site_id, indicator_id, status, value_text
SELECT
    site_id,
    indicator_id,
    status,
    value_text
FROM indicators
WHERE
    rowid BETWEEN $first_row AND $last_row
    AND site_id IN (SELECT unnest($site_ids::VARCHAR[]))
    AND (status <> 'ok' OR value_text IS NOT NULL)
ORDER BY rowid
