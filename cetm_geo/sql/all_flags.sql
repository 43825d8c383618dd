-- What did each rule answer for every site?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.FLAGS
SELECT flags.*
FROM flags
WHERE
    flags.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR flags.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY flags.rowid
