"""Sites and facilities -> how far the nearest is that states one of a title's minerals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from cetm_geo import distances
from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope, judge_nearest, shortcomings
from cetm_geo.model import IndicatorStatus, Layer, Role
from cetm_geo.overlay import Scope
from cetm_geo.views import View
from cetm_geo.workers import in_threads

_AT_ONCE = 1000  # sites
_STRAIGHT = "straight_line"
_NO_MINERAL = "the minerals are not stated"
_NO_LAYER = "no layer of facilities states what they process"
BETWEEN = ";"  # ids in `mineral_ids` of tables.FEATURES


def processing_indicator(evidence: Evidence, ground: Ground) -> list[Columns]:
    """`processing_nearest_km`, as columns by `tables.INDICATORS`: straight line to the nearest
    facility that states one of the site's minerals. Nothing where no facility layer is loaded.

    Of a site that states no mineral nothing is known, and a facility that states none is passed
    over.
    """
    of_role = tuple(x for x in ground.asked if x.spec.role == Role.FACILITY)
    if not of_role:
        return []
    stating = tuple(x for x in of_role if x.failed or x.features["mineral_ids"].notna().any())
    scope = Scope("group", Role.FACILITY, stating, Role.FACILITY)
    site, mineral = _stated(evidence.sites["minerals"])
    count = len(evidence.site_ids)
    stated = np.zeros(count, bool)
    stated[site] = True
    km = np.full(count, np.nan)
    for layer in scope.readable if len(site) else ():
        for name, members in _by_mineral(layer):
            rows = np.unique(site[mineral == name])
            km[rows] = np.fmin(km[rows], _nearest(layer, name, members, evidence, rows))
    status = base_status(scope, inside_of_scope(scope, evidence), evidence)
    judge_nearest(km, status, inside_of_scope(scope, evidence), scope)
    status[~stated] = IndicatorStatus.NO_DATA.value
    common = [_STRAIGHT, *(shortcomings(scope) if stating else [_NO_LAYER])]
    note = np.full(count, "; ".join(common), object)
    note[~stated] = "; ".join([*common, _NO_MINERAL])
    return [
        {
            "site_id": evidence.site_ids,
            "indicator_id": "processing_nearest_km",
            "value": km,
            "unit": "km",
            "status": status,
            "note": note,
        }
    ]


def _stated(lists: Any) -> tuple[Indices, Texts]:
    """Site and mineral of all that sites state."""
    held: Any = pa.array(lists, type=pa.list_(pa.string()), from_pandas=True)
    held = held.fill_null([])
    site = np.repeat(np.arange(len(held)), np.asarray(held.value_lengths()))
    return site, np.asarray(held.flatten().to_numpy(zero_copy_only=False), dtype=object)


def _minerals_of(layer: Layer) -> list[str]:
    """Per facility, the ids of its minerals as they are kept; "" where it states none."""
    texts = layer.texts("mineral_ids")
    return [text if isinstance(text, str) else "" for text in texts]


def _by_mineral(layer: Layer) -> Iterator[tuple[str, Flags]]:
    """Each mineral that facilities of a layer state, and which of them do."""
    held = [text.split(BETWEEN) for text in _minerals_of(layer)]
    for name in sorted({mineral for minerals in held for mineral in minerals} - {""}):
        yield name, np.array([name in minerals for minerals in held], bool) & layer.is_counted


def _nearest(layer: Layer, name: str, members: Flags, evidence: Evidence, rows: Indices) -> Floats:
    """km of some sites to the nearest of some facilities of a layer."""
    if not len(rows) or not members.any():
        return np.full(len(rows), np.nan)
    some = View.of(layer, f"{layer.spec.id}:{name}", members).layer
    distances.warm(some)
    km, row = evidence.nearest[layer.spec.id]
    pairs = evidence.pairs[layer.spec.id]

    def measured(part: Indices) -> Floats:
        mine = pairs.take(np.isin(pairs.site_row, part))
        place = np.searchsorted(part, mine.site_row)
        own = type(mine)(place, mine.feature_row, mine.overlap_km2, mine.sliver)
        sites = evidence.sites.iloc[part]
        return distances.nearest_of_some(sites, some, own, (km[part], row[part]))[0]

    parts = [rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE)]
    return np.concatenate(in_threads(measured, parts))
