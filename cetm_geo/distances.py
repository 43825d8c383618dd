"""shapes x pieces of a layer -> which is the nearest, and how far over the ellipsoid.

Places are compared by the chord between them, straight through the earth: it knows neither poles
nor 180 degrees, and up to 500 km it orders as geodesics do, to 5e-6. A pair is set aside only by a
bound that holds: first the boxes of pieces and of blocks of them, then single edges, each within a
ball round its middle; long edges are halved until the chord stands for the curve. The answer is the
geodesic between the two points found. It hangs on the pair alone, not on what was asked beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices
from cetm_geo.model import Layer
from cetm_geo.overlay import SEARCH_KM, Pairs
from cetm_geo.pieces import OWN

TOUCH_KM = 1e-6  # what is nearer than a millimetre touches

_SETTLED = 5e-5  # of the distance: how far two edges may stand off their chords
_ALIKE = 3e-4  # of the distance: chords no farther than this apart are told apart by geodesics
_SAME = 1e-9  # of the distance: a tie
_RUN = 8  # edges of a shape that are looked for together
_BLOCK = 4  # boxes in the box above them
_TOP = 16  # boxes without one above them
_PAIRS_AT_ONCE = 1 << 17
_PIECES_AT_ONCE = 1024
_VERTICES_AT_ONCE = 1 << 15


class Cuts(Protocol):
    """Pieces of a layer's features, neighbours beside each other."""

    @property
    def feature_row(self) -> Indices:
        """The feature each piece is of, (n,)."""

    @property
    def bounds(self) -> Floats:
        """West, south, east, north of each piece in degrees within 180, (n, 4)."""

    def meeting(self, boxes: Floats) -> tuple[Indices, Indices]:
        """Positions (box, piece) of all pairs whose boxes meet, sorted by box, then piece."""

    def shapes(self, rows: Indices) -> Geometries:
        """The pieces at these positions."""


def nearest(sites: Any, layer: Layer, pairs: Pairs) -> tuple[Floats, Indices]:
    """Geodesic distance from each site to the nearest counted feature, and which it is.

    Args:
        pairs: what `measure_overlaps` gave for the same sites and layer; they are at 0.

    Returns per site in order: km (0 where they intersect, NaN beyond SEARCH_KM or in an empty
    layer) and the feature's row (-1 where NaN).
    """
    shapes = sites.geometry.to_numpy()
    km, row = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
    meeting = pairs.take(layer.is_counted[pairs.feature_row])
    by_size = np.argsort(meeting.overlap_km2, kind="stable")  # the largest is written last
    km[meeting.site_row] = 0.0
    row[meeting.site_row[by_size]] = meeting.feature_row[by_size]
    apart = np.flatnonzero(np.isnan(km))
    pieces = layer.pieces
    among = pieces.is_a(OWN) & layer.is_counted[pieces.feature_row]
    km[apart], piece = nearest_piece(shapes[apart], pieces, among)
    found = piece >= 0
    row[apart[found]] = pieces.feature_row[piece[found]]
    return km, row


def nearest_piece(
    shapes: Geometries, cuts: Cuts, among: Flags | None = None, reach_km: float = SEARCH_KM
) -> tuple[Floats, Indices]:
    """Geodesic distance from each shape to the nearest piece, and which it is.

    Args:
        shapes: lon/lat geometries of any kind within 180 degrees, (n,). among: the pieces that may
            be chosen; all, without it. reach_km: what is farther is not looked for.

    Returns per shape km, within 1e-4 of truth (0 where they intersect, NaN where none is within
    reach), and the piece's position (-1 where NaN). Of several as near, the lowest feature_row.
    """
    shapes = np.asarray(shapes, dtype=object)
    km, piece = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
    if len(cuts.feature_row) and len(shapes):
        search = _Search(cuts, among, reach_km)
        for part in measure.slices(shapes, _VERTICES_AT_ONCE):
            km[part], piece[part] = search.nearest(shapes[part])
    return km, piece


