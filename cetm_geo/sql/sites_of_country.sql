-- What do the registers say of the titles that lie in a country?
-- params: iso3: three letters, which stand in a list of codes as a whole
-- columns: those of tables.SITES without geometry, in the order of screening
SELECT sites.* EXCLUDE (geometry)
FROM sites
INNER JOIN tiers USING (site_id)
WHERE contains(coalesce(tiers.countries, ''), $iso3)
ORDER BY sites.rowid
