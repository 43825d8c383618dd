-- Which sites are there, in the order of the tables that stand site by site: neighbours together?
-- params: none
-- columns: site_id
SELECT sites.site_id
FROM sites
LEFT JOIN (
    SELECT
        site_id,
        min(rowid) AS first_row
    FROM theme_scores
    GROUP BY site_id
) AS held USING (site_id)
ORDER BY held.first_row, sites.rowid
