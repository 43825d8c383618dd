-- Which levels of layers' scales are sites on, with how much of their land?
-- params: none
-- columns: those of tables.LEVELS; level null where the layer has no data
SELECT levels.*
FROM levels
JOIN sites USING (site_id)
ORDER BY sites.rowid, levels.layer_id, levels.scale_id, levels.level
