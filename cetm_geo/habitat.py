"""What kind of nature a site lies in: critical habitat as a desk can tell it, ecoregions, OECMs.

A screen: it never says that there is no critical habitat, only that none is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Texts, sums
from cetm_geo.clips import robust
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import (
    Columns,
    base_status,
    has_rejected,
    inside_of_scope,
    judge_found,
)
from cetm_geo.model import IndicatorStatus, Layer, Publish, Role
from cetm_geo.overlay import SAME, Scope
from cetm_geo.united import SharedLand

LIKELY, POTENTIAL = 2.0, 1.0
# Contact with one of these is likely or potential critical habitat, in the order they are named.
_LIKELY = {
    "key_biodiversity_area_contact": "a key biodiversity area",
    "world_heritage_contact": "a World Heritage site",
    "ramsar_wetland_contact": "a Ramsar wetland",
    "strict_protected_area_contact": "a strictly protected area",
    "managed_habitat_area_contact": "a habitat or species management area",
}
_POTENTIAL = {"intact_forest_contact": "intact forest"}
_ECOREGION, _IMPERILLED = "ecoregion_protection_class", 4.0
# How far an ecoregion is protected: ids of classes in the profile resolve_ecoregions.
PROTECTION: Mapping[str, tuple[float, str]] = {
    "half_protected": (1.0, "half protected"),
    "could_reach_half": (2.0, "nature could reach half protected"),
    "could_recover": (3.0, "nature could recover"),
    "imperiled": (_IMPERILLED, "nature imperilled"),
}
_NOT_SURE = (
    IndicatorStatus.LAYER_MISSING.value,
    IndicatorStatus.OUTSIDE_LAYER_EXTENT.value,
    IndicatorStatus.NO_DATA.value,
)


# --- critical habitat ----------------------------------------------------------------------------


def critical_habitat(site_ids: Texts, measured: Sequence[Columns]) -> Columns:
    """`critical_habitat_screen`: 2 likely, 1 potential, else not known; as text by what.

    After the global critical habitat screening layer (likely, potential, unknown), PLoS ONE 2018.

    Args:
        measured: what else was measured of the sites, contacts and ecoregions among it.
    """
    value, words = np.full(len(site_ids), np.nan), np.full(len(site_ids), "", object)
    by_class = {_ECOREGION: "an ecoregion that is imperilled"}
    for named, worth in ((_LIKELY, LIKELY), ({**_POTENTIAL, **by_class}, POTENTIAL)):
        for name, called in named.items():
            least = _IMPERILLED if name == _ECOREGION else 1.0
            meets = _values(measured, name, site_ids) >= least
            meets &= np.isnan(value) | (value == worth)
            value[meets] = worth
            words[meets] = [f"{w}, {called}" if w else called for w in words[meets]]
    lacking = _unanswered(measured, _LIKELY, len(site_ids))
    status = np.full(len(site_ids), IndicatorStatus.OK.value, object)
    status[np.isnan(value) | ((value < LIKELY) & lacking)] = IndicatorStatus.NO_DATA.value
    kind = np.select([value == LIKELY, value == POTENTIAL], ["likely", "potential"], "unknown")
    text = [f"{k}: {w}" if w else str(k) for k, w in zip(kind, words, strict=True)]
    note = np.full(len(site_ids), "a desk screen: a field study decides", object)
    note[lacking & ~(value == LIKELY)] += "; not all layers that could tell more answer here"
    return {
        "site_id": site_ids,
        "indicator_id": "critical_habitat_screen",
        "value": value,
        "value_text": np.array(text, object),
        "unit": "class",
        "status": status,
        "note": note,
    }


def _values(measured: Sequence[Columns], name: str, site_ids: Texts) -> Floats:
    found = next((x for x in measured if x["indicator_id"] == name), None)
    return np.full(len(site_ids), np.nan) if found is None else np.asarray(found["value"])


def _unanswered(measured: Sequence[Columns], names: Mapping[str, str], count: int) -> Flags:
    """Sites of which one of some indicators is missing or only the least that it may be."""
    status = {x["indicator_id"]: np.asarray(x["status"]) for x in measured}
    out = np.zeros(count, bool)
    for name in names:
        out |= np.isin(status[name], _NOT_SURE) if name in status else True
    return out


# --- ecoregions ----------------------------------------------------------------------------------


def ecoregion_indicators(evidence: Evidence, ground: Ground) -> list[Columns]:
    """`ecoregion_main_share` and `ecoregion_protection_class`: of the ecoregion with most of a
    site, by the first layer that could be read; none where no layer of ecoregions is loaded."""
    scopes = [s for s in ground.scopes if s.role == Role.ECOREGION and s.kind == "layer"]
    if not scopes:
        return []
    scope = next((s for s in scopes if s.readable), scopes[0])
    status = base_status(scope, inside_of_scope(scope, evidence), evidence)
    share, name, rank, word = _main_ecoregion(scope, evidence)
    out = []
    for suffix, unit, value, text in (
        ("main_share", "share", share, name),
        ("protection_class", "class", rank, word),
    ):
        own = status.copy()
        own[np.isnan(value) & ~np.isin(own, _NOT_SURE)] = IndicatorStatus.NO_DATA.value
        indicator_id = f"{Role.ECOREGION}_{suffix}"
        found = {"indicator_id": indicator_id, "value": value, "value_text": text, "unit": unit}
        note = np.full(len(value), f"by {scope.layers[0].spec.label}", object)
        out.append({"site_id": evidence.site_ids, **found, "status": own, "note": note})
    return out


def _main_ecoregion(scope: Scope, evidence: Evidence) -> tuple[Floats, Texts, Floats, Texts]:
    """Share of each site in its main ecoregion, and its name; its protection's rank and word."""
    count = len(evidence.site_ids)
    share, rank = np.full(count, np.nan), np.full(count, np.nan)
    name, word = np.full(count, None, object), np.full(count, None, object)
    for layer in scope.readable:
        pairs, size = evidence.pairs[layer.spec.id], max(len(layer.features), 1)
        pairs = pairs.take(layer.is_counted[pairs.feature_row] & (pairs.overlap_km2 > 0))
        key = pairs.site_row * size + layer.groups[pairs.feature_row]
        keys, first, which = np.unique(key, return_index=True, return_inverse=True)
        km2 = sums(pairs.overlap_km2, which, len(keys))
        order = np.lexsort((keys, -km2, keys // size))
        site, best = np.unique(keys[order] // size, return_index=True)
        row = pairs.feature_row[first[order[best]]]
        share[site] = np.minimum(km2[order[best]] / evidence.site_km2[site], 1.0)
        name[site] = _names(layer)[row]
        of_class = [PROTECTION.get(c, (np.nan, None)) for c in (*layer.class_names, "")]
        rank[site] = np.array([r for r, _ in of_class], np.float64)[layer.class_code[row]]
        word[site] = np.array([w for _, w in of_class], object)[layer.class_code[row]]
    return share, name, rank, word


def _names(layer: Layer) -> Texts:
    if layer.spec.licence.publish == Publish.LOCAL_ONLY:
        return np.full(len(layer.features), layer.spec.label, object)
    named = layer.texts("name")
    return np.array([n if isinstance(n, str) else None for n in named], object)


# --- conserved areas beyond protected ones -------------------------------------------------------


def oecm_beyond_protected(
    evidence: Evidence, ground: Ground, coverage: Sequence[Columns]
) -> Columns:
    """`oecm_beyond_protected_area_km2`: land of a site in an OECM and in no protected area.

    Args:
        coverage: what scopes answer, as `indicators.coverage_of_scope` gives it.

    Where protected areas are not all known, nobody knows what lies beyond them: null.
    """
    oecm, protected = (_role_scope(ground, r) for r in (Role.OECM, Role.PROTECTED_AREA))
    inside = inside_of_scope(oecm, evidence)
    status = base_status(oecm, inside, evidence)
    note = next(x["note"] for x in coverage if x["scope_id"] == oecm.id and not x["class_id"])
    note = note.copy()
    value = np.full(len(status), np.nan)
    if oecm.readable:
        value = evidence.covered[oecm.id].copy()
        judge_found(value, status, inside, oecm)
        meets = value > 0
        lacking = _lacking(protected, evidence)
        known = meets & (lacking == "")
        if known.any():
            value[known] = _beyond(oecm, protected, evidence, known)
        lost = meets & np.isnan(value)
        status[lost] = IndicatorStatus.NO_DATA.value
        unsaid = meets & ~known
        value[unsaid], status[unsaid] = np.nan, lacking[unsaid]
        note[unsaid | lost] = "how much of it lies in protected areas is not known"
    return {
        "site_id": evidence.site_ids,
        "indicator_id": "oecm_beyond_protected_area_km2",
        "value": value,
        "unit": "km2",
        "status": status,
        "note": note,
    }


def _role_scope(ground: Ground, role: Role) -> Scope:
    return next(s for s in ground.scopes if s.id == role)


def _lacking(scope: Scope, evidence: Evidence) -> Texts:
    """Per site the status that says why a scope does not hold all there is; "" where it does."""
    inside = inside_of_scope(scope, evidence)
    status = base_status(scope, inside, evidence)
    out = np.where(np.isin(status, _NOT_SURE), status, "").astype(object)
    if inside is None or has_rejected(scope):
        out[out == ""] = IndicatorStatus.NO_DATA.value
    return out


def _beyond(oecm: Scope, protected: Scope, evidence: Evidence, asked: Flags) -> Floats:
    """km2 of the sites asked; nan where shapes are not known."""
    conserved, parks = evidence.covered[oecm.id], evidence.covered[protected.id]
    both = asked & (parks > 0)
    km2 = np.where(both, np.nan, conserved)
    shapes = [SharedLand.of(s.readable, evidence).united(both) for s in (oecm, protected)]
    found = ~shapely.is_missing(shapes[0]) & ~shapely.is_missing(shapes[1])
    left = measure.area_km2(robust(shapely.difference, shapes[0][found], shapes[1][found]))
    least = np.maximum(conserved - parks, 0.0)
    left[left < SAME * conserved[found]] = 0.0
    km2[found] = np.clip(left, least[found], conserved[found])
    return np.asarray(km2[asked])
