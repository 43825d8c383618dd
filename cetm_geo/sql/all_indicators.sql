-- Which numbers were measured, title by title?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.INDICATORS
SELECT indicators.*
FROM indicators
WHERE
    indicators.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR indicators.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY indicators.rowid
