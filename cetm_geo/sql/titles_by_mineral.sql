-- Which minerals do the titles name, and how many titles name each?
-- params: none
-- columns: mineral, titles
WITH named AS (
    SELECT sites.site_id, unnest(sites.minerals) AS mineral
    FROM sites
)
SELECT named.mineral, count(DISTINCT named.site_id) AS titles
FROM named
GROUP BY named.mineral
ORDER BY titles DESC, named.mineral
