-- More rows of the table drawn, from the frame handed in as `incoming`; geometry comes as WKB.
-- params: none
INSERT INTO drawn BY NAME
SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM incoming
