-- Shapes for the eye, on levels (drawn.LEVELS): layer_id, feature_id, name, class_id, placeholder,
-- tier, fully_screened, position as in the table tiles; size_m of the whole feature; level: the
-- deepest zoom that it is drawn at; part: null of a whole feature, cut of a piece of its land, edge of
-- a piece of its outline; geometry in EPSG:3857 metres; x0, y0, x1, y1: a box round it, whole metres.
-- A tile asks for boxes: reading these four columns of a layer is quicker than an R-tree wherever a
-- tile holds many shapes, and costs a few milliseconds where it holds few.
-- params: none
CREATE TABLE drawn (
    layer_id VARCHAR,
    feature_id VARCHAR,
    name VARCHAR,
    class_id VARCHAR,
    tier VARCHAR,
    fully_screened BOOLEAN,
    position INTEGER,
    placeholder BOOLEAN,
    size_m DOUBLE,
    level INTEGER,
    part VARCHAR,
    geometry GEOMETRY,
    x0 INTEGER,
    y0 INTEGER,
    x1 INTEGER,
    y1 INTEGER
)
