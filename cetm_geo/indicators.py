"""overlaps -> coverage with its states, indicators with their statuses.

A number is kept whenever something was found; a zero is given only where everything that could
have shown something was asked. What could not be asked is null, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cetm_geo.arrays import Floats
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Inside
from cetm_geo.meeting import Met, met
from cetm_geo.model import (
    NOT_REACHED,
    OVERLAID_ROLES,
    IndicatorStatus,
    LayerState,
    Role,
)
from cetm_geo.overlay import RINGS_KM, SEARCH_KM, Scope

RING_COLUMNS = tuple(
    f"ring_{a:g}_{b:g}_km2" for a, b in zip((0.0, *RINGS_KM), RINGS_KM, strict=False)
)
Columns = dict[str, Any]  # by a contract of `tables`: arrays of one length, or one value for all


@dataclass(frozen=True)
class IndicatorKind:
    """One measurement of a layer or role: `<scope id>_<suffix>`, one of `model.SUFFIXES`."""

    suffix: str
    column: str
    unit: str


KINDS = (
    IndicatorKind("overlap_km2", "covered_km2", "km2"),
    IndicatorKind("overlap_share", "covered_share", "share"),
    IndicatorKind("nearest_km", "nearest_km", "km"),
    IndicatorKind("count", "feature_count", "features"),
)
# Roles have names others build on: a concession's overlap is with other titles.
_ROLE_INDICATORS: Mapping[Role, Mapping[str, str]] = {
    Role.CONCESSION: {
        "overlap_km2": "concession_overlap_km2",
        "nearest_km": "concession_nearest_km",
        "count": "concession_overlap_count",
    },
    Role.WATER_BASIN: {"count": "water_basin_count", "nearest_km": "water_basin_nearest_km"},
}


def indicator_id(scope: Scope, kind: IndicatorKind) -> str | None:
    """The id under which a scope gives a measurement, or None where it gives none."""
    if kind.suffix not in scope.suffixes:
        return None
    if scope.kind == "role" and scope.role in _ROLE_INDICATORS:
        return _ROLE_INDICATORS[scope.role].get(kind.suffix)
    return f"{scope.id}_{kind.suffix}"


# --- coverage ------------------------------------------------------------------------------------


def coverage_of_scope(scope: Scope, evidence: Evidence) -> Columns:
    """What a scope answers for each site: columns by `tables.COVERAGE`, class_id empty."""
    found = met(scope, evidence)
    near = _nearest_of_scope(scope, evidence)
    inside = inside_of_scope(scope, evidence)
    unknown = np.full(len(evidence.site_ids), np.nan)
    covered = evidence.covered[scope.id] if scope.readable else unknown
    note, gap = notes_and_gaps(shortcomings(scope), inside, near["nearest_km"])
    rings = evidence.rings.get(scope.id, np.full((len(RINGS_KM), len(unknown)), np.nan))
    return {
        "site_id": evidence.site_ids,
        "scope_id": scope.id,
        "scope_kind": scope.kind,
        "class_id": "",
        "covered_km2": covered,
        "covered_share": covered / evidence.site_km2,
        "feature_count": found.feature_count if scope.readable else unknown,
        **near,
        **dict(zip(RING_COLUMNS, rings, strict=True)),
        "inside_share": unknown if inside is None else inside.share,
        "state": _states(scope, found, near["nearest_km"], inside),
        "gap": gap,
        "note": note,
    }


def coverage_of_classes(scope: Scope, evidence: Evidence) -> list[Columns]:
    """Land covered by each class of a layer, counted or not; only sites that touch the class."""
    out: list[Columns] = []
    for layer in scope.readable:
        land = evidence.classes[layer.spec.id]
        for class_id in layer.class_names:
            of_class = land.class_id == class_id
            rows = land.site_row[of_class]
            members = layer.class_code == layer.class_names.index(class_id)
            found = met(scope, evidence, {layer.spec.id: members})
            state = np.where(
                found.only_slivers[rows],
                LayerState.WITHIN_MAPPING_ERROR.value,
                LayerState.OVERLAPS.value,
            )
            out.append(
                {
                    "site_id": evidence.site_ids[rows],
                    "scope_id": scope.id,
                    "scope_kind": scope.kind,
                    "class_id": class_id,
                    "covered_km2": land.own_km2[of_class],
                    "covered_share": land.own_km2[of_class] / evidence.site_km2[rows],
                    "first_km2": land.first_km2[of_class],
                    "feature_count": found.feature_count[rows],
                    "state": state,
                    "gap": False,
                }
            )
    return out


def _nearest_of_scope(scope: Scope, evidence: Evidence) -> Columns:
    count = len(evidence.site_ids)
    best = np.full(count, np.nan)
    layer_id, feature_id = np.full(count, None, object), np.full(count, None, object)
    for layer in scope.layers:
        if layer.failed or layer.spec.id not in evidence.nearest:
            continue
        km, row = evidence.nearest[layer.spec.id]
        closer = np.flatnonzero(~np.isnan(km) & ~(best <= km))
        best[closer], layer_id[closer] = km[closer], layer.spec.id
        feature_id[closer] = layer.feature_ids[row[closer]]
    return {"nearest_km": best, "nearest_layer_id": layer_id, "nearest_feature_id": feature_id}


def inside_of_scope(scope: Scope, evidence: Evidence) -> Inside | None:
    """The least over the layers; None where one does not state its extent, or none answers."""
    found = [evidence.inside[x.spec.id] for x in scope.layers if not x.failed]
    known = [x for x in found if x is not None]
    if not known or len(known) < len(found):
        return None
    shares = np.min(np.array([x.share for x in known]), axis=0)
    wholly = np.all(np.array([x.wholly for x in known]), axis=0)
    return Inside(shares, wholly, np.min(np.array([x.edge_km for x in known]), axis=0))


def _states(
    scope: Scope, found: Met, nearest_km: Floats, inside: Inside | None
) -> NDArray[np.object_]:
    """The first that holds; a finding stands whatever else is unknown (`gap` says the rest)."""
    touched, error = found.touched, found.only_slivers
    failed = any(layer.failed for layer in scope.layers)
    every = np.ones(len(touched), bool)
    if all(layer.failed for layer in scope.layers):
        nothing = LayerState.FAILED if failed else LayerState.NOT_COVERED
        return np.full(len(touched), nothing.value, object)
    with np.errstate(invalid="ignore"):
        tests = [
            (touched & ~error, LayerState.OVERLAPS),
            (error, LayerState.WITHIN_MAPPING_ERROR),
            (nearest_km <= RINGS_KM[-1], LayerState.WITHIN_RING),
            (every & failed, LayerState.FAILED),
            (every & (inside is None), LayerState.COVERAGE_UNKNOWN),
            (every if inside is None else ~inside.wholly, LayerState.NOT_COVERED),
        ]
    return np.select(
        [t for t, _ in tests], [s.value for _, s in tests], LayerState.CHECKED_NONE.value
    ).astype(object)


def shortcomings(scope: Scope) -> list[str]:
    """Why no answer of the scope can be complete, in words; empty where nothing speaks against."""
    if not scope.layers:
        return ["no layer of this role is loaded"]
    out = []
    for layer in scope.layers:
        who = f"{layer.spec.label}: " if scope.kind != "layer" else ""
        rejected = int(layer.source.get("rows_rejected") or 0)
        if layer.failed:
            late = layer.source["problem"] == NOT_REACHED
            out.append(f"{who}{NOT_REACHED if late else 'the file could not be read'}")
            continue
        if rejected:
            out.append(f"{who}{rejected} of its rows could not be used")
        if layer.source.get("stale"):
            years = f"{layer.spec.stale_after_years:g}"
            out.append(f"{who}data as of {layer.spec.as_of}, older than {years} years")
        elif not layer.spec.as_of:
            out.append(f"{who}the data's day is not stated")
        if not layer.spec.complete_within:
            out.append(f"{who}where the data are complete is not stated")
    return out


def notes_and_gaps(
    common: list[str], inside: Inside | None, nearest_km: Floats
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Per site, what the answer lacks in words, and whether it lacks anything.

    Args:
        common: what it lacks for every site (`shortcomings`).
    """
    if not common and inside is None:
        common = ["the polygon within which the data are complete is not loaded"]
    count = len(nearest_km)
    notes = np.full(count, "; ".join(common) or None, object)
    gaps = np.full(count, bool(common))
    if inside is not None:
        for i in np.flatnonzero(~inside.wholly):
            part = f"the data cover {100 * inside.share[i]:.1f} % of the site"
            notes[i] = "; ".join([*common, part])
        gaps |= ~inside.wholly
        asked_km = np.fmin(nearest_km, RINGS_KM[-1])
        for i in np.flatnonzero(inside.wholly & (inside.edge_km < asked_km)):
            part = f"the data end {inside.edge_km[i]:.1f} km away"
            notes[i] = "; ".join([*common, part])
    return notes, gaps


