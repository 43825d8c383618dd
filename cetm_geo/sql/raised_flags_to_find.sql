-- Which flags are raised, as what a collection is asked by?
-- params: none
-- columns: those of tables.FLAGS but status and lack; layer_id (the register of the site);
--          west, south, east, north (degrees, of the site; null where a licence keeps it)
SELECT
    flags.* EXCLUDE (status, lack),
    sites.layer_id,
    CASE WHEN sources.publish = 'public' THEN ST_XMin(sites.geometry) END AS west,
    CASE WHEN sources.publish = 'public' THEN ST_YMin(sites.geometry) END AS south,
    CASE WHEN sources.publish = 'public' THEN ST_XMax(sites.geometry) END AS east,
    CASE WHEN sources.publish = 'public' THEN ST_YMax(sites.geometry) END AS north
FROM flags
JOIN sites USING (site_id)
LEFT JOIN sources ON sources.layer_id = sites.layer_id
WHERE flags.status = 'raised'
ORDER BY flags.rowid
