-- The table theme_scores, from the frame handed in as `incoming` (columns and units: tables.THEME_SCORES).
-- params: none
CREATE TABLE theme_scores AS
SELECT * FROM incoming
