"""zonal values -> indicators with their statuses, by the rules of `indicators`.

What was found is kept whatever else is unknown; a zero is given only where the raster reaches all
of the land asked about and every cell of it holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Floats, Texts
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import NOT_REACHED, IndicatorStatus, LayerSpec, Measure, RasterSpec, Role
from cetm_geo.raster_kinds import INSIDE, RasterKind, kinds_of, km2_of, wholly_seen, years_of
from cetm_geo.zonal import RasterLayer, Zonal

Columns = dict[str, Any]
# Of n sites, the land that was asked about by its name (`RasterKind.zones`).
Zones = Mapping[str, Zonal]

_SHARES = {
    Role.TREE_COVER: "with {:g} % tree cover",
    Role.SURFACE_WATER: "under water {:g} % of the time",
}
_COMPLETE = tuple(
    s.value for s in (IndicatorStatus.OK, IndicatorStatus.STALE, IndicatorStatus.GEOMETRY_REPAIRED)
)


@dataclass(frozen=True)
class Yearly:
    """One number a year of n sites: suffix, unit, years (k,), values (n, k), null as NaN."""

    suffix: str
    unit: str
    years: range
    values: Floats


def indicators_of_layer(
    layer: RasterLayer, zones: Zones, cover: LayerSpec | None, repaired: Flags
) -> dict[str, Columns]:
    """Columns by `tables.INDICATORS` without ids, by the suffix of the kind.

    Args:
        zones: those that were measured. cover: the layer of tree cover that masks this one.
        repaired: per site, whether its outline had to be repaired.
    """
    judged: dict[tuple[str, ...], tuple[Texts, Texts]] = {}
    out = {}
    for kind in kinds_of(layer.spec):
        why = _unanswered(kind, layer, zones, cover)
        if why or layer.spec.raster is None:
            out[kind.suffix] = _missing(kind, why, len(repaired))
            continue
        asked = [zones[name] for name in kind.zones]
        if kind.zones not in judged:
            judged[kind.zones] = _statuses(layer, asked, repaired), _gaps(kind, asked)
        status, gaps = judged[kind.zones]
        note = _notes(layer, cover, gaps)
        out[kind.suffix] = _columns(kind, layer.spec.raster, asked, status.copy(), note)
    return out


def yearly_of_layer(layer: RasterLayer, zones: Zones) -> Yearly | None:
    """Tree loss in ha, year by year, of a layer that gives it; null where a 0 is not earned."""
    cells = layer.spec.raster
    if layer.spec.role != Role.TREE_LOSS or cells is None or INSIDE not in zones:
        return None
    inside, years = zones[INSIDE], years_of(cells)
    values = np.column_stack([km2_of(inside, code) for code in range(1, len(years) + 1)])
    values[(values == 0) & ~wholly_seen(inside)[:, None]] = np.nan
    return Yearly("ha", "ha", years, values * HA_PER_KM2)


def _unanswered(kind: RasterKind, layer: RasterLayer, zones: Zones, cover: LayerSpec | None) -> str:
    """Why nothing can be said of any site, or ''."""
    if layer.failed:
        return layer.reason or "the file could not be read"
    if kind.masked and cover is None:
        return "no tree cover on the same grid is loaded"
    return "" if all(name in zones for name in kind.zones) else NOT_REACHED


def _missing(kind: RasterKind, why: str, count: int) -> Columns:
    return {
        "value": np.full(count, np.nan),
        "value_text": np.full(count, None, object),
        "unit": kind.unit,
        "status": np.full(count, IndicatorStatus.LAYER_MISSING.value, object),
        "note": np.full(count, why, object),
    }


def _columns(
    kind: RasterKind, cells: RasterSpec, asked: Sequence[Zonal], status: Texts, note: Texts
) -> Columns:
    """Values with what they are worth; status and note are changed in place."""
    with np.errstate(invalid="ignore"):
        value = kind.value(cells, *asked)
        value = np.where(np.all([z.found_km2 > 0 for z in asked], axis=0), value, np.nan)
    if kind.sum:
        value[~np.all([wholly_seen(z) for z in asked], axis=0) & (value == 0)] = np.nan
    value[np.isinf(value)] = np.nan
    for why, void in kind.void(*asked) if kind.void else ():
        status[void], value[void] = IndicatorStatus.NOT_APPLICABLE.value, np.nan
        note[void] = [_joined([why, n]) for n in note[void]]
    status[np.isnan(value) & np.isin(status, _COMPLETE)] = IndicatorStatus.NO_DATA.value
    text = np.full(len(value), None, object)
    if kind.coded:
        text[:] = [None if np.isnan(v) else cells.classes[int(v)] for v in value]
    elif kind.label:
        text[:] = kind.label
    return {"value": value, "value_text": text, "unit": kind.unit, "status": status, "note": note}


def _statuses(layer: RasterLayer, asked: Sequence[Zonal], repaired: Flags) -> Texts:
    """Per site; the first reason that holds of any of the zones."""
    failed = np.any([z.problem != "" for z in asked], axis=0)
    beyond = np.any([z.covered_share < 1 for z in asked], axis=0)
    stale = np.full(len(repaired), bool(layer.source.get("stale")))
    tests = [
        (failed, IndicatorStatus.LAYER_MISSING),
        (beyond, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
        (stale, IndicatorStatus.STALE),
        (repaired, IndicatorStatus.GEOMETRY_REPAIRED),
    ]
    return np.select(
        [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
    ).astype(object)


# --- notes ---------------------------------------------------------------------------------------


def _notes(layer: RasterLayer, cover: LayerSpec | None, gaps: Texts) -> Texts:
    """What each answer lacks, how it was counted, and what the catalogue says of the layer."""
    before, after = list(_age(layer)), [_counted(layer.spec, cover), layer.spec.note]
    common = _joined([*before, *after])
    return np.array([_joined([*before, gap, *after]) if gap else common for gap in gaps], object)


def _joined(parts: Sequence[str | None]) -> str | None:
    return "; ".join(part.rstrip(".") for part in parts if part) or None


def _age(layer: RasterLayer) -> Iterator[str]:
    if layer.source.get("stale"):
        yield f"data as of {layer.spec.as_of}, older than allowed"
    elif not layer.spec.as_of:
        yield "the data's day is not stated"


def _counted(spec: LayerSpec, cover: LayerSpec | None) -> str:
    """Which cells count, where that was a choice."""
    if spec.raster is None:
        return ""
    if spec.role == Role.TREE_LOSS and cover and cover.raster and cover.raster.threshold:
        return f"of land with {cover.raster.threshold:g} % tree cover and more ({cover.label})"
    if spec.role == Role.TREE_LOSS:
        return "whatever the cover was before"
    if spec.raster.measure != Measure.SHARE:
        return ""
    if not spec.raster.threshold:
        return "each cell counts by its per cent"
    return f"cells {_SHARES[spec.role].format(spec.raster.threshold)} and more count"


def _gaps(kind: RasterKind, asked: Sequence[Zonal]) -> Texts:
    """Per site, what is not seen of the zones, '' where all is."""
    texts = [_gaps_of(z, name) for z, name in zip(asked, kind.zones, strict=True)]
    return np.array([_joined(parts) or "" for parts in zip(*texts, strict=True)], object)


def _gaps_of(zonal: Zonal, name: str) -> list[str]:
    what = "the ring" if name.startswith("ring_") else "the site"
    covered, without, out = zonal.covered_share, zonal.nodata_share, [""] * len(zonal.amount)
    told = (covered < 1) | (without > 0) | (zonal.odd > 0) | (zonal.problem != "")
    for i in np.flatnonzero(told).tolist():
        said = []
        if zonal.problem[i]:
            said.append(f"the file cannot be read where {what} lies")
        elif covered[i] == 0:
            said.append(f"the raster does not reach {what}")
        elif covered[i] < 1:
            said.append(f"the raster reaches {100 * covered[i]:.1f} % of {what}")
        if covered[i] > 0 and without[i] > 0:
            said.append(f"{100 * without[i]:.1f} % of that land has no data")
        if zonal.odd[i]:
            said.append(f"{zonal.odd[i]} cells with impossible values count as no data")
        out[i] = "; ".join(said)
    return out
