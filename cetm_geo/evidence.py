"""sites x ground -> everything that is measured, part by part of the sites, and put together.

A part is sites that lie near each other. Nothing of a site depends on the others of its part, and
parts are joined in the order of the sites, so that one process, many threads and a cluster give
the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cetm_geo import covering, distances, measure, overlay, rings
from cetm_geo.accounts import Accounts
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts
from cetm_geo.clips import Units
from cetm_geo.covering import ClassLand, FeatureLand
from cetm_geo.cutting import hilbert_order
from cetm_geo.ground import Ground, Inside
from cetm_geo.model import SCREENED_ROLES, Layer, Role
from cetm_geo.overlay import RINGS_KM, Laid, Pairs, Scope
from cetm_geo.pieces import ONCE, ROLE_ONCE
from cetm_geo.reaching import WITHIN_KM, WITHIN_ROLES, count_within
from cetm_geo.workers import cores, in_threads

PART = 1000  # sites at most
_SMALL_PART = 64
# Told what comes next, steps done, of how many; may raise OutOfTime, or anything to end at once.
Alive = Callable[[str, int, int], None]
Tell = Callable[[int, int], None]  # sites done, of how many


RINGS, SHAPES = "rings", "shapes"


class OutOfTime(Exception):
    """The time that was given for a site is over; what was measured until then stands."""


@dataclass(frozen=True)
class Evidence:
    """What was measured of a set of sites.

    pairs: per layer id, features that meet a site. covered: per scope id, km2 of each site, each
    bit of land once. classes: per layer id. nearest: km and feature row per site, of layers that
    give it and of their views. inside: how far each site lies in the layer's extent, None where
    the layer states none. rings: per scope id, km2 of covered land in each ring of RINGS_KM,
    (rings, sites). shapes: per layer id, the land of each pair. missing: what was not reached in
    time or was too much: ids of layers, RINGS, SHAPES. land: per id of a layer with scales, km2 of
    each site in each feature, each bit of land once. within: per id of a layer of WITHIN_ROLES,
    how many of its features lie within each of WITHIN_KM, (3, sites).
    """

    sites: Any
    pairs: Mapping[str, Pairs]
    covered: Mapping[str, Floats]
    classes: Mapping[str, ClassLand]
    nearest: Mapping[str, tuple[Floats, Indices]]
    inside: Mapping[str, Inside | None]
    rings: Mapping[str, Floats] = field(default_factory=dict)
    shapes: Mapping[str, Geometries] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    accounts: Accounts = field(default_factory=Accounts)
    land: Mapping[str, FeatureLand] = field(default_factory=dict)
    within: Mapping[str, Floats] = field(default_factory=dict)

    @cached_property
    def site_ids(self) -> Texts:
        """Ids of the sites, in order."""
        return np.asarray(self.sites["site_id"].to_numpy(object))

    @cached_property
    def site_km2(self) -> Floats:
        """Areas of the sites, in order."""
        return np.asarray(self.sites["area_km2"].to_numpy(np.float64))

    @cached_property
    def repaired(self) -> Flags:
        """Sites whose own outline had to be repaired."""
        return np.asarray(self.sites["repaired"].to_numpy(bool))


def parts_of(sites: Any) -> list[Indices]:
    """Positions of the sites in parts that lie near each other, enough for all cores."""
    if not len(sites):
        return [np.empty(0, np.intp)]
    size = min(max(len(sites) // (2 * cores()), _SMALL_PART), PART)
    order = hilbert_order(sites.geometry.to_numpy())
    return [np.sort(order[i : i + size]) for i in range(0, len(order), size)]


@dataclass(frozen=True)
class Limits:
    """What one answer may cost.

    pieces: of a layer about the sites. ring_corners: of a site whose rings are measured.
    shape_pieces: of a feature whose shared land is put together as a shape.
    """

    pieces: int
    ring_corners: int
    shape_pieces: int


@dataclass(frozen=True)
class Task:
    """What is asked of sites.

    land_only: the land that layers other than registers cover of them, nothing else. proposals: no
    site is a title of a register, so that none is left out of what titles cover. limits: layers
    and rings that would cost more are left out and said to be missing.
    """

    ground: Ground
    site_error_m: float
    land_only: bool = False
    proposals: bool = False
    limits: Limits | None = None


Runner = Callable[[Any, Sequence[Indices], Task, Tell | None, Alive | None], list[Evidence]]


def measure_sites(
    sites: Any,
    task: Task,
    tell: Tell | None = None,
    alive: Alive | None = None,
    run: Runner | None = None,
) -> Evidence:
    """All sites, part by part. tell: called with (sites done, of how many). run: where the parts
    are measured; on all cores of this machine, without it.

    Raises Unbalanced where the books of a site do not come out.
    """
    parts = parts_of(sites)
    return joined(sites, parts, (run or on_threads)(sites, parts, task, tell, alive))


def on_threads(
    sites: Any, parts: Sequence[Indices], task: Task, tell: Tell | None, alive: Alive | None
) -> list[Evidence]:
    """The evidence of each part, on all cores of this machine."""
    done = 0

    def work(rows: Indices) -> Evidence:
        nonlocal done
        found = measure_part(sites.iloc[rows], task, alive)
        done += len(rows)
        if tell:
            tell(done, len(sites))
        return found

    task.ground.warm()
    return in_threads(work, parts)


def measure_part(sites: Any, task: Task, alive: Alive | None = None) -> Evidence:
    """One part of the sites: overlaps first, then distances, then rings.

    alive: asked between the steps; where it raises OutOfTime the answer is what was measured.
    """
    return _Part(sites.reset_index(drop=True), task, alive or (lambda *_: None)).measured()


class _Part:
    """The measuring of one part, role by role."""

    def __init__(self, sites: Any, task: Task, alive: Alive) -> None:
        self.sites, self.ground, self.task, self._alive = sites, task.ground, task, alive
        self.step, self.cut_short = 0, False
        self.ids = sites["site_id"].to_numpy(object)
        self.km2 = sites["area_km2"].to_numpy(np.float64)
        self.outlines = sites.geometry.to_numpy()
        self.units = Units.of(self.outlines, self.km2)
        self.laid: dict[str, Laid] = {}
        self.pairs: dict[str, Pairs] = {}
        self.covered: dict[str, Floats] = {}
        self.classes: dict[str, ClassLand] = {}
        self.nearest: dict[str, tuple[Floats, Indices]] = {}
        self.inside: dict[str, Inside | None] = {}
        self._extents: dict[tuple[str, float], Inside | None] = {}
        self.land: dict[str, FeatureLand] = {}
        self.rings: dict[str, Floats] = {}
        self.within: dict[str, Floats] = {}
        self.shapes: dict[str, Geometries] = {}
        self.accounts = Accounts()

    def measured(self) -> Evidence:
        """Everything, or what was measured until the time was over."""
        with suppress(OutOfTime):
            for role in dict.fromkeys(layer.spec.role for layer in self.readable):
                self._role(role, [x for x in self.readable if x.spec.role == role])
            for scope in self.ringed:
                self._rings(scope)
            for layer in self.surrounding:
                self._within(layer)
            for layer in [] if self.task.land_only else self.readable:
                self._shapes(layer)
        return Evidence(
            self.sites, self.pairs, self.covered, self.classes, self.nearest, self.inside,
            self.rings, self.shapes, self._missing(), self.accounts, self.land, self.within,
        )  # fmt: skip

    @cached_property
    def readable(self) -> list[Layer]:
        """The layers that are asked."""
        layers = [x for x in self.ground.asked if not x.failed]
        if self.task.land_only:
            layers = [x for x in layers if x.spec.role != Role.CONCESSION]
        return layers

    @cached_property
    def ringed(self) -> list[Scope]:
        """The scopes whose rings are asked."""
        if self.task.land_only:
            return []
        return [s for s in self.ground.scopes if s.role in SCREENED_ROLES and s.readable]

    @cached_property
    def surrounding(self) -> list[Layer]:
        """The layers of which it is asked how many features lie within so many km."""
        if self.task.land_only:
            return []
        return [x for x in self.readable if x.spec.role in WITHIN_ROLES]

    def _next(self, what: str) -> None:
        """Say what comes next; ends the work if the time is over."""
        steps = 2 * len(self.readable) + len(self.ringed) + len(self.surrounding)
        self._alive(what, self.step, steps)
        self.step += 1

    def _missing(self) -> frozenset[str]:
        if self.task.land_only:
            return frozenset()
        layers = {x.spec.id for x in self.readable}
        missing = layers - self.inside.keys()
        around = {x.spec.id for x in self.surrounding} - missing - self.within.keys()
        if around or {scope.id for scope in self.ringed} - self.rings.keys():
            missing.add(RINGS)
        if self.cut_short or layers - missing - self.shapes.keys():
            missing.add(SHAPES)
        return frozenset(missing)

    def _role(self, role: Role, layers: Sequence[Layer]) -> None:
        laids: list[tuple[Laid, Layer]] = []
        try:
            for layer in layers:
                self._next(layer.spec.label)
                if not self._is_too_much(layer):
                    laids.append((self._layer(layer), layer))
        finally:
            if laids and role == Role.CONCESSION and not self.task.proposals:
                self._add_titles(role, laids)
            elif laids:
                of_layers = [self.covered[layer.spec.id] for _, layer in laids]
                self.covered[role.value] = covering.covered_by_role(
                    [laid for laid, _ in laids], [x for _, x in laids], of_layers, self.km2
                )

    def _is_too_much(self, layer: Layer) -> bool:
        limits = self.task.limits
        if limits is None:
            return False
        return len(layer.pieces.meeting(shapely.bounds(self.units.shapes))[1]) > limits.pieces

    def _layer(self, layer: Layer) -> Laid:
        name = layer.spec.id
        laid = overlay.lay(self.sites, layer, self.task.site_error_m, self.units)
        if layer.spec.role != Role.CONCESSION or self.task.proposals:
            self.covered[name], made = covering.covered_by_layer(laid, layer, self.km2, self.ids)
            self.accounts += made
        self.pairs[name] = laid.pairs
        if not self.task.land_only:
            self._more_of(layer, laid)
        return laid

    def _more_of(self, layer: Layer, laid: Laid) -> None:
        name = layer.spec.id
        self.classes[name] = covering.classes_of(laid, layer)
        if layer.spec.scales:
            self.land[name] = covering.land_once(laid, layer)
        self.laid[name] = laid
        if "nearest_km" in layer.spec.measured:
            self.nearest[name] = distances.nearest(self.sites, layer, laid.pairs)
        for view in self.ground.grouped.views.get(name, ()):
            self.nearest[view.id] = distances.nearest_of_some(
                self.sites, view.layer, laid.pairs, self.nearest[name]
            )
        self.inside[name] = self._inside(layer)

    def _inside(self, layer: Layer) -> Inside | None:
        """How far the sites lie in the layer's extent, found once for layers that share one."""
        key = layer.spec.complete_within, layer.spec.positional_error_m
        if key not in self._extents:
            self._extents[key] = self.ground.inside(self.outlines, self.km2, layer.spec)
        return self._extents[key]

    def _add_titles(self, role: Role, laids: Sequence[tuple[Laid, Layer]]) -> None:
        """Each register, and all together: united for each site, which is no part of them."""
        for laid, layer in laids:
            self.covered[layer.spec.id], made = covering.covered_by_titles(
                [laid], [layer], self.km2, self.ids
            )
            self.accounts += made
        if len(laids) == 1:  # its books are made
            self.covered[role.value] = self.covered[laids[0][1].spec.id]
            return
        self.covered[role.value], made = covering.covered_by_titles(
            [laid for laid, _ in laids], [x for _, x in laids], self.km2, self.ids
        )
        self.accounts += made

    def _rings(self, scope: Scope) -> None:
        """Covered land in the rings round each site; none is looked for beyond the nearest."""
        self._next(f"rings: {scope.id}")
        ids = [layer.spec.id for layer in scope.readable]
        if self._has_too_many_corners or any(name not in self.inside for name in ids):
            return
        if scope.kind == "role" and len(ids) == 1:
            self.rings[scope.id] = self.rings[ids[0]]
            return
        nearest = np.fmin.reduce([self.nearest[name][0] for name in ids])
        bit = ONCE if scope.kind == "layer" else ROLE_ONCE
        ring, row = np.nonzero(nearest <= np.array(RINGS_KM)[:, None])
        reached = self._reaches[ring, row]
        units = Units.of(reached, measure.area_km2(reached))
        within = np.zeros((1 + len(RINGS_KM), len(self.km2)))
        within[0] = self.covered[scope.id]
        for layer in scope.readable:
            within[1 + ring, row] += covering.covered_of(units, layer.pieces, bit, len(row))
        self.rings[scope.id] = np.maximum(np.diff(within, axis=0), 0.0)

    @cached_property
    def _has_too_many_corners(self) -> bool:
        corners = int(shapely.get_num_coordinates(self.outlines).max(initial=0))
        return self.task.limits is not None and corners > self.task.limits.ring_corners

    def _within(self, layer: Layer) -> None:
        """How many features lie near each site; none is looked for beyond the nearest."""
        self._next(f"near: {layer.spec.label}")
        name = layer.spec.id
        if name in self.inside and not self._has_too_many_corners:
            reached = self._reaches[: len(WITHIN_KM)]
            self.within[name] = count_within(reached, layer, self.nearest[name][0])

    def _shapes(self, layer: Layer) -> None:
        self._next(f"shapes: {layer.spec.label}")
        if layer.spec.id in self.laid:
            laid = self.laid[layer.spec.id]
            most = self.task.limits.shape_pieces if self.task.limits else None
            shapes, cut_short = overlay.shared_land(self.sites, layer, laid, most)
            self.shapes[layer.spec.id] = shapes
            self.cut_short |= cut_short

    @cached_property
    def _reaches(self) -> Geometries:
        return rings.reaches(self.outlines, RINGS_KM)


