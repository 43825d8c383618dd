-- How many points has one site in each theme?
-- params: site_id
-- columns: theme, points, points_high
SELECT
    theme_scores.theme,
    theme_scores.points,
    theme_scores.points_high
FROM theme_scores
WHERE theme_scores.site_id = $site_id
ORDER BY theme_scores.rowid
