-- Which sites are there, in the order of screening?
-- params: none
-- columns: site_id
SELECT site_id
FROM sites
ORDER BY rowid
