"""The sample country's ground, water and rasters, by arithmetic of this file's own.

Nothing of cetm_geo is used: other tests hold its engines against the tables of sample_data/truth,
and these tables are held here against the files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from rasterio.features import rasterize

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"
GEOD = pyproj.Geod(ellps="WGS84")
# Column, row (downwards): east, then clockwise; of equally steep ways the first is taken.
D8 = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
LEVELS = {8: "basins", 6: "basins_level_06"}
OUTLETS, SINKS = 9, 1
PUBLISHED_KM2 = 0.05  # an area is published to 0.1 km2
LAND = (
    "cover/land_cover_2021.tif",
    "forest/lossyear.tif",
    "water/occurrence_XKV.tif",
    "people/xkv_ppp_2025.tif",
    "terrain/elevation.tif",
)


@cache
def basins(level: int) -> gpd.GeoDataFrame:
    return gpd.read_parquet(SAMPLE / f"water/{LEVELS[level]}.parquet").set_index("HYBAS_ID")


@cache
def rivers() -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(SAMPLE / "water/rivers.geojson").set_index("HYRIV_ID")


@cache
def truth(name: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLE / f"truth/{name}.csv")


@cache
def raster(name: str) -> tuple[Any, Any]:
    """The cells of a raster, rows from the north, and its transform."""
    with rasterio.open(SAMPLE / name) as file:
        return file.read(1), file.transform


@cache
def tree_cover() -> tuple[Any, Any]:
    """The four tiles of tree cover put together."""
    tiles = [
        [raster(f"forest/treecover2000/treecover2000_{row}_{column}.tif") for column in "12"]
        for row in "12"
    ]
    return np.block([[cells for cells, _ in row] for row in tiles]), tiles[0][0][1]


@cache
def row_km2(shape: tuple[int, int], grid: Any) -> Any:
    """Areas of the cells of each row: the surface element of the ellipsoid, integrated."""
    a, e2 = GEOD.a, GEOD.es
    nodes, weights = np.polynomial.legendre.leggauss(6)
    lat = np.radians(np.round(grid.f + grid.e * np.arange(shape[0] + 1), 6))
    middle, half = (lat[:-1] + lat[1:]) / 2, (lat[:-1] - lat[1:]) / 2
    phi = middle[:, None] + half[:, None] * nodes
    element = a * a * (1 - e2) * np.cos(phi) / (1 - e2 * np.sin(phi) ** 2) ** 2
    return (element * weights).sum(axis=1) * half * np.radians(grid.a) / 1e6


@cache
def labels(level: int, name: str) -> Any:
    """Of each cell of a raster the place of its basin in the table, from 1; 0 for none."""
    cells, grid = raster(name)
    shapes = zip(basins(level).geometry, range(1, len(basins(level)) + 1), strict=True)
    return rasterize(shapes, cells.shape, transform=grid, dtype="int32")


def chain(next_down: dict[int, int], start: int) -> list[int]:
    """An id and all that it drains to."""
    way = [start]
    while next_down[way[-1]]:
        way.append(next_down[way[-1]])
        assert len(way) <= len(next_down), "water runs in a circle"
    return way


def sums_upstream(next_down: dict[int, int], values: dict[int, Any]) -> dict[int, Any]:
    """Each value with those of all that drains to it."""
    total = dict.fromkeys(next_down, 0)
    for start, value in values.items():
        for each in chain(next_down, start):
            total[each] += value
    return total


# --- the ground ------------------------------------------------------------------------------


@cache
def routed() -> tuple[list[int], list[int]]:
    """The elevation model routed once more, one cell after the other.

    The cell that each cell drains to (-1 at sea and where no neighbour is lower), and the cells of
    land from the highest down.
    """
    cells, grid = raster("terrain/elevation.tif")
    high, wide = cells.shape
    height = cells.ravel().tolist()
    sea = (cells == -9999).ravel().tolist()
    lat = grid.f + grid.e * (np.arange(high) + 0.5)
    east = [GEOD.line_length([0, grid.a], [y, y]) for y in lat]
    north = [GEOD.line_length([0, 0], [y - grid.a / 2, y + grid.a / 2]) for y in lat]
    receiver = [-1] * len(height)
    for row in range(1, high - 1):
        runs = [(dx * dx * east[row] ** 2 + dy * dy * north[row] ** 2) ** 0.5 for dx, dy in D8]
        ways = [(dy * wide + dx, run) for (dx, dy), run in zip(D8, runs, strict=True)]
        for here in range(row * wide + 1, (row + 1) * wide - 1):
            if sea[here]:
                continue
            steepest = 0.0
            for step, run in ways:
                below = 0.0 if sea[here + step] else height[here + step]
                fall = (height[here] - below) / run
                if fall > steepest:
                    steepest, receiver[here] = fall, here + step
    land = [k for k in range(len(height)) if not sea[k]]
    return receiver, sorted(land, key=lambda k: -height[k])


@cache
def drained_km2() -> Any:
    """Land that drains through each cell, by the routes found here."""
    receiver, downwards = routed()
    cells, grid = raster("terrain/elevation.tif")
    total = np.repeat(row_km2(cells.shape, grid), cells.shape[1]).tolist()
    for here in downwards:
        if receiver[here] >= 0:
            total[receiver[here]] += total[here]
    return np.array(total)


def test_every_cell_of_land_has_a_lower_neighbour_but_the_inland_sink() -> None:
    receiver, land = routed()
    (sink,) = [cell for cell in land if receiver[cell] < 0]
    place = labels(8, "terrain/elevation.tif").ravel()[sink] - 1
    assert basins(8).iloc[place]["ENDO"] == 2


@pytest.mark.parametrize("level", LEVELS)
def test_the_elevation_model_routed_again_gives_the_links_of_the_basins(level: int) -> None:
    receiver, land = routed()
    own = labels(level, "terrain/elevation.tif").ravel()
    here = np.array(land)
    down = np.array(receiver)[here]
    leaves = (own[here] > 0) & (own[here] != np.where(down >= 0, own[down], 0))
    ids = np.array([0, *basins(level).index])
    found = {(ids[a], ids[b]) for a, b in zip(own[here][leaves], own[down][leaves], strict=True)}
    assert found == set(basins(level)["NEXT_DOWN"].items())


@pytest.mark.parametrize("level", LEVELS)
def test_what_drains_through_a_basin_by_the_elevation_model_is_its_upstream_area(
    level: int,
) -> None:
    own = labels(level, "terrain/elevation.tif").ravel()
    most = np.zeros(len(basins(level)) + 1)
    np.maximum.at(most, own, drained_km2())
    np.testing.assert_allclose(most[1:], basins(level)["UP_AREA"], atol=PUBLISHED_KM2 + 1e-6)
    exact = truth(LEVELS[level]).set_index("HYBAS_ID")["up_area_km2"]
    np.testing.assert_allclose(most[1:], exact.loc[basins(level).index], rtol=1e-9)


# --- basins ----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_basins_drain_to_one_another_and_end_at_the_sea_or_in_the_sink(level: int) -> None:
    table = basins(level)
    next_down = table["NEXT_DOWN"].to_dict()
    assert set(next_down.values()) <= {0, *table.index}
    ends = table[table["NEXT_DOWN"] == 0]
    assert (ends["ENDO"] == 2).sum() == SINKS
    assert len(ends) == OUTLETS + SINKS
    for start, row in table.iterrows():
        way = chain(next_down, start)
        assert row["NEXT_SINK"] == row["MAIN_BAS"] == way[-1]
        assert row["ENDO"] == (0 if table["ENDO"][way[-1]] == 0 else 2 if start == way[-1] else 1)
        far = table["DIST_MAIN"].loc[way].tolist()
        assert far == sorted(set(far), reverse=True)
        assert far[-1] == 0


@pytest.mark.parametrize("level", LEVELS)
def test_published_upstream_areas_are_the_sums_of_what_lies_above(level: int) -> None:
    table = basins(level)
    next_down = table["NEXT_DOWN"].to_dict()
    total = sums_upstream(next_down, table["SUB_AREA"].to_dict())
    count = sums_upstream(next_down, dict.fromkeys(next_down, 1))
    for start, published in table["UP_AREA"].items():
        assert abs(total[start] - published) <= PUBLISHED_KM2 * (count[start] + 1) + 1e-9


@pytest.mark.parametrize("level", LEVELS)
def test_basins_lie_side_by_side_along_the_edges_of_cells(level: int) -> None:
    table = basins(level)
    assert table.is_valid.all()
    steps = shapely.get_coordinates(table.geometry.to_numpy()) / 0.005
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    shapes = table.geometry.to_numpy()
    whole = shapely.union_all(shapes).area
    assert shapely.area(shapes).sum() == pytest.approx(whole, rel=1e-12)


def test_basins_of_the_finer_level_make_up_those_of_the_coarser() -> None:
    fine, coarse = basins(8), basins(6)
    assert fine["PFAF_ID"].between(10**7, 10**8 - 1).all()
    inside = fine.groupby(fine["PFAF_ID"] // 100)
    assert set(inside.groups) == set(coarse["PFAF_ID"])
    for _, row in coarse.iterrows():
        parts = inside.get_group(row["PFAF_ID"])
        assert shapely.union_all(parts.geometry.to_numpy()).equals(row.geometry)
        assert abs(parts["SUB_AREA"].sum() - row["SUB_AREA"]) <= PUBLISHED_KM2 * (len(parts) + 1)


def test_rows_stand_from_downstream_up() -> None:
    for level in LEVELS:
        seen = {0}
        for start, down in basins(level)["NEXT_DOWN"].items():
            assert down in seen
            seen.add(start)


def test_basins_hold_the_whole_country_and_all_of_each_is_on_the_elevation_model() -> None:
    home = pyogrio.read_dataframe(SAMPLE / "context/countries.geojson").set_index("ISO3")
    for level in LEVELS:
        whole = shapely.union_all(basins(level).geometry.to_numpy())
        assert shapely.difference(home.geometry["XKV"], whole).area == 0
    cells, _ = raster("terrain/elevation.tif")
    assert (cells[labels(8, "terrain/elevation.tif") > 0] > 0).all()


def test_a_link_taken_away_changes_exactly_what_lies_below_and_the_ways_of_what_lies_above() -> (
    None
):
    table = truth("basins").set_index("HYBAS_ID")
    next_down = table["NEXT_DOWN"].to_dict()
    people = table["people"].to_dict()
    before = sums_upstream(next_down, people)
    ways = {start: chain(next_down, start) for start in next_down}
    for cut in table.index[table["NEXT_DOWN"] > 0][::12]:
        without = {**next_down, cut: 0}
        after = sums_upstream(without, people)
        below = set(ways[cut][1:])
        for start in next_down:
            assert before[start] - after[start] == (before[cut] if start in below else 0)
            shorter = chain(without, start) != ways[start]
            assert shorter == (cut in ways[start])


# --- rivers ----------------------------------------------------------------------------------


def test_every_reach_begins_where_the_one_above_ends() -> None:
    table = rivers()
    assert set(table["NEXT_DOWN"]) <= {0, *table.index}
    flowing = table[table["NEXT_DOWN"] > 0]
    below = table.loc[flowing["NEXT_DOWN"]]
    ends = shapely.get_point(flowing.geometry.to_numpy(), -1)
    starts = shapely.get_point(below.geometry.to_numpy(), 0)
    assert shapely.equals_identical(ends, starts).all()
    last = {start: chain(table["NEXT_DOWN"].to_dict(), start)[-1] for start in table.index}
    assert table["MAIN_RIV"].to_dict() == last


def test_lengths_and_distances_of_reaches_add_up_along_the_lines() -> None:
    table = rivers()
    km = np.array([GEOD.geometry_length(line) / 1000 for line in table.geometry])
    np.testing.assert_allclose(table["LENGTH_KM"], km, atol=0.005 + 1e-9)
    next_down = table["NEXT_DOWN"].to_dict()
    length = dict(zip(table.index, km.tolist(), strict=True))
    for start, row in table.iterrows():
        below = chain(next_down, start)[1:]
        assert row["DIST_DN_KM"] == pytest.approx(sum(length[r] for r in below), abs=0.05 + 1e-6)
    up = dict(length)
    for start in reversed(table.index):  # rows stand from downstream up
        if next_down[start]:
            down = next_down[start]
            up[down] = max(up[down], up[start] + length[down])
    for start, published in table["DIST_UP_KM"].items():
        assert published == pytest.approx(up[start], abs=0.05 + 1e-6)


def test_orders_and_areas_of_reaches_follow_from_what_flows_into_them() -> None:
    table = rivers()
    feeding = table[table["NEXT_DOWN"] > 0].groupby("NEXT_DOWN")
    for start, row in table.iterrows():
        above = feeding.get_group(start) if start in feeding.groups else table.iloc[:0]
        orders = sorted(above["ORD_STRA"], reverse=True)
        top = orders[0] if orders else 1
        assert row["ORD_STRA"] == (top + 1 if orders[:2] == [top, top] else top)
        gained = row["UPLAND_SKM"] - above["UPLAND_SKM"].sum()
        assert row["CATCH_SKM"] == pytest.approx(gained, abs=0.06 * (len(above) + 1))
        assert row["DIS_AV_CMS"] >= above["DIS_AV_CMS"].sum() - 0.001 * (len(above) + 1)


def test_reaches_lie_in_the_basin_they_name_and_leave_it_with_its_link() -> None:
    table, fine = rivers(), basins(8)
    own, lines = fine.geometry.loc[table["HYBAS_L12"]].to_numpy(), table.geometry.to_numpy()
    outside = shapely.length(shapely.difference(lines, own))
    assert outside.sum() < 0.02 * shapely.length(lines).sum()
    following = table["HYBAS_L12"].reindex(table["NEXT_DOWN"]).to_numpy()
    leaving = (table["NEXT_DOWN"] > 0) & (table["HYBAS_L12"] != following)
    assert (
        fine["NEXT_DOWN"].loc[table["HYBAS_L12"][leaving]].to_numpy() == following[leaving]
    ).all()
    mouths = table[leaving].groupby("HYBAS_L12")["DIST_DN_KM"].max()
    stated = fine["DIST_MAIN"].loc[mouths.index]
    np.testing.assert_array_equal(mouths, stated)
    assert len(mouths) == len(fine) - OUTLETS - SINKS


# --- rasters ---------------------------------------------------------------------------------


def test_rasters_reach_half_a_degree_beyond_the_border() -> None:
    home = pyogrio.read_dataframe(SAMPLE / "context/countries.geojson").set_index("ISO3")
    west, south, east, north = home.geometry["XKV"].bounds
    for name in LAND:
        with rasterio.open(SAMPLE / name) as file:
            box = file.bounds
        reach = (west - box.left, south - box.bottom, box.right - east, box.top - north)
        assert min(reach) > 0.5, name


def test_the_tiles_of_tree_cover_lie_on_the_grid_of_its_loss() -> None:
    cover, grid = tree_cover()
    loss, other = raster("forest/lossyear.tif")
    assert cover.shape == loss.shape
    assert grid.almost_equals(other, 1e-9)


def test_rasters_hold_only_values_of_their_kind() -> None:
    cover, loss = tree_cover()[0], raster("forest/lossyear.tif")[0]
    assert cover.max() <= 100
    assert set(np.unique(loss)) == set(range(25))
    codes = {10, 20, 30, 40, 50, 60, 70, 80, 90}
    assert set(np.unique(raster("cover/land_cover_2021.tif")[0])) == codes
    water = raster("water/occurrence_XKV.tif")[0]
    assert water[water != 255].max() <= 100
    people = raster("people/xkv_ppp_2025.tif")[0]
    counted = people[people != -99999]
    assert (counted >= 0).all()
    assert (counted == np.round(counted)).all()


def test_nobody_lives_on_water_and_no_tree_is_lost_where_none_stood() -> None:
    water = raster("water/occurrence_XKV.tif")[0]
    under = (water >= 50) & (water != 255)
    people, grid = raster("people/xkv_ppp_2025.tif")
    _, finer = raster("water/occurrence_XKV.tif")
    row, column = round((grid.f - finer.f) / grid.a), round((finer.c - grid.c) / grid.a)
    rows, columns = under.shape[0] // 2, under.shape[1] // 2
    wholly = under.reshape(rows, 2, columns, 2).all(axis=(1, 3))
    assert wholly.any()
    assert people[row : row + rows, column : column + columns][wholly].max() == 0
    cover, loss = tree_cover()[0], raster("forest/lossyear.tif")[0]
    assert cover[loss > 0].min() >= 10
    assert cover[under].max() == 0
    codes = raster("cover/land_cover_2021.tif")[0]
    assert ((codes == 80) == (under | (water == 255))).all()
    standing = (loss == 0) | (loss > 21)
    assert cover[codes == 10].min() >= 30
    assert standing[codes == 10].all()


def test_towns_hold_the_people_that_are_stated_for_them() -> None:
    places = pyogrio.read_dataframe(SAMPLE / "context/settlements.geojson")
    people, grid = raster("people/xkv_ppp_2025.tif")
    rows, columns = np.indices(people.shape)
    lon, lat = grid.c + grid.a * (columns + 0.5), grid.f + grid.e * (rows + 0.5)
    for _, place in places[places["PLACE"] != "village"].iterrows():
        x, y = place.geometry.x, place.geometry.y
        reach = 1 + place["POPULATION"] ** 0.5 / 50  # km
        near = ((lon - x) * 99.9) ** 2 + ((lat - y) * 110.8) ** 2 < reach**2
        assert 0.6 < people[near].sum() / place["POPULATION"] < 1.5, place["NAME"]


def test_places_lie_by_rivers() -> None:
    places = pyogrio.read_dataframe(SAMPLE / "context/settlements.geojson")
    lines = shapely.union_all(rivers().geometry.to_numpy())
    km = shapely.distance(places.geometry.to_numpy(), lines) * 105
    assert np.quantile(km, 0.9) < 1
    assert km.max() < 6


def test_trees_are_lost_more_in_mines_than_elsewhere() -> None:
    titles = pyogrio.read_dataframe(SAMPLE / "concessions/mining_cadastre.geojson")
    mining = titles["Type"].str.contains("Mining|Quarry") & (titles["Status"] == "Active")
    cover, grid = tree_cover()
    loss = raster("forest/lossyear.tif")[0]
    inside = rasterize(titles[mining].geometry.make_valid(), cover.shape, transform=grid) > 0
    treed = cover >= 30
    assert (loss > 0)[treed & inside].mean() > 2 * (loss > 0)[treed & ~inside].mean()


# --- the tables of truth ---------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_people_of_basins_are_counted_exactly(level: int) -> None:
    table = truth(LEVELS[level]).set_index("HYBAS_ID").loc[basins(level).index]
    people = np.maximum(raster("people/xkv_ppp_2025.tif")[0], 0).astype(int)
    own = labels(level, "people/xkv_ppp_2025.tif")
    count = np.bincount(own.ravel(), people.ravel()).astype(int)[1:]
    np.testing.assert_array_equal(count, table["people"])
    next_down = table["NEXT_DOWN"].to_dict()
    assert next_down == basins(level)["NEXT_DOWN"].to_dict()
    assert sums_upstream(next_down, table["people"].to_dict()) == table["up_people"].to_dict()
    ways = {k: " ".join(map(str, chain(next_down, k))) for k in next_down}
    assert ways == table["chain"].to_dict()
    ends = basins(level)["ENDO"].loc[[chain(next_down, k)[-1] for k in next_down]]
    assert [("outlet", "", "sink")[e] for e in ends] == table["end"].tolist()


def test_areas_of_basins_are_sums_of_cells() -> None:
    for level in LEVELS:
        table = truth(LEVELS[level]).set_index("HYBAS_ID").loc[basins(level).index]
        cells, grid = raster("terrain/elevation.tif")
        km2 = np.repeat(row_km2(cells.shape, grid), cells.shape[1])
        found = np.bincount(labels(level, "terrain/elevation.tif").ravel(), km2)[1:]
        np.testing.assert_allclose(found, table["area_km2"], rtol=1e-9)
        np.testing.assert_allclose(found, basins(level)["SUB_AREA"], atol=PUBLISHED_KM2 + 1e-9)


def zone_sums(part: Any) -> dict[str, float]:
    """The fields of the tables of land, for so much of each cell (km2)."""
    cover, loss = tree_cover()[0] >= 30, raster("forest/lossyear.tif")[0]
    water, codes = raster("water/occurrence_XKV.tif")[0], raster("cover/land_cover_2021.tif")[0]
    masks = {"tree_cover_ha": cover, "loss_ha": loss > 0, "loss_of_cover_ha": cover & (loss > 0)}
    masks |= {f"loss_of_cover_{2000 + y}_ha": cover & (loss == y) for y in range(1, 25)}
    masks |= {"water_km2": (water >= 50) & (water != 255)}
    masks |= {f"cover_{code}_km2": codes == code for code in (10, 20, 30, 40, 50, 60, 70, 80, 90)}
    return {k: part[m].sum() * (100 if k.endswith("ha") else 1) for k, m in masks.items()}


def test_the_land_of_basins_sums_to_its_table() -> None:
    table = truth("basins_land").set_index("HYBAS_ID")
    own = labels(8, "forest/lossyear.tif")
    cells, grid = raster("forest/lossyear.tif")
    km2 = np.broadcast_to(row_km2(cells.shape, grid)[:, None], cells.shape)
    whole = truth("basins").set_index("HYBAS_ID")["area_km2"].loc[basins(8).index]
    held = np.bincount(own.ravel(), km2.ravel())[1:] > whole.to_numpy() * (1 - 1e-9)
    assert table.index.tolist() == whole.index[held].tolist()
    for basin in table.index[::9]:
        place = basins(8).index.get_loc(basin) + 1
        found = zone_sums(np.where(own == place, km2, 0))
        np.testing.assert_allclose(list(found.values()), table.loc[basin, list(found)], rtol=1e-9)


def cells_within(box: Any, grid: Any, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the cells within a box along their edges."""
    west, south, east, north = box
    rows = round((grid.f - north) / grid.a), round((grid.f - south) / grid.a)
    columns = round((west - grid.c) / grid.a), round((east - grid.c) / grid.a)
    return slice(*rows), slice(*columns)


