"""The engines on the sample country, against sums that its generator made cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import kept_rasters, store
from cetm_geo.catchments import basin_shapes
from cetm_geo.ground import Ground
from cetm_geo.hydrology import Basins
from cetm_geo.model import LinkEnd
from cetm_geo.screening import sites_from_shapes
from cetm_geo.surveying import measure_rasters
from cetm_geo.zonal import RasterLayer, Zonal, measure_zones

TRUTH = Path(__file__).resolve().parents[1] / "sample_data" / "truth"
LEVELS = {"sub_basins": "basins.csv", "river_basins": "basins_level_06.csv"}
YEARS = range(2001, 2025)


def truth(file: str) -> pd.DataFrame:
    return pd.read_csv(TRUTH / file, dtype={"HYBAS_ID": str, "NEXT_DOWN": str})


@pytest.fixture(scope="module")
def networks(sample_store: Path) -> Mapping[str, Basins]:
    return Ground.of(store.read_layers(store.open_store(sample_store))).networks


@pytest.fixture(scope="module")
def rasters(sample_store: Path) -> Mapping[str, RasterLayer]:
    layers = kept_rasters.rasters_of(store.open_store(sample_store)).layers()
    return {layer.spec.id: layer for layer in layers}


def zones(shapes: Any, layer: RasterLayer) -> Zonal:
    assert layer.raster is not None
    assert layer.spec.raster is not None
    return measure_zones(shapes, layer.raster, layer.spec.raster)


@pytest.mark.parametrize("layer", LEVELS)
def test_basins_drain_and_add_up_as_the_generator_made_them(
    layer: str, networks: Mapping[str, Basins]
) -> None:
    basins, known = networks[layer], truth(LEVELS[layer]).set_index("HYBAS_ID")
    known = known.loc[basins.network.ids]
    assert basins.land_km2 == pytest.approx(known["area_km2"].to_numpy(), rel=1e-9)
    upstream = basins.network.upstream_sums(known["area_km2"].to_numpy())
    assert upstream == pytest.approx(known["up_area_km2"].to_numpy(), rel=1e-9)
    people = basins.network.upstream_sums(known["people"].to_numpy(np.float64))
    assert (people == known["up_people"]).all()
    ends = basins.network.end[basins.network.last]
    assert (ends == known["end"].to_numpy(object)).all()
    assert set(ends) == {LinkEnd.OUTLET.value, LinkEnd.SINK.value}
    for i, chain in enumerate(known["chain"]):
        assert basins.network.ids[basins.network.chain(i)].tolist() == chain.split()


@pytest.mark.parametrize("layer", LEVELS)
def test_people_of_basins_are_counted_exactly(
    layer: str, networks: Mapping[str, Basins], rasters: Mapping[str, RasterLayer]
) -> None:
    basins, known = networks[layer], truth(LEVELS[layer]).set_index("HYBAS_ID")
    shapes = basin_shapes(basins, np.arange(len(basins.network.ids)))
    found = zones(shapes, rasters["people_2025"])
    expected = known.loc[basins.network.ids, "people"].to_numpy()
    assert (np.rint(found.amount) == expected).all()
    assert np.abs(found.amount - expected).max() < 1e-5
    assert (found.covered_share == 1).all()


def test_removing_one_link_changes_exactly_what_lies_above_it(
    networks: Mapping[str, Basins],
) -> None:
    basins = networks["sub_basins"]
    network = basins.network
    km2 = basins.land_km2
    whole = network.upstream_sums(km2)
    linked = np.flatnonzero(network.downstream >= 0)
    for cut in linked[:: max(len(linked) // 12, 1)]:
        downstream, end = network.downstream.copy(), network.end.copy()
        downstream[cut], end[cut] = -1, LinkEnd.NOT_STATED.value
        other = replace(network, downstream=downstream, end=end)
        below = network.chain(int(cut))[1:]
        above = np.sort(network.above(int(cut)))
        changed = other.upstream_sums(km2) != whole
        assert (np.flatnonzero(changed) == np.sort(below)).all()
        left = whole[below] - other.upstream_sums(km2)[below]
        assert left == pytest.approx(np.full(len(below), whole[cut]), rel=1e-9)
        moved = [i for i in range(len(km2)) if network.chain(i).tolist() != other.chain(i).tolist()]
        assert moved == above.tolist()


# truth column -> indicator of the sample's layers, and how many of the one are one of the other
MEASURED = {
    "people": ("people_2025_count", 1.0),
    "tree_cover_ha": ("tree_cover_2000_ha", 1.0),
    "loss_of_cover_ha": ("tree_loss_2024_ha", 1.0),
    "elevation_mean_m": ("elevation_model_mean_m", 1.0),
    "slope_mean_deg": ("elevation_model_slope_mean_deg", 1.0),
    "slope_above_25_share": ("elevation_model_slope_above_25_share", 1.0),
}


@pytest.fixture(scope="module")
def blocks(rasters: Mapping[str, RasterLayer]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Truth of the blocks, and the indicators and series of their outlines."""
    known = truth("blocks.csv")
    sites = sites_from_shapes(
        shapely.box(*known[["west", "south", "east", "north"]].to_numpy().T), known.index.map(str)
    )
    survey = measure_rasters(sites, list(rasters.values()))
    rows = pd.concat([pd.DataFrame(dict(c)) for c in survey.indicators], ignore_index=True)
    series = pd.concat([pd.DataFrame(dict(c)) for c in survey.series], ignore_index=True)
    return known, rows, series


@pytest.mark.parametrize("column", MEASURED)
def test_blocks_along_the_cells_are_measured_to_1e_9(
    column: str, blocks: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
) -> None:
    known, rows, _ = blocks
    name, times = MEASURED[column]
    found = rows[rows["indicator_id"] == name]
    assert (found["status"] == "ok").all()
    tolerance = {"rel": 1e-9, "abs": 1e-9}
    if column.startswith("slope"):
        tolerance = {"rel": 1e-6, "abs": 1e-6}
    assert found["value"].to_numpy() == pytest.approx(known[column].to_numpy() * times, **tolerance)


def test_the_loss_of_every_year_is_that_of_the_generator(
    blocks: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    known, _, series = blocks
    own = series[series["indicator_id"] == "tree_loss_2024_ha"]
    for year in YEARS:
        found = own.loc[own["year"] == year, "value"].to_numpy()
        expected = known[f"loss_of_cover_{year}_ha"].to_numpy()
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_mix_of_land_cover_is_that_of_the_generator(
    blocks: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    known, rows, _ = blocks
    for column in [c for c in known if c.startswith("cover_")]:
        code = column.split("_")[1]
        found = rows[rows["indicator_id"] == f"land_cover_2021_class_{code}_share"]
        expected = (known[column] / known["area_km2"]).to_numpy()
        assert found["value"].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)
