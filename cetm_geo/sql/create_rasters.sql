-- The table rasters, from the frame handed in as `incoming` (columns: tables.RASTERS).
-- params: none
CREATE TABLE rasters AS
SELECT * FROM incoming
