-- Which sites are there, neighbours beside each other?
-- params: none
-- columns: site_id
SELECT site_id
FROM sites
ORDER BY
    ST_Hilbert(
        geometry,
        {'min_x': -180, 'min_y': -90, 'max_x': 180, 'max_y': 90}::BOX_2D
    ),
    rowid
