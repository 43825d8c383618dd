-- Where does a title stand in the order of all (sitetable.positions_of_sites), from 0?
-- params: site_id
-- columns: position
SELECT tiles.position
FROM tiles
WHERE tiles.feature_id = $site_id AND tiles.position >= 0
