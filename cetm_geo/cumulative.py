"""The cumulative view: what each site adds to land that lies under titles in force already.

Of a site and a feature that share land, `already_km2` is the feature's land under titles in force,
the site itself left out, and `added_km2` the site's land in the feature that lies under no other
title in force; each bit of land once. Around a site: the share of a disc that lies under titles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cetm_geo.added import Left
from cetm_geo.arrays import Flags, Floats, Indices, Texts, sums
from cetm_geo.density import density
from cetm_geo.evidence import Alive, Evidence, OutOfTime, Runner, Task
from cetm_geo.ground import Ground
from cetm_geo.indicators import (
    Columns,
    base_status,
    inside_of_scope,
    judge_found,
    shortcomings,
)
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import IndicatorStatus, Layer, Publish, Role
from cetm_geo.overlay import Scope
from cetm_geo.pressure import UnderTitle, is_under_pressure
from cetm_geo.registers import IN_FORCE, Registers

ADDED = "added"  # in `Screening.missing`
ROLES = (Role.PROTECTED_AREA, Role.COMMUNITY_LAND, Role.WATER_BASIN)
_NO_REGISTER = "no register of titles is loaded"
_UNKNOWN = "what lies under titles in force was not measured"


@dataclass(frozen=True, eq=False)
class Cumulative:
    """What sites add to features.

    in_force: per site, whether it is a title in force itself. added_km2: per layer id, of each of
    its pairs. taken_km2: per layer id, of each feature, its land under all titles in force, once.
    NaN where not known: no register, or none that answered. missing: what was not reached in time.
    """

    whole: Evidence
    ground: Ground
    in_force: Flags
    added_km2: Mapping[str, Floats]
    taken_km2: Mapping[str, Floats]
    missing: frozenset[str] = frozenset()

    def of_pairs(self, layer: Layer) -> dict[str, Floats]:
        """already_km2 and added_km2 of each pair of a layer; none of layers without land."""
        if layer.spec.id not in self.added_km2:
            return {}
        pairs, added = self.whole.pairs[layer.spec.id], self.added_km2[layer.spec.id]
        taken, land = self.taken_km2[layer.spec.id][pairs.feature_row], layer.area_km2
        own = np.where(self.in_force[pairs.site_row], added, 0.0)
        already = np.maximum(taken - own, 0.0)
        added = np.fmin(added, land[pairs.feature_row] - already)  # they differ by rounding
        known = land[pairs.feature_row] > 0
        return {
            "already_km2": np.where(known, already, np.nan),
            "added_km2": np.where(known, np.maximum(added, 0.0), np.nan),
        }

    def indicators(self, scope: Scope, note: NDArray[np.object_]) -> list[Columns]:
        """What the scope gives, as columns by `tables.INDICATORS`. note: its notes per site."""
        if scope.kind == "role" and scope.role in ROLES:
            return self._shares(scope, note)
        if scope.kind == "role" and scope.role == Role.CONCESSION:
            return density(scope, self.whole, self.ground, note)
        return []

    def _shares(self, scope: Scope, note: NDArray[np.object_]) -> list[Columns]:
        """Of the feature with the largest share under titles in force and the site together."""
        most = _most([self._of_groups(x) for x in scope.readable], len(self.whole.site_ids))
        found = np.array([name is not None for name in most.name], bool)
        note = _with(note, most.sliver, "touched only within the mapping error")
        lacking = shortcomings(self._titles) if self._titles.layers else [_NO_REGISTER]
        note = _with(note, found, "; ".join(lacking))
        note = _with(note, found & np.isnan(most.share), _UNKNOWN)
        return [
            {
                "site_id": self.whole.site_ids,
                "indicator_id": f"{scope.role}_{name}_share",
                "value": value,
                "value_text": most.name,
                "unit": "share",
                "status": self._judged(scope, value, found),
                "note": note,
            }
            for name, value in (("cumulative", most.share), ("added", most.added_share))
        ]

    def _judged(self, scope: Scope, value: Floats, found: Flags) -> NDArray[np.object_]:
        """Statuses; takes back, in place, the zeros that were not earned.

        found: sites that meet a feature. What these add rests on the registers, too.
        """
        inside, kept = inside_of_scope(scope, self.whole), value[found]
        status = base_status(scope, inside, self.whole)
        judge_found(value, status, inside, scope)
        value[found] = kept
        both = replace(scope, layers=(*scope.layers, *self._titles.layers))
        status[found] = base_status(both, inside, self.whole)[found]
        unknown = IndicatorStatus.NO_DATA if self._titles.layers else IndicatorStatus.LAYER_MISSING
        known = status != IndicatorStatus.LAYER_MISSING.value
        status[found & np.isnan(value) & known] = unknown.value
        return status

    @property
    def _titles(self) -> Scope:
        """All registers."""
        return next(s for s in self.ground.scopes if s.id == Role.CONCESSION.value)

    def _of_groups(self, layer: Layer) -> _Affected:
        """Features, each with all its parts, that share more than COUNTED_KM2 with a site."""
        pairs, count = self.whole.pairs[layer.spec.id], max(len(layer.features), 1)
        is_asked = layer.is_counted & (layer.area_km2 > 0)
        mine = is_asked[pairs.feature_row]
        added = self.added_km2[layer.spec.id][mine]
        pairs = pairs.take(mine)
        # Of groups that are met: a drawing meets a few, a layer may hold a million.
        is_met = np.zeros(count, bool)
        is_met[layer.groups[pairs.feature_row]] = True
        asked = np.flatnonzero(is_asked & is_met[layer.groups])
        land = sums(layer.area_km2[asked], layer.groups[asked], count)
        taken = sums(self.taken_km2[layer.spec.id][asked], layer.groups[asked], count)
        keys, which = np.unique(
            pairs.site_row * count + layer.groups[pairs.feature_row], return_inverse=True
        )
        site, group = np.divmod(keys, count)
        own = sums(added, which, len(keys))
        together = np.where(self.in_force[site], np.maximum(taken[group], own), taken[group] + own)
        solid = np.zeros(len(keys), bool)
        solid[which[~pairs.sliver]] = True
        met = sums(pairs.overlap_km2, which, len(keys)) > COUNTED_KM2
        found = _Affected(
            site,
            ~solid,
            np.minimum(together / land[group], 1.0),
            np.minimum(own / land[group], 1.0),
            _names(layer, group),
        )
        return found.take(met)


@dataclass(frozen=True)
class _Affected:
    """Features that sites meet, arrays of one length: sliver where only by mapping error; share
    under titles in force and the site together; the part of it that the site adds.
    """

    site: Indices
    sliver: Flags
    share: Floats
    added_share: Floats
    name: Texts

    def take(self, chosen: Any) -> _Affected:
        """Those that a mask or positions choose."""
        return _Affected(*(getattr(self, name)[chosen] for name in _OF_AFFECTED))


_OF_AFFECTED = tuple(f.name for f in fields(_Affected))


def _names(layer: Layer, groups: Indices) -> Texts:
    """Of some groups of a layer's features the name of the first, or the id where it has none.

    Of a layer whose names stay on this machine, the layer's.
    """
    if layer.spec.licence.publish == Publish.LOCAL_ONLY:
        return np.full(len(groups), layer.spec.label, object)
    first = layer.first_rows[groups]
    names, ids = (layer.texts(column)[first] for column in ("name", "group_id"))
    named = [name if isinstance(name, str) else i for name, i in zip(names, ids, strict=True)]
    return np.array([*named, None], object)[:-1]


def _most(found: Sequence[_Affected], sites: int) -> _Affected:
    """Of each site, in order, the feature most affected; those met beyond mapping error first."""
    out = _Affected(
        np.arange(sites),
        np.zeros(sites, bool),
        np.zeros(sites),
        np.zeros(sites),
        np.full(sites, None, object),
    )
    if found:
        one = [np.concatenate([getattr(f, name) for f in found]) for name in _OF_AFFECTED]
        joined = _Affected(*one)
        order = np.lexsort((-joined.share, joined.sliver, joined.site))  # stable: layers in order
        site, first = np.unique(joined.site[order], return_index=True)
        best = joined.take(order[first])
        for name in _OF_AFFECTED:
            getattr(out, name)[site] = getattr(best, name)
    return out


def _with(note: NDArray[np.object_], rows: Flags, text: str) -> NDArray[np.object_]:
    """Notes with a text more in some rows."""
    out = note.copy()
    for i in np.flatnonzero(rows):
        out[i] = "; ".join(filter(None, [note[i], text])) or None
    return out


# --- land that sites add -------------------------------------------------------------------------


class _Stopped(Exception):
    """The time is over. Half of what a site adds would be no answer, so that all of it ends."""


def measure_cumulative(
    whole: Evidence,
    task: Task,
    groups: Mapping[str, UnderTitle],
    alive: Alive | None = None,
    run: Runner | None = None,
) -> Cumulative:
    """What each site adds to each feature of a layer with land.

    Args:
        whole: what was measured of all sites. task: how land is measured: land_only. groups: land
            of the sites by status (`pressure.land_under_titles`). alive: may raise OutOfTime.

    Land that is left of a site beside other titles in force is laid over the layers again; of
    sites that share no land with any it is what was measured of them.
    """
    ground = task.ground
    layers = [x for x in ground.asked if not x.failed and is_under_pressure(x)]
    titles = [x for x in ground.asked if x.spec.role == Role.CONCESSION]
    answered = bool(titles) and not any(x.failed for x in titles)
    here = answered and _are_sites(ground.registers, whole, groups[IN_FORCE])
    added = {x.spec.id: np.full(len(whole.pairs[x.spec.id]), np.nan) for x in layers}
    missing: set[str] = set()
    if answered:
        try:
            left = Left.of(whole, ground.registers, task, _ending(alive), run)
            added = {x.spec.id: left.of_pairs(x, whole) for x in layers}
        except _Stopped:
            missing.add(ADDED)
    return Cumulative(
        whole,
        ground,
        ground.registers.are_in_force(whole.site_ids),
        added,
        {x.spec.id: _taken(x, whole, groups[IN_FORCE] if here else None) for x in layers},
        frozenset(missing),
    )


def _ending(alive: Alive | None) -> Alive:
    def asked(what: str, done: int, of: int) -> None:
        try:
            if alive:
                alive(what, done, of)
        except OutOfTime as error:
            raise _Stopped from error

    return asked


def _are_sites(registers: Registers, whole: Evidence, in_force: UnderTitle) -> bool:
    """True if the titles in force of the registers are those among the sites."""
    own = whole.site_ids[in_force.chosen]
    return len(registers.ids_in_force) == len(own) and bool(registers.are_in_force(own).all())


def _taken(layer: Layer, whole: Evidence, in_force: UnderTitle | None) -> Floats:
    """Per feature, its land under titles in force: of the sites, or as a build has found it.

    Only of features that some title shares more than COUNTED_KM2 with, as in `pressure_table`.
    """
    if in_force is None:
        unknown = np.full(len(layer.area_km2), np.nan)
        return unknown if layer.taken_km2 is None else layer.taken_km2
    pairs = whole.pairs[layer.spec.id]
    counted = (pairs.overlap_km2 > COUNTED_KM2) & in_force.chosen[pairs.site_row]
    rows = np.unique(pairs.feature_row[counted])
    out = np.zeros(len(layer.area_km2))
    out[rows] = in_force.of_features(layer, whole, rows)
    return out
