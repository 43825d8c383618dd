"""The way of a site's water, basin by basin, as the page and the API tell it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Indices
from cetm_geo.basin_cover import BasinCover
from cetm_geo.catchments import ENDS, WHOLE
from cetm_geo.ground import Ground
from cetm_geo.hydrology import Basins
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import STATUS_GROUPS, Role
from cetm_geo.pressure import ALL

Row = Mapping[str, Any]
_TOLD = 12  # basins of a way that are told one by one; those between are counted


def with_covers(ground: Ground, basins: pd.DataFrame) -> Ground:
    """The ground with what a build has measured of its basins; rows by `tables.BASINS`."""
    covers = {
        name: BasinCover.stored(own, basins[basins["layer_id"] == name], (ALL, *STATUS_GROUPS))
        for name, own in ground.networks.items()
        if own.layer.spec.role == Role.WATER_BASIN
    }
    return replace(ground, covers=covers)


def way_of_site(
    ground: Ground,
    overlaps: Sequence[Row],
    site_km2: float,
    nameless: Container[str] = (),
    no_name: str = "",
) -> dict[str, Any]:
    """The basins of a site and those its water passes, in the order of the water.

    Args:
        overlaps: rows of the site by `tables.OVERLAPS`. site_km2: its area.
        nameless: layers whose basins are not named; each is called `no_name`.

    Keys: layer_id, label (of the layer that speaks; "" where none does), steps, left_out (basins
    that are not told), end (why the way is known no further). A step: basin_id, feature_id (of its
    largest part; None of one that the layer does not draw), name, km2, site_share (of the site in
    it; None below it), goes_to (the next basin's name where that is not the next step), title_share
    and upstream_title_share (None where not measured).
    """
    spoken = _speaking(ground, overlaps, site_km2)
    if spoken is None:
        return {"layer_id": "", "label": "", "steps": [], "left_out": 0, "end": ""}
    basins, shares = spoken
    passed = _passed(basins, np.array(sorted(shares), np.intp))
    told = passed if len(passed) <= _TOLD else np.r_[passed[: _TOLD - 1], passed[-1]]
    cover = ground.covers.get(basins.layer.spec.id)
    last = int(passed[-1])
    steps = [
        _step(basins, cover, shares, int(basin), int(after))
        for basin, after in zip(told, [*told[1:], -1], strict=True)
    ]
    if basins.layer.spec.id in nameless:
        hidden = {"name": no_name, "basin_id": "", "feature_id": None, "goes_to": None}
        steps = [{**step, **hidden} for step in steps]
    return {
        "layer_id": basins.layer.spec.id,
        "label": basins.layer.spec.label,
        "steps": steps,
        "left_out": len(passed) - len(told),
        "end": ENDS[basins.network.end[last]].format(basins.stated_downstream[last]),
    }


def _speaking(
    ground: Ground, overlaps: Sequence[Row], site_km2: float
) -> tuple[Basins, dict[int, float]] | None:
    """The layer that speaks of a site, as `catchments.speaking` decides, and its basins' shares."""
    networks = [b for b in ground.networks.values() if b.layer.spec.role == Role.WATER_BASIN]
    best: tuple[Basins, dict[int, float]] | None = None
    held = 0.0
    for basins in sorted(networks, key=lambda b: float(b.land_km2.mean())):
        shares = _shares(basins, overlaps, site_km2)
        share = sum(shares.values())
        if shares and held < WHOLE and share > held:
            best, held = (basins, shares), share
    return best


def _shares(basins: Basins, overlaps: Sequence[Row], site_km2: float) -> dict[int, float]:
    layer = basins.layer
    mine = [row for row in overlaps if row["layer_id"] == layer.spec.id]
    features = layer.row_of_feature.get_indexer([row["feature_id"] for row in mine])
    out: dict[int, float] = {}
    for row, feature in zip(mine, features.tolist(), strict=True):
        basin = int(basins.basin_of_feature[feature])
        out[basin] = out.get(basin, 0.0) + float(row["overlap_km2"])
    return {b: km2 / site_km2 for b, km2 in out.items() if km2 > COUNTED_KM2}


def _passed(basins: Basins, starts: Indices) -> Indices:
    """All basins on the ways from some, each once; each stands before the one it drains to."""
    passed = np.unique(basins.network.chains(starts)[1])
    return passed[np.lexsort((passed, -basins.network.steps[passed]))]


def _step(
    basins: Basins, cover: BasinCover | None, shares: Mapping[int, float], basin: int, after: int
) -> dict[str, Any]:
    follows = int(basins.network.downstream[basin])
    rows = np.flatnonzero(basins.basin_of_feature == basin)
    return {
        "basin_id": str(basins.network.ids[basin]),
        "feature_id": _largest(basins, rows),
        "name": _name(basins, basin, rows),
        "km2": float(basins.land_km2[basin]),
        "site_share": shares.get(basin),
        "goes_to": None if follows in (after, -1) else _name(basins, follows),
        "title_share": None if cover is None else float(cover.share(ALL)[basin]),
        "upstream_title_share": None if cover is None else float(cover.upstream_share(ALL)[basin]),
    }


def _largest(basins: Basins, rows: Indices) -> str | None:
    """Of a basin's features the one with most land, by its id."""
    if not len(rows):
        return None
    row = rows[np.argmax(basins.layer.area_km2[rows])]
    return str(basins.layer.feature_ids[row])


def _name(basins: Basins, basin: int, rows: Indices | None = None) -> str:
    """A basin's name, or its id."""
    rows = np.flatnonzero(basins.basin_of_feature == basin) if rows is None else rows
    found = basins.layer.texts("name")[rows[0]] if len(rows) else None
    return found if isinstance(found, str) else f"Basin {basins.network.ids[basin]}"