class _Search:
    """The pieces that may be chosen, with boxes round blocks of them."""

    def __init__(self, cuts: Cuts, among: Flags | None, reach_km: float) -> None:
        self.cuts, self.among, self.reach_km = cuts, among, reach_km
        bounds = cuts.bounds.T + (0.0 if among is None else np.where(among, 0.0, np.nan))
        self.levels = [bounds]
        while self.levels[-1].shape[1] > _TOP:
            self.levels.append(_around_blocks(self.levels[-1]))

    def nearest(self, shapes: Geometries) -> tuple[Floats, Indices]:
        """As `nearest_piece`, for shapes of few vertices together."""
        km, piece = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
        touched, by = self._touched(shapes)
        km[touched], piece[touched] = 0.0, by
        apart = np.flatnonzero(np.isnan(km))
        lines = _Lines.of(shapes[apart])
        if len(lines.owner):
            found = self._closest(_Runs.of(lines), np.full(len(apart), self.reach_km))
            row, far, which = _chosen(found, self.cuts.feature_row)
            near = far <= self.reach_km
            km[apart[row[near]]], piece[apart[row[near]]] = far[near], which[near]
        return km, piece

    def _touched(self, shapes: Geometries) -> tuple[Indices, Indices]:
        """Positions of the shapes that intersect a piece, and of the first such piece."""
        shape, piece = self.cuts.meeting(shapely.bounds(shapes))
        if self.among is not None:
            chosen = self.among[piece]
            shape, piece = shape[chosen], piece[chosen]
        # Prepared geometries crash GEOS when threads share them, so these are copies of our own.
        own = shapely.from_wkb(shapely.to_wkb(shapes))
        shapely.prepare(own)
        meet = np.zeros(len(shape), bool)
        for start in range(0, len(shape), _PIECES_AT_ONCE):
            part = slice(start, start + _PIECES_AT_ONCE)
            meet[part] = shapely.intersects(own[shape[part]], self._pieces(piece[part]))
        shape, piece = shape[meet], piece[meet]
        order = np.lexsort((piece, self.cuts.feature_row[piece], shape))
        shape, first = np.unique(shape[order], return_index=True)
        return shape, piece[order][first]

    def _pieces(self, rows: Indices) -> Geometries:
        """Pieces by position, each asked for once."""
        once, of = np.unique(rows, return_inverse=True)
        return self.cuts.shapes(once)[of]

    def _closest(self, runs: _Runs, best: Floats) -> _Found:
        """Places nearest, or all but nearest, to each shape; `best` is lowered to their chords."""
        found: list[_Found] = []
        for run, piece, least in self._candidates(runs, best):
            for kept in _likeliest_first(runs.shape[run], least, best):
                for part in _parts(len(kept), _PIECES_AT_ONCE):
                    found += self._measured(runs, run[kept[part]], piece[kept[part]], best)
        return _Found.join(found).within(best)

    def _candidates(self, runs: _Runs, best: Floats) -> Iterator[tuple[Indices, Indices, Floats]]:
        """Runs, pieces, and the chord they are apart at least, by boxes alone.

        Lowers `best` on the way, and goes down in parts, so that few pairs exist at once.
        """
        top, count = self.levels[-1].shape[1], len(runs.shape)
        run, box = np.repeat(np.arange(count), top), np.tile(np.arange(top), count)
        waiting = [(len(self.levels) - 1, run, box)]
        while waiting:
            level, run, box = waiting.pop()
            least, most = runs.chords(run, _boxes(self.levels[level][:, box]))
            kept = _kept(runs.shape[run], least, most, best)
            run, box, least = run[kept], box[kept], least[kept]
            if level == 0:
                yield run, box, least
                continue
            run = np.repeat(run, _BLOCK)
            box = (box[:, None] * _BLOCK + np.arange(_BLOCK)).ravel()
            there = box < self.levels[level - 1].shape[1]
            run, box = run[there], box[there]
            waiting += [
                (level - 1, run[part], box[part]) for part in _parts(len(run), _PAIRS_AT_ONCE)
            ]

    def _measured(
        self, runs: _Runs, run: Indices, piece: Indices, best: Floats
    ) -> Iterator[_Found]:
        """Runs against the edges of pieces, then edge against edge where that is near enough."""
        rows, of = np.unique(piece, return_inverse=True)
        lines = _Lines.of(self.cuts.shapes(rows))
        first = np.searchsorted(lines.owner, np.arange(len(rows) + 1))
        pair, edge = _ranges(first[of], first[of + 1] - first[of])
        run, piece = run[pair], piece[pair]
        gap = _length(runs.middle[run] - lines.middle[edge])
        least = gap - runs.reach[run] - lines.reach[edge]
        most = gap + runs.bend[run] + lines.edges.bend[edge]
        kept = _kept(runs.shape[run], least, most, best)
        run, piece, edge, least = run[kept], piece[kept], edge[kept], least[kept]
        for some in _likeliest_first(runs.shape[run], least, best):
            for part in _parts(len(some), _PAIRS_AT_ONCE // _RUN):
                pair = some[part]
                yield from _of_edges(runs, run[pair], lines, edge[pair], piece[pair], best)


def _of_edges(
    runs: _Runs, run: Indices, lines: _Lines, theirs: Indices, piece: Indices, best: Floats
) -> Iterator[_Found]:
    """Each edge of runs against an edge of a piece."""
    of, ours = _ranges(runs.first[run], runs.count[run])
    theirs, shape = theirs[of], runs.shape[run[of]]
    gap = _length(runs.lines.middle[ours] - lines.middle[theirs])
    least = gap - runs.lines.reach[ours] - lines.reach[theirs]
    most = gap + runs.lines.edges.bend[ours] + lines.edges.bend[theirs]
    kept = _kept(shape, least, most, best)
    mine, others = runs.lines.edges.take(ours[kept]), lines.edges.take(theirs[kept])
    yield from _halved(mine, others, shape[kept], piece[of[kept]], best)


# --- edges ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Edges:
    """Edges straight in lon/lat: curves in space, near their chords.

    ends: lon, lat, lon, lat in degrees, (n, 4); a point is an edge of no length. start, end: the
    same in space, km, (n, 3). bend: how far at most a point of the edge is from the point as far
    along its chord, km.
    """

    ends: Floats
    start: Floats
    end: Floats
    bend: Floats

    def take(self, rows: Any) -> _Edges:
        """The edges at these positions."""
        return _Edges(self.ends[rows], self.start[rows], self.end[rows], self.bend[rows])

    def at(self, along: Floats) -> Floats:
        """The point so far along each (0 to 1) in degrees; at its ends exactly these."""
        start, end, along = self.ends[:, :2], self.ends[:, 2:], along[:, None]
        return np.where(along == 1, end, start + along * (end - start))

    def halved(self, where: Flags) -> _Edges:
        """The first halves of edges, then the second, where said; of the others each twice."""
        middle = (self.ends[where, :2] + self.ends[where, 2:]) / 2
        middle_km = measure.earth_km(middle)
        first, second = (_Edges(*(x.copy() for x in vars(half).values())) for half in (self, self))
        first.ends[where, 2:] = second.ends[where, :2] = middle
        first.end[where] = second.start[where] = middle_km
        first.bend[where] /= 4
        second.bend[where] /= 4
        both = zip(vars(first).values(), vars(second).values(), strict=True)
        return _Edges(*(np.concatenate(pair) for pair in both))


@dataclass(frozen=True)
class _Lines:
    """The edges of shapes.

    owner: the shape each is of, ascending. chain: the point, line or ring. middle: of its chord,
    (n, 3). reach: no point of the edge is farther from that, km.
    """

    edges: _Edges
    owner: Indices
    chain: Indices
    middle: Floats
    reach: Floats

    @staticmethod
    def of(shapes: Geometries) -> _Lines:
        """All edges of shapes of any kind; None and empty have none."""
        chains, owner = _chains(shapes)
        coords, chain = shapely.get_coordinates(chains, return_index=True)
        goes_on = np.r_[chain[1:] == chain[:-1], False][: len(chain)]
        alone = ~goes_on & ~np.r_[False, goes_on[:-1]][: len(chain)]
        first = np.flatnonzero(goes_on | alone)
        last = first + ~alone[first]
        km = measure.earth_km(coords)
        ends = np.hstack([coords[first], coords[last]])
        edges = _Edges(ends, km[first], km[last], _bend_km(ends))
        reach = _length(edges.end - edges.start) / 2 + edges.bend
        middle = (edges.start + edges.end) / 2
        return _Lines(edges, owner[chain[first]], chain[first], middle, reach)


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


@dataclass(frozen=True)
class _Runs:
    """Edges of shapes that follow each other, few enough to lie together.

    shape, first, count: the shape and the edges of each. boxes: see `_boxes`. place: longitude and
    latitude in radians, and its cosine, of a point on the run, (3, n). middle: of the chord there,
    (n, 3); reach: no point of the run is farther from it, km; bend: how far the point is.
    """

    lines: _Lines
    shape: Indices
    first: Indices
    count: Indices
    boxes: Floats
    place: Floats
    middle: Floats
    reach: Floats
    bend: Floats

    @staticmethod
    def of(lines: _Lines) -> _Runs:
        """The runs of at least one edge."""
        chain, ends = lines.chain, lines.edges.ends
        begins = np.flatnonzero(np.r_[True, chain[1:] != chain[:-1]])
        length = np.diff(np.r_[begins, len(chain)])
        _, within = _ranges(np.zeros_like(length), length)
        first = np.flatnonzero(within % _RUN == 0)
        count = np.diff(np.r_[first, len(chain)])
        centre = first + count // 2
        low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
        bounds = np.hstack([np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)])
        lon, lat = np.radians((ends[centre, :2] + ends[centre, 2:]) / 2).T
        middle = lines.middle[centre]
        off = _length(lines.middle - np.repeat(middle, count, axis=0)) + lines.reach
        return _Runs(
            lines,
            shape=lines.owner[first],
            first=first,
            count=count,
            boxes=_boxes(bounds.T),
            place=np.stack([lon, lat, np.cos(lat)]),
            middle=middle,
            reach=np.maximum.reduceat(off, first),
            bend=lines.edges.bend[centre],
        )

    def chords(self, run: Indices, boxes: Floats) -> tuple[Floats, Floats]:
        """The chord in km from runs to what stands in boxes and touches all their sides.

        Returns (n,) what it is at least, and what it is at most. Between latitudes it is the
        meridian's chord, and across dlon 2 sqrt(r1 r2) sin(dlon / 2) more, squared, where r is the
        circle of latitude's radius.
        """
        north, equator, pole = measure.CURVATURES_KM
        lon, half_lon, lat, half_lat, thinnest, widest = boxes
        own = self.boxes[:, run]
        apart_lat = np.maximum(np.abs(own[2] - lat) - own[3] - half_lat, 0)
        apart_lon = np.maximum(_turned(own[0] - lon) - own[1] - half_lon, 0)
        least = (north * _twice_sine_of_half(apart_lat)) ** 2
        least += equator**2 * own[4] * thinnest * _twice_sine_of_half(apart_lon) ** 2
        place_lon, place_lat, cos = self.place[:, run]
        off_lat, off_lon = np.abs(place_lat - lat), _turned(place_lon - lon)
        round_ = cos * widest
        # A side is touched somewhere: as far as its far end at most. The nearer side, either way.
        most = np.minimum(
            (off_lat + half_lat) ** 2 + round_ * (off_lon - half_lon) ** 2,
            (off_lat - half_lat) ** 2 + round_ * (off_lon + half_lon) ** 2,
        )
        return np.sqrt(least), pole * np.sqrt(most)


