-- The table consent, from the frame handed in as `incoming` (columns and units: tables.CONSENT).
-- params: none
CREATE TABLE consent AS
SELECT * FROM incoming
