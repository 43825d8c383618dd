"""rasters x sites -> what they answer: layer by layer, part by part of the sites, on all cores.

A part is sites that lie near each other; nothing of a site depends on the others of its part, so
that one drawn polygon and a batch on many threads give the same bits. Rings are read as far as a
role's questions go and no further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, rings
from cetm_geo.arrays import Geometries, Indices
from cetm_geo.errors import LayerError
from cetm_geo.evidence import Alive, OutOfTime, parts_of
from cetm_geo.model import LayerSpec, Role
from cetm_geo.overlay import RINGS_KM
from cetm_geo.raster_kinds import GROUND, INSIDE, LOSS_RING_KM, kinds_of, ring_name
from cetm_geo.readers.rasters import Raster
from cetm_geo.slope import SLOPES, Slope
from cetm_geo.workers import in_threads
from cetm_geo.zonal import Mask, RasterLayer, Zonal, measure_zones
from cetm_geo.zonal_indicators import Columns, Yearly, indicators_of_layer, yearly_of_layer

RADII_KM: Mapping[Role, tuple[float, ...]] = {
    Role.POPULATION: RINGS_KM,
    Role.TREE_LOSS: (LOSS_RING_KM,),
}
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RasterLimits:
    """What one answer may cost: cells of one raster that are read at once for a zone of one site;
    corners of a site round which rings are drawn."""

    cells: int
    ring_corners: int


@dataclass(frozen=True)
class Survey:
    """What rasters answer: parts by `tables.INDICATORS` and by `tables.SERIES`.

    missing: ids of layers that were not measured in full in the time given.
    """

    indicators: list[Columns] = field(default_factory=list)
    series: list[Columns] = field(default_factory=list)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """Of one part of the sites and one layer: columns by suffix, and whether all was measured."""

    columns: Mapping[str, Columns]
    yearly: Yearly | None
    whole: bool


def measure_rasters(
    sites: Any,
    layers: Sequence[RasterLayer],
    tell: Tell | None = None,
    alive: Alive | None = None,
    limits: RasterLimits | None = None,
) -> Survey:
    """What raster layers answer for sites, each layer under its own id and one for each role.

    Args:
        tell: called with (layer label, done, of). alive: told of each step, may raise OutOfTime to
            end with what was measured by then. limits: zones that would cost more are left out.

    A role speaks by the first of its layers that did not fail: two maps of one thing are never
    added up. What was left out says so.
    """
    parts = parts_of(sites)
    covers = [_cover_of(layer, layers) for layer in layers]
    jobs = [(i, rows) for i in range(len(layers)) for rows in parts]
    done = 0

    def work(job: tuple[int, Indices]) -> _Found:
        nonlocal done
        i, rows = job
        say = partial(alive or _silent, layers[i].spec.label, done, len(jobs))
        found = _measured(sites.iloc[rows], layers[i], covers[i], say, limits)
        done += 1
        if tell:
            tell(layers[i].spec.label, done, len(jobs))
        return found

    each = in_threads(work, jobs)
    count = len(parts)
    whole = [_joined(each[i * count : (i + 1) * count], parts) for i in range(len(layers))]
    return _survey(sites["site_id"].to_numpy(object), layers, whole)


def _silent(*_: Any) -> None:
    pass


# --- one layer, one part -------------------------------------------------------------------------


def _cover_of(loss: RasterLayer, layers: Sequence[RasterLayer]) -> RasterLayer | None:
    """The tree cover that says which cells of a loss raster had trees: the first on its grid."""
    if loss.spec.role != Role.TREE_LOSS:
        return None
    covers = [x for x in layers if x.spec.role == Role.TREE_COVER and _masks(x, loss)]
    return covers[0] if covers else None


def _masks(cover: RasterLayer, loss: RasterLayer) -> bool:
    """True if cells of the one can be told from cells of the other."""
    mask, cells = _mask(cover), loss.spec.raster
    if mask is None or mask.cells.threshold is None or loss.raster is None or cells is None:
        return False
    try:
        measure_zones(np.empty(0, object), loss.raster, cells, mask)
    except LayerError:
        return False
    return True


def _measured(
    sites: Any,
    layer: RasterLayer,
    cover: RasterLayer | None,
    alive: Callable[[], None],
    limits: RasterLimits | None,
) -> _Found:
    zones: dict[str, Zonal] = {}
    if layer.raster is not None and layer.spec.raster is not None:
        shapes = sites.geometry.to_numpy()
        with suppress(OutOfTime):
            _measure(shapes, layer.raster, layer.spec, cover, alive, limits, zones)
    repaired = sites["repaired"].to_numpy(bool)
    mask = cover.spec if cover else None
    columns = indicators_of_layer(layer, zones, mask, repaired)
    asked = {name for kind in kinds_of(layer.spec) for name in kind.zones}
    return _Found(columns, yearly_of_layer(layer, zones), layer.failed or asked <= zones.keys())


def _measure(
    shapes: Geometries,
    raster: Raster,
    spec: LayerSpec,
    cover: RasterLayer | None,
    alive: Callable[[], None],
    limits: RasterLimits | None,
    zones: dict[str, Zonal],
) -> None:
    """Fills `zones` one by one; those that would be too much are left out."""
    cells = spec.raster
    assert cells is not None
    mask = _mask(cover)
    if _is_too_much(shapes, raster, limits):
        return
    alive()
    zones[INSIDE] = within = measure_zones(shapes, raster, cells, mask)
    if spec.role == Role.ELEVATION:
        alive()
        zones[GROUND] = measure_zones(shapes, Slope(raster, cells), SLOPES)
    radii = RADII_KM.get(spec.role, ())
    if not radii or _has_too_many_corners(shapes, limits):
        return
    inner = 0.0
    for outer, reached in zip(radii, rings.reaches(shapes, radii), strict=True):
        if _is_too_much(reached, raster, limits):
            return
        alive()
        reach = measure_zones(reached, raster, cells, mask)
        zones[ring_name(inner, outer)] = reach.less(within)
        inner, within = outer, reach


def _mask(cover: RasterLayer | None) -> Mask | None:
    if cover is None or cover.raster is None or cover.spec.raster is None:
        return None
    return Mask(cover.raster, cover.spec.raster)


def _is_too_much(shapes: Geometries, raster: Raster, limits: RasterLimits | None) -> bool:
    """True where the box of some shape has more cells than one answer may cost."""
    if limits is None:
        return False
    west, south, east, north = shapely.bounds(measure.from_lonlat(shapes, raster.crs)).T
    boxes = (east - west) / raster.cell_x * (north - south) / raster.cell_y
    return bool(np.nanmax(boxes, initial=0.0) > limits.cells)


def _has_too_many_corners(shapes: Geometries, limits: RasterLimits | None) -> bool:
    corners = int(shapely.get_num_coordinates(shapes).max(initial=0))
    return limits is not None and corners > limits.ring_corners


# --- all parts, all layers -----------------------------------------------------------------------


def _joined(found: Sequence[_Found], parts: Sequence[Indices]) -> _Found:
    """The answers of parts as those of all sites, in their order."""
    if len(found) == 1:
        return found[0]
    back = np.argsort(np.concatenate(parts), kind="stable")
    first = found[0]

    def stacked(suffix: str, name: str) -> Any:
        if not isinstance(first.columns[suffix][name], np.ndarray):
            return first.columns[suffix][name]
        return np.concatenate([f.columns[suffix][name] for f in found])[back]

    columns = {s: {name: stacked(s, name) for name in first.columns[s]} for s in first.columns}
    yearly = None
    if first.yearly is not None:
        values = [f.yearly.values for f in found if f.yearly is not None]
        yearly = replace(first.yearly, values=np.concatenate(values)[back])
    return _Found(columns, yearly, all(f.whole for f in found))


def _survey(site_ids: Any, layers: Sequence[RasterLayer], found: Sequence[_Found]) -> Survey:
    speaking: dict[Role, int] = {}
    for i, layer in enumerate(layers):
        if layer.spec.role not in speaking or layers[speaking[layer.spec.role]].failed:
            speaking[layer.spec.role] = i
    out = Survey(
        missing=tuple(x.spec.id for x, f in zip(layers, found, strict=True) if not f.whole)
    )
    for i, (layer, of_layer) in enumerate(zip(layers, found, strict=True)):
        for kind in kinds_of(layer.spec):
            names = [f"{layer.spec.id}_{kind.suffix}"]
            names += [kind.name] * (speaking[layer.spec.role] == i)
            for name in names:
                columns = of_layer.columns[kind.suffix]
                out.indicators.append({"site_id": site_ids, "indicator_id": name, **columns})
            if of_layer.yearly and of_layer.yearly.suffix == kind.suffix:
                out.series.extend(_series(site_ids, name, of_layer.yearly) for name in names)
    return out


def _series(site_ids: Any, indicator_id: str, yearly: Yearly) -> Columns:
    """One row a site and year, site by site."""
    count, years = yearly.values.shape
    return {
        "site_id": np.repeat(site_ids, years),
        "indicator_id": indicator_id,
        "year": np.tile(np.asarray(yearly.years, np.int64), count),
        "value": yearly.values.ravel(),
        "unit": yearly.unit,
    }
