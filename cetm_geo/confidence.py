"""How far the answers for a site rest on data: which required roles gave one, and on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import words
from cetm_geo.arrays import Flags
from cetm_geo.indicators import Columns
from cetm_geo.model import RASTER_ROLES, IndicatorStatus, LayerState, Role
from cetm_geo.register_indicators import by_pattern

# States of a role that are no answer.
SILENT_STATES = (LayerState.FAILED, LayerState.NOT_COVERED, LayerState.COVERAGE_UNKNOWN)
OLD_FACTOR = 0.5  # of data that are stale, or of no stated day
CIRCLE_FACTOR = 0.5  # of a site that is only a circle round a point


def confidence_indicators(
    sites: Any,
    required: Sequence[str],
    coverage: Sequence[Mapping[str, Any]],
    sources: pd.DataFrame,
) -> list[Columns]:
    """`data_confidence_share` and `missing_layer_count` as columns by `tables.INDICATORS`.

    data_confidence_share = mean over the required roles of present x age x boundary, where present
    is 1 if the role answers for the site and 0 if not; age is 1, or 0.5 if one of the layers that
    answer is stale or of no stated day; boundary is 1, or 0.5 if the site is a placeholder (method,
    E45; the factors are our choice).

    missing_layer_count = required roles without an answer: none is loaded, they could not be read,
    or no extent is stated that holds the site.

    Args:
        sites: by `tables.SITES`. required: roles, those of rasters too, which answer wherever a
            layer of theirs could be opened; ids that are no role are passed over.
        coverage: parts by `tables.COVERAGE`, of all sites in order. sources: by `tables.SOURCES`.
    """
    roles = [Role(name) for name in dict.fromkeys(required) if name in set(Role)]
    read = _read(sources)
    count = len(sites)
    present = {role: _present(role, count, coverage, read) for role in roles}
    ages = [_age_factor(_of_role(role, read)) for role in roles]
    boundary = np.where(sites["placeholder"].to_numpy(bool), CIRCLE_FACTOR, 1.0)
    total = sum((p * age for p, age in zip(present.values(), ages, strict=True)), np.zeros(count))
    share = total * boundary / len(roles) if roles else np.full(count, np.nan)
    gaps = [~p for p in present.values()]
    missing = np.sum(gaps, axis=0, dtype=np.float64) if gaps else np.zeros(count)
    text = by_pattern(gaps, [words.role_label(r) for r in roles]) if gaps else None
    asked = IndicatorStatus.OK if roles else IndicatorStatus.NOT_APPLICABLE
    base = {"site_id": sites["site_id"].to_numpy(object)}
    return [
        base
        | {"indicator_id": "data_confidence_share", "value": share, "unit": "share"}
        | {"status": asked.value},
        base
        | {"indicator_id": "missing_layer_count", "value": missing, "unit": "layers"}
        | {"status": IndicatorStatus.OK.value, "value_text": text},
    ]


@dataclass(frozen=True)
class _Source:
    role: str
    stale: bool
    as_of: str
    is_failed: bool


def _read(sources: pd.DataFrame) -> list[_Source]:
    """As plain values: they are asked for each role of a pack."""
    days, problems = sources["as_of"].fillna("").tolist(), sources["problem"].notna().tolist()
    columns = (sources["role"].tolist(), sources["stale"].tolist(), days, problems)
    return [_Source(*one) for one in zip(*columns, strict=True)]


def _present(
    role: Role, count: int, coverage: Sequence[Mapping[str, Any]], sources: Sequence[_Source]
) -> Flags:
    """Sites for which a role gives an answer."""
    if role in RASTER_ROLES:
        return np.full(count, bool(_of_role(role, sources)))
    for part in coverage:
        if part["scope_kind"] == "role" and part["scope_id"] == role and part["class_id"] == "":
            states = np.asarray(part["state"], object)
            return ~np.isin(states, [state.value for state in SILENT_STATES])
    return np.zeros(count, bool)


def _age_factor(read: Sequence[_Source]) -> float:
    return OLD_FACTOR if any(one.stale or not one.as_of for one in read) else 1.0


def _of_role(role: Role, sources: Sequence[_Source]) -> list[_Source]:
    """Those of a role that could be read."""
    return [one for one in sources if one.role == role.value and not one.is_failed]
