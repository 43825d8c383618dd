-- Which features of some roles share land with titles, and how much of each lies under them?
-- params: roles: list of roles
-- columns: those of tables.PRESSURE; group_id, name, iso3, area_km2 (km2) of the feature
SELECT pressure.*, features.group_id, features.name, features.iso3, features.area_km2
FROM pressure
INNER JOIN features USING (layer_id, feature_id)
INNER JOIN sources USING (layer_id)
WHERE list_contains($roles::VARCHAR[], sources.role) AND features.counted
ORDER BY pressure.rowid
