-- How far do the layers whose licence lets their shapes out reach?
-- params: none
-- columns: layer_id, is_register, west, south, east, north (degrees)
WITH shapes AS (
    SELECT layer_id, false AS is_register, geometry FROM features
    UNION ALL
    SELECT layer_id, true, geometry FROM sites
)
SELECT
    layer_id,
    is_register,
    min(ST_XMin(geometry)) AS west,
    min(ST_YMin(geometry)) AS south,
    max(ST_XMax(geometry)) AS east,
    max(ST_YMax(geometry)) AS north
FROM shapes
JOIN sources USING (layer_id)
WHERE sources.publish = 'public' AND NOT ST_IsEmpty(geometry)
GROUP BY layer_id, is_register
