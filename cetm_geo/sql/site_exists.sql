-- Is there a site of this id?
-- params: site_id
-- columns: found (BOOLEAN)
SELECT count(*) > 0 AS found
FROM sites
WHERE sites.site_id = $site_id
