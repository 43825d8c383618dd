"""Shapes drawn across 180 degrees, cut there; longitudes beyond 180 brought back.

Edges are straight in longitude/latitude, so that land is neither gained nor lost: the parts' areas
add up to the area of the outline before it was cut. The package `antimeridian` cuts likewise but
rounds the latitude of a cut to 1e-7 degrees, which a title of a few hectares shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cetm_geo.arrays import Floats, Geometries

HALF_TURN, FULL_TURN = 180.0, 360.0
_POLYGON = 3
_TALL = 20.0  # degrees, 2 200 km: nothing so tall is so narrow that it could be mistaken


def leaps(shapes: Geometries) -> NDArray[np.bool_]:
    """Shapes with an edge of more than half a turn: drawn across 180 degrees and not cut there.

    An edge of exactly a whole turn is the rim of a world map (a box of the world, Antarctica down
    to the pole), unless its outline is not valid so: then it repeats a point on the meridian.
    Outlines that span the world (see `spans_the_world`) do not leap either.
    """
    return _any_chain(shapes, _leaps)


def spans_the_world(shapes: Geometries) -> NDArray[np.bool_]:
    """Shapes with an edge of more than half a turn, less than a whole one, that is taken as drawn.

    A box from 179.5 west to 179.5 east may be the world or one degree of it. It is the world if it
    is valid as drawn, taller than _TALL degrees, and the narrow reading would be more times taller
    than wide than the wide one is wider than tall.
    """
    return _any_chain(shapes, lambda chain, ring: ring and _is_world(chain))


def _any_chain(shapes: Geometries, says: Callable[[Floats, bool], bool]) -> NDArray[np.bool_]:
    """Shapes more than half a turn wide of which it is said of any line or ring."""
    bounds = shapely.bounds(shapes)
    out = np.zeros(len(shapes), bool)
    with np.errstate(invalid="ignore"):
        wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > HALF_TURN)
    for i in wide.tolist():
        out[i] = any(
            says(chain, _is_polygon(part))
            for part in _simple_parts(shapes[i])
            for chain in _chains(part)
        )
    return out


def cut(shape: Any) -> Any:
    """The shape with longitudes from -180 to 180, cut at 180 where it crosses it.

    Returns None where a ring goes round the earth with corners on both sides of the equator, so
    that nobody can tell which pole it holds.
    """
    pieces: list[Any] = []
    for part in _simple_parts(shape):
        leaping = any(_leaps(chain, _is_polygon(part)) for chain in _chains(part))
        whole = _unrolled_shape(part) if leaping else part
        if whole is None:
            return None
        pieces += _pieces(whole)
    return _gathered(pieces)


def shifted(shapes: Geometries, degrees: float) -> Geometries:
    """Shapes moved east; by whole turns this is exact where the result lies within 180 degrees."""
    return np.asarray(_east(shapes, degrees), dtype=object)


def _east(shapes: Any, degrees: float) -> Any:
    return shapely.transform(shapes, lambda c: c + np.array((degrees, 0.0)))


def _simple_parts(shape: Any) -> Geometries:
    parts = shapely.get_parts(np.array([shape], object))
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)


def _chains(part: Any) -> list[Floats]:
    """Coordinates of a line, or of each ring of a polygon, the outer one first."""
    lines = shapely.get_rings(part) if _is_polygon(part) else [part]
    return [shapely.get_coordinates(line) for line in lines]


def _is_polygon(part: Any) -> bool:
    return bool(shapely.get_type_id(part) == _POLYGON)


def _leaps(chain: Floats, ring: bool) -> bool:
    steps = np.abs(np.diff(chain[:, 0]))
    long = steps[steps > HALF_TURN]
    if not len(long):
        return False
    if (long == FULL_TURN).all():
        return ring and not shapely.is_valid(shapely.Polygon(chain))
    return not (ring and _is_world(chain))


def _is_world(chain: Floats) -> bool:
    steps = np.abs(np.diff(chain[:, 0]))
    if not ((steps > HALF_TURN) & (steps != FULL_TURN)).any():
        return False
    unrolled = _unrolled(chain)
    if _goes_round(unrolled):
        return False
    wide, tall = np.ptp(chain, axis=0)
    narrow = np.ptp(unrolled[:, 0])
    likely = tall > _TALL and tall**2 > narrow * wide
    return bool(likely and shapely.is_valid(shapely.Polygon(chain)))


def _goes_round(unrolled: Floats) -> bool:
    return bool(abs(unrolled[-1, 0] - unrolled[0, 0]) > HALF_TURN)


def _unrolled(chain: Floats) -> Floats:
    """The chain with each edge taken the short way round, leaving the range of longitudes."""
    steps = np.diff(chain[:, 0])
    turns = np.where(np.abs(steps) > HALF_TURN, np.round(steps / FULL_TURN), 0.0)
    x = chain[:, 0] - FULL_TURN * np.r_[0.0, np.cumsum(turns)]
    return np.column_stack([x, chain[:, 1]])


def _unrolled_shape(part: Any) -> Any:
    chains = [_unrolled(c) if _leaps(c, _is_polygon(part)) else c for c in _chains(part)]
    if not _is_polygon(part):
        return shapely.LineString(chains[0]) if len(chains[0]) > 1 else part
    rings = [_closed_over_pole(chain) for chain in chains]
    if any(ring is None for ring in rings):
        return None
    outer = _valid(shapely.Polygon(rings[0]))
    for ring in rings[1:]:
        outer = _without(outer, _valid(shapely.Polygon(ring)))
    return outer


def _closed_over_pole(chain: Floats) -> Floats | None:
    """A ring that ends a turn from where it began, led over the pole on whose side it lies."""
    if not _goes_round(chain):
        return chain
    lowest, highest = chain[:, 1].min(), chain[:, 1].max()
    if lowest < 0 < highest:
        return None
    pole = 90.0 if lowest >= 0 else -90.0
    rim = [(chain[-1, 0], pole), (chain[0, 0], pole), tuple(chain[0])]
    return np.vstack([chain, rim])


def _without(outer: Any, hole: Any) -> Any:
    """A hole may have come to lie some turns beside its outline."""
    for turn in (0.0, FULL_TURN, -FULL_TURN):
        outer = shapely.difference(outer, _east(hole, turn))
    return outer


def _valid(shape: Any) -> Any:
    if shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _pieces(shape: Any) -> list[Any]:
    """The parts of a shape in each turn of the earth, moved to within 180 degrees."""
    if shapely.is_empty(shape):
        return []
    west, _, east, _ = shapely.bounds(shape)
    first = int(np.floor((west + HALF_TURN) / FULL_TURN))
    last = max(first, int(np.ceil((east - HALF_TURN) / FULL_TURN)))
    if first == last == 0:
        return list(_simple_parts(shape))
    dimension = shapely.get_dimensions(shape)
    source = _valid(shape) if last > first else shape
    out: list[Any] = []
    for turn in range(first, last + 1):
        middle = turn * FULL_TURN
        window = shapely.box(middle - HALF_TURN, -91, middle + HALF_TURN, 91)
        inside = shapely.intersection(source, window) if last > first else source
        parts = _simple_parts(inside)
        out += [_within(p, middle) for p in parts if shapely.get_dimensions(p) == dimension]
    # Round a pole the last piece meets the first: they are one.
    return list(_simple_parts(_valid(_gathered(out)))) if dimension == 2 else out


def _within(part: Any, middle: float) -> Any:
    def move(coords: Floats) -> Floats:
        return np.column_stack(
            [np.clip(coords[:, 0] - middle, -HALF_TURN, HALF_TURN), coords[:, 1]]
        )

    return shapely.transform(part, move)


def _gathered(pieces: list[Any]) -> Any:
    if len(pieces) == 1:
        return pieces[0]
    build = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    dimensions = {int(shapely.get_dimensions(piece)) for piece in pieces}
    if len(dimensions) == 1:
        return build[dimensions.pop()](pieces)
    return shapely.geometrycollections(pieces)
