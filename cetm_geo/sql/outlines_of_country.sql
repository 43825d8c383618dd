-- What is the outline of a country, of each layer that holds one, in catalogue order?
-- params: iso3: three letters
-- columns: layer_id, label, as_of, area_km2 (km2), geometry (WKB, degrees)
SELECT
    features.layer_id,
    any_value(sources.label) AS label,
    any_value(sources.as_of) AS as_of,
    sum(features.area_km2) AS area_km2,
    ST_AsWKB(ST_Union_Agg(features.geometry)) AS geometry
FROM features
INNER JOIN sources USING (layer_id)
WHERE sources.role = 'country' AND features.counted AND features.iso3 = $iso3
GROUP BY features.layer_id
ORDER BY min(sources.rowid)
