"""Edges straight in lon/lat as curves in space near their chords, and balls round runs of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, ranges


@dataclass(frozen=True)
class Edges:
    """Edges straight in lon/lat: curves in space, near their chords.

    ends: lon, lat, lon, lat in degrees, (n, 4); a point is an edge of no length. start, end: the
    same in space, km, (n, 3). bend: how far at most a point of the edge is from the point as far
    along its chord, km.
    """

    ends: Floats
    start: Floats
    end: Floats
    bend: Floats

    def take(self, rows: Any) -> Edges:
        """The edges at these positions."""
        return Edges(self.ends[rows], self.start[rows], self.end[rows], self.bend[rows])

    def at(self, along: Floats) -> Floats:
        """The point so far along each (0 to 1) in degrees; at its ends exactly these."""
        start, end, along = self.ends[:, :2], self.ends[:, 2:], along[:, None]
        return np.where(along == 1, end, start + along * (end - start))

    def halved(self, where: Flags) -> Edges:
        """The first halves of edges, then the second, where said; of the others each twice."""
        middle = (self.ends[where, :2] + self.ends[where, 2:]) / 2
        middle_km = measure.earth_km(middle)
        first, second = (Edges(*(x.copy() for x in vars(half).values())) for half in (self, self))
        first.ends[where, 2:] = second.ends[where, :2] = middle
        first.end[where] = second.start[where] = middle_km
        first.bend[where] /= 4
        second.bend[where] /= 4
        both = zip(vars(first).values(), vars(second).values(), strict=True)
        return Edges(*(np.concatenate(pair) for pair in both))


@dataclass(frozen=True)
class Balls:
    """A ball round each thing.

    middle: of a chord of it, (n, 3). reach: no point of the thing is farther from there, km; bend:
    some point of it is no farther than this, km.
    """

    middle: Floats
    reach: Floats
    bend: Floats


@dataclass(frozen=True)
class Runs:
    """The edges of shapes, and runs of few that follow each other.

    shape: of each run, ascending. first, count: its edges. balls, edge_balls: round runs and edges.
    """

    edges: Edges
    edge_balls: Balls
    shape: Indices
    first: Indices
    count: Indices
    balls: Balls

    @staticmethod
    def of(shapes: Geometries, most: int) -> Runs:
        """Runs of at most so many edges; none of None and of what is empty."""
        edges, chain, owner = _edges_of(shapes)
        middle = (edges.start + edges.end) / 2
        reach = length(edges.end - edges.start) / 2 + edges.bend
        begins = np.flatnonzero(np.diff(chain, prepend=-1))
        _, place = ranges(np.zeros_like(begins), np.diff(begins, append=len(chain)))
        first = np.flatnonzero(place % most == 0)
        count = np.diff(first, append=len(chain))
        centre = first + count // 2
        far = length(middle - np.repeat(middle[centre], count, axis=0)) + reach
        reaches = np.maximum.reduceat(far, first) if len(first) else far
        return Runs(
            edges,
            Balls(middle, reach, edges.bend),
            shape=owner[chain[first]],
            first=first,
            count=count,
            balls=Balls(middle[centre], reaches, edges.bend[centre]),
        )


def _edges_of(shapes: Geometries) -> tuple[Edges, Indices, Indices]:
    """All edges of shapes, the chain each is of (a point, line or ring), and each chain's shape."""
    chains, owner = _chains(shapes)
    coords, chain = shapely.get_coordinates(chains, return_index=True)
    same = np.zeros(len(chain) + 1, bool)
    same[1:-1] = chain[1:] == chain[:-1]
    first = np.flatnonzero(same[1:] | ~same[:-1])  # all but the last of a chain of several
    last = first + same[1:][first]
    km = measure.earth_km(coords)
    ends = np.hstack([coords[first], coords[last]])
    return Edges(ends, km[first], km[last], _bend_km(ends)), chain[first], owner


def _bend_km(ends: Floats) -> Floats:
    """An eighth at least of the largest second derivative along each edge.

    By 2 % more than on the sphere, for what the ellipsoid's radii change along it.
    """
    lon, lat, end_lon, end_lat = np.radians(ends).T
    dlon, dlat = np.abs(end_lon - lon), np.abs(end_lat - lat)
    widest = np.minimum(np.cos((lat + end_lat) / 2) + dlat / 2, 1)  # cosine of latitude at most
    eighth = measure.CURVATURES_KM[2] * 1.02 / 8
    return np.asarray(eighth * (widest * dlon**2 + 2 * dlon * dlat + dlat**2), dtype=np.float64)


def _chains(shapes: Geometries) -> tuple[Geometries, Indices]:
    """The points, lines and rings that shapes are made of, and which shape each is of."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    land = shapely.get_dimensions(parts) == 2
    rings, of_part = shapely.get_rings(parts[land], return_index=True)
    chains = np.concatenate([parts[~land], rings])
    owner = np.concatenate([owner[~land], owner[land][of_part]])
    order = np.argsort(owner, kind="stable")
    return chains[order], owner[order]


def nearest_on_chords(ours: Edges, theirs: Edges) -> tuple[Floats, Floats, Floats]:
    """How far along (0 to 1) two chords are nearest to each other, and how far apart in km.

    Each end against the other chord, and where both are nearest inside (Ericson 2005, 5.1.9).
    """
    way, their_way, between = (
        ours.end - ours.start,
        theirs.end - theirs.start,
        ours.start - theirs.start,
    )
    a, b, e = dot(way, way), dot(way, their_way), dot(their_way, their_way)
    c, f = dot(way, between), dot(their_way, between)
    zero, one = np.zeros_like(a), np.ones_like(a)
    inside = _share(b * f - c * e, a * e - b * b)
    along = np.stack([zero, one, _share(-c, a), _share(b - c, a), inside])
    across = np.stack([_share(f, e), _share(f + b, e), zero, one, _share(b * inside + f, e)])
    gaps = length(between + along[..., None] * way - across[..., None] * their_way)
    best = np.argmin(gaps, axis=0)
    row = np.arange(len(best))
    return along[best, row], across[best, row], gaps[best, row]


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole between 0 and 1; 0 where there is no whole."""
    return np.clip(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), 0, 1)


def dot(a: Floats, b: Floats) -> Floats:
    """The product of ways in space, row by row: the same bits in any company."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def length(way: Floats) -> Floats:
    """How long ways in space are, km."""
    return np.sqrt(dot(way, way))
