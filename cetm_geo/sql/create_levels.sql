-- The table levels, from the frame handed in as `incoming` (columns and units: tables.LEVELS).
-- params: none
CREATE TABLE levels AS
SELECT * FROM incoming
