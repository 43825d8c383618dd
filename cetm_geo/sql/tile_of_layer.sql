-- What does one vector tile of one layer hold?
-- params: layer_id; west, south, east, north: the tile in metres of EPSG:3857; near_*: the same
--         with a buffer; reach: how far beyond the tile a shape may go uncut (m); scale: tile units
--         per metre; tolerance: of the simplification (m); pixel: a screen pixel (m); cell: of the
--         grid that keeps one sign a cell (m)
-- columns: tile: BLOB, a Mapbox vector tile with the layers shapes and marks
--
-- The spatial condition stands alone in the first part because DuckDB drops the R-tree as soon as
-- it is joined by another. ST_AsMVTGeom cuts, and is 20 to 60 times as slow as ST_Affine: only
-- shapes that reach far beyond the tile need it.
WITH near AS MATERIALIZED (
    SELECT layer_id, feature_id, name, class_id, tier, fully_screened, reason, placeholder, kind, geometry
    FROM tiles
    WHERE geometry && ST_MakeEnvelope($near_west, $near_south, $near_east, $near_north)
),
sized AS (
    SELECT
        *,
        ST_XMin(geometry) AS x0, ST_YMin(geometry) AS y0,
        ST_XMax(geometry) AS x1, ST_YMax(geometry) AS y1
    FROM near
    WHERE layer_id = $layer_id
),
drawn AS MATERIALIZED (
    SELECT
        * EXCLUDE (geometry),
        CASE WHEN kind = 'point' THEN geometry ELSE ST_Simplify(geometry, $tolerance) END AS shape,
        x0 < $west - $reach OR x1 > $east + $reach
            OR y0 < $south - $reach OR y1 > $north + $reach AS far,
        kind <> 'polygon' OR x1 - x0 > $pixel OR y1 - y0 > $pixel AS visible
    FROM sized
),
framed AS (
    SELECT
        feature_id AS id,
        coalesce(name, '') AS name,
        class_id AS class,
        tier,
        fully_screened AS screened,
        coalesce(reason, '') AS reason,
        placeholder,
        CASE
            WHEN far
                THEN ST_AsMVTGeom(
                    shape,
                    ST_Extent(ST_MakeEnvelope($west, $south, $east, $north)),
                    4096, 64, true
                )
            ELSE ST_Affine(
                shape, $scale, 0, 0, -$scale, -$west * $scale, $north * $scale
            )
        END AS geom
    FROM drawn
    WHERE visible AND kind <> 'point' AND NOT ST_IsEmpty(shape)
),
shapes AS (
    SELECT * REPLACE (ST_Normalize(geom) AS geom)
    FROM framed
    WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)
),
points AS (
    SELECT
        *,
        CASE
            WHEN kind = 'point' THEN shape
            WHEN kind = 'line' OR ST_IsEmpty(shape) THEN ST_Point((x0 + x1) / 2, (y0 + y1) / 2)
            ELSE ST_PointOnSurface(shape)
        END AS point,
        CASE tier
            WHEN 'critical' THEN 0
            WHEN 'high' THEN 1
            WHEN 'moderate' THEN 2
            WHEN 'not_fully_screened' THEN 3
            WHEN 'info' THEN 4
            ELSE 5
        END AS rank
    FROM drawn
    WHERE kind <> 'line'
),
marks AS (
    SELECT
        feature_id AS id,
        coalesce(name, '') AS name,
        class_id AS class,
        tier,
        fully_screened AS screened,
        coalesce(reason, '') AS reason,
        placeholder,
        rank,
        sqrt((x1 - x0) * (y1 - y0)) AS size,
        ST_Affine(point, $scale, 0, 0, -$scale, -$west * $scale, $north * $scale) AS geom
    FROM points
    WHERE
        ST_X(point) >= $west AND ST_X(point) < $east
        AND ST_Y(point) > $south AND ST_Y(point) <= $north
    QUALIFY row_number() OVER (
        PARTITION BY floor(ST_X(point) / $cell), floor(ST_Y(point) / $cell)
        ORDER BY rank, size DESC, id
    ) = 1
)
SELECT
    coalesce((SELECT ST_AsMVT(shapes, 'shapes', 4096, 'geom') FROM shapes), ''::BLOB)
    || coalesce((SELECT ST_AsMVT(marks, 'marks', 4096, 'geom') FROM marks), ''::BLOB) AS tile
