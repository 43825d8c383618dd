-- How much of each part of a place lies under titles, each bit of its land once?
-- params: layer_id; parts: list of its features
-- columns: feature_id, status_group, covered_km2 (km2); no row of a group none of whose titles
--          shares land with the part
SELECT feature_id, status_group, covered_km2
FROM pressure
WHERE layer_id = $layer_id AND list_contains($parts::VARCHAR[], feature_id)
ORDER BY feature_id, status_group