def _around_blocks(bounds: Floats) -> Floats:
    """Boxes (4, n) round every _BLOCK of boxes; a NaN is in none."""
    count = -(-bounds.shape[1] // _BLOCK)
    whole = np.full((4, count * _BLOCK), np.nan)
    whole[:, : bounds.shape[1]] = bounds
    each = [whole[:, place::_BLOCK] for place in range(_BLOCK)]
    low, high = [one[:2] for one in each], [one[2:] for one in each]
    return np.concatenate([reduce(np.fmin, low), reduce(np.fmax, high)])


def _boxes(bounds: Floats) -> Floats:
    """Boxes in degrees (4, n) as radians (6, n): longitude's middle and half width, latitude's,
    and the least and the largest cosine of latitude."""
    west, south, east, north = np.radians(bounds)
    lat, half = (south + north) / 2, (north - south) / 2
    poleward = np.minimum(np.abs(lat) + half, np.pi / 2)
    thinnest, widest = np.cos(poleward), np.cos(np.maximum(np.abs(lat) - half, 0))
    return np.stack([(west + east) / 2, (east - west) / 2, lat, half, thinnest, widest])


def _turned(lon: Floats) -> Floats:
    """Differences of longitude, less than a turn, as the shorter way round."""
    lon = np.abs(lon)
    return np.minimum(lon, 2 * np.pi - lon)


def _twice_sine_of_half(angle: Floats) -> Floats:
    """At most 2 sin(angle / 2), by its series, and near it for small angles."""
    return angle * (1 - angle * angle / 24)


@dataclass(frozen=True)
class _Found:
    """Pairs of points: the shape's and the piece's in degrees (n, 2), and the least their edges are
    apart, km."""

    shape: Indices
    piece: Indices
    ours: Floats
    theirs: Floats
    least: Floats

    @staticmethod
    def join(parts: Sequence[_Found]) -> _Found:
        """All of them; `parts` may be empty."""
        none = np.empty(0, np.intp), np.empty(0, np.intp), np.empty((0, 2)), np.empty((0, 2))
        columns = [(*none, np.empty(0)), *(tuple(vars(part).values()) for part in parts)]
        return _Found(*map(np.concatenate, zip(*columns, strict=True)))

    def within(self, best: Floats) -> _Found:
        """Those that may be the nearest to their shape."""
        kept = self.least <= _limit(best[self.shape])
        return _Found(*(column[kept] for column in vars(self).values()))


def _halved(
    ours: _Edges, theirs: _Edges, shape: Indices, piece: Indices, best: Floats
) -> Iterator[_Found]:
    """Nearest points of pairs of edges, which are halved until their chords stand for them."""
    while len(shape):
        along, across, gap = _nearest_on_chords(ours, theirs)
        off = ours.bend + theirs.bend
        near = _kept(shape, gap - off, gap + off, best)
        settled = off[near] <= np.maximum(_SETTLED * gap[near], TOUCH_KM)
        done, rough = near[settled], near[~settled]
        yield _Found(
            shape[done],
            piece[done],
            ours.take(done).at(along[done]),
            theirs.take(done).at(across[done]),
            (gap - off)[done],
        )
        ours, theirs = ours.take(rough), theirs.take(rough)
        first = ours.bend >= theirs.bend
        ours, theirs = ours.halved(first), theirs.halved(~first)
        shape, piece = np.tile(shape[rough], 2), np.tile(piece[rough], 2)


def _nearest_on_chords(ours: _Edges, theirs: _Edges) -> tuple[Floats, Floats, Floats]:
    """How far along (0 to 1) two chords are nearest to each other, and how far apart in km.

    Each end against the other chord, and where both are nearest inside (Ericson 2005, 5.1.9).
    """
    way, their_way, between = (
        ours.end - ours.start,
        theirs.end - theirs.start,
        ours.start - theirs.start,
    )
    a, b, e = _dot(way, way), _dot(way, their_way), _dot(their_way, their_way)
    c, f = _dot(way, between), _dot(their_way, between)
    zero, one = np.zeros_like(a), np.ones_like(a)
    inside = _share(b * f - c * e, a * e - b * b)
    along = np.stack([zero, one, _share(-c, a), _share(b - c, a), inside])
    across = np.stack([_share(f, e), _share(f + b, e), zero, one, _share(b * inside + f, e)])
    gaps = _length(between + along[..., None] * way - across[..., None] * their_way)
    best = np.argmin(gaps, axis=0)
    row = np.arange(len(best))
    return along[best, row], across[best, row], gaps[best, row]


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole between 0 and 1; 0 where there is no whole."""
    return np.clip(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), 0, 1)


def _chosen(found: _Found, feature_row: Indices) -> tuple[Indices, Floats, Indices]:
    """The shapes found anything for, the geodesic to the nearest, and its piece."""
    km = measure.geodesic_km(*found.ours.T, *found.theirs.T) if len(found.shape) else np.empty(0)
    km[km <= TOUCH_KM] = 0.0
    least = np.full(found.shape.max(initial=-1) + 1, np.inf)
    np.minimum.at(least, found.shape, km)
    tie = np.flatnonzero(km <= least[found.shape] * (1 + _SAME))
    tie = tie[np.lexsort((found.piece[tie], feature_row[found.piece[tie]], found.shape[tie]))]
    shape, first = np.unique(found.shape[tie], return_index=True)
    return shape, least[shape], found.piece[tie[first]]


def _limit(best: Floats) -> Floats:
    """Chords above this cannot be the nearest, nor as near as the nearest."""
    return best * (1 + _ALIKE) + TOUCH_KM


def _kept(shape: Indices, least: Floats, most: Floats, best: Floats) -> Indices:
    """Positions of the pairs that may hold the nearest; `best` is lowered by what they promise."""
    np.fmin.at(best, shape, most)  # a piece that may not be chosen promises NaN
    return np.flatnonzero(least <= _limit(best[shape]))


def _likeliest_first(shape: Indices, least: Floats, best: Floats) -> Iterator[Indices]:
    """Positions of one pair of each shape, then of those that may be nearer than what it gave."""
    order = np.lexsort((least, shape))
    _, first = np.unique(shape[order], return_index=True)
    yield order[first]
    later = np.ones(len(shape), bool)
    later[order[first]] = False
    yield np.flatnonzero(later & (least <= _limit(best[shape])))


def _ranges(first: Indices, count: Indices) -> tuple[Indices, Indices]:
    """Of each row `count` positions from `first` on: the row, and the position."""
    row = np.repeat(np.arange(len(first)), count)
    before = np.cumsum(count) - count
    return row, np.arange(len(row)) + (first - before)[row]


def _parts(count: int, most: int) -> Iterator[slice]:
    return (slice(start, start + most) for start in range(0, count, most))


def _dot(a: Floats, b: Floats) -> Floats:
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def _length(way: Floats) -> Floats:
    return np.sqrt(_dot(way, way))
