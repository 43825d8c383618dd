-- The table basins, from the frame handed in as `incoming` (columns and units: tables.BASINS).
-- params: none
CREATE TABLE basins AS
SELECT * FROM incoming
