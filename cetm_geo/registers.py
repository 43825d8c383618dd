"""The registers of a ground together: which titles are in force, and land under titles once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Geometries, Indices, Texts
from cetm_geo.cutting import hilbert_order
from cetm_geo.model import STATUS_GROUPS, Layer
from cetm_geo.pieces import ONCE, OWN, Held, Pieces
from cetm_geo.settling import left_over, on_grid, shared_land

IN_FORCE = "in_force_or_unknown"  # of STATUS_GROUPS
_GROUPS = (IN_FORCE, *(group for group in STATUS_GROUPS if group != IN_FORCE))


@dataclass(frozen=True)
class TitleLand:
    """Land under titles in pieces, each bit of it once. in_force: per piece, whose land it is."""

    pieces: Pieces
    in_force: Flags


@dataclass(frozen=True, eq=False)
class Registers:
    """Layers of titles that could be read."""

    layers: Sequence[Layer]

    def in_force(self, layer: Layer) -> Flags:
        """Per title of one of them, whether it is in force, or not known to be in no force."""
        return np.asarray(self._rank[layer.spec.id] == 0)

    @cached_property
    def ids_in_force(self) -> frozenset[str]:
        """Ids of all titles in force."""
        ids = [layer.site_ids[self.in_force(layer)].tolist() for layer in self.layers]
        return frozenset(chain.from_iterable(ids))

    def are_in_force(self, site_ids: Texts) -> Flags:
        """Per site, whether it is one of them."""
        held = self.ids_in_force
        return np.fromiter((name in held for name in site_ids), bool, len(site_ids))

    @cached_property
    def land(self) -> TitleLand:
        """Land under titles of any register; what several lie on is of one in force, if any is.

        So the pieces of titles in force are all the land under titles in force.
        """
        shapes, title, rank = self._own_pieces()
        shared = shared_land(shapes, title, rank)
        # Registers hold the same title twice, drawn a few millimetres apart.
        contested, rest = left_over(shapes, shared, partial(on_grid, shapely.difference))
        shapes[contested] = rest
        left = np.flatnonzero(~shapely.is_missing(shapes))
        shapes = shapes[left]
        return TitleLand(
            Pieces(
                title[left],
                shapely.bounds(shapes),
                measure.area_km2(shapes),
                np.full(len(shapes), ONCE, np.uint8),
                Held(shapes),
            ),
            rank[left] == 0,
        )

    @cached_property
    def _rank(self) -> dict[str, Indices]:
        """Per layer and title, the place of its status among _GROUPS."""
        place = {s.value: i for i, group in enumerate(_GROUPS) for s in STATUS_GROUPS[group]}
        return {
            layer.spec.id: np.array([place[s] for s in layer.features["status"]], np.intp)
            for layer in self.layers
        }

    def _own_pieces(self) -> tuple[Geometries, Indices, Indices]:
        """Pieces of all titles in Hilbert order; their titles, numbered through, and ranks."""
        shapes, titles, ranks = [np.empty(0, object)], [np.empty(0, np.intp)], []
        before = 0
        for layer in self.layers:
            rows = np.flatnonzero(layer.pieces.is_a(OWN))
            own = layer.pieces.feature_row[rows]
            shapes.append(layer.pieces.shapes(rows))
            titles.append(own + before)
            ranks.append(self._rank[layer.spec.id][own])
            before += len(layer.features)
        outlines, title = np.concatenate(shapes), np.concatenate(titles)
        rank = np.concatenate([np.empty(0, np.intp), *ranks])
        along = hilbert_order(outlines, title) if len(outlines) else title
        return outlines[along], title[along], rank[along]
