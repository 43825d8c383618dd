"""Polygons in pieces of few vertices, lines in short ones: together what they were before.

A polygon is halved along its longer side, between the middle two of its vertices, until no part has
more than MOST_VERTICES: k-d halving. The cut never runs through a vertex, so that parts stay valid.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, sums
from cetm_geo.errors import LayerError
from cetm_geo.outlines import outline_pieces
from cetm_geo.workers import in_threads

MOST_VERTICES = 512
KEPT = 1e-9  # of a feature's area; what cutting may lose or gain
_GROWTH = 1.5  # in vertices, by one cut
_CRUMB_KM2 = 1e-12  # a square millimetre: below what float64 degrees resolve
_HILBERT_LEVEL = 16
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_POLYGON = 3


def cut(
    shapes: Geometries, area_km2: Floats, ids: Any = None, chosen: Flags | None = None
) -> tuple[Geometries, Indices]:
    """Every shape in pieces: polygons of at most MOST_VERTICES, short lines, points.

    Args:
        shapes: valid lon/lat geometries (n,), of any kind. area_km2: their areas.
        ids: what an error names a shape by; their positions without it.
        chosen: polygons that are cut; the others come whole, in their simple parts.

    A piece may have several parts where a cut runs along a ragged shore.
    Returns the pieces in Hilbert order and per piece the position of its shape.
    Raises LayerError where the pieces of a shape do not keep its area to KEPT.
    """
    land = shapely.get_dimensions(shapes) == 2
    mixed = shapely.get_type_id(shapes) == 7
    rows = np.flatnonzero(land & ~mixed)
    parts, of_part = shapely.get_parts(shapes[rows], return_index=True)
    owner = rows[of_part]
    large = shapely.get_num_coordinates(parts) > MOST_VERTICES
    if chosen is not None:
        large &= chosen[owner]
    halves, of_half = _halved(parts[large])
    others = np.flatnonzero(~(land & ~mixed))
    lines, of_line = outline_pieces(shapes[others])
    pieces = np.concatenate([parts[~large], halves, lines])
    of_piece = np.concatenate([owner[~large], owner[large][of_half], others[of_line]])
    _check_kept(pieces, of_piece, area_km2, ids, np.unique(owner[large]))
    order = hilbert_order(pieces, of_piece)
    return pieces[order], of_piece[order].astype(np.intp)


def cut_large(polygons: Geometries, most: int = MOST_VERTICES) -> tuple[Geometries, Indices]:
    """Simple polygons, those of more than `most` vertices in pieces; and which each piece is of."""
    large = shapely.get_num_coordinates(polygons) > most
    halves, of_half = _halved(polygons[large], most)
    pieces = np.concatenate([polygons[~large], halves])
    of_piece = np.concatenate([np.flatnonzero(~large), np.flatnonzero(large)[of_half]])
    return pieces, of_piece.astype(np.intp)


def hilbert_order(shapes: Geometries, then: Indices | None = None) -> Indices:
    """Positions of shapes along a Hilbert curve over the world: neighbours stand together.

    Args:
        then: decides between shapes of one place; their positions after that.
    """
    series = gpd.GeoSeries(shapes)
    along = series.hilbert_distance(total_bounds=_WORLD, level=_HILBERT_LEVEL).to_numpy()
    keys = (along,) if then is None else (then, along)
    return np.asarray(np.lexsort(keys), dtype=np.intp)


def _halved(polygons: Geometries, most: int = MOST_VERTICES) -> tuple[Geometries, Indices]:
    """Simple polygons in pieces, in the order of the polygons."""
    found = in_threads(lambda polygon: _pieces_of(polygon, most), list(polygons))
    count = np.array([len(part) for part in found], dtype=np.intp)
    flat = [piece for part in found for piece in part]
    out = np.empty(len(flat), object)
    out[:] = flat
    return out, np.repeat(np.arange(len(polygons)), count)


def _pieces_of(polygon: Any, most: int) -> list[Any]:
    """One polygon in pieces."""
    done: list[Any] = []
    waiting = [polygon]
    while waiting:
        part = waiting.pop()
        halves = _halves(part) if shapely.get_num_coordinates(part) > most else None
        if halves is None:
            done.append(part)
        else:
            waiting += halves
    valid = shapely.is_valid(done)
    return done if valid.all() else _cut_again(polygon, done, valid)


def _halves(polygon: Any) -> list[Any] | None:
    """What lies on both sides of a cut; None where no cut makes it smaller."""
    coords = shapely.get_coordinates(polygon)
    west, south, east, north = shapely.bounds(polygon)
    low, high = np.array((west, south)), np.array((east, north))
    wide, tall = (high - low) * measure.scale_km((south + north) / 2)
    for axis in (int(tall > wide), int(tall <= wide)):
        at = _between(coords[:, axis])
        if at is None:
            continue
        first, second = np.r_[low - 1, high + 1], np.r_[low - 1, high + 1]
        first[2 + axis] = second[axis] = at
        halves = [_inside(polygon, first), _inside(polygon, second)]
        sizes = shapely.get_num_coordinates(halves)
        # A hedgehog's spines would be cut again and again, and each cut makes new corners.
        if sizes.max() < len(coords) and sizes.sum() < _GROWTH * len(coords):
            return halves
    return None


def _between(values: Floats) -> float | None:
    """A place between two different values, next to their median; None where all are one."""
    half = len(values) // 2
    middle = values[np.argpartition(values, half)[half]]
    for beyond in (values[values > middle], values[values < middle]):
        if len(beyond):
            next_to = beyond.min() if beyond[0] > middle else beyond.max()
            at = float(middle + next_to) / 2
            if at not in (middle, next_to):
                return at
    return None


def _inside(polygon: Any, box: Floats) -> Any:
    try:
        clip = shapely.clip_by_rect(polygon, *box)
    except shapely.errors.GEOSException:
        clip = shapely.intersection(polygon, shapely.box(*box))
    return clip if shapely.get_type_id(clip) in (3, 6) else measure.polygon_part([clip])[0]


def _cut_again(polygon: Any, pieces: list[Any], valid: Flags) -> list[Any]:
    """The pieces, those that are not valid cut again by intersection: slower, and exact."""
    rest = shapely.difference(polygon, shapely.union_all(np.array(pieces, object)[valid]))
    out = [piece for piece, sound in zip(pieces, valid, strict=True) if sound]
    for piece in np.array(pieces, object)[~valid]:
        part = measure.polygon_part([shapely.intersection(rest, shapely.box(*piece.bounds))])[0]
        if part is not None:
            out.append(part)
            rest = shapely.difference(rest, part)
    return out


def _check_kept(
    pieces: Geometries, of_piece: Indices, area_km2: Floats, ids: Any, cut_rows: Indices
) -> None:
    ours = np.isin(of_piece, cut_rows)
    kept = sums(measure.area_km2(pieces[ours]), of_piece[ours], len(area_km2))[cut_rows]
    off = np.abs(kept - area_km2[cut_rows])
    wrong = np.flatnonzero(off > KEPT * area_km2[cut_rows] + _CRUMB_KM2)
    if len(wrong):
        row = cut_rows[wrong[0]]
        name = row if ids is None else ids[row]
        raise LayerError(
            f"feature {name}: its pieces have {kept[wrong[0]]:.9f} km2, the feature "
            f"{area_km2[row]:.9f} km2.",
            "Look at its outline; if it is right, report this: the overlay would be wrong.",
        )
