-- The table features, from the frame handed in as `incoming` (columns and units: tables.FEATURES);
-- geometry comes as WKB in longitude and latitude.
-- params: none
CREATE TABLE features AS
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
