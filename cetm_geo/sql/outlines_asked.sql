-- Which outlines have the titles that are asked for?
-- params: none; beside: asked (site_id)
-- columns: site_id, geometry (WKB, degrees)
SELECT sites.site_id, ST_AsWKB(sites.geometry) AS geometry
FROM sites
SEMI JOIN asked USING (site_id)
ORDER BY sites.site_id
