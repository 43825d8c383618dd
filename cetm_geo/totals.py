"""How many sites meet a scope, and on how much land: summed, and each piece of land once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cetm_geo import measure, overlay
from cetm_geo.indicators import Columns, Evidence
from cetm_geo.model import STATUS_GROUPS, Role
from cetm_geo.overlay import Scope


def totals_of_sites(evidence: Evidence) -> Columns:
    """Scope `concession`: the sites themselves, their summed area, the land under any of them."""
    shapes = evidence.sites.geometry.to_numpy()
    masks = _status_masks(evidence.sites)
    return _totals(
        Role.CONCESSION.value,
        "role",
        masks,
        {
            "sites": [float(m.sum()) for m in masks.values()],
            "sum_km2": [float(evidence.site_km2[m].sum()) for m in masks.values()],
            "union_km2": [_union_km2(shapes[m]) for m in masks.values()],
        },
    )


def totals_of_scope(scope: Scope, coverage: Columns, evidence: Evidence) -> Columns:
    """Sites that meet the scope, the sum over sites and the union over sites, per status group."""
    pairs = overlay.pairs_of_scope(evidence.pairs, scope)
    masks = _status_masks(evidence.sites)
    met, covered = coverage["feature_count"] > 0, coverage["covered_km2"]
    unions: list[float | None] = [None] * len(masks)
    if pairs is not None:
        land = pairs.take(pairs.counted & (pairs.overlap_km2 > 0))
        unions = [_union_km2(land.piece[m[land.site_row]]) for m in masks.values()]
    return _totals(
        scope.id,
        scope.kind,
        masks,
        {
            "sites": [
                float((met & m).sum()) if pairs is not None else None for m in masks.values()
            ],
            "sum_km2": [
                float(covered[m].sum()) if pairs is not None else None for m in masks.values()
            ],
            "union_km2": unions,
        },
    )


def _totals(
    scope_id: str, kind: str, masks: Mapping[str, Any], values: Mapping[str, list[Any]]
) -> Columns:
    arrays = {name: np.array(column, object) for name, column in values.items()}
    groups = np.array(list(masks), object)
    return {"scope_id": scope_id, "scope_kind": kind, "status_group": groups, **arrays}


def _union_km2(shapes: NDArray[np.object_]) -> float:
    if len(shapes) == 0:
        return 0.0
    return float(measure.area_km2([overlay.union_of(shapes)])[0])


def _status_masks(sites: Any) -> dict[str, NDArray[np.bool_]]:
    """All sites, and the three groups that totals are given in."""
    status = sites["status"].to_numpy(object)
    masks = {"all": np.ones(len(sites), bool)}
    for group, members in STATUS_GROUPS.items():
        masks[group] = np.isin(status, [m.value for m in members])
    return masks
