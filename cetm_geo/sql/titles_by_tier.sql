-- How many mining titles stand in each tier, and how many of them were fully screened?
-- params: none
-- columns: tier, titles, fully_screened: titles
SELECT
    tiers.tier,
    count(*) AS titles,
    count(*) FILTER (WHERE tiers.fully_screened) AS fully_screened
FROM tiers
GROUP BY tiers.tier
ORDER BY tiers.tier
