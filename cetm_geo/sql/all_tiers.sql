-- How does every site stand: tier, screening, score?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.TIERS
SELECT tiers.*
FROM tiers
WHERE
    tiers.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR tiers.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY tiers.rowid
