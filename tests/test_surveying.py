"""What rasters answer of a site and of the rings round it, with sums a reader does in the head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from numpy.testing import assert_array_equal

from cetm_geo import evidence, rasters, tables
from cetm_geo.evidence import OutOfTime
from cetm_geo.measure import area_km2
from cetm_geo.model import NOT_REACHED, Measure, RasterSpec, Role
from cetm_geo.raster_kinds import POPULATION_RINGS, ring_name
from cetm_geo.screening import screen
from cetm_geo.surveying import RasterLimits, measure_rasters
from cetm_geo.zonal import RasterLayer
from tests import grids, made, toy
from tests.grids import geotiff

# A grid at the equator of cells of 0.005 degrees, 0.557 km across; rows count from the north.
LEFT, TOP, CELL, SIZE = 10.0, 0.55, 0.005, 220
CELL_HA = float(area_km2([shapely.box(10, 0, 10.005, 0.005)])[0]) * 100
PEOPLE = RasterSpec(Measure.COUNT, unit="people")
COVER = RasterSpec(Measure.SHARE, valid_min=0, valid_max=100, threshold=30)
LOSS = RasterSpec(Measure.CLASS, valid_min=0, valid_max=4, years=2000)


def block(row: int, column: int, rows: int = 1, columns: int = 1) -> Any:
    """The outline of whole cells."""
    return shapely.box(
        LEFT + column * CELL, TOP - (row + rows) * CELL, LEFT + (column + columns) * CELL,
        TOP - row * CELL,
    )  # fmt: skip


SITE = block(100, 100, 2, 2)


def raster(
    folder: Path, name: str, role: Role, cells: RasterSpec, filled: dict[Any, float], **more: Any
) -> RasterLayer:
    """A layer of the whole grid: `ground`, or 0, but where `filled` says otherwise."""
    grid = np.full((SIZE, SIZE), 0.0) + more.pop("ground", 0.0)
    for where, value in filled.items():
        grid[where] = value
    geotiff(folder / f"{name}.tif", grid, left=LEFT, top=TOP, cell=CELL, nodata=-9)
    spec = replace(grids.spec(role, cells, f"{name}.tif", id=name), **more)
    return rasters._read(spec, folder, made.ON, None)


def table_of(layers: list[RasterLayer], *shapes: Any, **more: Any) -> pd.DataFrame:
    """The indicators of sites, by indicator and site."""
    survey = measure_rasters(toy.sites(list(shapes)), layers, **more)
    frame = tables.stack(survey.indicators, tables.INDICATORS)
    return pd.DataFrame(frame).set_index(["indicator_id", "site_id"])


def of_first(frame: pd.DataFrame, name: str) -> Any:
    return frame.loc[(name, "titles:f1")]


# --- rings of people -----------------------------------------------------------------------------

# Columns of cells in the site and east of it, 0, 1, 6, 11, 22 and 52 km away: people.
FIGURES = {100: 5, 102: 7, 104: 11, 112: 13, 122: 17, 142: 19, 196: 23}


def test_people_are_counted_inside_and_in_the_ring_they_live_in(tmp_path: Path) -> None:
    homes = {(100, column): people for column, people in FIGURES.items()}
    layer = raster(tmp_path, "people", Role.POPULATION, PEOPLE, homes)
    found = table_of([layer], SITE)
    assert of_first(found, "population_count")["value"] == 5
    rings = [of_first(found, f"population_{ring_name(*r)}_count") for r in POPULATION_RINGS]
    assert [row["value"] for row in rings] == pytest.approx([7, 11, 13, 17, 19], rel=1e-9)
    assert {row["status"] for row in rings} == {"ok"}
    assert of_first(found, "people_ring_0_1_count")["value"] == pytest.approx(7)


def test_a_person_per_square_kilometre_gives_the_ring_its_area(tmp_path: Path) -> None:
    """Of a convex site P round, the ring (a, b] has P (b - a) + pi (b2 - a2) km2 (Steiner)."""
    even = RasterSpec(Measure.DENSITY, unit="people")
    layer = raster(tmp_path, "people", Role.POPULATION, even, {}, ground=1.0)
    found = table_of([layer], SITE)
    site_km2 = float(area_km2([SITE])[0])
    assert of_first(found, "population_count")["value"] == pytest.approx(site_km2, rel=1e-6)
    round_km = 4 * 2 * CELL * np.mean([111.3195, 110.5743])  # km a degree at the equator, E and N
    for a, b in POPULATION_RINGS:
        wanted = round_km * (b - a) + np.pi * (b**2 - a**2)
        value = of_first(found, f"population_{ring_name(a, b)}_count")["value"]
        assert value == pytest.approx(wanted, rel=1e-3)


def test_a_ring_that_leaves_the_raster_says_how_much_of_it_is_reached(tmp_path: Path) -> None:
    edge = block(100, 0, 2, 2)  # of every ring half and more lies west of the grid
    homes = {(100, 0): 5, (100, 2): 7}
    layer = raster(tmp_path, "people", Role.POPULATION, PEOPLE, homes)
    found = table_of([layer], edge)
    assert of_first(found, "population_count")["status"] == "ok"
    near, far = (of_first(found, f"population_{name}_count") for name in ("ring_0_1", "ring_1_5"))
    assert (near["value"], near["status"]) == (pytest.approx(7), "outside_layer_extent")
    assert "the raster reaches" in near["note"]
    assert "of the ring" in near["note"]
    assert np.isnan(far["value"])  # nobody was found, and half of it was not seen
    share = float(near["note"].split("reaches ")[1].split(" %")[0])
    assert 50 < share < 70  # what lies north and south of the site is reached, too


# --- trees ---------------------------------------------------------------------------------------

# Four cells of trees inside, eight in the ring; two cells without trees that were cleared as well.
INSIDE = [(100, 100), (100, 101), (101, 100), (101, 101)]
RING = [(98, 100 + i) for i in range(8)]
BARE = [(102, 100), (102, 101)]


def trees(folder: Path, lost: dict[Any, float], cover: list[Any], **more: Any) -> list[RasterLayer]:
    """Loss first: which of the two is declared first must not matter."""
    return [
        raster(folder, "loss", Role.TREE_LOSS, LOSS, lost),
        raster(folder, "cover", Role.TREE_COVER, COVER, dict.fromkeys(cover, 50.0), **more),
    ]


def test_loss_counts_where_there_were_trees_and_gives_rates_and_their_ratio(tmp_path: Path) -> None:
    lost = {(100, 100): 1, (101, 101): 3, (98, 102): 2, BARE[0]: 4}
    found = table_of(trees(tmp_path, lost, INSIDE + RING), SITE)

    def value(name: str) -> float:
        return float(of_first(found, name)["value"])

    assert value("tree_cover_ha") == pytest.approx(4 * CELL_HA, rel=1e-5)
    assert value("tree_loss_ha") == pytest.approx(2 * CELL_HA, rel=1e-5)
    assert value("tree_loss_ring_0_10_ha") == pytest.approx(CELL_HA, rel=1e-5)
    assert value("tree_loss_rate_share") == pytest.approx(2 / 4 / 4, rel=1e-6)
    assert value("tree_loss_ring_0_10_rate_share") == pytest.approx(1 / 8 / 4, rel=1e-5)
    assert value("tree_loss_ratio_inside_ring") == pytest.approx(4, rel=1e-5)
    assert "of land with 30 % tree cover and more" in of_first(found, "tree_loss_ha")["note"]
    assert "cells with 30 % tree cover and more count" in of_first(found, "tree_cover_ha")["note"]


def test_without_tree_cover_on_its_grid_loss_counts_as_it_is_and_no_rate_is_given(
    tmp_path: Path,
) -> None:
    loss, cover = trees(tmp_path, {BARE[0]: 4}, INSIDE)
    shifted = tmp_path / "cover.tif"
    geotiff(shifted, np.full((SIZE, SIZE), 50.0), left=LEFT + CELL / 2, top=TOP, cell=CELL)
    cover = rasters._read(cover.spec, tmp_path, made.ON, None)
    found = table_of([loss, cover], block(102, 100, 1, 2))
    row = of_first(found, "tree_loss_ha")
    assert row["value"] == pytest.approx(CELL_HA, rel=1e-5)
    assert "whatever the cover was before" in row["note"]
    rate = of_first(found, "tree_loss_rate_share")
    assert (rate["status"], np.isnan(rate["value"])) == ("layer_missing", True)
    assert "no tree cover on the same grid" in rate["note"]


@pytest.mark.parametrize(
    ("site", "lost", "said"),
    [
        (block(180, 100, 2, 2), {RING[0]: 1}, "there was no tree cover"),
        (SITE, {(100, 100): 1}, "the ring lost no tree cover"),
    ],
)
def test_a_ratio_of_nothing_is_not_applicable(
    tmp_path: Path, site: Any, lost: dict[Any, float], said: str
) -> None:
    found = table_of(trees(tmp_path, lost, INSIDE + RING), site)
    row = of_first(found, "tree_loss_ratio_inside_ring")
    assert (row["status"], np.isnan(row["value"])) == ("not_applicable", True)
    assert said in row["note"]
    assert of_first(found, "tree_loss_ha")["status"] == "ok"  # a zero that was earned, or a sum


def test_loss_has_a_row_a_year_and_null_only_where_something_was_not_seen(tmp_path: Path) -> None:
    lost = {(100, 100): 1, (101, 101): 3, (100, 0): 2}
    layers = trees(tmp_path, lost, [*INSIDE, (100, 0)])
    half_off = shapely.box(LEFT - CELL, TOP - 101 * CELL, LEFT + CELL, TOP - 100 * CELL)
    survey = measure_rasters(toy.sites([SITE, half_off]), layers)
    frame = tables.stack(survey.series, tables.SERIES)
    assert set(frame["unit"]) == {"ha"}
    own = frame[frame["indicator_id"] == "tree_loss_ha"].pivot(
        index="site_id", columns="year", values="value"
    )
    assert list(own.columns) == [2001, 2002, 2003, 2004]
    assert own.loc["titles:f1"].tolist() == pytest.approx([CELL_HA, 0, CELL_HA, 0], rel=1e-5)
    assert own.loc["titles:f2"].isna().tolist() == [True, False, True, True]
    assert set(frame["indicator_id"]) == {"loss_ha", "tree_loss_ha"}


# --- land cover, ground --------------------------------------------------------------------------


def test_the_mix_of_land_cover_adds_up_and_names_its_classes(tmp_path: Path) -> None:
    mix = RasterSpec(Measure.CLASS, classes={0: "Bare", 10: "Trees", 40: "Crops"})
    filled = {(100, 100): 10, (100, 101): 10, (101, 100): 40}
    found = table_of([raster(tmp_path, "cover", Role.LAND_COVER, mix, filled)], SITE)
    shares = [of_first(found, f"land_cover_class_{code}_share") for code in (0, 10, 40)]
    assert [row["value"] for row in shares] == pytest.approx([0.25, 0.5, 0.25], rel=1e-5)
    assert [row["value_text"] for row in shares] == ["Bare", "Trees", "Crops"]
    beside = table_of([raster(tmp_path, "cover", Role.LAND_COVER, mix, filled)], block(0, 0))
    assert of_first(beside, "land_cover_class_10_share")["value"] == 0  # everything was seen


def test_a_plane_has_one_slope_everywhere(tmp_path: Path) -> None:
    """Rising 1 in 2 to the east: atan(1/2) = 26.565 degrees, above 25 all over."""
    metres = RasterSpec(Measure.VALUE, unit="m")
    step_m = CELL * 111_319.49 / 2
    layer = raster(tmp_path, "dem", Role.ELEVATION, metres, {}, ground=np.arange(SIZE) * step_m)
    found = table_of([layer], SITE)
    for name in ("slope_mean_deg", "slope_p90_deg"):
        assert of_first(found, name)["value"] == pytest.approx(26.565, abs=0.05)
    assert of_first(found, "slope_above_25_share")["value"] == pytest.approx(1)
    assert of_first(found, "elevation_mean_m")["value"] == pytest.approx(100.5 * step_m, rel=1e-5)


# --- many sites, and what was not reached --------------------------------------------------------


def test_a_site_has_the_same_bits_alone_and_among_others_on_many_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(7)
    layers = [
        raster(tmp_path, "people", Role.POPULATION, PEOPLE, {}, ground=rng.random((SIZE, SIZE))),
        raster(tmp_path, "loss", Role.TREE_LOSS, LOSS, {}, ground=rng.integers(0, 5, (SIZE, SIZE))),
        raster(tmp_path, "cover", Role.TREE_COVER, COVER, {}, ground=50.0),
    ]
    corners = 0.1 + rng.random((40, 2))
    shapes = [
        shapely.Point(LEFT + x, TOP - y).buffer(0.02 + 0.01 * x, quad_segs=3) for x, y in corners
    ]
    alone = pd.concat([table_of(layers, shape) for shape in shapes])
    monkeypatch.setattr(evidence, "_SMALL_PART", 5)
    monkeypatch.setattr(evidence, "PART", 5)
    together = table_of(layers, *shapes)
    names = list(dict.fromkeys(together.index.get_level_values(0)))
    for name in names:
        pd.testing.assert_frame_equal(
            together.loc[name].reset_index(drop=True), alone.loc[name].reset_index(drop=True)
        )
    first = [f"titles:f{i}" for i in range(1, 41)]
    assert_array_equal(together.loc["population_count"].index.to_numpy(object), first)


def test_what_was_not_reached_in_time_says_so_and_is_never_none(tmp_path: Path) -> None:
    layers = [
        raster(tmp_path, "people", Role.POPULATION, PEOPLE, {(100, 100): 5}),
        raster(tmp_path, "heights", Role.ELEVATION, RasterSpec(Measure.VALUE, unit="m"), {}),
    ]
    asked = 0

    def soon_over(*_: Any) -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise OutOfTime

    survey = measure_rasters(toy.sites([SITE]), layers[:1], alive=soon_over)
    assert survey.missing == ("people",)
    found = pd.DataFrame(tables.stack(survey.indicators, tables.INDICATORS)).set_index(
        "indicator_id"
    )
    assert found.loc["population_count", "value"] == 5
    assert found.loc["population_ring_0_1_count", "value"] == 0
    late = found.loc["population_ring_1_5_count"]
    assert (late["status"], late["note"]) == ("layer_missing", NOT_REACHED)
    assert np.isnan(late["value"])
    dear = measure_rasters(toy.sites([SITE]), layers, limits=RasterLimits(50, 100))
    assert set(dear.missing) == {"people"}  # the site has 4 cells, its rings more than 50
    far = measure_rasters(toy.sites([SITE]), layers, limits=RasterLimits(2, 100))
    assert set(far.missing) == {"people", "heights"}


def test_a_site_where_the_file_is_broken_is_missing_and_no_other(tmp_path: Path) -> None:
    grid = {"left": LEFT, "top": TOP, "cell": CELL, "nodata": -9}
    path = geotiff(
        tmp_path / "people.tif", np.ones((SIZE, SIZE)), compress="deflate", blockysize=1, **grid
    )
    with rasterio.open(path) as dataset:
        at = int(dataset.get_tag_item("BLOCK_OFFSET_0_100", "TIFF", bidx=1))
    raw = bytearray(path.read_bytes())
    raw[at : at + 8] = b"\xff" * 8
    path.write_bytes(raw)
    spec = grids.spec(Role.POPULATION, PEOPLE, "people.tif", id="people")
    layer = rasters._read(spec, tmp_path, made.ON, None)
    found = table_of([layer], SITE, block(0, 100)).loc["population_count"]
    assert found["status"].tolist() == ["layer_missing", "ok"]
    assert found["note"].iloc[0] == "the file cannot be read where the site lies"
    assert np.isnan(found["value"].iloc[0])


STATUSES: dict[str, tuple[dict[str, Any], Any, str, float | None]] = {
    "ok": ({}, SITE, "population_count", 5),
    "no_data": ({"ground": -9.0}, block(80, 80), "population_count", None),
    "stale": ({"as_of": "2010", "stale_after_years": 5}, SITE, "population_count", 5),
    "outside_layer_extent": ({}, shapely.box(0, 0, 0.1, 0.1), "population_count", None),
    "geometry_repaired": ({}, SITE, "population_count", 5),
    "layer_missing": ({}, SITE, "population_count", None),
    "not_applicable": ({}, block(180, 100), "tree_loss_rate_share", None),
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_comes_out_of_a_screening(tmp_path: Path, status: str) -> None:
    more, site, name, value = STATUSES[status]
    people = raster(tmp_path, "people", Role.POPULATION, PEOPLE, {(100, 100): 5}, **more)
    if status == "layer_missing":
        (tmp_path / "people.tif").write_text("<!DOCTYPE html>")
        people = rasters._read(people.spec, tmp_path, made.ON, None)
    layers = [people, *trees(tmp_path, {}, INSIDE)]
    sites = toy.sites([site])
    sites["repaired"] = status == "geometry_repaired"
    parks = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0)])
    result = screen(sites, {"parks": parks}, toy.ON, rasters=layers)
    row = result.indicators.set_index("indicator_id").loc[name]
    assert row["status"] == status
    assert row["value"] == value if value is not None else np.isnan(row["value"])
    assert len(result.series) == 2 * 4
