"""Shapes for the eye: each feature in web mercator, made ready to be cut into tiles at each zoom.

A tile of a low zoom would be cut from thousands of outlines of which the eye sees a few corners
each. So each level of LEVELS, named by the deepest zoom that it serves, holds shapes simplified to
half a pixel, without what is too small to be seen. The last level is exact; on it a polygon of many
vertices lies in pieces, so that no tile reads the whole of it, and its outline beside them, because
the edges of pieces are cuts.

What is drawn is never measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Floats, Geometries, Indices
from cetm_geo.cutting import cut_large, hilbert_order
from cetm_geo.model import Layer, Role
from cetm_geo.outlines import outline_pieces

LEVELS = (3, 6, 9, 20)
TILE_PX = 512
LEAST_PX = 1.5  # of the longer side of a box: what is smaller is not drawn
TOLERANCE_PX = 0.5
MOST_VERTICES = 512  # of a polygon that the last level holds in one piece
CUT_VERTICES, EDGE_VERTICES = 128, 512  # of a piece of one that is cut, and of its outline
CUT, EDGE = "cut", "edge"  # what a row is that is not a whole feature
_NO_TITLE = {"tier": "", "fully_screened": False, "reason": "", "position": -1}
_TEXTS = ("layer_id", "feature_id", "name", "class_id", "tier", "reason", "kind")


def pixel_m(zoom: int) -> float:
    """Width of a screen pixel, in metres of web mercator."""
    return float(2 * measure.MERCATOR_M / 2**zoom / TILE_PX)


def level_of(zoom: int) -> int:
    """The level that tiles of a zoom are cut from."""
    return next((level for level in LEVELS if zoom <= level), LEVELS[-1])


def level_of_pixel(metres: float) -> int:
    """The coarsest level whose pixels are no wider than those of a picture (m of web mercator)."""
    return next((level for level in LEVELS if pixel_m(level) <= metres), LEVELS[-1])


def marks(layers: Iterable[Layer], said: pd.DataFrame) -> pd.DataFrame:
    """A row a feature that has a shape, as create_tiles.sql has them.

    Args:
        said: of titles, by site_id: tier, fully_screened, reason, position (as
            `sitetable.positions_of_sites` gives it).
    """
    frames = [_marks_of(layer, said) for layer in layers]
    return _plain(pd.concat(frames, ignore_index=True))


def drawn(layers: Iterable[Layer], said: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The shapes of all levels in parts of a layer and a level, as create_drawn.sql has them.

    said: as for `marks`. Rows of a level stand together, and in them neighbours, so that a tile
    reads few blocks of the table. Features that are points have no shape.
    """
    for layer in layers:
        shapes = layer.shapes
        order = hilbert_order(shapes)
        order = order[(shapely.get_dimensions(shapes) > 0)[order]]
        shown, shapes = _told(layer, said).drop(columns="reason").iloc[order], shapes[order]
        coarse: dict[int, list[pd.DataFrame]] = {level: [] for level in reversed(LEVELS[:-1])}
        for part in measure.slices(shapes):
            exact, *others = _levels(shown.iloc[part], shapes[part])
            yield exact
            for frames, other in zip(coarse.values(), others, strict=True):
                frames.append(other)
        for frames in coarse.values():
            yield from frames


def _marks_of(layer: Layer, said: pd.DataFrame) -> pd.DataFrame:
    told = _told(layer, said)
    coords = measure.mercator(_points_on(layer.shapes))
    out = told.assign(kind=_kinds(layer.shapes), x=coords[:, 0], y=coords[:, 1])
    return out[~shapely.is_empty(layer.shapes)]


def _told(layer: Layer, said: pd.DataFrame) -> pd.DataFrame:
    """What is said of each feature, and the longer side of its box."""
    features, titles = layer.features, layer.spec.role == Role.CONCESSION
    ids = features["site_id" if titles else "feature_id"].to_numpy(object)
    own = said.reindex(ids) if titles else None
    bounds = shapely.bounds(layer.shapes)
    sides = measure.mercator(bounds[:, 2:]) - measure.mercator(bounds[:, :2])
    return pd.DataFrame(
        {
            "layer_id": layer.spec.id,
            "feature_id": ids,
            "name": features["name"].to_numpy(object),
            "class_id": features["class_id"].to_numpy(object),
            **(_NO_TITLE if own is None else {c: own[c].to_numpy(object) for c in _NO_TITLE}),
            "placeholder": features["placeholder"].to_numpy(bool) if titles else False,
            "size_m": sides.max(axis=1),
        }
    )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """With the types that the store's tables have."""
    texts = [name for name in _TEXTS if name in frame]
    out = frame.assign(**{name: frame[name].where(frame[name].notna(), None) for name in texts})
    types = dict.fromkeys(texts, "str") | {"fully_screened": "bool", "position": "int32"}
    return out.astype(types)


