-- Which sites were screened?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.SITES, geometry as WKB in degrees
SELECT sites.* REPLACE (ST_AsWKB(sites.geometry) AS geometry)
FROM sites
-- By row, so that of no other site more than its id is read.
WHERE sites.rowid IN (
    SELECT named.rowid FROM sites AS named
    WHERE $site_ids IS NULL OR named.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
)
ORDER BY sites.rowid
