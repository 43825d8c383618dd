-- Which layers does the store hold, from which source, and how are they drawn?
-- params: none
-- columns: those of table sources; has_points: some of its features are points; has_classes: some
--          of them are of a class
SELECT
    sources.*,
    EXISTS (
        SELECT 1 FROM tiles WHERE tiles.layer_id = sources.layer_id AND tiles.kind = 'point'
    ) AS has_points,
    EXISTS (
        SELECT 1 FROM tiles WHERE tiles.layer_id = sources.layer_id AND tiles.class_id <> ''
    ) AS has_classes
FROM sources
ORDER BY sources.role, sources.layer_id
