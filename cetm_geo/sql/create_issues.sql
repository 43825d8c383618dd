-- The table issues, from the frame handed in as `incoming` (columns and units: tables.ISSUES).
-- params: none
CREATE TABLE issues AS
SELECT * FROM incoming
