-- What land do titles share with a place, as it was measured?
-- params: layer_id; parts: list of its features; most: rows to return
-- columns: status (of the title), geometry as WKB in degrees, null where it was not kept
SELECT sites.status, ST_AsWKB(shared.geometry) AS geometry
FROM "overlaps" AS shared
JOIN sites USING (site_id)
WHERE
    shared.layer_id = $layer_id
    AND list_contains($parts::VARCHAR[], shared.feature_id)
    AND shared.overlap_km2 > 0
ORDER BY shared.site_id, shared.feature_id
LIMIT $most
