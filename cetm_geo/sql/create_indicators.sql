-- The table indicators, from the frame handed in as `incoming` (columns and units: tables.INDICATORS).
-- params: none
CREATE TABLE indicators AS
SELECT * FROM incoming
