"""Land that several pieces lie on, given to one of them: each bit of land once, at the build.

What a site covers of a layer is then a sum, without a union a question: for a drawn country, for
fifty kilometres round a title, for the land under all titles of a register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices
from cetm_geo.boxes import BoxIndex
from cetm_geo.cutting import cut_large
from cetm_geo.workers import in_threads

_SHAPES_AT_ONCE = 2000  # of a thread
_PAIRS_AT_ONCE = 50_000


_GRID_DEGREES = 1e-12
Difference = Callable[[Any, Any], Any]


def on_grid(operation: Callable[..., Any], *shapes: Any) -> Any:
    """A set operation whose corners are rounded to a tenth of a micrometre.

    Slower, and right where outlines all but coincide, of which GEOS makes errors without it.
    """
    try:
        return operation(*shapes, grid_size=_GRID_DEGREES)
    except shapely.errors.GEOSException:
        return operation(*shapes)


@dataclass(frozen=True)
class Settled:
    """Which shapes others take land from, and what is left of them.

    contested: positions of the shapes that lose land. rest: what they keep, in polygons of few
    vertices. rest_of: the position of the shape each is left of.
    """

    contested: Indices
    rest: Geometries
    rest_of: Indices


@dataclass(frozen=True)
class Shared:
    """Pairs of shapes that share land: `late` loses it to `early`."""

    early: Indices
    late: Indices

    def take(self, chosen: Flags) -> Shared:
        """The pairs that a mask chooses."""
        return Shared(self.early[chosen], self.late[chosen])


def shared_land(shapes: Geometries, owner: Indices, rank: Indices) -> Shared:
    """Pairs of polygons of different owners that share land.

    Args:
        shapes: (n,), in Hilbert order: in any other nearly all are compared with all. Land goes to
            the lowest rank, then owner.
    """
    bounds = shapely.bounds(shapes)
    first, second = BoxIndex(bounds).meeting(bounds)
    kept = (first < second) & (owner[first] != owner[second])
    first, second = _that(_share_land, shapes, first[kept], second[kept])
    a, b = (rank[first], owner[first]), (rank[second], owner[second])
    before = (a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))
    return Shared(np.where(before, first, second), np.where(before, second, first))


def settle(shapes: Geometries, shared: Shared) -> Settled:
    """Takes the shared land from the late ones; what is left comes in pieces of few vertices."""
    contested, rest = left_over(shapes, shared)
    something = np.flatnonzero([r is not None for r in rest])
    cut, of_cut = cut_large(rest[something])
    return Settled(contested, cut, contested[something[of_cut]])


def left_over(
    shapes: Geometries, shared: Shared, difference: Difference = shapely.difference
) -> tuple[Indices, Geometries]:
    """Positions of the shapes that lose land to others; what is left of each, None of nothing.

    Args:
        difference: how land is taken away; `on_grid`, slower, where outlines all but coincide.
    """
    early, late, bounds = shared.early, shared.late, shapely.bounds(shapes)
    contested = np.unique(late)
    gone = _covered(shapes, bounds, early, late)
    # Land of a shape that is gone is another's, which stands in the same lists.
    partly = ~gone[late] & ~gone[early]
    rest = np.full(len(contested), None, object)
    rows, left = _without(shapes, bounds, early[partly], late[partly], difference)
    rest[np.searchsorted(contested, rows)] = left
    return contested, rest


def _covered(shapes: Geometries, bounds: Floats, early: Indices, late: Indices) -> Flags:
    """The shapes that one of their early ones covers; the largest of these are asked first."""
    within = (bounds[early, :2] <= bounds[late, :2]) & (bounds[early, 2:] >= bounds[late, 2:])
    over, under = early[within.all(axis=1)], late[within.all(axis=1)]
    size = np.prod(bounds[over, 2:] - bounds[over, :2], axis=1)
    order = np.lexsort((over, -size, under))
    over, under = over[order], under[order]
    _, starts, count = np.unique(under, return_index=True, return_counts=True)
    turn_of = np.arange(len(under)) - np.repeat(starts, count)
    gone = np.zeros(len(shapes), bool)
    for turn in range(int(count.max(initial=0))):
        asked = np.flatnonzero((turn_of == turn) & ~gone[under])
        asked = asked[np.argsort(over[asked], kind="stable")]
        _, covered = _that(_cover, shapes, over[asked], under[asked])
        gone[covered] = True
    return gone


Test = Callable[[Geometries, Geometries], Flags]


def _share_land(a: Geometries, b: Geometries) -> Flags:
    meet = shapely.intersects(a, b)
    meet[meet] = ~shapely.touches(a[meet], b[meet])
    return np.asarray(meet)


def _cover(a: Geometries, b: Geometries) -> Flags:
    return np.asarray(shapely.covers(a, b))


def _that(test: Test, shapes: Geometries, one: Indices, other: Indices) -> tuple[Indices, Indices]:
    """The pairs of which a test is true; `one` in rising order, so that each is prepared once."""
    parts = [slice(i, i + _PAIRS_AT_ONCE) for i in range(0, len(one), _PAIRS_AT_ONCE)]

    def true_of(part: slice) -> Flags:
        rows, position = np.unique(one[part], return_inverse=True)
        own = shapely.force_2d(shapes[rows])  # a copy: threads share no prepared shape
        shapely.prepare(own)
        return test(own[position], shapes[other[part]])

    found = in_threads(true_of, parts)
    kept = np.concatenate(found) if found else np.empty(0, bool)
    return one[kept], other[kept]


def _without(
    shapes: Geometries, bounds: Floats, early: Indices, late: Indices, difference: Difference
) -> tuple[Indices, Geometries]:
    """The late shapes without their early ones, the largest first; and which shapes they are."""
    size = np.prod(bounds[early, 2:] - bounds[early, :2], axis=1)
    order = np.lexsort((early, -size, late))
    early, late = early[order], late[order]
    rows, starts, count = np.unique(late, return_index=True, return_counts=True)
    parts = [slice(i, i + _SHAPES_AT_ONCE) for i in range(0, len(rows), _SHAPES_AT_ONCE)]

    def left_of(part: slice) -> Geometries:
        rest = shapes[rows[part]]
        for turn in range(int(count[part].max())):
            mine = np.flatnonzero((count[part] > turn) & ~shapely.is_empty(rest))
            taken = early[starts[part][mine] + turn]
            meet = shapely.intersects(shapely.box(*bounds[taken].T), rest[mine])
            mine, taken = mine[meet], taken[meet]
            rest[mine] = difference(rest[mine], shapes[taken])
        return measure.polygon_part(rest)

    found = in_threads(left_of, parts)
    return rows, np.concatenate(found) if found else np.empty(0, object)
