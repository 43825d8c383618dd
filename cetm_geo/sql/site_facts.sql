-- What is known of one site, without its shape?
-- params: site_id
-- columns: those of tables.SITES without geometry; west, south, east, north (degrees)
SELECT
    sites.* EXCLUDE (geometry),
    ST_XMin(sites.geometry) AS west,
    ST_YMin(sites.geometry) AS south,
    ST_XMax(sites.geometry) AS east,
    ST_YMax(sites.geometry) AS north
FROM sites
WHERE sites.site_id = $site_id
