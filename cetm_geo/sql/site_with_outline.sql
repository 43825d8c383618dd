-- What is known of one site, with its outline?
-- params: site_id
-- columns: those of tables.SITES, geometry as WKB in degrees
SELECT sites.* REPLACE (ST_AsWKB(sites.geometry) AS geometry)
FROM sites
WHERE sites.site_id = $site_id
