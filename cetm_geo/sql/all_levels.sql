-- Which levels of layers' scales are sites on, with how much of their land?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.LEVELS; level null where the layer has no data
SELECT levels.*
FROM levels
JOIN sites USING (site_id)
WHERE $site_ids IS NULL OR levels.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY sites.rowid, levels.layer_id, levels.scale_id, levels.level
