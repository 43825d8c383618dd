-- Which pieces of land do some titles share with counted places of some roles?
-- params: site_ids: list of titles; roles: list of roles
-- columns: site_id, geometry (WKB, degrees)
SELECT "overlaps".site_id, ST_AsWKB("overlaps".geometry) AS geometry
FROM "overlaps"
INNER JOIN features USING (layer_id, feature_id)
INNER JOIN sources USING (layer_id)
WHERE
    features.counted
    AND "overlaps".overlap_km2 > 0
    AND "overlaps".geometry IS NOT NULL
    AND list_contains($roles::VARCHAR[], sources.role)
    AND list_contains($site_ids::VARCHAR[], "overlaps".site_id)
ORDER BY "overlaps".rowid
