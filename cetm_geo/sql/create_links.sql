-- The table links, from the frame handed in as `incoming` (columns and units: tables.LINKS).
-- params: none
CREATE TABLE links AS
SELECT * FROM incoming
