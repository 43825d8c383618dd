-- The table tiers, from the frame handed in as `incoming` (columns and units: tables.TIERS).
-- params: none
CREATE TABLE tiers AS
SELECT * FROM incoming
