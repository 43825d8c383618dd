-- The table coverage, from the frame handed in as `incoming` (columns and units: tables.COVERAGE).
-- params: none
CREATE TABLE coverage AS
SELECT * FROM incoming
