-- Which mining titles match the filters, and how many are they?
-- params: pattern: text to find in name, id, holder or commodity, as an ILIKE pattern with \ as
--         escape; tiers, statuses, layers, minerals, ids: lists, an empty one matches everything
--         (layers: the title overlaps at least one of them); nameless: registers whose names
--         and holders are not searched; limit: rows to return
-- columns: site_id, layer_id, name, holder, status, area_km2 (km2), tier, fully_screened, reason,
--          matching: titles in all; by tier, within one by score, which orders nothing else
WITH reasons AS (
    SELECT DISTINCT feature_id AS site_id, reason
    FROM tiles
    WHERE tier <> ''
),
overlapping AS (
    SELECT DISTINCT site_id
    FROM coverage
    WHERE scope_kind = 'layer' AND class_id = '' AND state = 'overlaps'
        AND list_contains($layers::VARCHAR[], scope_id)
)
SELECT
    sites.site_id,
    sites.layer_id,
    sites.name,
    sites.holder,
    sites.status,
    sites.area_km2,
    tiers.tier,
    tiers.fully_screened,
    coalesce(reasons.reason, '') AS reason,
    count(*) OVER () AS matching
FROM sites
JOIN tiers USING (site_id)
LEFT JOIN reasons USING (site_id)
WHERE
    (
        sites.site_id ILIKE $pattern ESCAPE '\'
        OR sites.commodity_text ILIKE $pattern ESCAPE '\'
        OR (
            NOT list_contains($nameless::VARCHAR[], coalesce(sites.layer_id, ''))
            AND (
                sites.name ILIKE $pattern ESCAPE '\' OR sites.holder ILIKE $pattern ESCAPE '\'
            )
        )
    )
    AND (len($tiers::VARCHAR[]) = 0 OR list_contains($tiers::VARCHAR[], tiers.tier))
    AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], sites.status))
    AND (len($minerals::VARCHAR[]) = 0 OR list_has_any($minerals::VARCHAR[], sites.minerals))
    AND (len($ids::VARCHAR[]) = 0 OR list_contains($ids::VARCHAR[], sites.site_id))
    AND (
        len($layers::VARCHAR[]) = 0
        OR sites.site_id IN (SELECT overlapping.site_id FROM overlapping)
    )
ORDER BY
    CASE tiers.tier
        WHEN 'critical' THEN 0
        WHEN 'high' THEN 1
        WHEN 'moderate' THEN 2
        WHEN 'not_fully_screened' THEN 3
        WHEN 'info' THEN 4
        ELSE 5
    END,
    tiers.score DESC NULLS LAST,
    sites.area_km2 DESC,
    sites.site_id
LIMIT $limit
