-- Which sites were screened?
-- params: site_ids: list of them, or left out: all; first_row, last_row: where theirs lie, or
--         left out (rows_of_parts)
-- columns: those of tables.SITES, geometry as WKB in degrees
SELECT sites.* REPLACE (ST_AsWKB(sites.geometry) AS geometry)
FROM sites
-- By row, so that of no other site more than its id is read.
WHERE sites.rowid IN (
    SELECT named.rowid FROM sites AS named
    WHERE
        named.rowid BETWEEN $first_row AND $last_row
        AND ($site_ids IS NULL OR named.site_id IN (SELECT unnest($site_ids::VARCHAR[])))
)
ORDER BY sites.rowid
