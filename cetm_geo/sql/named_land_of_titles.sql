-- How many of some roles does each title of a country meet, on how much land, and does it share
-- land with other titles?
-- params: iso3: three letters, which stand in a list of codes as a whole; roles: list of roles
-- columns: site_id; roles: how many share land with it; covered_km2 (km2, added over roles);
--          contested: land of it is another title's too; in the order of `sites_of_country`
WITH met AS (
    SELECT coverage.site_id, count(*) AS roles, sum(coverage.covered_km2) AS covered_km2
    FROM coverage
    WHERE
        coverage.scope_kind = 'role'
        AND coverage.class_id = ''
        AND coverage.covered_km2 > 0
        AND list_contains($roles::VARCHAR[], coverage.scope_id)
    GROUP BY coverage.site_id
),

contested AS (
    SELECT DISTINCT "overlaps".site_id
    FROM "overlaps"
    INNER JOIN sources USING (layer_id)
    WHERE sources.role = 'concession'
)

SELECT
    sites.site_id,
    coalesce(met.roles, 0) AS roles,
    met.covered_km2,
    contested.site_id IS NOT NULL AS contested
FROM sites
INNER JOIN tiers USING (site_id)
LEFT JOIN met USING (site_id)
LEFT JOIN contested USING (site_id)
WHERE contains(coalesce(tiers.countries, ''), $iso3)
ORDER BY sites.rowid
