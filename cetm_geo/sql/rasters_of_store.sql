-- Where did the files of the rasters lie at the build, and what were they, in catalogue order?
-- params: none
-- columns: those of tables.RASTERS
SELECT rasters.*
FROM rasters
ORDER BY rasters.rowid
