-- The table statements, from the frame handed in as `incoming` (columns and units: tables.STATEMENTS).
-- params: none
CREATE TABLE statements AS
SELECT * FROM incoming
