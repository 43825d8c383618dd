-- Between which rows of a table do the sites of each part lie?
-- params: table_name: one of those that stand site by site (store.writing); beside: parts (site_id,
--         part)
-- columns: part, first_row, last_row, rows
WITH held AS (
    SELECT
        rowid AS place,
        site_id
    FROM "overlaps"
    WHERE $table_name = 'overlaps'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM indicators
    WHERE $table_name = 'indicators'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM series
    WHERE $table_name = 'series'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM levels
    WHERE $table_name = 'levels'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM flags
    WHERE $table_name = 'flags'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM flag_features
    WHERE $table_name = 'flag_features'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM theme_scores
    WHERE $table_name = 'theme_scores'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM sites
    WHERE $table_name = 'sites'
    UNION ALL
    SELECT
        rowid AS place,
        site_id
    FROM tiers
    WHERE $table_name = 'tiers'
)

SELECT
    parts.part,
    min(held.place) AS first_row,
    max(held.place) AS last_row,
    count(*) AS rows
FROM held
JOIN parts USING (site_id)
GROUP BY parts.part
