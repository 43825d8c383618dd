-- The table sources, from the frame handed in as `incoming` (columns and units: tables.SOURCES).
-- params: none
CREATE TABLE sources AS
SELECT * FROM incoming
