-- Which sites and features share land, and how much?
-- params: none
-- columns: site_id, layer_id, feature_id, overlap_km2, overlap_share (of the site), sliver
SELECT site_id, layer_id, feature_id, overlap_km2, overlap_share, sliver
FROM "overlaps"