# --- indicators ----------------------------------------------------------------------------------


def indicators_of_sites(evidence: Evidence) -> Columns:
    """area_km2 of each site."""
    status = np.where(
        evidence.repaired, IndicatorStatus.GEOMETRY_REPAIRED.value, IndicatorStatus.OK.value
    )
    return {
        "site_id": evidence.site_ids,
        "indicator_id": "area_km2",
        "value": evidence.site_km2,
        "unit": "km2",
        "status": status,
    }


def indicators_of_scope(scope: Scope, coverage: Columns, evidence: Evidence) -> list[Columns]:
    """The measurements of a scope, each as columns by `tables.INDICATORS`.

    Distances say also, as `least`, how near the nearest can be at most (`least_km`).
    """
    out: list[Columns] = []
    inside = inside_of_scope(scope, evidence)
    base = base_status(scope, inside, evidence)
    for kind in KINDS:
        name = indicator_id(scope, kind)
        if name is None:
            continue
        value, status, note = coverage[kind.column].copy(), base.copy(), coverage["note"]
        more: Columns = {}
        if kind.suffix == "nearest_km":
            more = {"least": least_km(value, inside, scope)}
            judge_nearest(value, status, inside, scope)
            note = note if scope.role in OVERLAID_ROLES else _straight_line(note)
        elif kind.suffix != "count" and _is_landless(scope):
            value[:], status[:] = np.nan, IndicatorStatus.NOT_APPLICABLE.value
        else:
            judge_found(value, status, inside, scope)
        out.append(
            {
                "site_id": coverage["site_id"],
                "indicator_id": name,
                "value": value,
                "unit": kind.unit,
                "status": status,
                "note": note,
                **more,
            }
        )
    return out


