"""A basin as a place: what drains to it, where its water goes, and how much lies under titles."""

from __future__ import annotations

from typing import Any

import numpy as np

from cetm_geo.arrays import Indices
from cetm_geo.basin_cover import BasinCover
from cetm_geo.ground import Ground
from cetm_geo.hydrology import Basins
from cetm_geo.model import STATUS_GROUPS, Role
from cetm_geo.pressure import ALL

_BELOW, _ABOVE = 12, 6  # basins that are told one by one; the others are counted

Answer = dict[str, Any]


def basin_of(ground: Ground, layer_id: str, feature_id: str) -> Answer | None:
    """What a layer of basins says of the water of one feature; None where it says nothing.

    Keys: basin_id, headwater, upstream_km2 (of all land that drains through it, itself included,
    as the outlines have it), unseen_share (of that land, as published, not in the layer; None where
    no area is published), upstream (per group of statuses km2 and share of that land under titles;
    None where not measured), above (what drains to it, the largest land first) and above_left_out,
    below (the way of its water, in order) and below_left_out, end (`LinkEnd`: why the way is known
    no further) and end_id (the basin it names). A basin of above and below: basin_id, feature_id
    (its largest part), name (None without one), km2, upstream_km2, title_share and
    upstream_title_share (None where not measured).
    """
    basins = ground.networks.get(layer_id)
    if basins is None or basins.layer.spec.role != Role.WATER_BASIN:
        return None
    row = int(basins.layer.row_of_feature.get_indexer([feature_id])[0])
    if row < 0:
        return None
    cover = ground.covers.get(layer_id)
    basin = int(basins.basin_of_feature[row])
    below = basins.network.chain(basin)[1:]
    above = _feeders(basins, basin)
    told = below if len(below) <= _BELOW else np.r_[below[: _BELOW - 1], below[-1]]
    last = int(below[-1]) if len(below) else basin
    return {
        "basin_id": str(basins.network.ids[basin]),
        "headwater": bool(basins.network.is_headwater[basin]),
        **_upstream(basins, cover, basin),
        "above": [_step(basins, cover, int(one)) for one in above[:_ABOVE]],
        "above_left_out": max(len(above) - _ABOVE, 0),
        "below": [_step(basins, cover, int(one)) for one in told],
        "below_left_out": len(below) - len(told),
        "end": str(basins.network.end[last]),
        "end_id": basins.stated_downstream[last],
    }


def _feeders(basins: Basins, basin: int) -> Indices:
    """The basins that drain straight to one, those with the most land above them first."""
    found = np.flatnonzero(basins.network.downstream == basin)
    land = basins.network.upstream_sums(basins.land_km2)[found]
    return found[np.lexsort((found, -land))]


def _upstream(basins: Basins, cover: BasinCover | None, basin: int) -> Answer:
    if cover is None:
        land = float(basins.network.upstream_sums(basins.land_km2)[basin])
        return {"upstream_km2": land, "unseen_share": None, "upstream": None}
    unseen = float(cover.unseen_share[basin])
    return {
        "upstream_km2": float(cover.upstream_km2[basin]),
        "unseen_share": None if np.isnan(unseen) else unseen,
        "upstream": {
            group: {
                "covered_km2": float(cover.upstream_covered_km2[group][basin]),
                "covered_share": float(cover.upstream_share(group)[basin]),
            }
            for group in (ALL, *STATUS_GROUPS)
        },
    }


def _step(basins: Basins, cover: BasinCover | None, basin: int) -> Answer:
    rows = np.flatnonzero(basins.basin_of_feature == basin)
    row = int(rows[np.argmax(basins.layer.area_km2[rows])]) if len(rows) else None
    name = None if row is None else basins.layer.texts("name")[row]
    return {
        "basin_id": str(basins.network.ids[basin]),
        "feature_id": None if row is None else str(basins.layer.feature_ids[row]),
        "name": name if isinstance(name, str) else None,
        "km2": float(basins.land_km2[basin]),
        "upstream_km2": None if cover is None else float(cover.upstream_km2[basin]),
        "title_share": None if cover is None else float(cover.share(ALL)[basin]),
        "upstream_title_share": None if cover is None else float(cover.upstream_share(ALL)[basin]),
    }
