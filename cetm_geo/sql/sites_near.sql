-- Which titles have a box that meets a box?
-- params: west, south, east, north (degrees); most: rows to return
-- columns: site_id, layer_id (the register), name, holder, status, area_km2 (km2), tier,
--          fully_screened, geometry as WKB in degrees
SELECT
    sites.site_id,
    sites.layer_id,
    sites.name,
    sites.holder,
    sites.status,
    sites.area_km2,
    tiers.tier,
    tiers.fully_screened,
    ST_AsWKB(sites.geometry) AS geometry
FROM sites
JOIN tiers USING (site_id)
WHERE sites.geometry && ST_MakeEnvelope($west, $south, $east, $north)
LIMIT $most
