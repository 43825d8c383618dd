"""The layers as sites are laid over them: in pieces, their roles' land once, their extents cut.

Made once for a set of layers and used for every batch and every drawn polygon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from cetm_geo import distances, measure, meridian, overlay, tables
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, sums
from cetm_geo.basin_cover import BasinCover
from cetm_geo.boxes import BoxIndex
from cetm_geo.clips import Units, clip, robust
from cetm_geo.distances import nearest_piece
from cetm_geo.hydrology import Basins
from cetm_geo.model import NOT_REACHED, Layer, LayerSpec, Role
from cetm_geo.pieces import Pieces, cut_layer, settle_role
from cetm_geo.registers import Registers
from cetm_geo.rulebook.groups import shipped_groups
from cetm_geo.store.pieces import PieceFolder, digest_of
from cetm_geo.views import Grouped, Groups

WORLD = "world"


@dataclass(frozen=True)
class Inside:
    """Per site: its share inside an extent; wholly: inside it but for mapping error; how far its
    edge lies (inf beyond SEARCH_KM), past which "nearest" is not known.
    """

    share: Floats
    wholly: Flags
    edge_km: Floats

    @staticmethod
    def everywhere(count: int) -> Inside:
        """Inside an extent that has no edge."""
        return Inside(np.ones(count), np.ones(count, bool), np.full(count, np.inf))

    @staticmethod
    def join(parts: Sequence[Inside]) -> Inside:
        """One after the other."""
        names = ("share", "wholly", "edge_km")
        return Inside(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def take(self, rows: Indices) -> Inside:
        """Those of some sites."""
        return Inside(self.share[rows], self.wholly[rows], self.edge_km[rows])


@dataclass(frozen=True, eq=False)
class Extent:
    """The polygon within which a layer is complete, in pieces, and its outline in short lines."""

    polygon: Any

    @cached_property
    def pieces(self) -> Pieces:
        """The polygon in pieces."""
        shapes = np.array([self.polygon], object)
        one = np.ones(1, bool)
        return cut_layer(
            shapes,
            measure.area_km2(shapes),
            np.array(["extent"], object),
            one,
            np.zeros(1, np.intp),
        )

    @cached_property
    def outline(self) -> Pieces:
        """Its outline, cut at 180 degrees as it is drawn."""
        lines = np.array([shapely.boundary(self.polygon)], object)
        none = np.zeros(1)
        return cut_layer(lines, none, np.array(["extent"], object), none < 0, np.zeros(1, np.intp))

    def holds(
        self, sites: Geometries, site_km2: Floats, error_m: float, edges: bool = True
    ) -> Inside:
        """How far sites lie inside. edges: whether to say how far away the extent ends.

        A part beyond the extent that lies within `error_m` of its outline is mapping error; the
        share is given as measured all the same.
        """
        units = Units.of(sites, site_km2)
        clips = clip(units, self.pieces)
        within = sums(clips.km2, clips.site_row, len(sites))
        share = np.minimum(within / site_km2, 1.0)
        wholly = share >= 1 - overlay.SAME
        share[wholly] = 1.0
        for i in np.flatnonzero(~wholly & (within > 0)):
            beyond = self._beyond(sites[i])
            wholly[i] = beyond is None or overlay.near_line(
                beyond, self._outline_near(beyond, error_m), error_m
            )
        if not edges:
            return Inside(share, wholly, np.full(len(sites), np.nan))
        km, _ = nearest_piece(sites, self.outline)
        return Inside(share, wholly, np.where(np.isnan(km), np.inf, km))

    def _beyond(self, site: Any) -> Any:
        _, rows = self.pieces.meeting(np.array([shapely.bounds(site)]))
        inside = shapely.union_all(self.pieces.shapes(rows))
        rest = robust(shapely.difference, np.array([site], object), np.array([inside], object))
        return measure.polygon_part(rest)[0]

    def _outline_near(self, shape: Any, error_m: float) -> Any:
        box = measure.search_box(shapely.bounds(shape), 3 * error_m / measure.M_PER_KM)
        _, rows = self.outline.meeting(np.array([box]))
        return shapely.multilinestrings(list(self.outline.shapes(rows)))


@dataclass(frozen=True, eq=False)
class Ground:
    """Layers by id, in catalogue order, ready for sites.

    asked: the layers that answer for a site. extents: by the words of `complete_within`; None
    where the polygon they name is not loaded. names: per layer, under which its pieces are kept.
    registers: the layers of titles among them that could be read; none on a ground that travels.
    covers: per layer of basins, how much of them lies under titles, where a build has measured it.
    grouped: the groups of features that norms tell apart, and what the layers hold of them.
    """

    layers: Mapping[str, Layer]
    asked: tuple[Layer, ...]
    extents: Mapping[str, Extent | None]
    names: Mapping[str, str] = field(default_factory=dict)
    registers: Registers = field(default_factory=lambda: Registers(()))
    covers: Mapping[str, BasinCover] = field(default_factory=dict)
    grouped: Grouped = field(default_factory=Grouped)

    @staticmethod
    def of(
        layers: Mapping[str, Layer],
        kept: PieceFolder | None = None,
        near: Any = None,
        reach_km: float = overlay.RINGS_KM[-1],
        groups: Groups | None = None,
    ) -> Ground:
        """Cuts what is not cut yet.

        Args:
            kept: where pieces were kept and are kept: an unchanged layer is not cut again.
            near: sites, if it is made ready for these alone: only features near them are cut,
                unless a layer says what drains to what, for then the way may lead anywhere.
            reach_km: how near; without rings (`Task.land_only`) 0 is enough.
            groups: of features, by id; without it those that the project carries.

        Raises LayerError where pieces do not keep a feature's area; StoreError where they cannot
        be kept.
        """
        ready = dict(layers)
        names: dict[str, str] = {}
        if any(x.links is not None and len(x.links) for x in ready.values()):
            near = None
        for role in Role:
            members = [
                x for x in ready.values()
                if x.spec.role == role and x.spec.measured and not x.failed
            ]  # fmt: skip
            if all(x.held is not None for x in members):
                continue
            for layer, pieces, name in _cut(members, kept, near, reach_km):
                ready[layer.spec.id] = replace(layer, held=pieces)
                names[layer.spec.id] = name
        asked = tuple(x for x in ready.values() if x.spec.measured)
        words = {x.spec.complete_within for x in asked} - {"", WORLD}
        extents = {}
        for within in sorted(words):
            polygon = _extent(within, ready)
            extents[within] = None if polygon is None else Extent(polygon)
        titles = [x for x in asked if x.spec.role == Role.CONCESSION and not x.failed]
        grouped = Grouped.of(asked, shipped_groups() if groups is None else groups)
        return Ground(ready, asked, extents, names, Registers(titles), grouped=grouped)

    def without(self, missing: frozenset[str]) -> Ground:
        """The same, with some layers saying that they were not measured in time."""
        if not missing:
            return self
        late = {
            name: replace(x, source={**x.source, "problem": NOT_REACHED}) if name in missing else x
            for name, x in self.layers.items()
        }
        asked = tuple(late[x.spec.id] for x in self.asked)
        return replace(self, layers=late, asked=asked)

    @cached_property
    def networks(self) -> Mapping[str, Basins]:
        """Layers of basins and rivers that state which drains to which."""
        found = {x.spec.id: Basins.of(x) for x in self.asked if not x.failed}
        return {name: basins for name, basins in found.items() if basins is not None}

    @cached_property
    def countries(self) -> tuple[Layer, ...]:
        """Layers of countries that could be read, in pieces."""
        layers = self.layers.values()
        return tuple(_outlined(x) for x in layers if x.spec.role == Role.COUNTRY and not x.failed)

    @cached_property
    def scopes(self) -> list[overlay.Scope]:
        """What is totalled together."""
        return overlay.scopes_of(self.asked)

    @cached_property
    def sources(self) -> Any:
        """The layers' rows of `tables.SOURCES`."""
        return tables.build(tables.SOURCES, [dict(x.source) for x in self.layers.values()] or None)

    def warm(self) -> None:
        """Derive everything that is derived once, before threads ask for it."""
        for layer in self.asked:
            if not layer.failed:
                layer.warm()
                if "nearest_km" in layer.spec.measured:
                    distances.warm(layer)
                for view in self.grouped.views.get(layer.spec.id, ()):
                    distances.warm(view.layer)
        for extent in self.extents.values():
            if extent is not None:
                _ = extent.pieces, extent.outline
        _ = self.countries, self.scopes, self.registers.land, self.registers.ids_in_force

    def inside(
        self, sites: Geometries, site_km2: Floats, spec: LayerSpec, edges: bool = True
    ) -> Inside | None:
        """How far sites lie in a layer's extent; None where nothing known is claimed.

        edges: whether to say how far away the extent ends.
        """
        if spec.complete_within == WORLD:
            return Inside.everywhere(len(sites))
        extent = self.extents.get(spec.complete_within)
        return (
            None
            if extent is None
            else extent.holds(sites, site_km2, spec.positional_error_m, edges)
        )


