"""Land of sites that lies under no other title in force: what they add to land under titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, sums
from cetm_geo.clips import robust
from cetm_geo.evidence import Alive, Evidence, Runner, Task, measure_sites
from cetm_geo.model import Layer
from cetm_geo.pieces import OWN
from cetm_geo.registers import Registers
from cetm_geo.settling import Shared, left_over, on_grid
from cetm_geo.workers import in_threads

_TITLES_AT_ONCE = 32  # on an outline, from which it is halved
_HALVINGS = 10
_PAIRS_AT_ONCE = 4096


@dataclass(frozen=True)
class Left:
    """What is left of sites beside the other titles in force.

    contested: sites that share land with one. rest: what was measured of the parts that are left
    of these, None where none is. site_row: of each part, its site.
    """

    contested: Flags
    rest: Evidence | None
    site_row: Indices

    @staticmethod
    def of(
        whole: Evidence, registers: Registers, task: Task, alive: Alive, run: Runner | None
    ) -> Left:
        """Takes other titles in force from the sites, and lays what is left over the layers.

        Args:
            whole: what was measured of the sites. task: how land is measured. alive: told of each
                step; what it raises ends the work.
        """
        on = _titles_on(whole, registers)
        contested = np.zeros(len(whole.site_ids), bool)
        contested[on.outline] = True
        parts, site_row = without_titles(whole.sites.geometry.to_numpy(), on, alive)
        if not len(parts):
            return Left(contested, None, site_row)
        frame = whole.sites.iloc[site_row].reset_index(drop=True)
        frame = frame.set_geometry(parts, crs=frame.crs)
        frame["area_km2"] = measure.area_km2(parts)
        return Left(contested, measure_sites(frame, task, alive=alive, run=run), site_row)

    def of_pairs(self, layer: Layer, whole: Evidence) -> Floats:
        """Of each pair of site and feature, the shared land under no other title in force, km2."""
        pairs, count = whole.pairs[layer.spec.id], max(len(layer.features), 1)
        out = np.where(self.contested[pairs.site_row], 0.0, pairs.overlap_km2)
        if self.rest is None or not len(pairs):
            return out
        found = self.rest.pairs[layer.spec.id]
        keys = pairs.site_row * count + pairs.feature_row
        key = self.site_row[found.site_row] * count + found.feature_row
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        same = keys[place] == key
        out += sums(found.overlap_km2[same], place[same], len(keys))
        return np.minimum(out, pairs.overlap_km2)


@dataclass(frozen=True)
class On:
    """Pieces of titles, and pairs of an outline and a piece that may lie on it, sorted by both."""

    pieces: Geometries
    outline: Indices
    piece: Indices


def _titles_on(whole: Evidence, registers: Registers) -> On:
    """Titles in force that share land with sites. A title is none of those that lie on it."""
    outlines = whole.sites.geometry.to_numpy()
    shapes, sites, pieces = [np.empty(0, object)], [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for layer in registers.layers:
        pairs, count = whole.pairs[layer.spec.id], len(layer.features)
        pairs = pairs.take((pairs.overlap_km2 > 0) & registers.in_force(layer)[pairs.feature_row])
        rows = np.unique(pairs.site_row)
        box, piece = layer.pieces.meeting(shapely.bounds(outlines[rows]))
        asked = pairs.site_row * count + pairs.feature_row
        on = np.isin(rows[box] * count + layer.pieces.feature_row[piece], asked)
        on &= layer.pieces.is_a(OWN)[piece]
        used, place = np.unique(piece[on], return_inverse=True)
        sites.append(rows[box[on]])
        pieces.append(place + sum(map(len, shapes)))
        shapes.append(layer.pieces.shapes(used))
    site, title = np.concatenate(sites), np.concatenate(pieces)
    order = np.lexsort((title, site))
    return On(np.concatenate(shapes), site[order], title[order])


def without_titles(outlines: Geometries, on: On, alive: Alive) -> tuple[Geometries, Indices]:
    """What is left of the outlines that titles lie on: in parts, and the outline of each, rising.

    An outline comes out the same whatever the others are.
    """
    have = _in_parts(outlines, on)

    def left_of(some: slice) -> Geometries:
        alive("land that a site adds", some.start, len(have.shapes))
        low, high = np.searchsorted(have.part, [some.start, some.stop])
        used, place = np.unique(have.piece[low:high], return_inverse=True)
        own = have.shapes[some]
        # Titles stand beside the parts and lose nothing: else two of the same land would both.
        shared = Shared(place + len(own), have.part[low:high] - some.start)
        both = np.concatenate([own, on.pieces[used]])
        contested, rest = left_over(both, shared, partial(on_grid, shapely.difference))
        own[contested] = rest
        return own

    left = in_threads(left_of, _slices(have.part, len(have.shapes)))
    shapes = np.concatenate([np.empty(0, object), *left])
    kept = np.flatnonzero(measure.area_km2(shapes) > 0)
    return shapes[kept], have.outline[kept]


def _slices(part: Indices, count: int) -> Sequence[slice]:
    """Slices of parts with about _PAIRS_AT_ONCE pairs each. part: of each pair, rising."""
    through = np.searchsorted(part, np.arange(count), side="right")
    cuts = np.flatnonzero(np.diff(through // _PAIRS_AT_ONCE)) + 1
    return [slice(a, b) for a, b in pairwise([0, *cuts.tolist(), count]) if b > a]


@dataclass(frozen=True)
class _Parts:
    """Parts of outlines, the outline of each, and pairs of a part and a piece of a title."""

    shapes: Geometries
    outline: Indices
    part: Indices
    piece: Indices


def _in_parts(outlines: Geometries, on: On) -> _Parts:
    """Outlines, halved where many titles lie on one; all sorted by the outline, then the part.

    To take a thousand titles off an outline one by one takes a million steps.
    """
    rows, part = np.unique(on.outline, return_inverse=True)
    have, boxes = _Parts(outlines[rows], rows, part, on.piece), shapely.bounds(on.pieces)
    for _ in range(_HALVINGS):
        many = np.bincount(have.part, minlength=len(have.shapes)) > _TITLES_AT_ONCE
        if not many.any():
            break
        have = _halved(have, many, boxes)
    some = np.flatnonzero(~shapely.is_missing(have.shapes))
    order = some[np.argsort(have.outline[some], kind="stable")]
    new = np.zeros(len(have.shapes), np.intp)
    new[order] = np.arange(len(order))
    by = np.lexsort((have.piece, new[have.part]))
    return _Parts(have.shapes[order], have.outline[order], new[have.part][by], have.piece[by])


def _halved(have: _Parts, many: Flags, boxes: Floats) -> _Parts:
    """Each part of `many` in two, and the pieces that each half's box meets."""
    kept, cut = np.flatnonzero(~many), np.flatnonzero(many)
    shapes = have.shapes[cut]
    halves = robust(shapely.intersection, np.repeat(shapes, 2), _half_boxes(shapes))
    shapes = np.concatenate([have.shapes[kept], measure.polygon_part(halves)])
    first = np.zeros(len(many), np.intp)
    first[kept], first[cut] = np.arange(len(kept)), len(kept) + 2 * np.arange(len(cut))
    twice = many[have.part]
    part = np.r_[first[have.part], first[have.part[twice]] + 1]
    piece = np.r_[have.piece, have.piece[twice]]
    own, title = shapely.bounds(shapes)[part], boxes[piece]
    meet = (own[:, :2] <= title[:, 2:]).all(axis=1) & (title[:, :2] <= own[:, 2:]).all(axis=1)
    outline = np.r_[have.outline[kept], np.repeat(have.outline[cut], 2)]
    return _Parts(shapes, outline, part[meet], piece[meet])


def _half_boxes(shapes: Geometries) -> Geometries:
    """Boxes of the two halves of each, across its longer side in degrees; one after the other."""
    first = shapely.bounds(shapes)
    second = first.copy()
    row, axis = np.arange(len(shapes)), np.argmax(first[:, 2:] - first[:, :2], axis=1)
    middle = (first[row, axis] + first[row, axis + 2]) / 2
    first[row, axis + 2], second[row, axis] = middle, middle
    return np.asarray(shapely.box(*np.stack([first, second], axis=1).reshape(-1, 4).T))
