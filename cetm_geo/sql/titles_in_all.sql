-- How many mining titles are there?
-- params: none
-- columns: titles
SELECT count(*) AS titles
FROM sites
