"""How many sites meet a scope, and on how much land: summed, and each piece of land once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cetm_geo.evidence import Evidence
from cetm_geo.indicators import Columns
from cetm_geo.model import Role
from cetm_geo.overlay import Scope
from cetm_geo.pressure import UnderTitle

Groups = Mapping[str, UnderTitle]


def totals_of_sites(evidence: Evidence, groups: Groups) -> Columns:
    """Scope `concession`: the sites themselves, their summed area, the land under any of them."""
    return _totals(
        Role.CONCESSION.value,
        "role",
        groups,
        {
            "sites": [float(g.chosen.sum()) for g in groups.values()],
            "sum_km2": [float(evidence.site_km2[g.chosen].sum()) for g in groups.values()],
            "union_km2": [g.total_km2(evidence) for g in groups.values()],
        },
    )


def totals_of_scope(scope: Scope, coverage: Columns, evidence: Evidence, groups: Groups) -> Columns:
    """Sites that meet the scope, the sum over sites and the union over sites, per status group."""
    met, covered = coverage["feature_count"] > 0, coverage["covered_km2"]
    nothing: list[float | None] = [None] * len(groups)
    known = bool(scope.readable)
    return _totals(
        scope.id,
        scope.kind,
        groups,
        {
            "sites": [float((met & g.chosen).sum()) for g in groups.values()] if known else nothing,
            "sum_km2": [float(covered[g.chosen].sum()) for g in groups.values()]
            if known
            else nothing,
            "union_km2": [g.covered_km2(scope.id, evidence) for g in groups.values()]
            if known
            else nothing,
        },
    )


def _totals(scope_id: str, kind: str, groups: Groups, values: Mapping[str, list[Any]]) -> Columns:
    arrays = {name: np.array(column, object) for name, column in values.items()}
    names = np.array(list(groups), object)
    return {"scope_id": scope_id, "scope_kind": kind, "status_group": names, **arrays}
