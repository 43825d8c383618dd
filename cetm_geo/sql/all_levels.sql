-- Which levels of layers' scales are sites on, with how much of their land?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.LEVELS; level null where the layer has no data
SELECT levels.*
FROM levels
JOIN sites USING (site_id)
WHERE
    levels.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR levels.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY sites.rowid, levels.layer_id, levels.scale_id, levels.level
