-- Which basins or river reaches of a layer drain to which?
-- params: layer_id
-- columns: those of tables.LINKS, in the order of ids
SELECT links.*
FROM links
WHERE links.layer_id = $layer_id
ORDER BY links.rowid
