"""evidence -> what sites meet of the groups of features that norms tell apart.

Everything is a reduction of what was measured of the layers: pairs, the land of each pair, the
nearest of each view. Only layers that tell a group's features apart answer for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Floats, Texts
from cetm_geo.contact import UNIT, contacts
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground, Inside
from cetm_geo.indicators import (
    Columns,
    base_status,
    inside_of_scope,
    judge_found,
    judge_nearest,
    least_km,
    notes_and_gaps,
    shortcomings,
)
from cetm_geo.meeting import met
from cetm_geo.model import DISTANCE_ROLES, OVERLAID_ROLES, IndicatorStatus, Layer, Role
from cetm_geo.model.rules import Contact, FeatureGroup
from cetm_geo.overlay import Scope
from cetm_geo.rulebook.groups import CONTACT, COUNT, NEAREST_KM, OVERLAP_KM2, OVERLAP_SHARE
from cetm_geo.united import Once, SharedLand
from cetm_geo.views import untold_id, view_id

UNITS: Mapping[str, str] = {
    OVERLAP_KM2: "km2",
    OVERLAP_SHARE: "share",
    NEAREST_KM: "km",
    COUNT: "features",
    CONTACT: UNIT,
}
_APART = 1e-9  # of the land: pairs that come to no more than what is covered share none of it


def measure_groups(evidence: Evidence, ground: Ground) -> list[Columns]:
    """`<group>_<suffix>` of the groups of a ground, as columns by `tables.INDICATORS`.

    Groups of overlaid roles answer without a layer too, those of others where one is loaded.

    Raises Unbalanced where a group's land is less than its largest overlap, or more than its
    role's.
    """
    loaded = {x.spec.role for x in ground.asked}
    return [
        columns
        for group in ground.grouped.groups.values()
        if Role(group.role) in {*OVERLAID_ROLES, *loaded}
        for columns in _Answer(group, evidence, ground).columns()
    ]


@dataclass(frozen=True, eq=False)
class _Answer:
    """What one group answers for each site."""

    group: FeatureGroup
    evidence: Evidence
    ground: Ground

    @cached_property
    def scope(self) -> Scope:
        """The layers that tell its features apart."""
        names = self.ground.grouped.members[self.group.id]
        layers = tuple(self.ground.layers[name] for name in names)
        return Scope("group", self.group.id, layers, Role(self.group.role))

    @cached_property
    def members(self) -> Mapping[str, Flags]:
        """Per layer its features."""
        return self.ground.grouped.members[self.group.id]

    @cached_property
    def untold(self) -> Mapping[str, Flags]:
        """Per layer the features that may be its."""
        return self.ground.grouped.untold[self.group.id]

    @cached_property
    def inside(self) -> Inside | None:
        """How far sites lie where its layers are complete."""
        return inside_of_scope(self.scope, self.evidence)

    @cached_property
    def base(self) -> Texts:
        """Status of each site as far as the layers decide it."""
        return base_status(self.scope, self.inside, self.evidence)

    def columns(self) -> list[Columns]:
        """One indicator for each of its suffixes."""
        out = []
        for suffix in self.group.suffixes:
            value, status, note = self._value(suffix)
            out.append(
                {
                    "site_id": self.evidence.site_ids,
                    "indicator_id": f"{self.group.id}_{suffix}",
                    "value": value,
                    "unit": UNITS[suffix],
                    "status": status,
                    "note": note,
                    **({"least": self._least()} if suffix == NEAREST_KM else {}),
                }
            )
        return out

    def _least(self) -> Floats:
        """How near the nearest can be at most: features that may be of the group among them."""
        found = np.fmin(self._nearest_of(view_id), self._nearest_of(untold_id))
        return least_km(found, self.inside if self.scope.readable else None, self.scope)

    def _value(self, suffix: str) -> tuple[Floats, Texts, Texts]:
        """Value, status and note of each site."""
        status = self.base.copy()
        if suffix == NEAREST_KM:
            return self._nearest(status)
        if not self.scope.readable:
            return np.full(len(status), np.nan), status, self.note
        value, unsure, why = self._found(suffix)
        judge_found(value, status, self.inside, self.scope)
        _doubt(value, status, unsure)
        return value, status, _with(self.note, unsure, why)

    def _found(self, suffix: str) -> tuple[Floats, Flags, Texts]:
        """What was found, of which sites more may be there, and why."""
        why, open_ = self._why_untold(self._touches_untold), self._touches_untold
        if suffix == COUNT:
            return met(self.scope, self.evidence, self.members).feature_count, open_, why
        if suffix == CONTACT:
            value = contacts(self.scope, self.evidence, self.members)
            return value, open_ & (value < Contact.OVERLAP), why
        land = self._land
        whole = self.evidence.site_km2 if suffix == OVERLAP_SHARE else np.ones(len(why))
        return land.km2 / whole, open_ | land.unknown, np.where(land.unknown, land.words(), why)

    def _nearest(self, status: Texts) -> tuple[Floats, Texts, Texts]:
        value = self._nearest_of(view_id)
        open_km = self._nearest_of(untold_id)
        judge_nearest(value, status, self.inside, self.scope)
        with np.errstate(invalid="ignore"):
            unsure = ~np.isnan(open_km) & ~(value <= open_km)
        status[unsure & np.isin(status, _KNOWN)] = IndicatorStatus.NO_DATA.value
        note = _with(self.note, unsure, self._why_untold(unsure))
        if self.scope.role in DISTANCE_ROLES:
            note = np.array([f"straight_line; {n}" if n else "straight_line" for n in note], object)
        return value, status, note

    def _nearest_of(self, named: Any) -> Floats:
        """Least distance over the layers; those that hold none of the features have no view."""
        none = np.full(len(self.evidence.site_ids), np.nan)
        names = [named(x.spec.id, self.group) for x in self.scope.readable]
        found = [self.evidence.nearest[name][0] for name in names if name in self.evidence.nearest]
        return np.asarray(np.fmin.reduce([none, *found]))

    # --- notes -----------------------------------------------------------------------------------

    @cached_property
    def note(self) -> Texts:
        """Per site what the answer lacks."""
        of_role = [x for x in self.ground.asked if x.spec.role == self.scope.role]
        label = self.group.label["en"]
        common = shortcomings(self.scope)
        if of_role and not self.scope.layers:
            common = [f"no layer tells {label} apart"]
        elif self.scope.layers:
            silent = [x for x in of_role if x.spec.id not in self.members and not x.failed]
            common += [f"{x.spec.label} does not tell them apart" for x in silent]
        known = self.inside if self.scope.readable else Inside.everywhere(len(self._none))
        note, _ = notes_and_gaps(common, known, self._nearest_of(view_id))
        return note

    @property
    def _none(self) -> Texts:
        return np.full(len(self.evidence.site_ids), None, object)

    def _why_untold(self, rows: Flags) -> Texts:
        what = "tenure" if self.group.tenures else "order"
        out = self._none
        out[rows] = f"there are features whose {what} is not stated: they may be of it"
        return out

    @cached_property
    def _touches_untold(self) -> Flags:
        out = np.zeros(len(self.evidence.site_ids), bool)
        for layer in self.scope.readable:
            pairs = self.evidence.pairs[layer.spec.id]
            out[pairs.site_row[self.untold[layer.spec.id][pairs.feature_row]]] = True
        return out

    # --- land ------------------------------------------------------------------------------------

    @cached_property
    def _land(self) -> Once:
        """Land of each site, each bit of it once. It is united only where features of the group
        and others of its role share land; else it is their sum, or all that the role covers."""
        mine = SharedLand.of(self.scope.readable, self.evidence, self.members)
        open_ = mine.count > 1
        if self.group.counted:
            of_role = SharedLand.of(self._role_layers, self.evidence)
            shares = of_role.added > self._bound * (1 + _APART)
            open_ &= shares & (mine.count < of_role.count)
        return mine.once(self._bound, open_, self.evidence.site_ids, self.group.id)

    @cached_property
    def _bound(self) -> Floats:
        """What its land cannot be more than: the role's, or of what does not count the site."""
        of_role = self.evidence.covered.get(self.group.role)
        if not self.group.counted or of_role is None:
            return self.evidence.site_km2
        return of_role

    @property
    def _role_layers(self) -> list[Layer]:
        asked = self.ground.asked
        return [x for x in asked if x.spec.role == self.scope.role and not x.failed]


_KNOWN = (
    IndicatorStatus.OK.value,
    IndicatorStatus.STALE.value,
    IndicatorStatus.GEOMETRY_REPAIRED.value,
    IndicatorStatus.BEYOND_SEARCH.value,
)


def _doubt(value: Floats, status: Texts, unsure: Flags) -> None:
    """Says, in place, where more may be there than was found; no zero is left there."""
    status[unsure & np.isin(status, _KNOWN)] = IndicatorStatus.NO_DATA.value
    value[unsure & (value == 0)] = np.nan


def _with(note: Texts, rows: Flags, more: Texts) -> Texts:
    """Notes with more in some rows."""
    out = note.copy()
    for i in np.flatnonzero(rows):
        out[i] = "; ".join(filter(None, [note[i], more[i]])) or None
    return out
