-- Shapes for the eye, from the frame handed in as `incoming`: layer_id, feature_id (for titles the
-- site_id), name, class_id, placeholder, kind; of titles tier, fully_screened, reason and position
-- (where they stand in the order of sitetable.positions_of_sites, from 0; -1 of anything else);
-- geometry as WKB in EPSG:3857 metres.
-- params: none
CREATE TABLE tiles AS
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
