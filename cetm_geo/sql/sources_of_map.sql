-- Which layers does the store hold, from which source, and how are they drawn?
-- params: none
-- columns: those of table sources; features: rows of the layer for the map
SELECT
    sources.*,
    (SELECT count(*) FROM tiles WHERE tiles.layer_id = sources.layer_id) AS features
FROM sources
ORDER BY sources.role, sources.layer_id