def judge_nearest(
    km: Floats, status: NDArray[np.object_], inside: Inside | None, scope: Scope
) -> None:
    """Says, in place, where none was found, and where something nearer may lie past the data."""
    none = np.isnan(km) & ~np.isin(status, _UNSURE)
    far, unknown = IndicatorStatus.BEYOND_SEARCH.value, IndicatorStatus.NO_DATA.value
    status[none] = unknown if inside is None or has_rejected(scope) else far
    if inside is not None:
        past = none & np.isfinite(inside.edge_km)
        status[past | (km > inside.edge_km)] = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value


def least_km(km: Floats, inside: Inside | None, scope: Scope) -> Floats:
    """How near the nearest can be at most, whatever lies past the data; nan where nobody can say.

    Args:
        km: to the nearest found, nan where none was.
    """
    failed = any(layer.failed for layer in scope.layers)
    if inside is None or failed or has_rejected(scope):
        return np.full(len(km), np.nan)
    found = np.where(np.isnan(km), SEARCH_KM, km)
    return np.asarray(np.minimum(found, inside.edge_km))


def judge_found(
    value: Floats, status: NDArray[np.object_], inside: Inside | None, scope: Scope
) -> None:
    """Takes back, in place, the zeros that were not earned."""
    unsure = np.isin(status, _UNSURE)
    unasked = ~unsure & (inside is None or has_rejected(scope))
    value[(unsure | unasked) & (value == 0)] = np.nan
    status[unasked & np.isnan(value)] = IndicatorStatus.NO_DATA.value


def has_rejected(scope: Scope) -> bool:
    """True if rows of one of the scope's layers could not be used."""
    return any(layer.source.get("rows_rejected") for layer in scope.layers)


def _is_landless(scope: Scope) -> bool:
    """True for points and lines alone, of which land was asked: no land is not none found."""
    if scope.role in OVERLAID_ROLES or any(layer.failed for layer in scope.layers):
        return False
    areas = [layer.area_km2 for layer in scope.layers if len(layer.features)]
    return bool(areas) and not any(area.any() for area in areas)


def _straight_line(note: NDArray[np.object_]) -> NDArray[np.object_]:
    """The note, after the word that no road or river was followed."""
    return np.array([f"straight_line; {n}" if n else "straight_line" for n in note], object)


# Where a zero would claim what was not asked.
_UNSURE = (IndicatorStatus.LAYER_MISSING.value, IndicatorStatus.OUTSIDE_LAYER_EXTENT.value)


def base_status(scope: Scope, inside: Inside | None, evidence: Evidence) -> NDArray[np.object_]:
    """Status of each site as far as layers, their extent and the outline decide it: the first
    reason that holds."""
    every = np.ones(len(evidence.site_ids), bool)
    missing = not scope.layers or any(layer.failed for layer in scope.layers)
    stale = any(layer.source.get("stale") for layer in scope.layers)
    outside = every & False if inside is None else ~inside.wholly
    tests = [
        (every & missing, IndicatorStatus.LAYER_MISSING),
        (outside, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
        (every & stale, IndicatorStatus.STALE),
        (evidence.repaired, IndicatorStatus.GEOMETRY_REPAIRED),
    ]
    return np.select(
        [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
    ).astype(object)
