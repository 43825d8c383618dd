"""`screen()`: sites x layers -> Screening. Pure: the batch and the one drawn polygon alike."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from cetm_geo import indicators, measure, overlay, tables, totals
from cetm_geo.assessment import Under, assessed
from cetm_geo.cumulative import measure_cumulative
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.errors import SiteError
from cetm_geo.evidence import Alive, Limits, Runner, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import (
    Layer,
    Progress,
    Role,
    Screening,
    SiteStatus,
)
from cetm_geo.pressure import is_under_pressure, land_under_titles, pressure_table
from cetm_geo.rounding import Rounding
from cetm_geo.scale_indicators import measure_scales
from cetm_geo.siting import siting_indicators
from cetm_geo.surveying import RasterLimits, measure_rasters
from cetm_geo.watersheds import measure_water
from cetm_geo.whereabouts import measure_whereabouts
from cetm_geo.zonal import RasterLayer

MAX_VERTICES = 20_000
# A first answer has a budget (web.service); what is larger than this would only wait for it.
MAX_SPAN_DEGREES = 40.0
MAX_CORNERS_TIMES_DEGREES = 400_000
_MOST_TOLD = 40  # letters of a value that is refused


def screen(
    sites: Any,
    layers: Mapping[str, Layer] | Ground,
    as_of: date,
    progress: Progress | None = None,
    rasters: Sequence[RasterLayer] = (),
    run: Runner | None = None,
    alive: Alive | None = None,
    limits: Limits | None = None,
    under: Under | None = None,
    of_rasters: RasterLimits | None = None,
) -> Screening:
    """Measure sites against layers.

    Args:
        sites: GeoDataFrame by `tables.SITES`, EPSG:4326, valid polygons.
        layers: by id, or as `Ground.of` has made them ready; those that give an indicator answer,
            the others are passed over.
        as_of: the day the screening speaks of. progress: called with (what, done, of how many).
        rasters: raster layers; each adds its indicators.
        run: where parts of the sites are measured; on all cores of this machine, without it.
        alive: told of each step; raises OutOfTime to end with what was measured by then.
        limits, of_rasters: layers, rings and zones of rasters that would cost more are left out.
        under: rules, the user's tables and the country; without it the rules that the project
            carries.

    Returns:
        Screening with overlaps, coverage, indicators, flags and totals for every site, nil
        included.
        What was not reached in time, or was too much, stands in `missing`; of layers every answer
        says so.

    Raises Unbalanced where what a layer covers of a site and leaves of it is not the site.
    """
    sites = sites.reset_index(drop=True)
    ground = layers if isinstance(layers, Ground) else Ground.of(layers, near=sites)
    registers = [x.spec.id for x in ground.asked if x.spec.role == Role.CONCESSION]
    proposals = not sites["layer_id"].isin(registers).any()
    task = Task(ground, _site_error_m(sites, ground), proposals=bool(proposals), limits=limits)

    def tell(done: int, of: int) -> None:
        if progress:
            progress("measuring sites", done, of)

    evidence = measure_sites(sites, task, tell, alive, run)
    ground = ground.without(evidence.missing)
    land_only = replace(task, ground=ground, land_only=True, limits=None)
    groups = land_under_titles(evidence, land_only, run)
    adding = measure_cumulative(evidence, land_only, groups, alive, run)
    coverage, measured = [], [indicators.indicators_of_sites(evidence)]
    summed = [totals.totals_of_sites(evidence, groups)]
    for scope in ground.scopes:
        answer = indicators.coverage_of_scope(scope, evidence)
        coverage.append(answer)
        if scope.kind == "layer":
            coverage += indicators.coverage_of_classes(scope, evidence)
        measured += indicators.indicators_of_scope(scope, answer, evidence)
        measured += adding.indicators(scope, answer["note"])
        if "overlap_km2" in scope.suffixes and scope.role != Role.CONCESSION:
            summed.append(totals.totals_of_scope(scope, answer, evidence, groups))
    measured += measure_whereabouts(evidence, ground, coverage, None if proposals else groups)
    readable = [x for x in ground.asked if not x.failed]
    pairs = [
        overlay.overlaps_table(
            evidence.pairs[x.spec.id], sites, x, evidence.shapes.get(x.spec.id), adding.of_pairs(x)
        )
        for x in readable
        if set(x.spec.measured) != {"nearest_km"}
    ]
    pressed = [
        rows
        for x in readable
        if is_under_pressure(x)
        for rows in pressure_table(x, evidence, groups)
    ]
    surveyed = measure_rasters(sites, rasters, progress, alive, of_rasters)
    measured += surveyed.indicators
    water = measure_water(evidence, ground, None if proposals else groups, run, alive)
    measured += water.indicators
    scaled = measure_scales(evidence, ground, coverage)
    measured += scaled.indicators
    measured += siting_indicators(evidence, water.below, rasters, measured)
    sources = _sources(ground, rasters)
    basis, told = assessed(evidence, ground, coverage, measured, sources, as_of, under or Under())
    judged = basis.assessment()
    found = Screening(
        sites=sites,
        overlaps=tables.stack(pairs, tables.OVERLAPS),
        coverage=tables.stack(coverage, tables.COVERAGE),
        indicators=tables.stack([*measured, *told], tables.INDICATORS),
        totals=tables.stack(summed, tables.TOTALS),
        pressure=tables.stack(pressed, tables.PRESSURE),
        basins=tables.stack(water.basins, tables.BASINS),
        series=tables.stack(surveyed.series, tables.SERIES),
        levels=tables.stack(scaled.levels, tables.LEVELS),
        flags=judged.flags,
        flag_features=judged.flag_features,
        tiers=judged.tiers,
        theme_scores=judged.theme_scores,
        basis=basis,
        sources=sources,
        as_of=as_of,
        missing=tuple(
            sorted(evidence.missing | adding.missing | water.missing | {*surveyed.missing})
        ),
        accounts=asdict(evidence.accounts),
    )
    return Rounding.of(ground).screening(found)


def _sources(ground: Ground, rasters: Sequence[RasterLayer]) -> Any:
    if not rasters:
        return ground.sources
    rows = [x.source for x in ground.layers.values()] + [x.source for x in rasters]
    return tables.build(tables.SOURCES, [dict(row) for row in rows])


def _site_error_m(sites: Any, ground: Ground) -> float:
    """How far the sites' own boundaries may be off: as their registers say."""
    own = set(sites["layer_id"])
    errors = [x.spec.positional_error_m for x in ground.asked if x.spec.id in own]
    return max(errors, default=100.0)


