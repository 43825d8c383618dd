-- What is told of every title, with a mark of its outline: the same shape, the same mark, wherever
-- its rings begin?
-- params: none
-- columns: site_id, layer_id, feature_id, facts as in tables.SITES (minerals joined by commas),
--          declared_area_km2 and area_km2, tier, fully_screened, outline (mark)
SELECT
    sites.site_id,
    sites.layer_id,
    sites.feature_id,
    sites.name,
    sites.holder,
    array_to_string(list_sort(sites.minerals), ', ') AS minerals,
    sites.commodity_text,
    sites.stage,
    sites.stage_text,
    sites.method,
    sites.status,
    sites.status_text,
    sites.applied_on,
    sites.granted_on,
    sites.expires_on,
    sites.declared_area_km2,
    sites.area_km2,
    tiers.tier,
    tiers.fully_screened,
    md5(ST_AsWKB(ST_Normalize(sites.geometry))::BLOB) AS outline
FROM sites
LEFT JOIN tiers USING (site_id)
ORDER BY sites.rowid
