"""Land that several pieces lie on, given to one of them: each bit of land once, at the build.

What a site covers of a layer is then a sum, without a union a question: for a drawn country, for
fifty kilometres round a title, for the land under all titles of a register.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Geometries, Indices
from cetm_geo.boxes import BoxIndex
from cetm_geo.cutting import cut_large
from cetm_geo.workers import in_threads

_AT_ONCE = 2000  # pieces a thread works on


@dataclass(frozen=True)
class Settled:
    """Which pieces others take land from, and what is left of them.

    contested: positions of the pieces that lose land. rest: what they keep, in pieces of few
    vertices. rest_of: the position of the piece each is left of.
    """

    contested: Indices
    rest: Geometries
    rest_of: Indices


def settle(pieces: Geometries, owner: Indices, rank: Indices) -> Settled:
    """Gives land under pieces of several owners to the one of the lowest rank, then owner.

    Args:
        pieces: polygons (n,) in Hilbert order, those of one owner without common land.
    """
    contested, rest = left_over(pieces, owner, rank)
    something = np.flatnonzero([r is not None for r in rest])
    cut, of_cut = cut_large(rest[something])
    return Settled(contested, cut, contested[something[of_cut]])


def left_over(shapes: Geometries, owner: Indices, rank: Indices) -> tuple[Indices, Geometries]:
    """Positions of the shapes that lose land to others, and what is left of each, None of nothing.

    Args:
        shapes: polygons (n,). Land goes to the lowest rank, then owner; one owner's is not compared.
    """
    first, second = _touching(shapes, owner)
    a, b = (rank[first], owner[first]), (rank[second], owner[second])
    before = (a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))
    early, late = np.where(before, first, second), np.where(before, second, first)
    order = np.lexsort((early, late))
    early, late = early[order], late[order]
    contested, starts = np.unique(late, return_index=True)
    groups = list(zip(contested, np.split(early, starts[1:]), strict=True)) if len(late) else []
    chunks = [groups[i : i + _AT_ONCE] for i in range(0, len(groups), _AT_ONCE)]
    found = in_threads(lambda chunk: _left(shapes, chunk), chunks)
    rest = np.concatenate(found) if found else np.empty(0, object)
    return contested, measure.polygon_part(rest) if len(rest) else rest


def _touching(pieces: Geometries, owner: Indices) -> tuple[Indices, Indices]:
    """Pairs of pieces of different owners that share land, the earlier position first."""
    bounds = shapely.bounds(pieces)
    first, second = BoxIndex(bounds).meeting(bounds)
    kept = (first < second) & (owner[first] != owner[second])
    first, second = first[kept], second[kept]
    step = 50_000
    parts = [slice(i, i + step) for i in range(0, len(first), step)]

    def share_land(part: slice) -> Indices:
        a, b = pieces[first[part]], pieces[second[part]]
        meet = np.flatnonzero(shapely.intersects(a, b))
        return np.asarray(part.start + meet[~shapely.touches(a[meet], b[meet])], dtype=np.intp)

    found = in_threads(share_land, parts)
    shared = np.concatenate(found) if found else np.empty(0, np.intp)
    return first[shared], second[shared]


def _left(pieces: Geometries, groups: list[tuple[int, Indices]]) -> Geometries:
    """Each late piece without its early ones, taken away one after the other."""
    rest = np.array([pieces[late] for late, _ in groups], object)
    most = max(len(early) for _, early in groups)
    for turn in range(most):
        rows = np.array([i for i, (_, early) in enumerate(groups) if turn < len(early)])
        taken = pieces[[groups[i][1][turn] for i in rows]]
        rest[rows] = shapely.difference(rest[rows], taken)
    return rest
