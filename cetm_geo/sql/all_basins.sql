-- Basins that a title lies in or above: their links, and their land under titles by status.
-- params: none
-- columns: tables.BASINS, in the order of layers, basins and groups of statuses
SELECT *
FROM basins
ORDER BY layer_id, basin_id, status_group
