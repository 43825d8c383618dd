-- Between which rows of a table do the sites of each part lie?
-- params: table_name: one of those that stand site by site (store.writing); beside: parts (site_id,
--         part)
-- columns: part, first_row, last_row, rows
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM "overlaps" AS held
JOIN parts USING (site_id)
WHERE $table_name = 'overlaps'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM indicators AS held
JOIN parts USING (site_id)
WHERE $table_name = 'indicators'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM series AS held
JOIN parts USING (site_id)
WHERE $table_name = 'series'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM levels AS held
JOIN parts USING (site_id)
WHERE $table_name = 'levels'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM flags AS held
JOIN parts USING (site_id)
WHERE $table_name = 'flags'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM flag_features AS held
JOIN parts USING (site_id)
WHERE $table_name = 'flag_features'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM theme_scores AS held
JOIN parts USING (site_id)
WHERE $table_name = 'theme_scores'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM sites AS held
JOIN parts USING (site_id)
WHERE $table_name = 'sites'
GROUP BY parts.part
UNION ALL
SELECT
    parts.part,
    min(held.rowid) AS first_row,
    max(held.rowid) AS last_row,
    count(*) AS rows
FROM tiers AS held
JOIN parts USING (site_id)
WHERE $table_name = 'tiers'
GROUP BY parts.part
