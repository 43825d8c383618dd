"""Titles' land within their country, and of it what lies in nature's or communities' places.

Nature and communities lie on one ground, so that totals of roles are never added; the land in any
of them is united here. Of most titles it is known already: those that lie whole in the country,
share no land with other titles and meet one role alone. Only the land of the rest is united.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Geometries, Indices
from cetm_geo.clips import robust
from cetm_geo.language import N_
from cetm_geo.model import Progress, Role
from cetm_geo.settling import on_grid
from cetm_geo.store import Store

NAMED_ROLES = (Role.PROTECTED_AREA, Role.KEY_BIODIVERSITY_AREA, Role.COMMUNITY_LAND)
_UNITING = N_("uniting land in nature's and communities' places")
_AT_ONCE = 5000  # titles held against the border between two words of how far it is


@dataclass(frozen=True)
class GroundOnce:
    """Land under titles of each group of statuses, each bit of it once.

    country_km2: of the country's outline; None, as layer_id, label and as_of, where no layer holds
    one: then nothing is outside. outside_km2: per group, what titles take beyond the border.
    named_km2: per group, what of the rest lies in places of NAMED_ROLES. inside: per title,
    whether it lies whole in the country.
    """

    country_km2: float | None
    layer_id: str | None
    label: str | None
    as_of: str | None
    outside_km2: Mapping[str, float]
    named_km2: Mapping[str, float]
    inside: Flags


def read_ground(
    store: Store, iso3: str, groups: Mapping[str, Flags], progress: Progress | None = None
) -> GroundOnce:
    """Of the titles of a country. groups: per group of statuses, its titles in their order."""
    count = len(next(iter(groups.values())))
    outlines = store.shapes("outlines_of_country", iso3=iso3)
    known = outlines.iloc[0] if len(outlines) else None
    border = None if known is None else known.geometry
    titles, inside = _across(store, iso3, count, border, progress)
    outside = {group: _outside_km2(titles[mine[~inside]], border) for group, mine in groups.items()}
    return GroundOnce(
        None if known is None else float(known["area_km2"]),
        None if known is None else str(known["layer_id"]),
        None if known is None else str(known["label"]),
        None if known is None or pd.isna(known["as_of"]) else str(known["as_of"]),
        outside,
        _named(store, iso3, groups, inside, border, progress),
        inside,
    )


def _across(
    store: Store, iso3: str, count: int, border: Any, progress: Progress | None
) -> tuple[Geometries, Flags]:
    """Outlines of the titles that do not lie whole in the country, and who lies whole in it."""
    inside = np.ones(count, bool)
    if border is None:
        return np.empty(0, object), inside
    shapes = store.shapes("outlines_of_titles", iso3=iso3).geometry.to_numpy()
    shapely.prepare(border)
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        inside[part] = shapely.covers(border, shapes[part])
        if progress:
            progress(N_("holding titles against the border"), min(part.stop, count), count)
    return shapes[~inside], inside


def _outside_km2(across: Geometries, border: Any) -> float:
    if border is None or not len(across):
        return 0.0
    together = np.array([on_grid(shapely.union_all, across)], object)
    return float(measure.area_km2(_with_border(shapely.difference, together, border))[0])


def _with_border(operation: Any, shapes: Geometries, border: Any) -> Geometries:
    return robust(operation, shapes, np.full(len(shapes), border, object))


# --- in named places -----------------------------------------------------------------------------


def _named(
    store: Store,
    iso3: str,
    groups: Mapping[str, Flags],
    inside: Flags,
    border: Any,
    progress: Progress | None,
) -> dict[str, float]:
    roles = [role.value for role in NAMED_ROLES]
    met = store.frame("named_land_of_titles", iso3=iso3, roles=roles)
    settled = inside & (met["roles"] <= 1).to_numpy(bool) & ~met["contested"].to_numpy(bool)
    km2 = met["covered_km2"].fillna(0.0).to_numpy(np.float64)
    open_ = ~settled & (met["roles"] > 0).to_numpy(bool)
    site_ids = met["site_id"].to_numpy(object)
    land = store.shapes("named_pieces_of_titles", site_ids=site_ids[open_].tolist(), roles=roles)
    row = pd.Index(site_ids).get_indexer(pd.Index(land["site_id"]))
    shapes, row = _polygons(_clipped(land.geometry.to_numpy(), ~inside[row], border), row)
    out, united = dict[str, float](), dict[bytes, float]()
    for group, mine in groups.items():
        if progress:
            progress(_UNITING, len(out), len(groups))
        key = (mine & open_).tobytes()
        if key not in united:
            united[key] = _united_km2(shapes[mine[row]])
        out[group] = float(km2[mine & settled].sum()) + united[key]
    return out


def _clipped(shapes: Geometries, beyond: Flags, border: Any) -> Geometries:
    """Pieces of titles that reach beyond the border, as far as it."""
    if border is not None and beyond.any():
        shapes = shapes.copy()
        shapes[beyond] = _with_border(shapely.intersection, shapes[beyond], border)
    return shapes


def _polygons(shapes: Geometries, row: Indices) -> tuple[Geometries, Indices]:
    """The polygons of shapes, and the title of each; edges in common are no land."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    land = shapely.get_dimensions(parts) == 2
    return parts[land], row[of[land]]


def _united_km2(shapes: Geometries) -> float:
    if not len(shapes):
        return 0.0
    return float(measure.area_km2([on_grid(shapely.union_all, shapes)])[0])
