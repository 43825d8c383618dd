-- The table pressure, from the frame handed in as `incoming` (columns and units: tables.PRESSURE).
-- params: none
CREATE TABLE pressure AS
SELECT * FROM incoming