def _cut(
    layers: Sequence[Layer], kept: PieceFolder | None, near: Any, reach_km: float
) -> Iterator[tuple[Layer, Pieces, str]]:
    """Layers of one role with their pieces, the role's land once, and the name they are kept by."""
    names = [""] * len(layers)
    if kept is not None:
        digest = ""
        for i, layer in enumerate(layers):
            digest = digest_of(layer.shapes, layer.is_counted, layer.class_code, digest)
            names[i] = f"{layer.spec.id}-{digest}"
        if layers and all(kept.holds(name) for name in names):
            yield from zip(layers, map(kept.open, names), names, strict=True)
            return
    pieces = [
        layer.pieces if near is None else _cut_near(layer, near, reach_km) for layer in layers
    ]
    if len(layers) > 1:
        pieces = settle_role(pieces)
    for layer, cut, name in zip(layers, pieces, names, strict=True):
        if kept is not None and not kept.holds(name):
            kept.keep(name, cut)
        yield layer, cut, name


_OUTLINED: WeakKeyDictionary[Layer, Layer] = WeakKeyDictionary()


def _outlined(layer: Layer) -> Layer:
    """A layer in pieces that is not asked for land once: what it shares is not settled."""
    if layer.held is not None:
        return layer
    if layer not in _OUTLINED:
        count = len(layer.shapes)
        pieces = cut_layer(
            layer.shapes,
            layer.area_km2,
            layer.feature_ids,
            np.zeros(count, bool),
            np.full(count, -1),
        )
        _OUTLINED[layer] = replace(layer, held=pieces)
    return _OUTLINED[layer]


def _cut_near(layer: Layer, sites: Any, reach_km: float) -> Pieces:
    """The pieces of a layer, only what a site or a ring round it can meet cut and settled."""
    bounds = shapely.bounds(sites.geometry.to_numpy())
    boxes = [measure.search_box(box, reach_km) for box in bounds]
    reach = np.array(boxes).reshape(-1, 4)
    turn = np.array([meridian.FULL_TURN, 0, meridian.FULL_TURN, 0])
    features = BoxIndex(shapely.bounds(layer.shapes))
    _, rows = features.meeting(np.vstack([reach, reach - turn, reach + turn]))
    near = np.zeros(len(layer.shapes), bool)
    near[rows] = True
    return layer.cut(near)


def _extent(within: str, layers: Mapping[str, Layer]) -> Any:
    if within.startswith("layer:"):
        layer = layers.get(within.removeprefix("layer:"))
        shapes = layer.shapes if layer else np.empty(0, object)
    else:
        countries = [x for x in layers.values() if x.spec.role == Role.COUNTRY]
        found = [x.shapes[(x.features["iso3"] == within).to_numpy(bool)] for x in countries]
        shapes = np.concatenate(found) if found else np.empty(0, object)
    if not len(shapes):
        return None
    return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
