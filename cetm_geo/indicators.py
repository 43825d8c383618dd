"""overlaps -> coverage with its states, indicators with their statuses, totals.

A number is kept whenever something was found; a zero is given only where everything that could
have shown something was asked. What could not be asked is null, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo import measure, overlay, tables
from cetm_geo.model import (
    OVERLAID_ROLES,
    SCREENED_ROLES,
    STATUS_GROUPS,
    IndicatorStatus,
    Layer,
    LayerState,
    Role,
)
from cetm_geo.overlay import COUNTED_KM2, RINGS_KM, SEARCH_KM, Scope

_WHOLLY = 1 - 1e-12


@dataclass(frozen=True)
class IndicatorKind:
    """One measurement that every scope of certain roles gives: `<scope id>_<suffix>`."""

    suffix: str
    column: str
    unit: str
    meaning: str
    roles: tuple[Role, ...]


KINDS = (
    IndicatorKind("overlap_km2", "covered_km2", "km2",
                  "land of the site inside the layer or role, each piece once", OVERLAID_ROLES),
    IndicatorKind("overlap_share", "covered_share", "share",
                  "that land as a share of the site", OVERLAID_ROLES),
    IndicatorKind("nearest_km", "nearest_km", "km",
                  "geodesic distance to the nearest feature; 0 where they meet; null beyond "
                  f"{SEARCH_KM:g} km", SCREENED_ROLES),
    IndicatorKind("count", "feature_count", "features",
                  f"distinct features that share more than {COUNTED_KM2:g} km2 with the site; "
                  "points: inside it", OVERLAID_ROLES),
)  # fmt: skip
# Roles have names others build on: a concession's overlap is with other titles.
_ROLE_INDICATORS: Mapping[Role, Mapping[str, str]] = {
    Role.CONCESSION: {
        "overlap_km2": "concession_overlap_km2",
        "count": "concession_overlap_count",
    },
    Role.WATER_BASIN: {"count": "water_basin_count"},
}


def indicator_id(scope: Scope, kind: IndicatorKind) -> str | None:
    """The id under which a scope gives a measurement, or None where it gives none."""
    if scope.role not in kind.roles:
        return None
    if scope.kind == "role" and scope.role in _ROLE_INDICATORS:
        return _ROLE_INDICATORS[scope.role].get(kind.suffix)
    return f"{scope.id}_{kind.suffix}"


# --- coverage ------------------------------------------------------------------------------------


def coverage_of_scope(
    scope: Scope,
    sites: Any,
    overlaps: Mapping[str, Any],
    nearest: Mapping[str, pd.DataFrame],
    inside: Mapping[str, measure.Floats | None],
) -> pd.DataFrame:
    """What a scope answers for each site: rows by `tables.COVERAGE`, class_id empty.

    Args:
        overlaps, nearest: per layer id. inside: per layer id the share of each site inside the
            layer's extent, None where the layer does not state one.
    """
    asked = [layer for layer in scope.layers if not layer.failed]
    pairs = overlay.pairs_of_scope({i.spec.id: overlaps[i.spec.id] for i in asked},
                                   Scope(scope.kind, scope.id, tuple(asked), scope.role))  # fmt: skip
    land = overlay.cover(pairs[pairs["counted"]] if len(pairs) else pairs, sites)
    near = _nearest_of_scope(asked, nearest, len(sites))
    share = _inside_of_scope(asked, inside, len(sites))
    frame = pd.DataFrame({
        "site_id": sites["site_id"].to_numpy(),
        "scope_id": scope.id,
        "scope_kind": scope.kind,
        "class_id": "",
        "covered_km2": land["covered_km2"] if asked else np.nan,
        "covered_share": land["covered_km2"] / sites["area_km2"].to_numpy() if asked else np.nan,
        "feature_count": land["feature_count"] if asked else np.nan,
        "nearest_km": near["nearest_km"],
        "nearest_layer_id": near["layer_id"],
        "nearest_feature_id": near["feature_id"],
        "inside_share": share,
    })  # fmt: skip
    frame["state"] = _states(scope, land, near["nearest_km"].to_numpy(np.float64), share)
    frame["note"] = _notes(scope, share)
    return pd.DataFrame(tables.validate(frame, tables.COVERAGE))


def coverage_of_classes(scope: Scope, sites: Any, overlaps: Mapping[str, Any]) -> pd.DataFrame:
    """Land covered by each class of a layer, counted or not; only sites that touch the class."""
    pairs = overlay.pairs_of_scope(dict(overlaps), scope)
    frames = []
    for class_id in sorted(set(pairs["class_id"]) - {""}) if len(pairs) else []:
        of_class = pairs[pairs["class_id"] == class_id]
        land = overlay.cover(of_class, sites)
        rows = np.flatnonzero(land["touched"])
        area = sites["area_km2"].to_numpy(np.float64)[rows]
        covered = land["covered_km2"].to_numpy()[rows]
        error = land["only_slivers"].to_numpy()[rows]
        frames.append(tables.build(tables.COVERAGE, {
            "site_id": sites["site_id"].to_numpy()[rows],
            "scope_id": scope.id, "scope_kind": scope.kind, "class_id": class_id,
            "covered_km2": covered, "covered_share": covered / area,
            "feature_count": land["feature_count"].to_numpy()[rows],
            "state": np.where(error, LayerState.WITHIN_MAPPING_ERROR.value,
                              LayerState.OVERLAPS.value),
        }))  # fmt: skip
    return pd.DataFrame(tables.concat(frames, tables.COVERAGE))


def _nearest_of_scope(
    layers: Sequence[Layer], nearest: Mapping[str, pd.DataFrame], count: int
) -> pd.DataFrame:
    best = pd.DataFrame({
        "nearest_km": np.full(count, np.nan),
        "layer_id": np.full(count, None, object), "feature_id": np.full(count, None, object),
    })  # fmt: skip
    for layer in layers:
        if layer.spec.id not in nearest:
            continue
        found = nearest[layer.spec.id]
        km, row = found["nearest_km"].to_numpy(), found["feature_row"].to_numpy()
        held = best["nearest_km"].to_numpy()
        closer = np.flatnonzero(~np.isnan(km) & ~(held <= km))
        ids = layer.features["feature_id"].to_numpy()[row[closer]]
        best.loc[closer, "nearest_km"] = km[closer]
        best.loc[closer, "layer_id"] = layer.spec.id
        best.loc[closer, "feature_id"] = ids
    return best


def _inside_of_scope(
    layers: Sequence[Layer], inside: Mapping[str, measure.Floats | None], count: int
) -> measure.Floats:
    """The least share over the layers; NaN where one of them does not state its extent."""
    shares = [inside[layer.spec.id] for layer in layers]
    if not shares or any(s is None for s in shares):
        return np.full(count, np.nan)
    return np.min(np.array(shares, np.float64), axis=0)


def _states(
    scope: Scope, land: pd.DataFrame, nearest_km: measure.Floats, inside: measure.Floats
) -> NDArray[np.object_]:
    touched = land["touched"].to_numpy(bool)
    error = land["only_slivers"].to_numpy(bool)
    failed = any(layer.failed for layer in scope.layers)
    nothing = LayerState.FAILED if failed else LayerState.NOT_COVERED
    if not scope.layers or (failed and len(scope.layers) == 1):
        return np.full(len(land), nothing.value, object)
    with np.errstate(invalid="ignore"):
        tests = [
            (touched & ~error, LayerState.OVERLAPS),
            (error, LayerState.WITHIN_MAPPING_ERROR),
            (nearest_km <= RINGS_KM[-1], LayerState.WITHIN_RING),
            (np.full(len(land), failed), LayerState.FAILED),
            (inside < _WHOLLY, LayerState.NOT_COVERED),
            (np.isnan(inside), LayerState.COVERAGE_UNKNOWN),
        ]
    return np.select(
        [t for t, _ in tests], [s.value for _, s in tests], LayerState.CHECKED_NONE.value
    ).astype(object)


def _notes(scope: Scope, inside: measure.Floats) -> NDArray[np.object_]:
    common = []
    if not scope.layers:
        common.append("no layer of this role is loaded")
    common += [f"{x.spec.label} could not be read" for x in scope.layers if x.failed]
    common += [
        f"{x.spec.label}: data as of {x.spec.as_of} are older than {x.spec.stale_after_years:g} years"
        for x in scope.layers if x.source.get("stale")
    ]  # fmt: skip
    unknown = bool(scope.layers) and bool(np.isnan(inside).all())
    if unknown:
        common.append("where the data are complete is not stated")
    out = np.full(len(inside), "; ".join(common) or None, object)
    for i in np.flatnonzero(inside < _WHOLLY):
        part = f"the data cover {100 * inside[i]:.1f} % of the site"
        out[i] = "; ".join([*common, part])
    return out


# --- indicators ----------------------------------------------------------------------------------


def indicators_of_sites(sites: Any) -> pd.DataFrame:
    """area_km2 of each site."""
    status = np.where(
        sites["repaired"], IndicatorStatus.GEOMETRY_REPAIRED.value, IndicatorStatus.OK.value
    )
    return pd.DataFrame(tables.build(tables.INDICATORS, {
        "site_id": sites["site_id"].to_numpy(), "indicator_id": "area_km2",
        "value": sites["area_km2"].to_numpy(), "unit": "km2", "status": status,
    }))  # fmt: skip


def indicators_of_scope(scope: Scope, coverage: pd.DataFrame, sites: Any) -> pd.DataFrame:
    """The measurements of a scope as rows by `tables.INDICATORS`."""
    frames = []
    base = _base_status(scope, coverage, sites)
    unsure = np.isin(base, [IndicatorStatus.LAYER_MISSING, IndicatorStatus.OUTSIDE_LAYER_EXTENT])
    for kind in KINDS:
        name = indicator_id(scope, kind)
        if name is None:
            continue
        value = coverage[kind.column].to_numpy(np.float64).copy()
        status = base.copy()
        if kind.suffix == "nearest_km":
            status[np.isnan(value) & ~unsure] = IndicatorStatus.BEYOND_SEARCH.value
        else:
            value[unsure & (value == 0)] = np.nan
        frames.append(tables.build(tables.INDICATORS, {
            "site_id": coverage["site_id"].to_numpy(), "indicator_id": name, "value": value,
            "unit": kind.unit, "status": status, "note": coverage["note"].to_numpy(),
        }))  # fmt: skip
    return pd.DataFrame(tables.concat(frames, tables.INDICATORS))


def _base_status(scope: Scope, coverage: pd.DataFrame, sites: Any) -> NDArray[np.object_]:
    inside = coverage["inside_share"].to_numpy(np.float64)
    missing = not scope.layers or any(layer.failed for layer in scope.layers)
    stale = any(layer.source.get("stale") for layer in scope.layers)
    with np.errstate(invalid="ignore"):
        tests = [
            (np.full(len(coverage), missing), IndicatorStatus.LAYER_MISSING),
            (inside < _WHOLLY, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
            (np.full(len(coverage), stale), IndicatorStatus.STALE),
            (sites["repaired"].to_numpy(bool), IndicatorStatus.GEOMETRY_REPAIRED),
        ]
    return np.select(
        [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
    ).astype(object)


# --- totals --------------------------------------------------------------------------------------


def totals_of_sites(sites: Any) -> pd.DataFrame:
    """Scope `concession`: the sites themselves, their summed area and the land under any of them."""
    rows = []
    for group, mask in _status_masks(sites).items():
        chosen = sites[mask]
        union = overlay.union_of(chosen.geometry.to_numpy()) if len(chosen) else None
        rows.append({
            "scope_id": Role.CONCESSION.value, "scope_kind": "role", "status_group": group,
            "sites": len(chosen), "sum_km2": float(chosen["area_km2"].sum()),
            "union_km2": float(measure.area_km2([union])[0]) if union is not None else 0.0,
        })  # fmt: skip
    return pd.DataFrame(tables.build(tables.TOTALS, rows))


def totals_of_scope(
    scope: Scope, coverage: pd.DataFrame, overlaps: Mapping[str, Any], sites: Any
) -> pd.DataFrame:
    """Sites that meet the scope, the sum over sites and the union over sites, per status group."""
    asked = tuple(layer for layer in scope.layers if not layer.failed)
    pairs = overlay.pairs_of_scope(
        dict(overlaps), Scope(scope.kind, scope.id, asked, scope.role)
    )
    if len(pairs):
        pairs = pairs[pairs["counted"] & (pairs["overlap_km2"] > 0)]
    met = (coverage["feature_count"] > 0).to_numpy(bool)
    covered = coverage["covered_km2"].to_numpy(np.float64)
    rows = []
    for group, mask in _status_masks(sites).items():
        union = None
        if len(pairs):
            union = overlay.union_of(pairs["geometry"].to_numpy()[mask[pairs["site_row"]]])
        rows.append({
            "scope_id": scope.id, "scope_kind": scope.kind, "status_group": group,
            "sites": int((met & mask).sum()),
            "sum_km2": float(covered[mask].sum()) if asked else None,
            "union_km2": (float(measure.area_km2([union])[0]) if union is not None else 0.0)
            if asked else None,
        })  # fmt: skip
    return pd.DataFrame(tables.build(tables.TOTALS, rows))


def _status_masks(sites: Any) -> dict[str, NDArray[np.bool_]]:
    status = sites["status"].to_numpy(object)
    masks = {"all": np.ones(len(sites), bool)}
    for group, members in STATUS_GROUPS.items():
        masks[group] = np.isin(status, [m.value for m in members])
    return masks
