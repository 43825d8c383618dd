-- What is known of every title that it can be found, sorted and listed by?
-- params: none
-- columns: row: the title's number in table sites; site_id, layer_id, number (the register's code),
--          name, holder, commodity_text, minerals (ids with spaces between), stage, status,
--          granted_on (ISO), area_km2 (km2), tier, fully_screened, score, *_count (flags raised),
--          countries (codes with ; between), reason, west, south, east, north (degrees)
WITH reasons AS (
    SELECT feature_id AS site_id, any_value(reason) AS reason
    FROM tiles
    WHERE tier <> ''
    GROUP BY feature_id
)
SELECT
    sites.rowid AS row,
    sites.site_id,
    sites.layer_id,
    sites.feature_id AS number,
    sites.name,
    sites.holder,
    sites.commodity_text,
    array_to_string(sites.minerals, ' ') AS minerals,
    sites.stage,
    sites.status,
    sites.granted_on,
    sites.area_km2,
    tiers.tier,
    tiers.fully_screened,
    tiers.score,
    tiers.critical_count,
    tiers.high_count,
    tiers.moderate_count,
    tiers.info_count,
    tiers.countries,
    coalesce(reasons.reason, '') AS reason,
    ST_XMin(sites.geometry) AS west,
    ST_YMin(sites.geometry) AS south,
    ST_XMax(sites.geometry) AS east,
    ST_YMax(sites.geometry) AS north
FROM sites
JOIN tiers USING (site_id)
LEFT JOIN reasons USING (site_id)
ORDER BY sites.rowid
