-- Which numbers a year were measured, by site, indicator and year?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.SERIES
SELECT series.*
FROM series
JOIN sites USING (site_id)
WHERE
    series.rowid BETWEEN $first_row AND $last_row
    AND ($site_ids IS NULL OR series.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
ORDER BY sites.rowid, series.indicator_id, series.year
