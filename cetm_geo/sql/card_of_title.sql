-- What does the map say of the title at a position?
-- params: position
-- columns: site_id, layer_id, name, tier, screened, reason
SELECT
    tiles.feature_id AS site_id,
    tiles.layer_id,
    tiles.name,
    tiles.tier,
    tiles.fully_screened AS screened,
    tiles.reason
FROM tiles
WHERE tiles.position = $position
