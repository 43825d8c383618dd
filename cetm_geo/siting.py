"""What needs water and rasters together: people downstream of sites, and the tailings screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cetm_geo.arrays import Floats, Texts
from cetm_geo.downstream import DISTANCES_KM, VARIANTS, Below
from cetm_geo.evidence import Alive, Evidence, OutOfTime, Runner, Task, measure_sites
from cetm_geo.exposure import people_below
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, coverage_of_scope
from cetm_geo.model import Role
from cetm_geo.scale_indicators import measure_scales
from cetm_geo.tailings import tailings_indicator, tailings_points
from cetm_geo.views import Grouped
from cetm_geo.watersheds import below_of
from cetm_geo.zonal import RasterLayer

PEOPLE_BELOW = "people downstream"
_ASKED = (Role.WATER_BASIN, Role.RIVER)
_SLOPE, _QUAKES, _FLOODS = "slope_p90_deg", "seismic_pga_max_g", "riverine_flood_worst_class"


def siting_indicators(
    evidence: Evidence,
    below: Sequence[Below],
    rasters: Sequence[RasterLayer],
    measured: Sequence[Columns],
) -> list[Columns]:
    """People below sites and the tailings screen, as columns by `tables.INDICATORS`.

    Args:
        below: the places below the sites. measured: what else was measured of them.

    People along the rivers decide, within the shorter distance; of a site without a mapped river
    those in the basins.
    """
    if not rasters:
        return []
    people = list(people_below(evidence, below, rasters))
    slope, quakes, floods = (
        _values(measured, name, evidence.site_ids) for name in (_SLOPE, _QUAKES, _FLOODS)
    )
    names = [f"downstream_{v}_{DISTANCES_KM[0]:g}km_population_count" for v in VARIANTS]
    known = [_values(people, name, evidence.site_ids) for name in names]
    below_it = np.where(np.isnan(known[0]), known[1], known[0])
    points = tailings_points(slope, quakes, floods, below_it)
    return [*people, dict(tailings_indicator(evidence.site_ids, points))]


def _values(measured: Sequence[Columns], name: str, site_ids: Texts) -> Floats:
    """An indicator's values in the order of the sites; not a number where it was not measured."""
    found = next((x for x in measured if x["indicator_id"] == name), None)
    return np.full(len(site_ids), np.nan) if found is None else np.asarray(found["value"])


def siting_of_drawn(
    sites: Any,
    ground: Ground,
    rasters: Sequence[RasterLayer],
    measured: Sequence[Columns],
    alive: Alive | None = None,
    run: Runner | None = None,
) -> list[Columns] | None:
    """The same of sites of which only rasters were asked: their water is measured for this.

    Args:
        measured: what rasters gave. alive: told of each step; raises OutOfTime where the time is
            over: then nothing is said, None.
    """
    tell = alive or (lambda *_: None)
    asked = tuple(x for x in ground.asked if x.spec.role in _ASKED)
    water = replace(ground, asked=asked, grouped=Grouped())
    evidence = measure_sites(sites, Task(water, 0.0, proposals=True), alive=alive, run=run)
    if evidence.missing:
        return None
    try:
        tell(PEOPLE_BELOW, 0, 2)
        answers = [coverage_of_scope(scope, evidence) for scope in water.scopes if scope.layers]
        scales = measure_scales(evidence, water, answers).indicators
        below = below_of(evidence, water)
        tell(PEOPLE_BELOW, 1, 2)
        return siting_indicators(evidence, below, rasters, [*measured, *scales])
    except OutOfTime:
        return None
