-- Between which rows does a table hold a site?
-- params: table_name: one of those that stand site by site (store.writing)
-- columns: site_id, first_row, last_row
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM "overlaps"
WHERE $table_name = 'overlaps'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM indicators
WHERE $table_name = 'indicators'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM series
WHERE $table_name = 'series'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM levels
WHERE $table_name = 'levels'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM flags
WHERE $table_name = 'flags'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM flag_features
WHERE $table_name = 'flag_features'
GROUP BY site_id
UNION ALL
SELECT
    site_id,
    min(rowid) AS first_row,
    max(rowid) AS last_row
FROM theme_scores
WHERE $table_name = 'theme_scores'
GROUP BY site_id
