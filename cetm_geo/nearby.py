"""What lies near sites: territories and settlements counted, mined land that no title covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cetm_geo import rings
from cetm_geo.arrays import Floats, Indices, Texts, sums
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground, Inside
from cetm_geo.indicators import (
    Columns,
    base_status,
    inside_of_scope,
    judge_found,
    shortcomings,
)
from cetm_geo.model import NOT_REACHED, IndicatorStatus, Layer, Role
from cetm_geo.overlay import Scope
from cetm_geo.pressure import ALL, UnderTitle
from cetm_geo.reaching import WITHIN_KM, features_met
from cetm_geo.workers import in_threads

# Per role: how far features are counted, and what they are called.
_COUNTED: Mapping[Role, tuple[tuple[float, ...], str]] = {
    Role.COMMUNITY_LAND: ((10.0,), "territories"),
    Role.SETTLEMENT: (WITHIN_KM, "settlements"),
}
FOOTPRINTS_KM = 5.0
_AT_ONCE = 256  # sites
_NOT_MEASURED = "measured at a build alone, of the titles of registers"


# --- counted -------------------------------------------------------------------------------------


def counts_within(
    evidence: Evidence, ground: Ground, coverage: Sequence[Columns]
) -> Iterator[Columns]:
    """`community_land_within_10km_count`, `settlement_within_1km_count` and so on: distinct
    features that touch a site or lie within so many km, as columns by `tables.INDICATORS`.

    Args:
        coverage: what scopes answer, as `indicators.coverage_of_scope` gives it.
    """
    notes = {x["scope_id"]: x["note"] for x in coverage if not x["class_id"]}
    for scope in ground.scopes:
        if scope.kind == "role" and scope.role in _COUNTED:
            distances, unit = _COUNTED[scope.role]
            for km in distances:
                yield _count(scope, km, unit, evidence, notes[scope.id])


def _count(scope: Scope, km: float, unit: str, evidence: Evidence, note: Texts) -> Columns:
    inside = reaching(inside_of_scope(scope, evidence), km)
    status = base_status(scope, inside, evidence)
    value = np.full(len(status), np.nan)
    reached = all(x.spec.id in evidence.within for x in scope.readable)
    if scope.readable and reached:
        ring = WITHIN_KM.index(km)
        value = sum((evidence.within[x.spec.id][ring] for x in scope.readable), np.zeros(len(note)))
    judge_found(value, status, inside, scope)
    if not reached:
        status[np.isin(status, _COMPLETE)] = IndicatorStatus.NO_DATA.value
        note = np.array(["; ".join(filter(None, [n, NOT_REACHED])) for n in note], object)
    return {
        "site_id": evidence.site_ids,
        "indicator_id": f"{scope.id}_within_{km:g}km_count",
        "value": value,
        "unit": unit,
        "status": status,
        "note": note,
    }


_COMPLETE = tuple(
    s.value for s in (IndicatorStatus.OK, IndicatorStatus.STALE, IndicatorStatus.GEOMETRY_REPAIRED)
)


def reaching(inside: Inside | None, km: float) -> Inside | None:
    """How far sites lie in an extent, if what lies within so many km of them is asked as well."""
    if inside is None:
        return None
    return replace(inside, wholly=inside.wholly & (inside.edge_km >= km))


# --- mined land ----------------------------------------------------------------------------------


def footprints_outside_titles(
    evidence: Evidence,
    ground: Ground,
    coverage: Sequence[Columns],
    under: Mapping[str, UnderTitle] | None,
) -> list[Columns]:
    """`mine_footprint_outside_titles_5km_km2`: of the footprints within 5 km of a site, those on it
    too, the land that lies under no title, whatever its status.

    Args:
        coverage: what scopes answer. under: the land of the sites by their status, where they are
            the titles of the registers; without it nobody knows.

    Two maps of one mine are never added up: of the layers the one with most of it speaks. Nothing
    where no layer of footprints is loaded.
    """
    scope = next((s for s in ground.scopes if s.id == Role.MINE_FOOTPRINT), None)
    if scope is None:
        return []
    titles = next(s for s in ground.scopes if s.id == Role.CONCESSION)
    inside = reaching(inside_of_scope(scope, evidence), FOOTPRINTS_KM)
    status = base_status(scope, inside, evidence)
    value = np.full(len(status), np.nan)
    if under is not None and scope.readable:
        value = np.max([_outside(x, evidence, under[ALL]) for x in scope.readable], axis=0)
        judge_found(value, status, inside, scope)
    elif under is None:
        status[np.isin(status, _COMPLETE)] = IndicatorStatus.NO_DATA.value
    lacking = [_NOT_MEASURED] if under is None else shortcomings(titles)
    own = next(x["note"] for x in coverage if x["scope_id"] == scope.id and not x["class_id"])
    note = np.array(["; ".join([*filter(None, [n]), *lacking]) or None for n in own], object)
    return [
        {
            "site_id": evidence.site_ids,
            "indicator_id": "mine_footprint_outside_titles_5km_km2",
            "value": value,
            "unit": "km2",
            "status": status,
            "note": note,
        }
    ]


def _outside(layer: Layer, evidence: Evidence, under: UnderTitle) -> Floats:
    """km2 of each site."""
    site, feature = _met_within(layer, evidence, FOOTPRINTS_KM)
    rows, which = np.unique(feature, return_inverse=True)
    free = np.maximum(layer.area_km2[rows] - under.of_features(layer, evidence, rows), 0.0)
    return sums(free[which], site, len(evidence.site_ids))


def _met_within(layer: Layer, evidence: Evidence, km: float) -> tuple[Indices, Indices]:
    """Pairs of a site and a feature within so many km of it."""
    near = np.flatnonzero(evidence.nearest[layer.spec.id][0] <= km)
    outlines = evidence.sites.geometry.to_numpy()

    def met(rows: Indices) -> tuple[Indices, Indices]:
        shape, feature = features_met(rings.reaches(outlines[rows], [km])[0], layer)
        return rows[shape], feature

    parts = [near[i : i + _AT_ONCE] for i in range(0, len(near), _AT_ONCE)]
    found = in_threads(met, parts)
    none = np.empty(0, np.intp)
    return np.concatenate([none, *(s for s, _ in found)]), np.concatenate(
        [none, *(f for _, f in found)]
    )
