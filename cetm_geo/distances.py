"""shapes x pieces of a layer -> which is the nearest, and how far over the ellipsoid.

Places are compared by the chord between them, straight through the earth: it knows neither poles
nor 180 degrees, and up to 500 km it orders as geodesics do, to 5e-6. A pair is set aside only by a
bound that holds: first by the boxes of pieces and of blocks of them, then by balls round stretches
of outlines and round edges; edges are halved until their chords stand for them. The answer is the
geodesic between the two points found. Whatever is all but as near as the nearest is followed to the
end, so that the answer for a shape has the same bits alone as among others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, ranges
from cetm_geo.edges import Balls, Edges, Runs, length, nearest_on_chords
from cetm_geo.model import Layer
from cetm_geo.overlay import SEARCH_KM, Pairs
from cetm_geo.pieces import OWN

TOUCH_KM = 1e-6  # what is nearer than a millimetre touches

_SETTLED = 5e-5  # of the distance: how far two edges may stand off their chords
_ALIKE = 3e-4  # of the distance: chords no farther than this apart are told apart by geodesics
_SAME = 1e-9  # of the distance: a tie
_RUN = 8  # edges of a shape that are looked for together
_STRETCH = 16  # edges of a piece that are set aside together
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

    Of a register, the nearest other title: a site's own is left out.

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
    if len(apart) and len(layer.pieces):
        own = layer.rows_of(sites["site_id"].to_numpy(object)[apart])
        km[apart], piece = _search_of(layer).nearest_of(shapes[apart], own)
        found = piece >= 0
        row[apart[found]] = layer.pieces.feature_row[piece[found]]
    return km, row


def nearest_of_some(
    sites: Any, some: Layer, pairs: Pairs, of_all: tuple[Floats, Indices]
) -> tuple[Floats, Indices]:
    """As `nearest`, of a view of a layer of which only some of the counted features count.

    Args:
        pairs: of the whole layer. of_all: what `nearest` gave for it: looked for again only where
            the nearest of all is not one of these.
    """
    km, row = of_all[0].copy(), of_all[1].copy()
    others = np.flatnonzero((row >= 0) & ~some.is_counted[row])
    if len(others):
        place = np.full(len(km), -1)
        place[others] = np.arange(len(others))
        own = pairs.take(place[pairs.site_row] >= 0)
        own = replace(own, site_row=place[own.site_row])
        asked = sites if len(others) == len(km) else sites.iloc[others]
        km[others], row[others] = nearest(asked, some, own)
    return km, row


_SEARCHES: WeakKeyDictionary[Layer, _Search] = WeakKeyDictionary()


def warm(layer: Layer) -> None:
    """Make a layer's index of boxes, which its first question would wait for."""
    _search_of(layer)


def _search_of(layer: Layer) -> _Search:
    """The search among a layer's counted pieces, made once."""
    if layer not in _SEARCHES:
        pieces = layer.pieces
        among = pieces.is_a(OWN) & layer.is_counted[pieces.feature_row]
        _SEARCHES[layer] = _Search(pieces, among, SEARCH_KM)
    return _SEARCHES[layer]


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
    if len(cuts.feature_row) and len(shapes):
        return _Search(cuts, among, reach_km).nearest_of(shapes)
    return np.full(len(shapes), np.nan), np.full(len(shapes), -1)


@dataclass(frozen=True)
class _LeftOut:
    """Pieces that shapes leave out, as pairs of their positions."""

    shape: Indices
    piece: Indices

    def are_in(self, shape: Indices, box: Indices, level: int, boxes: int) -> Flags:
        """The pairs of shape and box of a level whose box holds a piece the shape leaves out."""
        if not len(self.shape):
            return np.zeros(len(shape), bool)
        held = self.shape * boxes + self.piece // _BLOCK**level
        return np.isin(shape * boxes + box, held)


