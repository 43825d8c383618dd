-- How do the titles that lie in a country stand?
-- params: iso3: three letters, which stand in a list of codes as a whole
-- columns: those of tables.TIERS, in the order of screening
SELECT tiers.*
FROM tiers
INNER JOIN sites USING (site_id)
WHERE contains(coalesce(tiers.countries, ''), $iso3)
ORDER BY sites.rowid
