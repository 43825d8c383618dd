-- How many points has every site in each theme?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.THEME_SCORES
SELECT theme_scores.*
FROM theme_scores
WHERE
    theme_scores.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR theme_scores.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY theme_scores.rowid
