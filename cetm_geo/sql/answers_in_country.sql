-- Of how many titles that lie in a country does each rule give each answer?
-- params: iso3: three letters, which stand in a list of codes as a whole
-- columns: rule_id, status, titles
SELECT flags.rule_id, flags.status, count(*) AS titles
FROM flags
INNER JOIN tiers USING (site_id)
WHERE contains(coalesce(tiers.countries, ''), $iso3)
GROUP BY flags.rule_id, flags.status
ORDER BY flags.rule_id, flags.status
