"""What is known of a place by the store: its parts, its land under titles, the registers, what is
near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Floats, Geometries
from cetm_geo.distances import nearest_piece
from cetm_geo.ground import Ground
from cetm_geo.model import STATUS_GROUPS, Layer, Role
from cetm_geo.pieces import cut_layer
from cetm_geo.pressure import ALL, is_under_pressure
from cetm_geo.store import Store
from cetm_geo.web.ringlines import RADII_KM

GROUPS = (ALL, *STATUS_GROUPS)
UNITED = 2_000  # pieces that are united while the reader waits
NEAR = 400  # titles whose distance is measured while the reader waits
SHOWN_NEAR = 8
# Why the land under titles is not known; SUMMED: parts that may share land were added up.
NO_LAND, NOT_MEASURED, NO_REGISTER, TOO_MANY = "no_land", "not_measured", "no_register", "too_many"
SUMMED = "summed"
_MEASURED = {"overlap_km2", "overlap_share", "count"}  # suffixes that rest on what titles share

Answer = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """A place: what is known of it, its parts where it has several, and where it lies."""

    place: Answer
    parts: Sequence[Answer]
    shape: Any

    @classmethod
    def of(cls, found: Any) -> Facts:
        """From rows of place_facts.sql, one a part, as a GeoDataFrame."""
        shapes = found.geometry.to_numpy()
        rows = [_plain(row) for row in found.drop(columns="geometry").to_dict("records")]
        shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
        whole = {} if len(rows) == 1 else {"area_km2": united_km2(shapes)}
        sides = ("west", "south", "east", "north")
        bounds = dict(zip(sides, shapely.bounds(shape).tolist(), strict=True))
        kept = ("feature_id", "name", "designation", "iso3", "area_km2")
        parts = [{key: row[key] for key in kept} for row in rows] if len(rows) > 1 else []
        return cls({**rows[0], **whole, **bounds}, parts, shape)

    @property
    def asked(self) -> dict[str, Any]:
        """The layer and all parts, as statements ask for them."""
        parts = [part["feature_id"] for part in self.parts] or [self.place["feature_id"]]
        return {"layer_id": self.place["layer_id"], "parts": parts}

    def share(self, km2: float) -> float | None:
        """The share of the place that so much land is; None of a point or line."""
        whole = float(self.place["area_km2"])
        return min(km2 / whole, 1.0) if whole > 0 else None


def is_laid_under_titles(layer: Layer | None) -> bool:
    """True of a layer of which the store holds what titles share with each feature."""
    measured = set() if layer is None or layer.failed else set(layer.spec.measured)
    return bool(_MEASURED & measured)


def counts_of(rows: Sequence[Row]) -> dict[str, Answer]:
    """Per group of statuses, titles and how many of them touch only within the mapping error.

    rows: by place_titles_by_status.sql.
    """
    out = {group: {"titles": 0, "slivers": 0} for group in GROUPS}
    for row in rows:
        own = next((g for g, members in STATUS_GROUPS.items() if row["status"] in members), ALL)
        for group in {own, ALL}:
            out[group]["titles"] += int(row["titles"])
            out[group]["slivers"] += int(row["slivers"])
    return out


# --- land ----------------------------------------------------------------------------------------


def land_of(
    store: Store, facts: Facts, layer: Layer | None, sources: Mapping[str, Row]
) -> tuple[dict[str, Answer] | None, str]:
    """Per group of statuses covered_km2 and covered_share, each bit of land once; None where not
    known, and the reason; or with SUMMED.
    """
    if not facts.place["area_km2"]:
        return None, NO_LAND
    registers = [row for row in sources.values() if row["role"] == Role.CONCESSION]
    if all(row["problem"] for row in registers):
        return None, NO_REGISTER
    if layer is None or not is_laid_under_titles(layer):
        return None, NOT_MEASURED
    covered, note = _covered(store, facts, layer)
    if covered is None:
        return None, note
    return {
        group: {"covered_km2": covered[group], "covered_share": facts.share(covered[group])}
        for group in GROUPS
    }, note


def _covered(store: Store, facts: Facts, layer: Layer) -> tuple[dict[str, float] | None, str]:
    """Of a single part what a build has united; else the shared land is united here."""
    stored = is_under_pressure(layer)
    if not stored or facts.parts:
        shared = store.shapes("place_shared_land", **facts.asked, most=UNITED + 1)
        if len(shared) <= UNITED and shared.geometry.notna().all():
            return _united(shared), ""
        if not stored:
            return None, TOO_MANY
    out = dict.fromkeys(GROUPS, 0.0)
    for row in store.rows("place_land", **facts.asked):
        out[row["status_group"]] += float(row["covered_km2"])
    whole = float(facts.place["area_km2"])
    return {group: min(km2, whole) for group, km2 in out.items()}, SUMMED if facts.parts else ""


def _united(shared: Any) -> dict[str, float]:
    """Land under titles of each group. shared: by place_shared_land.sql."""
    shapes, status = shared.geometry.to_numpy(), shared["status"].to_numpy(object)
    chosen = {group: np.isin(status, list(m)) for group, m in STATUS_GROUPS.items()}
    chosen[ALL] = np.ones(len(shapes), bool)
    return {group: united_km2(shapes[rows]) for group, rows in chosen.items()}


def united_km2(shapes: Geometries) -> float:
    """The land of shapes in lon/lat, each bit of it once, km2."""
    return float(measure.area_km2(np.array([shapely.union_all(shapes)], object))[0])


# --- registers, and what is near -----------------------------------------------------------------


def registers_of(ground: Ground, sources: Mapping[str, Row], facts: Facts) -> list[Answer]:
    """The registers of titles, and how much of the place each says that it holds."""
    shape, km2 = np.array([facts.shape], object), np.array([facts.place["area_km2"]], np.float64)
    kept = ("layer_id", "label", "as_of", "stale", "complete_within", "problem")
    out = []
    for row in sources.values():
        if row["role"] != Role.CONCESSION:
            continue
        layer = ground.layers.get(row["layer_id"])
        share = None
        if layer is not None and not layer.failed:
            share = _inside_share(ground, layer, shape, km2)
        out.append({**{key: row[key] for key in kept}, "inside_share": share})
    return out


def _inside_share(ground: Ground, layer: Layer, shape: Geometries, km2: Floats) -> float | None:
    """How much of a shape lies where a layer is complete; None where that is not known."""
    extent = ground.extents.get(layer.spec.complete_within)
    if extent is not None and not km2[0]:
        return float(shapely.intersects(extent.polygon, shape[0]))
    inside = ground.inside(shape, km2, layer.spec, edges=False)
    if inside is None:
        return None
    return 1.0 if inside.wholly[0] else float(inside.share[0])


def near_of(store: Store, shape: Any) -> Answer | None:
    """Titles within the largest of RADII_KM: within_km (radius -> how many), titles (the nearest
    SHOWN_NEAR, each with distance_km). None where there may be more than NEAR.
    """
    reach = RADII_KM[-1]
    sides = ("west", "south", "east", "north")
    box = dict(zip(sides, measure.search_box(shapely.bounds(shape), reach), strict=True))
    found = store.shapes("sites_near", **box, most=NEAR + 1)
    if len(found) > NEAR:
        return None
    one, name = np.array([shape], object), np.array(["place"], object)
    cuts = cut_layer(one, measure.area_km2(one), name, np.ones(1, bool), np.zeros(1, np.intp))
    km, _piece = nearest_piece(found.geometry.to_numpy(), cuts, reach_km=reach)
    rows = pd.DataFrame(found.drop(columns="geometry")).assign(distance_km=km)
    rows = rows[rows["distance_km"] <= reach].sort_values(["distance_km", "site_id"])
    within = {f"{radius:g}": int((rows["distance_km"] <= radius).sum()) for radius in RADII_KM}
    titles = [_plain(row) for row in rows.head(SHOWN_NEAR).to_dict("records")]
    return {"within_km": within, "titles": titles}


def _plain(row: Mapping[Any, Any]) -> Answer:
    """A row of a frame with Python's own values, None for what is missing."""
    return {
        str(k): None if pd.isna(v) else v.item() if isinstance(v, np.generic) else v
        for k, v in row.items()
    }
