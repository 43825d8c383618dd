"""sites x pieces -> the land each piece shares with each site: the kernel of every overlay.

Most pairs are settled without an intersection: a piece properly inside a site has its stored area,
a site inside a piece its own. A site of many vertices is cut as layers are. Each clip depends on
its site and piece alone, and clips stand in the order of sites and pieces, so that sums come out
the same to the last bit however the sites are put together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices
from cetm_geo.cutting import MOST_VERTICES, cut_large
from cetm_geo.pieces import Pieces

TOUCHES, INSIDE, AROUND, CLIPPED = range(4)  # how a piece lies to a site
_SAME = 1e-10  # of an area
_MANY = 16  # candidates of a site from which their boxes are tried before their outlines


@dataclass(frozen=True)
class Units:
    """Sites as they are laid over pieces: own copies, prepared, those of many vertices in parts.

    Threads share no prepared shape: each makes its units of its own sites.
    """

    shapes: Geometries
    site_row: Indices
    area_km2: Floats

    @staticmethod
    def of(sites: Geometries, area_km2: Floats) -> Units:
        """Units of valid polygons and their areas."""
        large = shapely.get_num_coordinates(sites) > MOST_VERTICES
        whole = np.flatnonzero(~large)
        parts, of_part = shapely.get_parts(sites[large], return_index=True)
        cut, of_cut = cut_large(parts)
        shapes = np.concatenate([shapely.force_2d(sites[whole]), cut])
        row = np.concatenate([whole, np.flatnonzero(large)[of_part[of_cut]]])
        order = np.argsort(row, kind="stable")
        shapes, row = shapes[order], row[order].astype(np.intp)
        areas = area_km2[row].copy()
        areas[large[row]] = measure.area_km2(shapes[large[row]])
        shapely.prepare(shapes)
        return Units(shapes, row, areas)


@dataclass(frozen=True)
class Clips:
    """Units and pieces that meet, as arrays of one length, sorted by site, piece and unit.

    how: TOUCHES, INSIDE, AROUND or CLIPPED. km2: the land they share. shape: that land where it is
    CLIPPED, else None (see `lands`). dropped: intersections that left lines or points as well.
    """

    unit: Indices
    site_row: Indices
    piece: Indices
    how: Indices
    km2: Floats
    shape: Geometries
    dropped: int

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, chosen: Any) -> Clips:
        """The clips that a mask or positions choose."""
        arrays = {name: getattr(self, name)[chosen] for name in _OF_CLIPS}
        return Clips(**arrays, dropped=0)


_NO_ROWS, _NO_KM2 = np.empty(0, np.intp), np.empty(0)
_NOTHING = Clips(_NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_KM2, np.empty(0, object), dropped=0)
_OF_CLIPS = tuple(f.name for f in fields(Clips) if f.name != "dropped")


Met = tuple[Indices, Indices]


def clip(units: Units, pieces: Pieces, among: Flags | None = None, met: Met | None = None) -> Clips:
    """All pieces that units meet, and the land they share.

    Args:
        among: the pieces that are asked; all without it. met: the pairs of unit and piece that are
            asked; those whose boxes meet, without it.
    """
    unit, piece = pieces.meeting(shapely.bounds(units.shapes)) if met is None else met
    if among is not None:
        kept = among[piece]
        unit, piece = unit[kept], piece[kept]
    if not len(unit):  # most layers are far from one drawn site, which is told soon
        return _NOTHING
    how = np.full(len(unit), CLIPPED)
    how[_inside_by_box(units.shapes, unit, pieces.bounds[piece])] = INSIDE
    open_ = np.flatnonzero(how != INSIDE)
    rows, position = np.unique(piece[open_], return_inverse=True)
    shapes = pieces.shapes(rows)[position]
    shape = np.full(len(unit), None, object)
    km2 = np.zeros(len(unit))
    found, clipped, dropped = _open_pairs(units, unit[open_], shapes, pieces, piece[open_])
    how[open_] = found
    shape[open_] = clipped
    cut = np.flatnonzero(how == CLIPPED)
    km2[cut] = measure.area_km2(shape[cut])
    inside, around = how == INSIDE, how == AROUND
    km2[inside] = pieces.area_km2[piece[inside]]
    km2[around] = units.area_km2[unit[around]]
    site_row = units.site_row[unit]
    order = np.lexsort((unit, piece, site_row))
    order = order[how[order] >= TOUCHES]
    return Clips(
        unit[order], site_row[order], piece[order], how[order], km2[order], shape[order], dropped
    )


_APART = -1


def _open_pairs(
    units: Units, unit: Indices, outlines: Geometries, pieces: Pieces, piece: Indices
) -> tuple[Indices, Geometries, int]:
    """How each piece lies to its unit, and the land where it had to be clipped."""
    shapes = units.shapes[unit]
    how = np.full(len(unit), _APART)
    shape = np.full(len(unit), None, object)
    meet = np.flatnonzero(shapely.intersects(shapes, outlines))
    how[meet] = TOUCHES
    land = meet[pieces.area_km2[piece[meet]] > 0]
    inside = shapely.contains_properly(shapes[land], outlines[land])
    how[land[inside]] = INSIDE
    rest = land[~inside]
    bounds, own = pieces.bounds[piece[rest]], shapely.bounds(shapes[rest])
    wider = np.hstack([bounds[:, :2] <= own[:, :2], bounds[:, 2:] >= own[:, 2:]])
    may = rest[wider.all(axis=1)]
    around = may[shapely.covered_by(shapes[may], outlines[may])]
    how[around] = AROUND
    rest = rest[~np.isin(rest, around)]
    met = robust(shapely.intersection, shapes[rest], outlines[rest])
    lesser = (shapely.get_type_id(met) == 7) | (shapely.get_dimensions(met) < 2)
    dropped = int((lesser & ~shapely.is_empty(met)).sum())
    shape[rest] = measure.polygon_part(met)
    how[rest[np.array([s is not None for s in shape[rest]], bool)]] = CLIPPED
    return how, shape, dropped


def _inside_by_box(shapes: Geometries, unit: Indices, bounds: Floats) -> Indices:
    """Positions of pairs whose piece's box is properly inside the unit; of units with many."""
    many = np.flatnonzero(np.bincount(unit, minlength=len(shapes))[unit] >= _MANY)
    boxes = shapely.box(*bounds[many].T)
    flat = (bounds[many, 0] >= bounds[many, 2]) | (bounds[many, 1] >= bounds[many, 3])
    proper = shapely.contains_properly(shapes[unit[many]], boxes)
    return np.asarray(many[~flat & proper], dtype=np.intp)


