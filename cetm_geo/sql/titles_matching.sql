-- Which mining titles match the filters, and how many are they?
-- params: pattern: text to find in name, id, holder or commodity, as an ILIKE pattern with \ as
--         escape; marks, statuses, layers, minerals, ids: lists, an empty one matches everything
--         (layers: the title overlaps at least one of them); nameless: registers whose names
--         and holders are not searched; limit: rows to return
-- columns: site_id, layer_id, name, holder, status, area_km2 (km2), mark, reason, matching: titles in all
WITH marks_of_titles AS (
    SELECT DISTINCT feature_id AS site_id, mark, reason
    FROM tiles
    WHERE mark <> ''
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
    coalesce(marks_of_titles.mark, 'not_fully_screened') AS mark,
    coalesce(marks_of_titles.reason, '') AS reason,
    count(*) OVER () AS matching
FROM sites
LEFT JOIN marks_of_titles USING (site_id)
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
    AND (len($marks::VARCHAR[]) = 0 OR list_contains($marks::VARCHAR[], marks_of_titles.mark))
    AND (len($statuses::VARCHAR[]) = 0 OR list_contains($statuses::VARCHAR[], sites.status))
    AND (len($minerals::VARCHAR[]) = 0 OR list_has_any($minerals::VARCHAR[], sites.minerals))
    AND (len($ids::VARCHAR[]) = 0 OR list_contains($ids::VARCHAR[], sites.site_id))
    AND (
        len($layers::VARCHAR[]) = 0
        OR sites.site_id IN (SELECT overlapping.site_id FROM overlapping)
    )
ORDER BY
    CASE marks_of_titles.mark
        WHEN 'overlaps' THEN 0
        WHEN 'within_mapping_error' THEN 1
        WHEN 'checked_none' THEN 3
        ELSE 2
    END,
    sites.area_km2 DESC,
    sites.site_id
LIMIT $limit
