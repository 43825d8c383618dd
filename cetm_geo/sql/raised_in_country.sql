-- Which flags are raised of the titles that lie in a country?
-- params: iso3: three letters, which stand in a list of codes as a whole
-- columns: site_id, rule_id, severity, verify
SELECT flags.site_id, flags.rule_id, flags.severity, flags.verify
FROM flags
INNER JOIN tiers USING (site_id)
WHERE
    flags.status = 'raised'
    AND contains(coalesce(tiers.countries, ''), $iso3)
ORDER BY flags.rowid