def robust(operation: Callable[[Any, Any], Any], a: Geometries, b: Geometries) -> Geometries:
    """A set operation on arrays; pairs that GEOS refuses are repaired and tried again, alone."""
    try:
        return np.asarray(operation(a, b), dtype=object)
    except shapely.errors.GEOSException:
        out = [_alone(operation, x, y) for x, y in zip(a, b, strict=True)]
        return np.array(out, dtype=object)


def _alone(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    try:
        return operation(a, b)
    except shapely.errors.GEOSException:
        sound = shapely.make_valid([a, b], method="structure", keep_collapsed=False)
        return operation(*sound)


def outlines(clips: Clips, pieces: Pieces) -> Geometries:
    """The whole piece of each clip."""
    rows, position = np.unique(clips.piece, return_inverse=True)
    return pieces.shapes(rows)[position]


def lands(clips: Clips, units: Units, pieces: Pieces) -> Geometries:
    """The land of each clip as a polygon; None where it only touches."""
    out = clips.shape.copy()
    inside, around = np.flatnonzero(clips.how == INSIDE), clips.how == AROUND
    out[inside] = outlines(clips.take(inside), pieces)
    out[around] = units.shapes[clips.unit[around]]
    return out


def dissolved(land: Geometries, starts: Indices, km2: Floats) -> Geometries:
    """Land in pieces that share borders and nothing else, each run of them as one polygon.

    Args:
        starts: where the runs begin. km2: what each run comes to.

    A buffer of no width takes the borders out some ten times faster than a union. It may lose land
    where outlines are odd, so that its area is held against the sum; what is off is united.
    """
    count = np.diff(np.r_[starts, len(land)])
    out = land[starts]
    several = np.flatnonzero(count > 1)
    run = np.repeat(np.arange(len(starts)), count)
    mine = np.flatnonzero(count[run] > 1)
    place = np.searchsorted(several, run[mine])
    out[several] = shapely.buffer(shapely.geometrycollections(land[mine], indices=place), 0.0)
    off = np.abs(measure.area_km2(out[several]) - km2[several]) > _SAME * km2[several]
    for i in several[off]:
        out[i] = shapely.union_all(land[starts[i] : starts[i] + count[i]])
    return out
