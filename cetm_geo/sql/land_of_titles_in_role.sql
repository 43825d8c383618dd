-- How much of each title's land is covered by a role's layers, each bit of it once?
-- params: role
-- columns: row: the title's number in table sites; covered_km2 (km2, null where a layer of the role
--          could not answer and nothing was found); gap: the answer lacks something, as is said there
SELECT
    sites.rowid AS row,
    CASE
        WHEN
            coverage.covered_km2 > 0
            OR coverage.state = 'checked_none'
            OR (
                coverage.state IN ('overlaps', 'within_mapping_error', 'within_ring')
                AND coalesce(coverage.inside_share, 0) >= 1
                AND NOT EXISTS (
                    SELECT 1
                    FROM sources
                    WHERE sources.role = $role AND sources.problem IS NOT NULL
                )
            )
            THEN coverage.covered_km2
    END AS covered_km2,
    coverage.gap
FROM coverage
JOIN sites USING (site_id)
WHERE
    coverage.scope_kind = 'role' AND coverage.scope_id = $role AND coverage.class_id = ''
