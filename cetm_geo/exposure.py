"""Places below sites -> what lies there, as indicators: protected and community land, people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cetm_geo import words
from cetm_geo.arrays import Flags, Floats, Indices, Texts, ranges
from cetm_geo.downstream import BELOW_ROLES, Below, Found
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Inside
from cetm_geo.indicators import Columns, base_status, has_rejected, judge_found
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import OVERLAID_ROLES, IndicatorStatus, Layer, Role
from cetm_geo.overlay import Scope
from cetm_geo.zonal import RasterLayer, Zonal, measure_zones

_NAMES = 3


@dataclass(frozen=True)
class ExposureKind:
    """One measurement of what lies below: `downstream_<variant>_<km>km_<suffix>`."""

    suffix: str
    unit: str


KINDS = (
    *(ExposureKind(f"{role.value}_km2", "km2") for role in BELOW_ROLES if role in OVERLAID_ROLES),
    *(
        ExposureKind(
            f"{role.value}_count",
            "features",
        )
        for role in BELOW_ROLES
    ),
    ExposureKind("population_count", "people"),
)


def exposure_indicators(
    sites: Evidence, below: Sequence[Below], found: Sequence[Found], scopes: Sequence[Scope]
) -> Iterator[Columns]:
    """What the layers of BELOW_ROLES hold below each site.

    Args:
        found: what was measured of the places of each `below`. scopes: of these roles; a role
            without a layer is `layer_missing`.
    """
    by_role = {s.role: s for s in scopes if s.kind == "role"}
    for own, of_places in zip(below, found, strict=True):
        for role in BELOW_ROLES:
            scope = by_role.get(role, Scope("role", role.value, (), role))
            yield from _of_role(sites, own, of_places, scope)


def _of_role(sites: Evidence, below: Below, found: Found, scope: Scope) -> Iterator[Columns]:
    inside = _inside(below, found, scope)
    status = base_status(scope, inside, sites)
    note = _notes(below, scope, inside)
    count, names = _features(below, found, scope)
    wanted: list[tuple[str, str, Floats, Texts | None]] = []
    if scope.role in OVERLAID_ROLES:
        wanted.append((f"{scope.id}_km2", "km2", _land(below, found, scope), None))
    wanted.append((f"{scope.id}_count", "features", count, names))
    for suffix, unit, value, text in wanted:
        own, own_status = value.copy(), status.copy()
        judge_found(own, own_status, inside, scope)
        yield _columns(sites, below, suffix, unit, own, own_status, note, text)


def _columns(
    sites: Evidence,
    below: Below,
    suffix: str,
    unit: str,
    value: Floats,
    status: Texts,
    note: Texts,
    text: Texts | None,
) -> Columns:
    """Nothing is said of sites of which nobody knows what lies below."""
    known = below.is_known
    value[~known], status[~known] = np.nan, IndicatorStatus.NO_DATA.value
    told, why = np.full(len(value), None, object), below.why_none.copy()
    why[known] = note[known]
    if text is not None:
        told[known] = text[known]
    return {
        "site_id": sites.site_ids,
        "indicator_id": f"{below.name}_{suffix}",
        "value": value,
        "value_text": told,
        "unit": unit,
        "status": status,
        "note": why,
    }


def _inside(below: Below, found: Found, scope: Scope) -> Inside | None:
    """How far the places of each site lie where the layers are complete; the least of them."""
    of_layers = [found.inside[x.spec.id] for x in scope.readable]
    known = [x for x in of_layers if x is not None]
    if not known or len(known) < len(of_layers):
        return None
    km2 = below.summed(below.places.km2)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [below.summed(x.share * below.places.km2) / km2 for x in known]
    wholly = np.ones(len(km2), bool)
    for x in known:
        wholly &= below.summed((~x.wholly).astype(np.float64)) == 0
    return Inside(np.min(shares, axis=0), wholly, np.full(len(km2), np.inf))


def _notes(below: Below, scope: Scope, inside: Inside | None) -> Texts:
    said = []
    if not scope.layers:
        said = ["no layer of this role is loaded"]
    elif any(layer.failed for layer in scope.layers):
        said = ["a layer of this role could not be read"]
    elif inside is None:
        said = ["where the data are complete is not stated"]
    elif has_rejected(scope):
        said = ["some rows of the data could not be used"]
    out = np.array(["; ".join(filter(None, [n, *said])) or None for n in below.note], object)
    if inside is not None:
        for i in np.flatnonzero(~inside.wholly & below.is_known):
            part = f"the data cover {100 * inside.share[i]:.1f} % of the land below"
            out[i] = "; ".join(filter(None, [out[i], part]))
    return out


def _land(below: Below, found: Found, scope: Scope) -> Floats:
    if not scope.readable:
        return np.full(len(below.why_none), np.nan)
    return below.summed(found.evidence.covered[scope.role.value])


def _features(below: Below, found: Found, scope: Scope) -> tuple[Floats, Texts]:
    """Distinct features below each site, and the names of those with the most land there."""
    count = np.zeros(len(below.why_none))
    names: list[list[str]] = [[] for _ in count]
    if not scope.readable:
        return np.full(len(count), np.nan), np.full(len(count), None, object)
    for layer in scope.readable:
        site, feature = _distinct(below, found.evidence, layer)
        count += np.bincount(site, minlength=len(count))
        called = layer.texts("name")[feature]
        for row, name in zip(site.tolist(), called.tolist(), strict=True):
            if isinstance(name, str):
                names[row].append(name)
    text = [words.listed(list(dict.fromkeys(n)), _NAMES) or None for n in names]
    return count, np.array(text, object)


def _distinct(below: Below, found: Evidence, layer: Layer) -> tuple[Indices, Indices]:
    """Site and a feature of each group of features below it, those with most land there first."""
    pairs = found.pairs[layer.spec.id]
    pairs = pairs.take(layer.is_counted[pairs.feature_row])
    first = np.searchsorted(pairs.site_row, np.arange(len(below.places.frame) + 1))
    row, at = ranges(first[below.place], np.diff(first)[below.place])
    site, feature = below.site_row[row], pairs.feature_row[at]
    size = max(int(layer.groups.max(initial=0)) + 1, 1)
    keys, which = np.unique(site * size + layer.groups[feature], return_inverse=True)
    place = layer.area_km2[feature] <= 0
    km2 = np.bincount(which, np.where(place, np.inf, pairs.overlap_km2[at]), len(keys))
    some = np.zeros(len(keys), np.intp)
    some[which] = feature
    kept = np.flatnonzero(km2 > COUNTED_KM2)
    kept = kept[np.lexsort((some[kept], -km2[kept], keys[kept] // size))]
    return keys[kept] // size, some[kept]


# --- people --------------------------------------------------------------------------------------


def people_below(
    sites: Evidence, below: Sequence[Below], rasters: Sequence[RasterLayer]
) -> Iterator[Columns]:
    """People below each site, by the first population raster that could be opened."""
    layers = [x for x in rasters if x.spec.role == Role.POPULATION]
    speaking = next((x for x in layers if not x.failed), None)
    measured: dict[int, Zonal] = {}
    for own in below:
        if speaking is None or speaking.raster is None or speaking.spec.raster is None:
            yield _no_people(sites, own, "the file could not be read" if layers else "")
            continue
        key = id(own.places)
        if key not in measured:
            measured[key] = measure_zones(own.places.shapes, speaking.raster, speaking.spec.raster)
        yield _people(sites, own, speaking, measured[key])


def _no_people(sites: Evidence, below: Below, why: str) -> Columns:
    count = len(sites.site_ids)
    missing = np.full(count, IndicatorStatus.LAYER_MISSING.value, object)
    note = np.full(count, why or "no layer of this role is loaded", object)
    nothing = np.full(count, np.nan)
    return _columns(sites, below, "population_count", "people", nothing, missing, note, None)


def _people(sites: Evidence, below: Below, layer: RasterLayer, zonal: Zonal) -> Columns:
    broken = below.summed((zonal.problem != "").astype(np.float64)) > 0
    value = below.summed(zonal.amount)
    with np.errstate(invalid="ignore", divide="ignore"):
        reached = below.summed(zonal.held_cells) / below.summed(zonal.plane_cells)
        nodata = 1 - below.summed(zonal.found_km2) / below.summed(zonal.held_km2)
    partly = _is_partly(below, zonal)
    value[broken | ((partly | (nodata > _ROUNDING)) & (value == 0))] = np.nan
    tests = [
        (broken, IndicatorStatus.LAYER_MISSING),
        (partly, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
        (np.isnan(value), IndicatorStatus.NO_DATA),
        (np.full(len(value), bool(layer.source.get("stale"))), IndicatorStatus.STALE),
        (sites.repaired, IndicatorStatus.GEOMETRY_REPAIRED),
    ]
    status = np.select(
        [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
    ).astype(object)
    note = below.note.copy()
    for i in np.flatnonzero(below.is_known):
        said = [note[i], f"people by {layer.spec.label}"]
        if partly[i]:
            said.append(f"the raster reaches {100 * reached[i]:.1f} % of the land below")
        if nodata[i] > _ROUNDING:
            said.append(f"{100 * nodata[i]:.1f} % of that land has no data")
        note[i] = "; ".join(filter(None, said))
    return _columns(sites, below, "population_count", "people", value, status, note, None)


_ROUNDING = 1e-6


def _is_partly(below: Below, zonal: Zonal) -> Flags:
    """Sites with a place that the raster does not reach all of."""
    return np.asarray(below.summed((zonal.covered_share < 1).astype(np.float64)) > 0)
