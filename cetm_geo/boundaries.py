"""How far overlaps and distances of sites may be off, since outlines are: measured once.

A site and a layer may lie against each other otherwise than they are drawn, by the errors of both
together. A site so shifted keeps its size: what it gains of a layer is at most what of the layer
lies in the rim round its outline, and at most what of the rim within lies outside the layer; what
it loses the other way about. Circles drawn round points are off by CIRCLE_KM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, sums
from cetm_geo.clips import Units, clip, robust
from cetm_geo.distances import nearest_piece
from cetm_geo.evidence import parts_of
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.ranked import Shift
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from cetm_geo.pieces import ONCE, OWN, ROLE_ONCE
from cetm_geo.workers import in_threads

CIRCLE_KM = 5.0
SHARE, LAND, NEAREST = "_overlap_share", "_overlap_km2", "_nearest_km"
_SITE_M = 100.0  # of a drawing, which no register states
_FROM_POINT = "derived_from_point"
_ALIKE = 1e-6  # distances and shares that differ by less, of themselves, are the same
_QUARTER = 4  # chords to a quarter of a circle: a rim is no finer than the error it stands for


def inputs_of(indicator_ids: Iterable[str]) -> list[str]:
    """The indicators that `boundary_shifts` reads to shift some."""
    scopes = dict.fromkeys(_scope_of(name) for name in indicator_ids)
    return [f"{scope}{kind}" for scope in scopes if scope for kind in (SHARE, NEAREST)]


def _scope_of(indicator_id: str) -> str:
    """The role, group or layer whose overlap or distance an indicator is; "" of any other."""
    for kind in (SHARE, LAND, NEAREST):
        if indicator_id.endswith(kind):
            return indicator_id.removesuffix(kind)
    return ""


def boundary_shifts(
    sites: Any, ground: Ground, facts: Facts, indicator_ids: Iterable[str]
) -> dict[str, Shift]:
    """What the overlaps and distances among some indicators may be.

    Args:
        sites: by `tables.SITES`. facts: of the same sites in order: the indicators that are asked
            and `inputs_of` them. indicator_ids: others among them are passed over.
    """
    asked = [name for name in indicator_ids if _scope_of(name)]
    every = {scope: _parts_of_scope(scope, ground) for scope in map(_scope_of, asked)}
    scopes = {scope: parts for scope, parts in every.items() if parts}
    site_km = _site_errors(sites, ground)
    rims = _measured(sites, site_km, [p for parts in scopes.values() for p in parts])
    out: dict[str, Shift] = {}
    for name in asked:
        scope = _scope_of(name)
        if scope in scopes:
            own = _Shifted(facts, scope, scopes[scope], rims, site_km, sites)
            out[name] = own.distance() if name.endswith(NEAREST) else own.land(name.endswith(LAND))
    return out


# --- what is shifted against what ----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Part:
    """Pieces of a layer whose outlines are off by as much. asked: over all of its pieces."""

    layer: Layer
    asked: Flags
    error_km: float
    circles: bool


def _parts_of_scope(scope: str, ground: Ground) -> list[_Part]:
    """The firm outlines and the circles of each layer of a role, group or layer."""
    if scope == Role.CONCESSION:
        return []
    out: list[_Part] = []
    for layer, asked in _land_of(scope, ground):
        circles = (layer.features["circle"] == _FROM_POINT).to_numpy(bool)
        of_circle = circles[layer.pieces.feature_row]
        firm_km = layer.spec.positional_error_m / measure.M_PER_KM
        for error_km, own in ((firm_km, ~of_circle), (CIRCLE_KM, of_circle)):
            if (asked & own).any():
                out.append(_Part(layer, asked & own, error_km, error_km == CIRCLE_KM))
    return out


def _land_of(scope: str, ground: Ground) -> Iterable[tuple[Layer, Flags]]:
    """Layers and which of their pieces make up the land, or the places, of a scope."""
    readable = {x.spec.id: x for x in ground.asked if not x.failed}
    if scope in ground.grouped.groups:
        for name, chosen in ground.grouped.members[scope].items():
            if name in readable:
                pieces = readable[name].pieces
                yield readable[name], pieces.is_a(OWN) & chosen[pieces.feature_row]
        return
    for name, layer in readable.items():
        if scope in (name, layer.spec.role.value) and layer.spec.role != Role.CONCESSION:
            pieces, bit = layer.pieces, ONCE if scope == name else ROLE_ONCE
            landless = pieces.is_a(OWN) & (pieces.area_km2 == 0)
            counted = layer.is_counted[pieces.feature_row]
            yield layer, pieces.is_a(bit) | (landless & counted)


def _site_errors(sites: Any, ground: Ground) -> Floats:
    """How far the outline of each site may be off, km: as its register says."""
    stated = {x.spec.id: x.spec.positional_error_m for x in ground.asked}
    metres = sites["layer_id"].map(stated).fillna(_SITE_M).to_numpy(np.float64)
    circle = sites["placeholder"].to_numpy(bool)
    return np.where(circle, CIRCLE_KM, metres / measure.M_PER_KM)


# --- land in the rims ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rims:
    """Of each site, land of a part, km2, (n,): what it gains and loses at most, and what of it lies
    within the outline and near it."""

    gain: Floats
    loss: Floats
    inner: Floats

    @staticmethod
    def none(count: int) -> _Rims:
        return _Rims(np.zeros(count), np.zeros(count), np.zeros(count))


def _measured(sites: Any, site_km: Floats, parts: Sequence[_Part]) -> dict[int, _Rims]:
    """The rims of each part, by its identity."""
    shapes = sites.geometry.to_numpy()
    out = {id(part): _Rims.none(len(sites)) for part in parts}
    with_land = [part for part in parts if (part.layer.pieces.area_km2[part.asked] > 0).any()]

    def work(rows: Indices) -> None:
        for error_km in {part.error_km for part in with_land}:
            alike = [part for part in with_land if part.error_km == error_km]
            _lay_rims(shapes[rows], site_km[rows] + error_km, alike, rows, out)

    in_threads(work, parts_of(sites))
    return out


def _lay_rims(
    shapes: Geometries, km: Floats, parts: Sequence[_Part], rows: Indices, out: dict[int, _Rims]
) -> None:
    """Write the rims of some sites and of parts that are off by as much into `out`."""
    meeting = [_meeting(shapes, km, part) for part in parts]
    near = np.flatnonzero(np.logical_or.reduce(meeting))
    outer, inner = (_Rim.of(rim) for rim in rims(shapes[near], km[near]))
    for part, meets in zip(parts, meeting, strict=True):
        own = np.flatnonzero(meets[near])
        without, within = outer.covered(own, part), inner.covered(own, part)
        found, at = out[id(part)], rows[near[own]]
        found.gain[at] = np.minimum(without, inner.km2[own] - within)
        found.loss[at] = np.minimum(within, outer.km2[own] - without)
        found.inner[at] = within


def _meeting(shapes: Geometries, km: Floats, part: _Part) -> Flags:
    """Sites whose box, wider by its error, meets that of a piece."""
    bounds = shapely.bounds(shapes)
    east, north = measure.scale_km(np.minimum(np.abs(bounds[:, [1, 3]]).max(axis=1), 89.0))
    pad = 1.1 * km[:, None] / np.column_stack([east, north])
    site, piece = part.layer.pieces.meeting(np.hstack([bounds[:, :2] - pad, bounds[:, 2:] + pad]))
    out = np.zeros(len(shapes), bool)
    out[site[part.asked[piece]]] = True
    return out


def rims(shapes: Geometries, km: Floats) -> tuple[Geometries, Geometries]:
    """The land within so many km outside each outline, and that within as many inside it.

    Args:
        shapes: valid polygons in lon/lat, (n,). km: of each, (n,).

    Drawn in the scale of each shape's middle latitude: over a degree of latitude a rim is off by
    tan(latitude) x 0.9 % of its width. None where there is no land.
    """
    bounds = shapely.bounds(shapes)
    scale = np.column_stack(measure.scale_km((bounds[:, 1] + bounds[:, 3]) / 2))
    flat = _stretched(shapely.force_2d(shapes), scale)
    wide = shapely.buffer(flat, km, quad_segs=_QUARTER)
    narrow = shapely.buffer(flat, -km, quad_segs=_QUARTER)
    found = robust(shapely.difference, wide, flat), robust(shapely.difference, flat, narrow)
    outer, inner = (_stretched(measure.polygon_part(rim), 1 / scale) for rim in found)
    return outer, inner


def _stretched(shapes: Geometries, scale: Floats) -> Geometries:
    coords, which = shapely.get_coordinates(shapes, return_index=True)
    return np.asarray(shapely.set_coordinates(shapes.copy(), coords * scale[which]), dtype=object)


@dataclass(frozen=True, eq=False)
class _Rim:
    """Rims of sites, None where one has none, and their land in km2."""

    shapes: Geometries
    km2: Floats

    @staticmethod
    def of(shapes: Geometries) -> _Rim:
        return _Rim(shapes, measure.area_km2(shapes) if len(shapes) else np.zeros(0))

    def covered(self, rows: Indices, part: _Part) -> Floats:
        """What of the rims at these positions a part covers, km2."""
        out = np.zeros(len(rows))
        there = np.flatnonzero(~shapely.is_missing(self.shapes[rows]))
        if len(there):
            units = Units.of(self.shapes[rows[there]], self.km2[rows[there]])
            clips = clip(units, part.layer.pieces, part.asked)
            out[there] = sums(clips.km2, clips.site_row, len(there))
        return np.minimum(out, self.km2[rows])


# --- from rims to values -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Shifted:
    """What the overlap and the distance of one scope may be."""

    facts: Facts
    scope: str
    parts: Sequence[_Part]
    rims: Mapping[int, _Rims]
    site_km: Floats
    sites: Any

    @cached_property
    def _share(self) -> Floats:
        return self.facts[f"{self.scope}{SHARE}"].value

    @cached_property
    def _nearest(self) -> Floats:
        return self.facts[f"{self.scope}{NEAREST}"].value

    @cached_property
    def _site_km2(self) -> Floats:
        return np.asarray(self.sites["area_km2"].to_numpy(np.float64))

    def _summed(self, name: str) -> Floats:
        """Share of the site that the parts gain, lose or hold near the outline."""
        land = [getattr(self.rims[id(part)], name) for part in self.parts]
        return np.asarray(np.add.reduce(land) / self._site_km2)

    @cached_property
    def _gain(self) -> Floats:
        return self._summed("gain")

    @cached_property
    def _slope(self) -> Floats:
        """What the share loses to where outlines lie best. An overlap that lies wholly near the
        outline ends on the way there: it goes as fast as it would grow."""
        loss = self._summed("loss")
        within = self._share - self._summed("inner") <= _ALIKE * self._share
        return np.where(within, np.maximum(loss, self._gain), loss)

    def land(self, in_km2: bool) -> Shift:
        """The share of the site, or its land in km2."""
        share = self._share
        best, middle, worst = share - self._slope, share.copy(), share + self._gain
        begins = (share == 0) & (self._gain > 0)
        # No land until the site has come as near as it is away: on the line from there to the end.
        far = np.clip(np.nan_to_num(self._nearest) / self._error_km, 0.0, 1.0 - _ALIKE)
        middle[begins] = best[begins] = (-self._gain * far / (1 - far))[begins]
        size = self._site_km2 if in_km2 else 1.0
        return Shift(best * size, middle * size, np.minimum(worst, 1.0) * size)

    @cached_property
    def _error_km(self) -> Floats:
        """The error of what is nearest, the site's included."""
        firm = max((p.error_km for p in self.parts if not p.circles), default=0.0)
        return self.site_km + np.where(self._is_circle, CIRCLE_KM, firm)

    @cached_property
    def _circle_km(self) -> Floats:
        """How far the nearest circle lies from each site; inf where none is."""
        shapes, out = self.sites.geometry.to_numpy(), np.full(len(self.sites), np.inf)
        for part in self.parts:
            if part.circles:
                out = np.fmin(out, nearest_piece(shapes, part.layer.pieces, part.asked)[0])
        return out

    @property
    def _is_circle(self) -> Flags:
        return np.asarray(self._circle_km <= self._nearest * (1 + _ALIKE))

    def distance(self) -> Shift:
        """The distance in km. Of what is touched it is 0 until the overlap ends on the way."""
        km, error = self._nearest, self._error_km
        worst = np.minimum(km - error, self._circle_km - self.site_km - CIRCLE_KM)
        with np.errstate(invalid="ignore", divide="ignore"):
            ends = np.where(self._share > 0, self._share / self._slope, 0.0)
        touched, ahead = km == 0, np.where(ends < 1, ends, np.nan)
        middle = np.where(touched, -ahead * error, km)
        return Shift(middle + error, middle, np.where(touched, middle, worst))
