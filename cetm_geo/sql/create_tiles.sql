-- Shapes for the eye, from the frame handed in as `incoming`: layer_id, feature_id (for titles the
-- site_id), name, class_id, tier and fully_screened (of titles), reason, placeholder, kind; geometry
-- as WKB in EPSG:3857 metres.
-- params: none
CREATE TABLE tiles AS
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
