-- The table totals, from the frame handed in as `incoming` (columns and units: tables.TOTALS).
-- params: none
CREATE TABLE totals AS
SELECT * FROM incoming
