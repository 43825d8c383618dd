-- The table flag_features, from the frame handed in as `incoming` (columns and units: tables.FLAG_FEATURES).
-- params: none
CREATE TABLE flag_features AS
SELECT * FROM incoming
