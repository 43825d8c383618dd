-- How does every site stand: tier, screening, score?
-- params: none
-- columns: those of tables.TIERS
SELECT tiers.*
FROM tiers
ORDER BY tiers.rowid
