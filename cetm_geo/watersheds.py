"""sites x networks of basins and rivers -> everything water says of sites, put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cetm_geo.arrays import Indices
from cetm_geo.basin_cover import BasinCover
from cetm_geo.catchments import Catchments, Countries, countries_of
from cetm_geo.downstream import (
    BELOW_ROLES,
    Below,
    Found,
    below_along_rivers,
    below_in_basins,
    found_in,
)
from cetm_geo.evidence import Alive, Evidence, OutOfTime, Runner
from cetm_geo.exposure import exposure_indicators
from cetm_geo.ground import Ground
from cetm_geo.hydrology import Basins
from cetm_geo.indicators import Columns
from cetm_geo.model import Role
from cetm_geo.pressure import UnderTitle, cover_of_basins
from cetm_geo.streams import streams_on_sites
from cetm_geo.water import Answer, answers_of_layer, headwaters, role_answers

DOWNSTREAM = "downstream"
_STEPS = ("the basins", "downstream: the places", "downstream: what lies there")


@dataclass(frozen=True)
class Water:
    """What was measured: columns by `tables.INDICATORS` and `tables.BASINS`, and the places below.

    missing: DOWNSTREAM where the time was over before it was reached.
    """

    indicators: list[Columns] = field(default_factory=list)
    basins: list[Mapping[str, Any]] = field(default_factory=list)
    below: list[Below] = field(default_factory=list)
    missing: frozenset[str] = frozenset()


def measure_water(
    evidence: Evidence,
    ground: Ground,
    groups: Mapping[str, UnderTitle] | None = None,
    run: Runner | None = None,
    alive: Alive | None = None,
) -> Water:
    """What the basins and rivers of a ground say of sites.

    Args:
        groups: the land of the sites by their status, where the sites are the titles of the
            registers; without it the ground's own covers say what titles take of basins.
        run: where places below are measured. alive: as `screening.screen` has it.
    """
    water, tell = Water(), alive or (lambda *_: None)
    try:
        tell(_STEPS[0], 0, len(_STEPS))
        caught = _caught(evidence, ground)
        _of_basins(water, evidence, ground, caught, groups)
        water.indicators.extend(streams_on_sites(evidence, ground))
        tell(_STEPS[1], 1, len(_STEPS))
        below = below_of(evidence, ground, caught)
        tell(_STEPS[2], 2, len(_STEPS))
        found = _found(below, ground, run)
        asked = [s for s in ground.scopes if s.role in BELOW_ROLES]
        water.indicators.extend(exposure_indicators(evidence, below, found, asked))
        water.below.extend(below)
    except OutOfTime:
        return Water(water.indicators, water.basins, water.below, frozenset({DOWNSTREAM}))
    return water


def below_of(
    evidence: Evidence, ground: Ground, caught: Mapping[str, Catchments] | None = None
) -> list[Below]:
    """The places below sites, by basins and along rivers; none where no layer could tell any.

    Args:
        caught: the catchments of the sites, where they are known already.
    """
    caught = _caught(evidence, ground) if caught is None else caught
    of_role: dict[Role, list[Basins]] = {Role.WATER_BASIN: [], Role.RIVER: []}
    for name in ground.networks:
        if name in caught:
            of_role[caught[name].basins.layer.spec.role].append(caught[name].basins)
    finest = sorted(of_role[Role.WATER_BASIN], key=mean_km2)
    out = []
    if any(x.spec.role == Role.WATER_BASIN for x in ground.asked):
        out += below_in_basins(evidence.sites, [caught[b.layer.spec.id] for b in finest])
    if any(x.spec.role == Role.RIVER for x in ground.asked):
        out += below_along_rivers(evidence.sites, of_role[Role.RIVER], evidence)
    return out


def mean_km2(basins: Basins) -> float:
    """Mean size of a layer's basins."""
    return float(basins.land_km2.mean())


def _caught(evidence: Evidence, ground: Ground) -> dict[str, Catchments]:
    return {
        name: Catchments.of(basins, evidence)
        for name, basins in ground.networks.items()
        if name in evidence.pairs
    }


def _of_basins(
    water: Water,
    evidence: Evidence,
    ground: Ground,
    caught: Mapping[str, Catchments],
    groups: Mapping[str, UnderTitle] | None,
) -> None:
    """The indicators of each layer and of the role, and the rows of basins, into `water`."""
    countries = ground.countries
    speaking: list[tuple[Catchments, Sequence[Answer]]] = []
    for layer in ground.asked:
        name, own = layer.spec.id, caught.get(layer.spec.id)
        is_basins = layer.spec.role == Role.WATER_BASIN
        if not is_basins and (own is None or layer.spec.role != Role.RIVER):
            continue
        cover, met = ground.covers.get(name), None
        if own is not None and is_basins:
            rows = np.unique(own.chains[1])
            met = countries_of(own.basins, rows, countries) if countries else None
            if groups is not None:
                cover = cover_of_basins(own.basins, evidence, groups)
                water.basins.extend(_basins_columns(cover, met, rows))
        answers = answers_of_layer(layer, evidence, own, cover, met)
        for answer in answers:
            water.indicators.append(
                answer.columns(f"{name}_{answer.kind.suffix}", evidence.site_ids)
            )
        if own is not None and is_basins:
            speaking.append((own, answers))
    for indicator_id, answer in role_answers(sorted(speaking, key=lambda x: mean_km2(x[0].basins))):
        water.indicators.append(answer.columns(indicator_id, evidence.site_ids))


def _found(below: Sequence[Below], ground: Ground, run: Runner | None) -> list[Found]:
    """What lies in the places of each; places that distances share are measured once."""
    known: dict[int, Found] = {}
    for own in below:
        if id(own.places) not in known:
            known[id(own.places)] = found_in(own.places, ground, run)
    return [known[id(own.places)] for own in below]


def _basins_columns(
    cover: BasinCover, countries: Countries | None, rows: Indices
) -> Iterator[Mapping[str, Any]]:
    """Some basins of a layer as columns by `tables.BASINS`, a part for each group of statuses."""
    basins, network = cover.basins, cover.basins.network
    names = np.full(len(network.ids), None, object)
    names[basins.basin_of_feature[::-1]] = basins.layer.texts("name")[::-1]
    codes = np.full(len(network.ids), None, object)
    if countries is not None:
        for basin, iso3 in zip(countries.basin.tolist(), countries.iso3.tolist(), strict=True):
            codes[basin] = f"{codes[basin]};{iso3}" if codes[basin] else iso3
    upstream = np.where(cover.upstream_km2 > 0, cover.upstream_km2, np.nan)
    for group in cover.covered_km2:
        yield {
            "layer_id": np.full(len(rows), basins.layer.spec.id, object),
            "basin_id": network.ids[rows],
            "name": names[rows],
            "downstream_id": basins.stated_downstream[rows],
            "end": network.end[rows],
            "headwater": headwaters(basins)[rows],
            "basin_km2": basins.land_km2[rows],
            "upstream_km2": upstream[rows],
            "outlet_km": basins.outlet_km[rows],
            "countries": codes[rows],
            "status_group": group,
            "title_count": cover.title_count[group][rows],
            "covered_km2": cover.covered_km2[group][rows],
            "covered_share": cover.share(group)[rows],
            "upstream_covered_km2": cover.upstream_covered_km2[group][rows],
            "upstream_covered_share": cover.upstream_share(group)[rows],
        }