def test_blocks_along_the_edges_of_cells_sum_to_their_table() -> None:
    heights, coarse = raster("terrain/elevation.tif")
    cells, fine = raster("forest/lossyear.tif")
    people = raster("people/xkv_ppp_2025.tif")[0]
    area = np.broadcast_to(row_km2(heights.shape, coarse)[:, None], heights.shape)
    km2 = np.broadcast_to(row_km2(cells.shape, fine)[:, None], cells.shape)
    for _, block in truth("blocks").iterrows():
        box = block[["west", "south", "east", "north"]]
        inside = cells_within(box, coarse, heights.shape)
        assert people[inside].astype(int).sum() == block["people"]
        assert area[inside].sum() == pytest.approx(block["area_km2"], rel=1e-9)
        mean = (heights[inside].astype(float) * area[inside]).sum() / area[inside].sum()
        assert mean == pytest.approx(block["elevation_mean_m"], rel=1e-9)
        assert heights[inside].max() == block["elevation_max_m"]
        part = np.zeros(cells.shape)
        window = cells_within(box, fine, cells.shape)
        part[window] = km2[window]
        found = zone_sums(part)
        np.testing.assert_allclose(
            list(found.values()), block[list(found)].astype(float), rtol=1e-9
        )


def test_slopes_of_a_block_are_those_of_a_window_of_three_by_three_cells() -> None:
    heights, grid = raster("terrain/elevation.tif")
    block = truth("blocks").iloc[2]
    rows, columns = cells_within(block[["west", "south", "east", "north"]], grid, heights.shape)
    area = row_km2(heights.shape, grid)
    land = steep = total = 0.0
    for row in range(rows.start, rows.stop):
        lat = grid.f + grid.e * (row + 0.5)
        east = GEOD.line_length([0, grid.a], [lat, lat])
        north = GEOD.line_length([0, 0], [lat - grid.a / 2, lat + grid.a / 2])
        for column in range(columns.start, columns.stop):
            z = heights[row - 1 : row + 2, column - 1 : column + 2].astype(float)
            across = (z[:, 2] - z[:, 0]) @ [1, 2, 1] / (8 * east)
            along = (z[0] - z[2]) @ [1, 2, 1] / (8 * north)
            degrees = np.degrees(np.arctan(np.hypot(across, along)))
            land += area[row]
            steep += area[row] * (degrees > 25)
            total += area[row] * degrees
    assert total / land == pytest.approx(block["slope_mean_deg"], rel=1e-6)
    assert steep / land == pytest.approx(block["slope_above_25_share"], rel=1e-9)


def test_titles_hold_the_people_of_the_parts_of_cells_that_they_cover() -> None:
    titles = pyogrio.read_dataframe(SAMPLE / "concessions/mining_cadastre.geojson")
    table = truth("titles")
    assert len(table) == len(titles) - 2  # the bow-tie and the circle
    assert (titles["Code"].iloc[table["row"] - 1].to_numpy() == table["Code"]).all()
    people, grid = raster("people/xkv_ppp_2025.tif")
    for _, row in table.iloc[::25].iterrows():
        shape = titles.geometry.iloc[int(row["row"]) - 1]
        west, south, east, north = shape.bounds
        found = 0.0
        for j in range(int((grid.f - north) / grid.a), int((grid.f - south) / grid.a) + 1):
            for i in range(int((west - grid.c) / grid.a), int((east - grid.c) / grid.a) + 1):
                x, y = grid.c + i * grid.a, grid.f - j * grid.a
                cell = shapely.box(x, y - grid.a, x + grid.a, y)
                found += float(people[j, i]) * shape.intersection(cell).area / cell.area
        assert found == pytest.approx(row["people"], rel=1e-8)
