-- In which countries do titles lie, and how many in each?
-- params: none
-- columns: iso3, titles
WITH lying AS (
    SELECT unnest(regexp_extract_all(tiers.countries::VARCHAR, '[A-Z]+')) AS iso3
    FROM tiers
    WHERE tiers.countries IS NOT NULL
)
SELECT lying.iso3, count(*) AS titles
FROM lying
GROUP BY lying.iso3
ORDER BY titles DESC, lying.iso3
