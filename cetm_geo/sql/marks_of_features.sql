-- What tells that a feature of a reference layer is as it was: its outline and what rules read?
-- params: none
-- columns: layer_id, feature_id, mark
SELECT
    layer_id,
    feature_id,
    hash(ST_AsWKB(geometry), group_id, class_id, counted, tenure, iso3, mineral_ids) AS mark
FROM features
