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
from cetm_geo.settling import settle

# What a piece is, as bits: a part of its feature; of the layer's counted land, each bit of land
# once; of the same of all layers of its role. A piece that others overlap is a part of its feature
# only, and what is left of it beside those that come first stands as a piece of its own.
OWN, ONCE, ROLE_ONCE = 1, 2, 4


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


class Pieces:
    """The pieces of a layer, in Hilbert order.

    feature_row: position of the feature each is cut from, (n,). bounds: west, south, east, north in
    degrees, (n, 4). area_km2: exact, 0 for points and lines, (n,). flags: OWN, ONCE, ROLE_ONCE.
    """

    def __init__(
        self, feature_row: Indices, bounds: Floats, area_km2: Floats, flags: Indices, shapes: Shapes
    ) -> None:
        self.feature_row, self.bounds, self.area_km2 = feature_row, bounds, area_km2
        self.flags, self.held = flags, shapes
        self._index = BoxIndex(bounds)

    def __len__(self) -> int:
        return len(self.feature_row)

    def meeting(self, boxes: Floats) -> tuple[Indices, Indices]:
        """Positions (box, piece) of all pairs whose boxes meet, sorted by box, then piece."""
        return self._index.meeting(boxes)

    def shapes(self, rows: Indices) -> Geometries:
        """The outlines of the pieces at these positions. Never prepare them: threads share them."""
        return self.held.take(rows)

    def is_a(self, bit: int) -> Flags:
        """The pieces that are this: OWN, ONCE or ROLE_ONCE."""
        return np.asarray((self.flags & bit) > 0)


def cut_layer(
    shapes: Geometries,
    area_km2: Floats,
    ids: Texts,
    counted: Flags,
    rank: Indices,
    near: Flags | None = None,
) -> Pieces:
    """A layer's features in pieces, and its counted land once.

    Args:
        shapes: valid lon/lat geometries (n,). area_km2, ids, counted: of each.
        rank: what land under several features counts as: the lowest; of one rank, the first.
        near: features that sites are near; only these are cut and settled. All, without it.

    Raises LayerError where pieces do not keep a feature's area.
    """
    pieces, owner = cutting.cut(shapes, area_km2, ids, near)
    whole = np.bincount(owner, minlength=len(shapes))[owner] == 1
    areas = np.zeros(len(pieces))
    areas[whole] = area_km2[owner[whole]]  # the same bits as the feature's
    areas[~whole] = measure.area_km2(pieces[~whole])
    flags = np.full(len(pieces), OWN)
    land = (areas > 0) & counted[owner]
    flags[land] |= ONCE | ROLE_ONCE
    places = np.flatnonzero(land if near is None else land & near[owner])
    settled = settle(pieces[places], owner[places], rank[owner[places]])
    flags[places[settled.contested]] = OWN
    return _joined(
        (pieces, owner, areas, flags),
        (settled.rest, owner[places[settled.rest_of]], ONCE | ROLE_ONCE),
    )


def _joined(
    have: tuple[Geometries, Indices, Floats, Indices], more: tuple[Geometries, Indices, int]
) -> Pieces:
    shapes, owner, areas, flags = have
    added, added_owner, bits = more
    shapes, owner = np.concatenate([shapes, added]), np.concatenate([owner, added_owner])
    areas = np.concatenate([areas, measure.area_km2(added)])
    flags = np.concatenate([flags, np.full(len(added), bits)])
    order = cutting.hilbert_order(shapes, owner)
    return Pieces(
        owner[order],
        shapely.bounds(shapes[order]),
        areas[order],
        flags[order].astype(np.uint8),
        Held(shapes[order]),
    )


def settle_role(layers: list[Pieces]) -> list[Pieces]:
    """The pieces of a role's layers, the role's land once: land of two goes to the layer first."""
    if len(layers) < 2:
        return layers
    rows = [np.flatnonzero(layer.is_a(ONCE)) for layer in layers]
    place = np.repeat(np.arange(len(layers)), [len(r) for r in rows])
    row = np.concatenate(rows)
    shapes = np.concatenate([layer.shapes(r) for layer, r in zip(layers, rows, strict=True)])
    settled = settle(shapes, place, place)
    out = []
    for i, layer in enumerate(layers):
        flags = layer.flags.copy()
        flags[row[settled.contested[place[settled.contested] == i]]] &= ~np.uint8(ROLE_ONCE)
        mine = place[settled.rest_of] == i
        everything = np.arange(len(layer))
        out.append(
            _joined(
                (layer.shapes(everything), layer.feature_row, layer.area_km2, flags),
                (
                    settled.rest[mine],
                    layer.feature_row[row[settled.rest_of[mine]]],
                    ROLE_ONCE,
                ),
            )
        )
    return out
