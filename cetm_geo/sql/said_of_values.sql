-- What is said in words of the numbers of some sites, or why they are no plain ones?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: site_id, indicator_id, status, value_text
SELECT
    site_id,
    indicator_id,
    status,
    value_text
FROM indicators
WHERE
    rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR site_id IN (SELECT unnest($site_ids::VARCHAR[])))
    AND (status <> 'ok' OR value_text IS NOT NULL)
ORDER BY rowid
