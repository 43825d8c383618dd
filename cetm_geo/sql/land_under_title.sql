-- On how much land do the mining titles lie, each piece of land counted once?
-- params: none
-- columns: status_group, sites, sum_km2, union_km2 (km2)
SELECT totals.status_group, totals.sites, totals.sum_km2, totals.union_km2
FROM totals
WHERE totals.scope_id = 'concession' AND totals.scope_kind = 'role'
ORDER BY
    CASE totals.status_group WHEN 'in_force_or_unknown' THEN 0 WHEN 'application' THEN 1 ELSE 2 END
