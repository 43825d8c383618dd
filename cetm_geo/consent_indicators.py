"""Consent: what is recorded of the territories that a site meets, the worst of them.

Asked are territories held as Indigenous, claimed as such, or held by custom, and those of which
their layer does not say how they are held. A strip within the mapping error counts, so that nearer
never asks less; a mere touch does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cetm_geo import views, words
from cetm_geo.arrays import Flags, Indices, Texts
from cetm_geo.evidence import Evidence
from cetm_geo.indicators import Columns, base_status, has_rejected, inside_of_scope
from cetm_geo.model import IndicatorStatus, Layer, Role, Tenure
from cetm_geo.model.rules import Consent, FeatureGroup
from cetm_geo.overlay import Scope
from cetm_geo.statements import STATES

_ASKED = FeatureGroup(
    "consent",
    Role.COMMUNITY_LAND.value,
    {},
    tenures=(Tenure.INDIGENOUS.value, Tenure.CLAIMED.value, Tenure.CUSTOMARY.value),
)
_UNKNOWN = STATES.index(Consent.UNKNOWN)
_UNSURE = (IndicatorStatus.LAYER_MISSING.value, IndicatorStatus.OUTSIDE_LAYER_EXTENT.value)


def consent_status(
    evidence: Evidence, layers: Sequence[Layer], consent: pd.DataFrame | None
) -> Columns:
    """The indicator `consent_status` as columns by `tables.INDICATORS`.

    value: place in the order of `rules.Consent`; what no row speaks of is "unknown", and where the
    worst rests on such silence the status is `no_data`. It does not apply where no such territory
    is met, if the layers could have shown one.

    Args:
        layers: those that were measured. consent: by `tables.CONSENT`; None without such a table.
    """
    telling = tuple(x for x in layers if views.tells(x, _ASKED))
    scope = Scope("role", Role.COMMUNITY_LAND.value, telling, Role.COMMUNITY_LAND)
    inside = inside_of_scope(scope, evidence)
    status = base_status(scope, inside, evidence)
    met = _Met.join([_met(evidence, x, consent) for x in scope.readable])
    count = len(evidence.site_ids)
    worst = np.full(count, -1)
    np.maximum.at(worst, met.site_row, met.state)
    silent = np.bincount(met.site_row[~met.stated], minlength=count)
    none, sure = worst < 0, ~np.isin(status, _UNSURE)
    can_say = inside is not None and not has_rejected(scope)
    nothing = IndicatorStatus.NOT_APPLICABLE if can_say else IndicatorStatus.NO_DATA
    status[none & sure] = nothing.value
    status[(worst == _UNKNOWN) & (silent > 0) & sure] = IndicatorStatus.NO_DATA.value
    return {
        "site_id": evidence.site_ids,
        "indicator_id": "consent_status",
        "value": np.where(none, np.nan, worst),
        "value_text": _texts(met, worst),
        "unit": "class",
        "status": status,
        "note": _notes(np.bincount(met.site_row, minlength=count), silent, consent is None),
    }


@dataclass(frozen=True)
class _Met:
    """Sites and territories that meet, and what is recorded: a place in STATES, and its date.

    stated: whether a row of the table speaks of the pair; where none does the state is unknown.
    """

    site_row: Indices
    state: Indices
    stated: Flags
    date: Texts

    @staticmethod
    def join(parts: Sequence[_Met]) -> _Met:
        """One after the other."""
        none = np.empty(0, np.intp)
        every = [_Met(none, none, none.astype(bool), none.astype(object)), *parts]
        names = ("site_row", "state", "stated", "date")
        return _Met(*(np.concatenate([getattr(p, name) for p in every]) for name in names))


def _met(evidence: Evidence, layer: Layer, consent: pd.DataFrame | None) -> _Met:
    """What sites meet of one layer's territories."""
    pairs = evidence.pairs[layer.spec.id]
    asked = views.members(layer, _ASKED, {}) | views.untold(layer, _ASKED)
    place = layer.area_km2[pairs.feature_row] <= 0
    pairs = pairs.take(asked[pairs.feature_row] & ((pairs.overlap_km2 > 0) | place))
    state = np.full(len(pairs), _UNKNOWN)
    stated, dates = np.zeros(len(pairs), bool), np.full(len(pairs), None, object)
    if consent is not None:
        said = consent[consent["layer_id"] == layer.spec.id]
        site_row = pd.Index(evidence.site_ids).get_indexer(pd.Index(said["site_id"]))
        feature_row = layer.row_of_feature.get_indexer(said["feature_id"].to_numpy(object))
        known = pd.MultiIndex.from_arrays([site_row, feature_row])
        row = known.get_indexer(pd.MultiIndex.from_arrays([pairs.site_row, pairs.feature_row]))
        stated = row >= 0
        places = said["state"].map({name: i for i, name in enumerate(STATES)})
        state[stated] = places.to_numpy(np.intp)[row[stated]]
        dates[stated] = said["date"].to_numpy(object)[row[stated]]
    return _Met(pairs.site_row, state, stated, dates)


def _texts(met: _Met, worst: Indices) -> Texts:
    """The state in words, with the days on which it was recorded."""
    out = np.array([*STATES, None], object)[worst]  # -1, nothing met, is the last
    told = (met.state == worst[met.site_row]) & met.stated & pd.notna(met.date)
    dates = pd.DataFrame({"row": met.site_row[told], "date": met.date[told]})
    by_site = dates.drop_duplicates().sort_values("date").groupby("row")["date"].agg(list)
    for row, days in zip(by_site.index.to_numpy(np.intp), by_site, strict=True):
        out[row] += f" ({words.listed(days)})"
    return out


def _notes(met: Indices, silent: Indices, no_table: bool) -> Texts:
    """Of how many territories nothing is recorded."""
    out = np.full(len(met), None, object)
    why = "; no table of consents is given" if no_table else ""
    for i in np.flatnonzero(silent):
        out[i] = f"nothing is recorded of {silent[i]} of {met[i]} territories{why}"
    return out
