-- How much of the land of a layer's features lies under titles in force?
-- params: layer_id
-- columns: feature_id, covered_km2 (km2, each bit of land once); no row of a feature that no title
--          shares land with
SELECT pressure.feature_id, pressure.covered_km2
FROM pressure
WHERE pressure.layer_id = $layer_id AND pressure.status_group = 'in_force_or_unknown'
