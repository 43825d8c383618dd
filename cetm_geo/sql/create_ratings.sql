-- The table ratings, from the frame handed in as `incoming` (columns and units: tables.RATINGS).
-- params: none
CREATE TABLE ratings AS
SELECT * FROM incoming
