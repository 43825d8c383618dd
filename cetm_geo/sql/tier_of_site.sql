-- How does one site stand: its tier, whether it was fully screened, its score?
-- params: site_id
-- columns: those of tables.TIERS without site_id
SELECT tiers.* EXCLUDE (site_id)
FROM tiers
WHERE tiers.site_id = $site_id
