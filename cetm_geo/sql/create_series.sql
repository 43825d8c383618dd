-- The table series, from the frame handed in as `incoming` (columns and units: tables.SERIES).
-- params: none
CREATE TABLE series AS
SELECT * FROM incoming
