-- The table flags, from the frame handed in as `incoming` (columns and units: tables.FLAGS).
-- params: none
CREATE TABLE flags AS
SELECT * FROM incoming