class _Search:
    """The pieces that may be chosen, with boxes round blocks of them."""

    def __init__(self, cuts: Cuts, among: Flags | None, reach_km: float) -> None:
        self.cuts, self.among, self.reach_km = cuts, among, reach_km
        bounds = np.ascontiguousarray(cuts.bounds.T)
        self.levels = [bounds if among is None else np.where(among, bounds, np.nan)]
        while self.levels[-1].shape[1] > _TOP:
            self.levels.append(_around_blocks(self.levels[-1]))

    def nearest_of(self, shapes: Geometries, own: Indices | None = None) -> tuple[Floats, Indices]:
        """As `nearest_piece`. own: the feature that each shape leaves out, -1 for none."""
        km, piece = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
        for part in measure.slices(shapes, _VERTICES_AT_ONCE):
            km[part], piece[part] = self.nearest(
                shapes[part], np.full(len(km), -1)[part] if own is None else own[part]
            )
        return km, piece

    def nearest(self, shapes: Geometries, own: Indices) -> tuple[Floats, Indices]:
        """As `nearest_piece`, for shapes of few vertices together."""
        km, piece = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
        touched, by = self._touched(shapes, own)
        km[touched], piece[touched] = 0.0, by
        apart = np.flatnonzero(np.isnan(km))
        runs = Runs.of(shapes[apart], _RUN)
        if len(runs.shape):
            left_out = self._pieces_of(own[apart])
            found = self._closest(runs, np.full(len(apart), self.reach_km), left_out)
            row, far, which = _chosen(found, self.cuts.feature_row)
            near = far <= self.reach_km
            km[apart[row[near]]], piece[apart[row[near]]] = far[near], which[near]
        return km, piece

    def _pieces_of(self, features: Indices) -> _LeftOut:
        """The pieces of one feature for each shape, none where that is -1."""
        if (features < 0).all():
            return _LeftOut(np.empty(0, np.intp), np.empty(0, np.intp))
        order = np.argsort(self.cuts.feature_row, kind="stable")
        sorted_rows = self.cuts.feature_row[order]
        first = np.searchsorted(sorted_rows, features, "left")
        count = np.searchsorted(sorted_rows, features, "right") - first
        shape, place = ranges(first, count)
        return _LeftOut(shape, order[place])

    def _touched(self, shapes: Geometries, own_rows: Indices) -> tuple[Indices, Indices]:
        """Positions of the shapes that intersect a piece, and of the first such piece."""
        shape, piece = self.cuts.meeting(shapely.bounds(shapes))
        if self.among is not None:
            chosen = self.among[piece]
            shape, piece = shape[chosen], piece[chosen]
        others = self.cuts.feature_row[piece] != own_rows[shape]
        shape, piece = shape[others], piece[others]
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

    def _closest(self, runs: Runs, best: Floats, left_out: _LeftOut) -> _Found:
        """Places nearest, or all but nearest, to each shape; `best` is lowered to their chords."""
        found: list[_Found] = []
        sought = _Sought.of(runs)
        for run, piece, least in self._candidates(sought, best, left_out):
            for kept in _likeliest_first(runs.shape[run], least, best):
                for part in _parts(len(kept), _PIECES_AT_ONCE):
                    found += self._measured(runs, run[kept[part]], piece[kept[part]], best)
        return _Found.join(found).within(best)

    def _candidates(
        self, runs: _Sought, best: Floats, left_out: _LeftOut
    ) -> Iterator[tuple[Indices, Indices, Floats]]:
        """Runs, pieces, and the chord they are apart at least, by boxes alone.

        Lowers `best` on the way, and goes down in parts, so that few pairs exist at once.
        """
        top, count = self.levels[-1].shape[1], len(runs.shape)
        run, box = np.repeat(np.arange(count), top), np.tile(np.arange(top), count)
        waiting = [(len(self.levels) - 1, run, box)]
        while waiting:
            level, run, box = waiting.pop()
            least, most = runs.chords(run, _boxes(self.levels[level][:, box]))
            within = left_out.are_in(runs.shape[run], box, level, self.levels[level].shape[1])
            most[within] = np.nan  # the box may hold nothing else
            if level == 0:
                least[within] = np.inf
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

    def _measured(self, runs: Runs, run: Indices, piece: Indices, best: Floats) -> Iterator[_Found]:
        """Runs against stretches of pieces, their edges against these, then edge against edge."""
        rows, of = np.unique(piece, return_inverse=True)
        pieces = Runs.of(self.cuts.shapes(rows), _STRETCH)
        first = np.searchsorted(pieces.shape, np.arange(len(rows) + 1))
        count = first[of + 1] - first[of]
        for part in _filled(count, _PAIRS_AT_ONCE):
            pair, stretch = ranges(first[of[part]], count[part])
            pairs = _Pairs(runs.shape[run[part][pair]], piece[part][pair], run[part][pair], stretch)
            near = pairs.take(pairs.near(runs.balls, pieces.balls, best)[0])
            pair, edge = ranges(runs.first[near.ours], runs.count[near.ours])
            near = replace(near.take(pair), ours=edge)
            kept, least = near.near(runs.edge_balls, pieces.balls, best)
            near = near.take(kept)
            for some in _likeliest_first(near.shape, least[kept], best):
                for few in _parts(len(some), _PAIRS_AT_ONCE // _STRETCH):
                    yield from _of_edges(near.take(some[few]), runs, pieces, best)


@dataclass(frozen=True)
class _Pairs:
    """Things of shapes and of pieces, by their positions: runs, stretches or edges."""

    shape: Indices
    piece: Indices
    ours: Indices
    theirs: Indices

    def take(self, rows: Indices) -> _Pairs:
        """The pairs at these positions."""
        return _Pairs(self.shape[rows], self.piece[rows], self.ours[rows], self.theirs[rows])

    def near(self, ours: Balls, theirs: Balls, best: Floats) -> tuple[Indices, Floats]:
        """Positions of the pairs that may hold the nearest; how far apart each is at least."""
        gap = length(ours.middle[self.ours] - theirs.middle[self.theirs])
        least = gap - ours.reach[self.ours] - theirs.reach[self.theirs]
        most = gap + ours.bend[self.ours] + theirs.bend[self.theirs]
        return _kept(self.shape, least, most, best), least


def _of_edges(pairs: _Pairs, runs: Runs, pieces: Runs, best: Floats) -> Iterator[_Found]:
    """Edges of shapes against each edge of stretches."""
    pair, edge = ranges(pieces.first[pairs.theirs], pieces.count[pairs.theirs])
    pairs = replace(pairs.take(pair), theirs=edge)
    pairs = pairs.take(pairs.near(runs.edge_balls, pieces.edge_balls, best)[0])
    ours, theirs = runs.edges.take(pairs.ours), pieces.edges.take(pairs.theirs)
    yield from _halved(ours, theirs, pairs.shape, pairs.piece, best)


# --- boxes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sought:
    """Runs that pieces are looked for by their boxes.

    boxes: see `_boxes`. place: longitude and latitude in radians, and its cosine, of a point on the
    run, (3, n).
    """

    shape: Indices
    boxes: Floats
    place: Floats

    @staticmethod
    def of(runs: Runs) -> _Sought:
        """At least one run."""
        start, end = runs.edges.ends[:, :2], runs.edges.ends[:, 2:]
        low = np.minimum.reduceat(np.minimum(start, end), runs.first)
        high = np.maximum.reduceat(np.maximum(start, end), runs.first)
        centre = runs.first + runs.count // 2
        lon, lat = np.radians((start[centre] + end[centre]) / 2).T
        return _Sought(
            runs.shape, _boxes(np.hstack([low, high]).T), np.stack([lon, lat, np.cos(lat)])
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
    missing = -bounds.shape[1] % _BLOCK
    whole = np.pad(bounds, ((0, 0), (0, missing)), constant_values=np.nan) if missing else bounds
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
    ours: Edges, theirs: Edges, shape: Indices, piece: Indices, best: Floats
) -> Iterator[_Found]:
    """Nearest points of pairs of edges, which are halved until their chords stand for them."""
    while len(shape):
        along, across, gap = nearest_on_chords(ours, theirs)
        off = ours.bend + theirs.bend
        near = _kept(shape, gap - off, gap + off, best)
        settled = off[near] <= np.maximum(_SETTLED * gap[near], TOUCH_KM / 2)
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
    """Chords above this are neither the nearest nor, by what is uncertain, as near as that."""
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


def _parts(count: int, most: int) -> Iterator[slice]:
    return (slice(start, start + most) for start in range(0, count, most))


def _filled(weights: Indices, most: int) -> Iterator[slice]:
    """Slices that weigh no more than this, or hold one row."""
    through, start = np.cumsum(weights), 0
    while start < len(weights):
        before = through[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(through, before + most, side="right")))
        yield slice(start, end)
        start = end
