-- An R-tree over the shapes that tiles are cut from.
-- params: none
CREATE INDEX tiles_geometry ON tiles USING RTREE (geometry)
