-- The table sites, from the frame handed in as `incoming` (columns and units: tables.SITES);
-- geometry comes as WKB in longitude and latitude.
-- params: none
CREATE TABLE sites AS
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
