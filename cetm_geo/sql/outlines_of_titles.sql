-- Which outlines have the titles that lie in a country?
-- params: iso3: three letters, which stand in a list of codes as a whole
-- columns: geometry (WKB, degrees), in the order of `sites_of_country`
SELECT ST_AsWKB(sites.geometry) AS geometry
FROM sites
INNER JOIN tiers USING (site_id)
WHERE contains(coalesce(tiers.countries, ''), $iso3)
ORDER BY sites.rowid