# --- a drawn polygon -----------------------------------------------------------------------------


def proposal(
    geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
) -> Any:
    """A GeoJSON geometry as a one-row `sites` frame, of what it is said to be.

    Raises SiteError with what is wrong and what to do: not a polygon, self-crossing, without area,
    off the map, too many vertices, too large.
    """
    shape = polygon_of_json(geometry)
    if not shapely.is_valid(shape):
        why = shapely.is_valid_reason(shape)
        raise SiteError(
            f"The outline is not a valid polygon: {why}.",
            "Move the corners so that no edges cross.",
        )
    return sites_from_shapes([shape], [name], said)


def polygon_of_json(geometry: Mapping[str, Any]) -> Any:
    """The polygon of a GeoJSON geometry or feature, which may cross itself, within the limits.

    Raises SiteError: not a polygon, unreadable, off the map, too many vertices, too large.
    """
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind == "Feature":
        return polygon_of_json(geometry.get("geometry") or {})
    if kind not in ("Polygon", "MultiPolygon"):
        raise SiteError(
            f"A {kind or 'shape without a type'} cannot be screened.", "Draw a polygon."
        )
    try:
        polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        parts = [
            shapely.Polygon(_ring(rings[0]), [_ring(hole) for hole in rings[1:]])
            for rings in polygons
        ]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise SiteError(
            "The outline's coordinates cannot be read.",
            "Give rings of [longitude, latitude] pairs that end where they begin.",
        ) from error
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    _check_limits(shape)
    return shape


def _ring(points: Any) -> list[tuple[float, float]]:
    """Raises SiteError for what is no ring of numbers; others where it is no list of pairs."""
    if isinstance(points, str):
        raise TypeError("a text is no list of positions")
    ring = [(_degrees(point[0]), _degrees(point[1])) for point in points]
    if len(ring) < 4:
        raise SiteError(
            f"A ring of the outline has {len(ring)} positions.",
            "Give at least four, of which the last is the first.",
        )
    if ring[0] != ring[-1]:
        raise SiteError(
            "A ring of the outline does not end where it begins.", "Close it with its first corner."
        )
    return ring


def _degrees(value: Any) -> float:
    """A number; not a text that looks like one, nor true, which `float` takes as well."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= sys.float_info.max:
        told = repr(value) if isinstance(value, int | float | str | None) else type(value).__name__
        raise SiteError(
            f"{told[:_MOST_TOLD]} in the outline is no number of degrees.",
            "Give longitude, then latitude, in degrees.",
        )
    return float(value)


def _check_limits(shape: Any) -> None:
    count = int(shapely.get_num_coordinates(shape))
    west, south, east, north = shapely.bounds(shape)
    if count == 0 or not np.isfinite([west, south, east, north]).all():
        raise SiteError("The outline has no coordinates.", "Draw at least three corners.")
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise SiteError(
            f"The outline reaches {west:g}, {south:g} to {east:g}, {north:g}: not degrees.",
            "Give longitude, then latitude, in degrees.",
        )
    if count > MAX_VERTICES:
        raise SiteError(f"The outline has {count} corners.", f"Give at most {MAX_VERTICES}.")
    span = max(east - west, north - south)
    if span > MAX_SPAN_DEGREES:
        raise SiteError(
            f"The outline spans {span:.1f} degrees.",
            f"Draw at most {MAX_SPAN_DEGREES:g} degrees across; the command line takes more.",
        )
    if count * span > MAX_CORNERS_TIMES_DEGREES:
        raise SiteError(
            f"The outline has {count} corners over {span:.1f} degrees.",
            f"Give at most {int(MAX_CORNERS_TIMES_DEGREES / span)} corners at this size; "
            "the command line takes more.",
        )


def sites_from_shapes(
    shapes: Iterable[Any], names: Iterable[str], said: Described = NOT_SAID
) -> Any:
    """Valid lon/lat polygons as a `sites` frame of proposals. Raises SiteError for no area.

    said: what all of them are said to be.
    """
    geometry = np.array(list(shapes), object)
    areas = measure.area_km2(geometry)
    if (areas <= 0).any():
        raise SiteError("The outline encloses no land.", "Draw at least three corners.")
    labels = np.array(list(names), object)
    ids = np.array([f"proposal-{i}" for i in range(1, len(labels) + 1)], object)
    minerals = np.fromiter((list(said.minerals) for _ in labels), object, len(labels))
    site: dict[str, Any] = {
        "site_id": ids,
        "group_id": ids,
        "class_id": "",
        "counted": True,
        "feature_id": ids,
        "name": labels,
        "kind": "proposal",
        "minerals": minerals,
        "stage": said.stage,
        "method": said.method,
        "status": SiteStatus.APPLICATION.value,
        "placeholder": False,
        "repaired": False,
        "area_km2": areas,
        "geometry": geometry,
    }
    return tables.stack([site], tables.SITES)
