-- Which level has each feature of a layer on each of the layer's scales?
-- params: layer_id
-- columns: those of tables.RATINGS
SELECT ratings.*
FROM ratings
WHERE ratings.layer_id = $layer_id
ORDER BY ratings.rowid
