-- Of which countries do layers hold an outline?
-- params: layer_ids: list of layers
-- columns: iso3 (ISO 3166 alpha-3), name (as the layer has it)
SELECT DISTINCT features.iso3, features.name
FROM features
WHERE features.iso3 IS NOT NULL AND list_contains($layer_ids::VARCHAR[], features.layer_id)
ORDER BY features.iso3, features.name
