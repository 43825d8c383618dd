-- Which shapes of some layers are to be seen on a small map, the largest first?
-- params: layers: list of layers; west, south, east, north (metres of EPSG:3857); tolerance: of the
--         simplification (m); least_m2: smaller shapes are left out; most: how many are given; iso3:
--         three letters: of titles only those are given that lie in this country
-- columns: layer_id, feature_id, tier (of titles), geometry (WKB, metres of EPSG:3857)
WITH near AS MATERIALIZED (
    SELECT tiles.layer_id, tiles.feature_id, tiles.tier, tiles.kind, tiles.geometry
    FROM tiles
    WHERE tiles.geometry && ST_MakeEnvelope($west, $south, $east, $north)
)

SELECT
    near.layer_id,
    near.feature_id,
    near.tier,
    ST_AsWKB(ST_Simplify(near.geometry, $tolerance)) AS geometry
FROM near
LEFT JOIN tiers ON near.feature_id = tiers.site_id
WHERE
    near.kind = 'polygon'
    AND list_contains($layers::VARCHAR[], near.layer_id)
    AND (near.tier IS NULL OR contains(coalesce(tiers.countries, ''), $iso3))
    AND ST_Area(near.geometry) >= $least_m2
ORDER BY ST_Area(near.geometry) DESC, near.layer_id, near.feature_id
LIMIT $most
