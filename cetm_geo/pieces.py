"""A layer's features in small pieces with their boxes and exact areas: what sites are laid over.

Pieces stand in Hilbert order, so that neighbours on the ground are neighbours in memory and on
disk. They are held in memory or read by their boxes from a folder of plain arrays, of which the
system keeps one copy for all processes of a machine.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import shapely

from cetm_geo import cutting, measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts
from cetm_geo.boxes import BoxIndex
from cetm_geo.settling import Settled, Shared, settle, shared_land

# What a piece is, as bits: a part of its feature; of the layer's counted land, each bit of land
# once; of the same of all layers of its role; of the land of its class once. A piece that others
# overlap is a part of its feature only, and what is left of it beside those that come first stands
# as a piece of its own.
OWN, ONCE, ROLE_ONCE, CLASS_ONCE = 1, 2, 4, 8


class Shapes(Protocol):
    """Where the outlines of pieces are: in memory, or on disk until they are asked for."""

    def take(self, rows: Indices) -> Geometries:
        """The outlines at these positions."""


class Held:
    """Outlines in memory."""

    def __init__(self, shapes: Geometries) -> None:
        self.shapes = shapes

    def take(self, rows: Indices) -> Geometries:
        """The outlines at these positions."""
        return np.asarray(self.shapes[rows], dtype=object)


class Some:
    """Some of the outlines that are elsewhere."""

    def __init__(self, held: Shapes, chosen: Indices) -> None:
        self.held, self.chosen = held, chosen

    def take(self, rows: Indices) -> Geometries:
        """The outlines at these positions among those chosen."""
        return self.held.take(self.chosen[rows])


class Pieces:
    """The pieces of a layer, in Hilbert order.

    feature_row: position of the feature each is cut from, (n,). bounds: west, south, east, north in
    degrees, (n, 4). area_km2: exact, 0 for points and lines, (n,). flags: of OWN,
    ONCE, ROLE_ONCE, CLASS_ONCE.
    """

    def __init__(
        self, feature_row: Indices, bounds: Floats, area_km2: Floats, flags: Indices, shapes: Shapes
    ) -> None:
        self.feature_row, self.bounds, self.area_km2 = feature_row, bounds, area_km2
        self.flags, self.held = flags, shapes
        self._index = BoxIndex(bounds)
        self._is_a: dict[int, Flags] = {}

    def __len__(self) -> int:
        return len(self.feature_row)

    def meeting(self, boxes: Floats) -> tuple[Indices, Indices]:
        """Positions (box, piece) of all pairs whose boxes meet, sorted by box, then piece."""
        return self._index.meeting(boxes)

    def shapes(self, rows: Indices) -> Geometries:
        """The outlines of the pieces at these positions. Never prepare them: threads share them."""
        return self.held.take(rows)

    def take(self, rows: Indices) -> Pieces:
        """The pieces at these positions, rising: still in Hilbert order."""
        return Pieces(
            self.feature_row[rows],
            self.bounds[rows],
            self.area_km2[rows],
            self.flags[rows],
            Some(self.held, rows),
        )

    def is_a(self, bit: int) -> Flags:
        """The pieces that are this, one of the bits."""
        if bit not in self._is_a:
            self._is_a[bit] = (self.flags & bit) > 0
        return self._is_a[bit]


def cut_layer(
    shapes: Geometries,
    area_km2: Floats,
    ids: Texts,
    counted: Flags,
    classes: Indices,
    near: Flags | None = None,
) -> Pieces:
    """A layer's features in pieces, its counted land once, and the land of each class once.

    Args:
        shapes: valid lon/lat geometries (n,). area_km2, ids, counted: of each.
        classes: the place of each one's class, -1 without one. Land under several features counts
            to the class that comes first, of one class to the feature that does.
        near: features that sites are near; only these are cut and settled. All, without it.

    Raises LayerError where pieces do not keep a feature's area.
    """
    cut, owner = cutting.cut(shapes, area_km2, ids, near)
    whole = np.bincount(owner, minlength=len(shapes))[owner] == 1
    areas = np.zeros(len(cut))
    areas[whole] = area_km2[owner[whole]]  # the same bits as the feature's
    areas[~whole] = measure.area_km2(cut[~whole])
    flags = np.full(len(cut), OWN)
    counts, of_class = (areas > 0) & counted[owner], (areas > 0) & (classes[owner] >= 0)
    flags[counts] |= ONCE | ROLE_ONCE
    flags[of_class] |= CLASS_ONCE
    have = _Cut(cut, owner, areas, flags)
    asked = counts | of_class
    places = np.flatnonzero(asked if near is None else asked & near[owner])
    rank = np.where(classes < 0, classes.max(initial=0) + 1, classes)[owner[places]]
    shared = shared_land(cut[places], owner[places], rank)
    early, late = places[shared.early], places[shared.late]
    for bits, shares in (
        (ONCE | ROLE_ONCE, counts[early] & counts[late]),
        (
            CLASS_ONCE,
            of_class[early] & of_class[late] & (classes[owner[early]] == classes[owner[late]]),
        ),
    ):
        have.give(bits, settle(cut, Shared(early[shares], late[shares])))
    return have.pieces()


class _Cut:
    """Pieces while their land is settled."""

    def __init__(self, shapes: Geometries, owner: Indices, areas: Floats, flags: Indices) -> None:
        self.shapes, self.owner, self.areas, self.flags = [shapes], [owner], [areas], flags
        self._added: dict[tuple[int, bytes], int] = {}
        self._bits: list[int] = []

    def give(self, bits: int, settled: Settled) -> None:
        """Contested pieces lose these bits, what is left of them has them."""
        self.flags[settled.contested] &= ~bits
        rest, owner = settled.rest, self.owner[0][settled.rest_of]
        new = []
        for i, key in enumerate(zip(owner.tolist(), shapely.to_wkb(rest), strict=True)):
            place = self._added.setdefault(key, len(self._bits))
            if place == len(self._bits):
                self._bits.append(bits)
                new.append(i)
            else:  # the same land is left in both ways: one piece is enough
                self._bits[place] |= bits
        self.shapes.append(rest[new])
        self.owner.append(owner[new])
        self.areas.append(measure.area_km2(rest[new]))

    def pieces(self) -> Pieces:
        """All, in Hilbert order."""
        shapes, owner = np.concatenate(self.shapes), np.concatenate(self.owner)
        flags = np.concatenate([self.flags, np.array(self._bits, np.intp)])
        order = cutting.hilbert_order(shapes, owner)
        shapes = shapes[order]
        return Pieces(
            owner[order],
            shapely.bounds(shapes),
            np.concatenate(self.areas)[order],
            flags[order].astype(np.uint8),
            Held(shapes),
        )


def _unsettled(layer: Pieces) -> Pieces:
    """As it was before its role's land was settled."""
    kept = np.flatnonzero(layer.flags != ROLE_ONCE)
    flags = layer.flags[kept] & ~np.uint8(ROLE_ONCE)
    flags[(flags & ONCE) > 0] |= np.uint8(ROLE_ONCE)
    held = Held(layer.shapes(kept))
    return Pieces(layer.feature_row[kept], layer.bounds[kept], layer.area_km2[kept], flags, held)


def settle_role(layers: list[Pieces]) -> list[Pieces]:
    """The pieces of a role's layers, the role's land once: land of two goes to the layer first."""
    if len(layers) < 2:
        return layers
    layers = [_unsettled(layer) for layer in layers]
    rows = [np.flatnonzero(layer.is_a(ONCE)) for layer in layers]
    place = np.repeat(np.arange(len(layers)), [len(r) for r in rows])
    row = np.concatenate(rows)
    shapes = np.concatenate([layer.shapes(r) for layer, r in zip(layers, rows, strict=True)])
    along = cutting.hilbert_order(shapes)
    shapes, place, row = shapes[along], place[along], row[along]
    settled = settle(shapes, shared_land(shapes, place, place))
    out = []
    for i, layer in enumerate(layers):
        everything = np.arange(len(layer))
        have = _Cut(
            layer.shapes(everything), layer.feature_row, layer.area_km2, layer.flags.astype(np.intp)
        )
        lost, kept = place[settled.contested] == i, place[settled.rest_of] == i
        mine = Settled(row[settled.contested[lost]], settled.rest[kept], row[settled.rest_of[kept]])
        have.give(ROLE_ONCE, mine)
        out.append(have.pieces())
    return out
