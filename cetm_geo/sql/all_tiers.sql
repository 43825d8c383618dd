-- How does every site stand: tier, screening, score?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.TIERS
SELECT tiers.*
FROM tiers
WHERE $site_ids IS NULL OR tiers.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY tiers.rowid
