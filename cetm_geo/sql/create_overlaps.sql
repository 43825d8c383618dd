-- The table overlaps, from the frame handed in as `incoming` (columns and units: tables.OVERLAPS);
-- geometry comes as WKB in longitude and latitude.
-- params: none
CREATE TABLE "overlaps" AS
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