def joined(sites: Any, parts: Sequence[Indices], found: Sequence[Evidence]) -> Evidence:
    """The evidence of parts as that of all sites. parts: positions of each part's sites."""
    if len(found) == 1:
        return found[0]
    rows = np.concatenate(parts) if parts else np.empty(0, np.intp)
    back = np.argsort(rows, kind="stable")

    def sorted_by_site(of_parts: Sequence[Any], names: Sequence[str]) -> Any:
        whole = replace(type(of_parts[0]).join(of_parts))
        site_row = np.concatenate([r[p.site_row] for r, p in zip(parts, of_parts, strict=True)])
        order = np.argsort(site_row, kind="stable")
        arrays = {name: getattr(whole, name)[order] for name in names}
        return order, replace(whole, **arrays | {"site_row": site_row[order]})

    first = found[0]
    pairs, classes, shapes, land = {}, {}, {}, {}
    for name in first.pairs:
        order, pairs[name] = sorted_by_site(
            [f.pairs[name] for f in found], ("feature_row", "overlap_km2", "sliver")
        )
        if name in first.shapes:
            shapes[name] = np.concatenate([f.shapes[name] for f in found])[order]
    for name in first.classes:
        _, classes[name] = sorted_by_site(
            [f.classes[name] for f in found], ("class_id", "own_km2", "first_km2")
        )
    for name in first.land:
        _, land[name] = sorted_by_site([f.land[name] for f in found], ("feature_row", "km2"))
    return Evidence(
        sites=sites,
        pairs=pairs,
        covered={k: np.concatenate([f.covered[k] for f in found])[back] for k in first.covered},
        classes=classes,
        nearest={k: _joined_nearest([f.nearest[k] for f in found], back) for k in first.nearest},
        inside={k: _joined_inside([f.inside[k] for f in found], back) for k in first.inside},
        rings={k: np.hstack([f.rings[k] for f in found])[:, back] for k in first.rings},
        within={k: np.hstack([f.within[k] for f in found])[:, back] for k in first.within},
        shapes=shapes,
        missing=frozenset().union(*(f.missing for f in found)),
        accounts=sum((f.accounts for f in found), Accounts()),
        land=land,
    )


def _joined_nearest(
    parts: Sequence[tuple[Floats, Indices]], back: Indices
) -> tuple[Floats, Indices]:
    km, rows = zip(*parts, strict=True)
    return np.concatenate(km)[back], np.concatenate(rows)[back]


def _joined_inside(parts: Sequence[Inside | None], back: Indices) -> Inside | None:
    known = [part for part in parts if part is not None]
    return Inside.join(known).take(back) if known else None
