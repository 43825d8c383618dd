-- What does one vector tile of one layer hold?
-- params: layer_id; level: the level of the table drawn that the zoom is cut from; west, south, east,
--         north: the tile in metres of EPSG:3857; near_*: the same with a buffer; reach: how far
--         beyond the tile a shape may go uncut (m); scale: tile units per metre; tolerance: of the
--         simplification (m); least: longer side of the smallest box that is drawn (m), and
--         least_label: of one that is labelled; cell: of the grid that keeps one label a cell (m);
--         shapes_bytes, marks_bytes: about what either part of the tile may weigh
-- columns: tile: BLOB, a Mapbox vector tile with the layers shapes (of titles with n, tier, screened,
--          placeholder; of others with id, name, class; part: cut or edge of what is no whole
--          feature) and marks (a point a feature that is no title: id, name, class, size)
--
-- Only shapes that reach far beyond the tile are cut. ST_Intersection with a box does it in a quarter
-- of the time of ST_AsMVTGeom, and fails on what simplifying has made invalid; a line keeps its
-- direction in the latter alone, and the direction of an edge tells on which side its land is.
-- Where a tile would weigh too much, of titles the worst are kept, for which signs stand as well
-- (signs_of_layer.sql), of others the largest.
WITH near AS (
    SELECT
        feature_id, name, class_id, tier, fully_screened, position, placeholder, size_m, part,
        geometry,
        ST_MakeEnvelope($near_west, $near_south, $near_east, $near_north) AS box,
        x0 < $west - $reach OR x1 > $east + $reach
            OR y0 < $south - $reach OR y1 > $north + $reach AS far
    FROM drawn
    WHERE
        level = $level AND layer_id = $layer_id AND size_m >= $least
        AND x1 >= $near_west AND x0 <= $near_east AND y1 >= $near_south AND y0 <= $near_north
),
held AS MATERIALIZED (
    SELECT
        * EXCLUDE (geometry, box),
        CASE
            WHEN far AND part IS DISTINCT FROM 'edge'
                THEN ST_CollectionExtract(
                    coalesce(
                        TRY(ST_Intersection(geometry, box)),
                        TRY(ST_Intersection(ST_MakeValid(geometry), box)),
                        geometry
                    )
                )
            ELSE geometry
        END AS shape
    FROM near
),
framed AS MATERIALIZED (
    SELECT
        *,
        CASE
            WHEN far AND part = 'edge'
                THEN ST_AsMVTGeom(
                    ST_Simplify(shape, $tolerance),
                    ST_Extent(ST_MakeEnvelope($west, $south, $east, $north)),
                    4096, 128, true
                )
            ELSE ST_Affine(
                ST_Simplify(shape, $tolerance),
                $scale, 0, 0, -$scale, -$west * $scale, $north * $scale
            )
        END AS geom
    FROM held
),
weighed AS (
    SELECT
        *,
        sum(
            4 * ST_NPoints(geom) + 24
            + CASE WHEN position < 0 THEN strlen(feature_id) + strlen(coalesce(name, '')) + 12 ELSE 0 END
        ) OVER (
            ORDER BY
                CASE WHEN position < 0 THEN -size_m ELSE position END,
                feature_id, part, ST_XMin(geom), ST_YMin(geom)
            ROWS UNBOUNDED PRECEDING
        ) AS bytes
    FROM framed
    WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)
),
shapes AS (
    SELECT
        CASE WHEN position < 0 THEN feature_id END AS id,
        CASE WHEN position < 0 THEN coalesce(name, '') END AS name,
        CASE WHEN position < 0 THEN class_id END AS class,
        CASE WHEN position >= 0 THEN position END AS n,
        CASE WHEN position >= 0 THEN tier END AS tier,
        CASE WHEN position >= 0 THEN fully_screened END AS screened,
        CASE WHEN placeholder THEN true END AS placeholder,
        part,
        CASE WHEN part = 'edge' THEN geom ELSE ST_Normalize(geom) END AS geom
    FROM weighed
    WHERE bytes <= $shapes_bytes
),
points AS (
    SELECT feature_id, name, class_id, size_m, x, y
    FROM tiles
    WHERE
        layer_id = $layer_id AND position < 0 AND kind <> 'line'
        AND (kind = 'point' OR size_m >= $least_label)
        AND x >= $west AND x < $east AND y > $south AND y <= $north
    QUALIFY row_number() OVER (
        PARTITION BY floor(x / $cell), floor(y / $cell) ORDER BY size_m DESC, feature_id
    ) = 1
),
marks AS (
    SELECT
        feature_id AS id,
        coalesce(name, '') AS name,
        class_id AS class,
        size_m AS size,
        ST_Point((x - $west) * $scale, ($north - y) * $scale) AS geom
    FROM points
    QUALIFY sum(strlen(feature_id) + strlen(coalesce(name, '')) + 32) OVER (
        ORDER BY size_m DESC, feature_id ROWS UNBOUNDED PRECEDING
    ) <= $marks_bytes
)
SELECT
    coalesce((SELECT ST_AsMVT(shapes, 'shapes', 4096, 'geom') FROM shapes), ''::BLOB)
    || coalesce((SELECT ST_AsMVT(marks, 'marks', 4096, 'geom') FROM marks), ''::BLOB) AS tile
