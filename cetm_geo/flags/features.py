"""Raised flags -> the features that are their evidence: those met, else the nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Indices
from cetm_geo.evidence import Evidence
from cetm_geo.flags.judged import Flagged
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns
from cetm_geo.model import Layer, Rule, Rulebook
from cetm_geo.views import view_id

Members = Mapping[
    str, tuple[Layer, Flags, str]
]  # per layer id: its features, what nearest is under


def flag_features(
    flagged: Flagged, rulebook: Rulebook, ground: Ground, evidence: Evidence
) -> list[Columns]:
    """The features behind raised flags, as columns by `tables.FLAG_FEATURES`.

    Of each rule those of its scope that the site meets, a touch too; where it meets none, the
    nearest. Rules without a scope have none.
    """
    out: list[Columns] = []
    for row, name in enumerate(flagged.rule_ids):
        rule = rulebook.rules[name]
        sites = flagged.raised[row]
        if rule.scope and sites.any():
            out += _of_rule(rule, sites, _members(rule.scope, ground), evidence)
    return out


def _members(scope: str, ground: Ground) -> Members:
    """The layers of a role or group that were measured, and which of their features it holds."""
    layers = {x.spec.id: x for x in ground.asked if not x.failed}
    group = ground.grouped.groups.get(scope)
    if group is None:
        of_role = {k: x for k, x in layers.items() if x.spec.role == scope}
        return {k: (x, x.is_counted, k) for k, x in of_role.items()}
    held = ground.grouped.members.get(scope, {})
    return {k: (layers[k], chosen, view_id(k, group)) for k, chosen in held.items() if k in layers}


def _of_rule(rule: Rule, sites: Flags, members: Members, evidence: Evidence) -> Iterator[Columns]:
    met = np.zeros(len(sites), bool)
    for name, (layer, chosen, _) in members.items():
        pairs = evidence.pairs.get(name)
        if pairs is None:
            continue
        pairs = pairs.take(chosen[pairs.feature_row] & sites[pairs.site_row])
        met[pairs.site_row] = True
        zero = np.zeros(len(pairs))
        yield _rows(rule, layer, evidence, pairs.site_row, pairs.feature_row) | {
            "overlap_km2": pairs.overlap_km2,
            "distance_km": zero,
            "sliver": pairs.sliver,
        }
    yield from _nearest(rule, sites & ~met, members, evidence)


def _nearest(rule: Rule, sites: Flags, members: Members, evidence: Evidence) -> Iterator[Columns]:
    """Of sites that meet none, the nearest of all layers."""
    measured = {k: m for k, m in members.items() if m[2] in evidence.nearest}
    if not measured or not sites.any():
        return
    km = np.array([evidence.nearest[view][0] for _, _, view in measured.values()])
    least = np.where(np.isnan(km), np.inf, km)
    first = least.argmin(axis=0)
    for place, (layer, _, view) in enumerate(measured.values()):
        rows = np.flatnonzero(sites & (first == place) & np.isfinite(least[place]))
        if len(rows):
            feature = evidence.nearest[view][1][rows]
            yield _rows(rule, layer, evidence, rows, feature) | {
                "overlap_km2": np.zeros(len(rows)),
                "distance_km": km[place][rows],
                "sliver": False,
            }


def _rows(
    rule: Rule, layer: Layer, evidence: Evidence, sites: Indices, features: Indices
) -> dict[str, Any]:
    return {
        "site_id": evidence.site_ids[sites],
        "rule_id": rule.id,
        "layer_id": layer.spec.id,
        "feature_id": layer.feature_ids[features],
    }
