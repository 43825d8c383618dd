-- How many points has every site in each theme?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.THEME_SCORES
SELECT theme_scores.*
FROM theme_scores
WHERE $site_ids IS NULL OR theme_scores.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY theme_scores.rowid
