-- Features as the map marks them, from the frame handed in as `incoming`, a row a feature:
-- layer_id, feature_id (of titles the site_id), name, class_id, kind (polygon, line, point),
-- placeholder; of titles tier, fully_screened, reason and position (where they stand in the order of
-- sitetable.positions_of_sites, from 0; -1 of anything else); size_m: the longer side of the box;
-- x, y: a place on the feature for a sign or a label (EPSG:3857 metres, as size_m).
-- params: none
CREATE TABLE tiles AS
SELECT * FROM incoming