def _points_on(shapes: Geometries) -> Floats:
    """A place on each shape for its sign or its label; of lines the middle of their box."""
    out = np.full((len(shapes), 2), np.nan)
    land = shapely.get_dimensions(shapes) == 2
    point = shapely.get_type_id(shapes) == 0
    out[land] = shapely.get_coordinates(shapely.point_on_surface(shapes[land]))
    out[point & ~shapely.is_empty(shapes)] = shapely.get_coordinates(shapes[point])
    rest = np.isnan(out[:, 0])
    west, south, east, north = shapely.bounds(shapes[rest]).T
    out[rest] = np.column_stack([(west + east) / 2, (south + north) / 2])
    return out


def _kinds(shapes: Geometries) -> Any:
    dimension = shapely.get_dimensions(shapes)
    return np.select([dimension == 2, dimension == 1], ["polygon", "line"], "point").astype(object)


# --- levels --------------------------------------------------------------------------------------


def _levels(shown: pd.DataFrame, shapes: Geometries) -> Iterator[pd.DataFrame]:
    """Shapes in longitude and latitude on every level, from the exact one to the coarsest."""
    row, part, exact = pieces(shapes)
    yield _rows(LEVELS[-1], shown.iloc[row], measure.to_web_mercator(exact), part)
    held = measure.to_web_mercator(shapes)
    for level in reversed(LEVELS[:-1]):
        visible = shown["size_m"].to_numpy() >= LEAST_PX * pixel_m(level)
        shown, held = shown[visible], simplified(held[visible], TOLERANCE_PX * pixel_m(level))
        yield _rows(level, shown, held, np.full(len(held), None, object))


def simplified(shapes: Geometries, tolerance: float) -> Geometries:
    """Shapes with fewer corners, none further off than `tolerance`; none of them vanishes."""
    out = shapely.simplify(shapes, tolerance, preserve_topology=False)
    gone = shapely.is_empty(out)  # narrower than the tolerance, however long
    out[gone] = shapely.simplify(shapes[gone], tolerance, preserve_topology=True)
    return np.asarray(out, dtype=object)


def pieces(shapes: Geometries) -> tuple[Indices, Any, Geometries]:
    """Shapes, those of many vertices in pieces.

    Returns per row the position of its shape, what it is (None, CUT or EDGE) and its geometry. The
    edges of a polygon that is cut are its rings and nothing else, the land on their right.
    """
    many = shapely.get_num_coordinates(shapes) > MOST_VERTICES
    land = shapely.get_dimensions(shapes) == 2
    whole = np.flatnonzero(~many)
    giants, long = np.flatnonzero(many & land), np.flatnonzero(many & ~land)
    parts, of_part = shapely.get_parts(shapes[giants], return_index=True)
    of_part, parts = (x[shapely.get_dimensions(parts) == 2] for x in (of_part, parts))
    cut, of_cut = cut_large(parts, CUT_VERTICES)
    turned = shapely.orient_polygons(shapes[giants], exterior_cw=True)
    edges, of_edge = outline_pieces(turned, EDGE_VERTICES)
    lines, of_line = outline_pieces(shapes[long], EDGE_VERTICES)
    rows = [whole, giants[of_part[of_cut]], giants[of_edge], long[of_line]]
    what = [None, CUT, EDGE, None]
    part = np.repeat(np.array(what, object), [len(row) for row in rows])
    return np.concatenate(rows), part, np.concatenate([shapes[whole], cut, edges, lines])


def _rows(level: int, shown: pd.DataFrame, shapes: Geometries, part: Any) -> pd.DataFrame:
    some = ~shapely.is_empty(shapes)
    out = _plain(shown[some]).assign(level=level, part=part[some], geometry=shapes[some])
    bounds = shapely.bounds(shapes[some])
    whole = np.hstack([np.floor(bounds[:, :2]), np.ceil(bounds[:, 2:])]).astype(np.int32)
    return out.assign(**dict(zip(("x0", "y0", "x1", "y1"), whole.T, strict=True)))
