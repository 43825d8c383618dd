-- How much mined land of a country does each layer hold?
-- params: iso3: features that state another country are left out, those that state none are not
-- columns: layer_id, features, area_km2 (km2, added over features)
SELECT features.layer_id, count(*) AS features, sum(features.area_km2) AS area_km2
FROM features
INNER JOIN sources USING (layer_id)
WHERE
    sources.role = 'mine_footprint'
    AND features.counted
    AND coalesce(features.iso3, $iso3) = $iso3
GROUP BY features.layer_id
ORDER BY features.layer_id
