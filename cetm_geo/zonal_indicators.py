"""zonal values -> indicators with their statuses, by the rules of `indicators`.

What was found is kept whatever else is unknown; a zero is given only where the raster reaches all
of the site and every cell of it holds a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cetm_geo.arrays import Floats
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import IndicatorStatus, LayerSpec, Role
from cetm_geo.zonal import RasterLayer, Zonal


@dataclass(frozen=True)
class RasterKind:
    """One measurement of a raster role: `<layer id>_<suffix>`, and `name` for the role itself.

    value: per site; of codes, a code. A `sum` of 0 says that there is none; a mean of 0 does not.
    coded: the value is given as a label, and the code as the value.
    """

    role: Role
    suffix: str
    unit: str
    meaning: str
    value: Callable[[Zonal], Floats]
    name: str
    sum: bool = True
    coded: bool = False


def _amount(zonal: Zonal) -> Floats:
    return zonal.amount


def _amount_ha(zonal: Zonal) -> Floats:
    return zonal.amount * HA_PER_KM2


def _mean(zonal: Zonal) -> Floats:
    """Per km2 that holds a value: a share, or a mean."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return zonal.amount / zonal.found_km2


def _highest(zonal: Zonal) -> Floats:
    return zonal.highest


def _main_code(zonal: Zonal) -> Floats:
    """The code with the most land; of equals the smaller."""
    return np.array([max(sorted(c), key=c.__getitem__) if c else np.nan for c in zonal.codes])


def _main_share(zonal: Zonal) -> Floats:
    most = np.array([max(c.values(), default=np.nan) for c in zonal.codes])
    with np.errstate(invalid="ignore", divide="ignore"):
        return most / zonal.found_km2


KINDS = (
    RasterKind(
        Role.POPULATION,
        "count",
        "people",
        "people of each cell by the part of it that lies in the site",
        _amount,
        "population_count",
    ),
    RasterKind(
        Role.TREE_COVER,
        "ha",
        "ha",
        "land of the cells with tree cover from the layer's threshold on",
        _amount_ha,
        "tree_cover_ha",
    ),
    RasterKind(
        Role.TREE_COVER,
        "share",
        "share",
        "that land as a share of the site's land that has data",
        _mean,
        "tree_cover_share",
    ),
    RasterKind(
        Role.TREE_LOSS,
        "ha",
        "ha",
        "land of the cells that lost their trees in any year, whatever their cover was before",
        _amount_ha,
        "tree_loss_ha",
    ),
    RasterKind(
        Role.LAND_COVER,
        "main_class",
        "class",
        "the class with the most land, as text; its code as the value",
        _main_code,
        "land_cover_main_class",
        sum=False,
        coded=True,
    ),
    RasterKind(
        Role.LAND_COVER,
        "main_share",
        "share",
        "its land as a share of the site's land that has data",
        _main_share,
        "land_cover_main_share",
        sum=False,
    ),
    RasterKind(
        Role.SURFACE_WATER,
        "share",
        "share",
        "land under water as often as the layer's threshold says, of the land that has data",
        _mean,
        "surface_water_share",
    ),
    RasterKind(
        Role.ELEVATION,
        "mean_m",
        "m",
        "mean height, each cell by its true area in the site",
        _mean,
        "elevation_mean_m",
        sum=False,
    ),
    RasterKind(
        Role.SEISMIC_HAZARD,
        "pga_max_g",
        "g",
        "largest peak ground acceleration of the cells the site meets",
        _highest,
        "seismic_pga_max_g",
        sum=False,
    ),
)


