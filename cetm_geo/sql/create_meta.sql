-- What the store says of itself, from the frame handed in as `incoming` (key, value as text).
-- params: none
CREATE TABLE meta AS
SELECT * FROM incoming
