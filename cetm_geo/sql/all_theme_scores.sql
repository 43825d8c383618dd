-- How many points has every site in each theme?
-- params: none
-- columns: those of tables.THEME_SCORES
SELECT theme_scores.*
FROM theme_scores
ORDER BY theme_scores.rowid