def indicators_of_rasters(
    sites: Any, layers: Sequence[RasterLayer], zones: Sequence[Zonal | None]
) -> list[dict[str, Any]]:
    """The measurements of raster layers, each as columns by `tables.INDICATORS`.

    Args:
        zones: of each layer, in order; None where it failed. A role speaks by the first of its
            layers that did not fail: two maps of one thing are never added up.
    """
    out = []
    speaking: dict[Role, int] = {}
    for i, layer in enumerate(layers):
        if layer.spec.role not in speaking or layers[speaking[layer.spec.role]].failed:
            speaking[layer.spec.role] = i
    for i, (layer, zonal) in enumerate(zip(layers, zones, strict=True)):
        status, note = _statuses(layer, zonal, sites)
        for kind in KINDS:
            if kind.role != layer.spec.role:
                continue
            found = _columns(kind, layer.spec, zonal, status, note)
            ids = [f"{layer.spec.id}_{kind.suffix}"]
            ids += [kind.name] * (speaking[kind.role] == i)
            site_id = sites["site_id"].to_numpy(object)
            out += [{"site_id": site_id, "indicator_id": name, **found} for name in ids]
    return out


def _columns(
    kind: RasterKind,
    spec: LayerSpec,
    zonal: Zonal | None,
    status: NDArray[np.object_],
    note: NDArray[np.object_],
) -> dict[str, Any]:
    value, status = np.full(len(status), np.nan), status.copy()
    if zonal is not None:
        found = zonal.found_km2 > 0
        value[found] = kind.value(zonal)[found]
        partly = (zonal.covered_share < 1) | (zonal.nodata_share > 0)
        if kind.sum:
            value[partly & (value == 0)] = np.nan
        unknown = np.isnan(value) & np.isin(status, _COMPLETE)
        status[unknown] = IndicatorStatus.NO_DATA.value
    text = np.full(len(status), None, object)
    if kind.coded and spec.raster:
        labels = spec.raster.classes
        text[:] = [None if np.isnan(v) else labels[int(v)] for v in value]
    return {"value": value, "value_text": text, "unit": kind.unit, "status": status, "note": note}


_COMPLETE = tuple(
    s.value for s in (IndicatorStatus.OK, IndicatorStatus.STALE, IndicatorStatus.GEOMETRY_REPAIRED)
)


def _statuses(
    layer: RasterLayer, zonal: Zonal | None, sites: Any
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Status and note per site; the first reason that holds."""
    count = len(sites)
    if zonal is None:
        missing = np.full(count, IndicatorStatus.LAYER_MISSING.value, object)
        return missing, np.full(count, "the file could not be read", object)
    every = np.ones(count, bool)
    tests = [
        (zonal.problem != "", IndicatorStatus.LAYER_MISSING),
        (zonal.covered_share < 1, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
        (every & bool(layer.source.get("stale")), IndicatorStatus.STALE),
        (sites["repaired"].to_numpy(bool), IndicatorStatus.GEOMETRY_REPAIRED),
    ]
    status = np.select(
        [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
    ).astype(object)
    return status, _notes(layer, zonal)


def _notes(layer: RasterLayer, zonal: Zonal) -> NDArray[np.object_]:
    """What each answer lacks, in words; None where nothing."""
    said = []
    if layer.source.get("stale"):
        said.append(f"data as of {layer.spec.as_of}, older than allowed")
    elif not layer.spec.as_of:
        said.append("the data's day is not stated")
    out = np.full(len(zonal.amount), "; ".join(said) or None, object)
    reached = zonal.covered_share > 0
    told = (zonal.covered_share < 1) | (zonal.nodata_share > 0) | (zonal.odd > 0)
    for i in np.flatnonzero(told | (zonal.problem != "")).tolist():
        own = list(said)
        if zonal.problem[i]:
            own = [*own, str(zonal.problem[i])]
        elif not reached[i]:
            own.append("the raster does not reach the site")
        elif zonal.covered_share[i] < 1:
            own.append(f"the raster reaches {100 * zonal.covered_share[i]:.1f} % of the site")
        if reached[i] and zonal.nodata_share[i] > 0:
            own.append(f"{100 * zonal.nodata_share[i]:.1f} % of that land has no data")
        if zonal.odd[i]:
            own.append(f"{zonal.odd[i]} cells with impossible values count as no data")
        out[i] = "; ".join(own)
    return out
