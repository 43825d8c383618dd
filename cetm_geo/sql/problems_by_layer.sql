-- Which defects did each layer have, of how many features, and what was done? Texts that differ by
-- numbers alone are one kind.
-- params: none
-- columns: layer_id, action, problem (the first of its kind), kind (numbers as an ellipsis), many
--          (how many rows), of_layer (of the layer as a whole), features: up to five, each with
--          feature_id and site_id (of titles that are in the store) and is_there (the store holds it)
WITH told AS (
    SELECT
        issues.layer_id,
        issues.action,
        issues.problem,
        regexp_replace(issues.problem, '\b[0-9][0-9.,]*', '…', 'g') AS kind,
        issues.feature_id,
        issues.rowid AS place
    FROM issues
),

kinds AS (
    SELECT
        told.layer_id,
        told.action,
        told.kind,
        min_by(told.problem, told.place) AS problem,
        count(*) AS many,
        bool_and(told.feature_id IS NULL) AS of_layer,
        min(told.place) AS place,
        list(told.feature_id ORDER BY told.place)[1:5] AS feature_ids
    FROM told
    GROUP BY told.layer_id, told.action, told.kind
),

examples AS (
    SELECT kinds.place, unnest(kinds.feature_ids) AS feature_id,
        generate_subscripts(kinds.feature_ids, 1) AS rank, kinds.layer_id
    FROM kinds
),

known AS (
    SELECT
        examples.place,
        list(
            {
                'feature_id': examples.feature_id,
                'site_id': sites.site_id,
                'is_there': features.feature_id IS NOT NULL
            } ORDER BY examples.rank
        ) AS features
    FROM examples
    LEFT JOIN sites USING (layer_id, feature_id)
    LEFT JOIN features USING (layer_id, feature_id)
    WHERE examples.feature_id IS NOT NULL
    GROUP BY examples.place
)

SELECT
    kinds.layer_id,
    kinds.action,
    kinds.problem,
    kinds.kind,
    kinds.many,
    kinds.of_layer,
    coalesce(known.features, []) AS features
FROM kinds
LEFT JOIN known USING (place)
LEFT JOIN sources USING (layer_id)
ORDER BY sources.rowid NULLS LAST, kinds.many DESC, kinds.place
