"""What a raster holds of a site: parts of cells, true areas, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cetm_geo import cellareas, cellparts, measure, zonal
from cetm_geo.errors import LayerError
from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers.rasters import open_raster
from cetm_geo.zonal import Mask, Zonal, measure_zones
from tests.grids import geotiff

COUNT = RasterSpec(Measure.COUNT)
# Two cells and a half of the first row of a grid at 104, 12 with cells of 0.01 degrees.
SITE = shapely.box(104.0, 11.99, 104.025, 12.0)
FIRST_ROW_KM2 = float(measure.area_km2([shapely.box(104, 11.99, 104.01, 12)])[0])


def zones(path: Path, cells: RasterSpec, *shapes: Any, source: str = "") -> Zonal:
    raster = open_raster(path.parent, Source(source or path.name), "geotiff", cells.nodata)
    return measure_zones(shapes or (SITE,), raster, cells)


@pytest.mark.parametrize(
    ("row", "cells", "amount"),
    [
        ([8, 4, 2, 1], COUNT, 8 + 4 + 1),
        ([8, 4, 2, 1], RasterSpec(Measure.COUNT, scale=0.5, offset=1), 5 + 3 + 1),
        ([8, 4, 2, 1], RasterSpec(Measure.DENSITY), (8 + 4 + 1) * FIRST_ROW_KM2),
        ([29, 30, 100, 9], RasterSpec(Measure.SHARE, threshold=30), 1.5 * FIRST_ROW_KM2),
        ([20, 40, 100, 9], RasterSpec(Measure.SHARE), (0.2 + 0.4 + 0.5) * FIRST_ROW_KM2),
        ([0, 3, 7, 9], RasterSpec(Measure.CLASS), 1.5 * FIRST_ROW_KM2),
        ([10, 20, 30, 99], RasterSpec(Measure.VALUE), (10 + 20 + 15) * FIRST_ROW_KM2),
    ],
)
def test_two_cells_and_a_half_give_two_cells_and_a_half(
    tmp_path: Path, row: list[float], cells: RasterSpec, amount: float
) -> None:
    found = zones(geotiff(tmp_path / "a.tif", [row] * 4, nodata=-9), cells)
    assert found.amount[0] == pytest.approx(amount, rel=1e-6)
    assert found.found_km2[0] == pytest.approx(2.5 * FIRST_ROW_KM2, rel=1e-6)
    assert found.covered_share[0] == 1
    assert found.nodata_share[0] == 0


def test_an_oblique_site_with_a_hole_takes_what_cutting_each_cell_gives(tmp_path: Path) -> None:
    values = np.arange(1.0, 37).reshape(6, 6)
    path = geotiff(tmp_path / "a.tif", values, dtype="float64")
    hole = shapely.box(104.021, 11.968, 104.027, 11.974)
    site = shapely.Polygon([(104.003, 11.951), (104.058, 11.962), (104.011, 11.997)]) - hole
    west, north = (axis.ravel() / 100 for axis in np.meshgrid(range(6), range(6)))
    grid = shapely.box(104 + west, 11.99 - north, 104.01 + west, 12 - north)
    parts = shapely.area(shapely.intersection(grid, site)) / shapely.area(grid)
    wanted = float((values.ravel() * parts).sum())
    assert zones(path, COUNT, site).amount[0] == pytest.approx(wanted, rel=1e-6)


def test_what_is_missing_is_told_and_never_counts_as_nothing(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[8, -9, 2, 1]], nodata=-9)
    half_off = shapely.box(103.99, 11.99, 104.01, 12)
    far = shapely.box(9, 9, 9.1, 9.1)
    found = zones(path, COUNT, SITE, half_off, far)
    assert found.amount.tolist() == pytest.approx([8 + 1, 8, 0])
    assert found.nodata_share[:2].tolist() == pytest.approx([1 / 2.5, 0])
    assert found.covered_share.tolist() == pytest.approx([1, 0.5, 0])
    assert found.found_km2[2] == 0


def test_values_beyond_the_valid_range_count_as_no_data_and_are_told(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[8, -5, np.nan, np.inf]])
    found = zones(path, RasterSpec(Measure.VALUE, valid_min=0))
    assert (found.highest[0], found.odd[0]) == (8, 1)
    assert found.nodata_share[0] == pytest.approx(1.5 / 2.5)


def test_a_code_without_a_label_counts_as_no_data(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[10, 20, 55, 10]], dtype="uint8")
    found = zones(path, RasterSpec(Measure.CLASS, classes={10: "trees", 20: "grass"}))
    assert set(found.codes[0]) == {10, 20}
    assert found.odd[0] == 1


def test_the_catalogues_no_data_serves_where_the_file_states_none(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[8, 255, 2, 1]], dtype="uint8")
    assert zones(path, COUNT).amount[0] == pytest.approx(8 + 255 + 1, rel=1e-12)
    declared = RasterSpec(Measure.COUNT, nodata=255)
    assert zones(path, declared).amount[0] == pytest.approx(8 + 1, rel=1e-12)


def test_a_value_is_met_by_a_corner_of_a_cell_but_not_by_its_edge(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[1, 9]])
    met = shapely.box(104, 11.99, 104.0101, 12)
    beside = shapely.box(104, 11.99, 104.01, 12)
    assert zones(path, RasterSpec(Measure.VALUE), met, beside).highest.tolist() == [9, 1]


def test_a_projected_grid_has_true_areas_and_the_same_parts(tmp_path: Path) -> None:
    """In web mercator at 60 degrees a cell is drawn four times as large as it is."""
    crs = pyproj.CRS("EPSG:3857")
    left, top = 1_000_000.0, 8_399_738.0
    path = geotiff(tmp_path / "a.tif", [[8, 4, 2]] * 2, left=left, top=top, cell=1000, crs=3857)
    site = measure.to_lonlat(np.array([shapely.box(left, top - 1000, left + 2500, top)]), crs)[0]
    assert zones(path, COUNT, site).amount[0] == pytest.approx(8 + 4 + 1, rel=1e-6)
    found = zones(path, RasterSpec(Measure.VALUE), site)
    assert found.found_km2[0] == pytest.approx(float(measure.area_km2([site])[0]), rel=1e-4)
    assert found.found_km2[0] == pytest.approx(2.5 / 4, rel=0.01)


def test_cells_on_180_degrees_are_no_larger_than_the_others(tmp_path: Path) -> None:
    crs = pyproj.CRS(32760)
    geotiff(
        tmp_path / "a.tif", np.full((30, 30), 2), left=818_050, top=8_120_000, cell=100, crs=crs
    )
    halves = shapely.box(179.995, -17, 180, -16.99), shapely.box(-180, -17, -179.995, -16.99)
    site = shapely.MultiPolygon(halves)
    found = zones(tmp_path / "a.tif", RasterSpec(Measure.DENSITY), site)
    truth = measure.area_km2([site])[0]
    assert found.covered_share[0] == 1
    assert found.found_km2[0] == pytest.approx(truth, rel=1e-4)
    assert found.amount[0] == pytest.approx(2 * truth, rel=1e-4)


def test_where_tiles_overlap_one_files_no_data_hides_no_number_and_none_counts_twice(
    tmp_path: Path,
) -> None:
    geotiff(tmp_path / "a.tif", [[1, 2, -9, -9]], nodata=-9)
    geotiff(tmp_path / "b.tif", [[-9, 16, 4, 8]], nodata=-9)
    site = shapely.box(104, 11.99, 104.04, 12)
    found = zones(tmp_path / "a.tif", COUNT, site, source="*.tif")
    assert found.amount.tolist() == pytest.approx([1 + 2 + 4 + 8])
    assert (found.covered_share[0], found.nodata_share[0]) == (1, 0)


def test_tiles_are_one_grid_and_a_missing_tile_is_not_covered(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1, 2]])
    geotiff(tmp_path / "b.tif", [[4, 8]], left=104.02)
    geotiff(tmp_path / "d.tif", [[64, 128]], left=104.06)
    across = shapely.box(104.01, 11.99, 104.03, 12)
    gap = shapely.box(104.03, 11.99, 104.07, 12)
    found = zones(tmp_path / "a.tif", COUNT, across, gap, source="*.tif")
    assert found.amount.tolist() == pytest.approx([2 + 4, 8 + 64])
    assert found.covered_share.tolist() == pytest.approx([1, 0.5])


def test_an_overview_is_never_read(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", np.ones((64, 64)), tiled=True, blockxsize=16, blockysize=16)
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4])
    with rasterio.open(path, "r+", OVERVIEW_LEVEL=0) as overview:
        overview.write(np.full((1, *overview.shape), 9, "float32"))
    everything = shapely.box(104, 11.36, 104.64, 12)
    assert zones(path, COUNT, everything).amount[0] == pytest.approx(64 * 64)


@pytest.mark.parametrize("cells", [RasterSpec(Measure.VALUE), RasterSpec(Measure.CLASS)])
def test_a_site_is_the_same_whatever_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: RasterSpec
) -> None:
    values = np.random.default_rng(5).integers(0, 40, (70, 90))
    path = geotiff(tmp_path / "a.tif", values, nodata=7, dtype="int16", tiled=True,
                   blockxsize=16, blockysize=16)  # fmt: skip
    site = shapely.Point(104.4, 11.6).buffer(0.31) - shapely.Point(104.3, 11.7).buffer(0.03)
    whole = zones(path, cells, site)
    monkeypatch.setattr(zonal, "_BITS_AT_ONCE", 30)
    monkeypatch.setattr(cellareas, "_ACROSS", 16)
    monkeypatch.setattr(cellparts, "_AT_ONCE", 10)
    bands = zones(path, cells, site)
    for name in ("amount", "found_km2", "held_km2", "held_cells", "odd", "nodata_share"):
        assert getattr(bands, name)[0] == pytest.approx(getattr(whole, name)[0], rel=1e-12), name
    np.testing.assert_array_equal(bands.highest, whole.highest)
    assert bands.codes[0] == pytest.approx(whole.codes[0], rel=1e-12)


def test_a_site_is_the_same_to_the_last_bit_alone_and_among_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    path = geotiff(tmp_path / "a.tif", random.gamma(0.3, 9, (120, 120)), nodata=7)
    middles = random.uniform((104, 10.8), (105.2, 12), (40, 2))
    sites = [shapely.Point(*p).buffer(r) for p, r in zip(middles, random.uniform(0, 0.3, 40),
                                                          strict=True)]  # fmt: skip
    raster = open_raster(tmp_path, Source(path.name), "geotiff")
    monkeypatch.setattr(zonal, "_BITS_AT_ONCE", 2000)
    together = measure_zones(sites, raster, RasterSpec(Measure.VALUE), threads=2)
    for i, site in enumerate(sites):
        alone = measure_zones([site], raster, RasterSpec(Measure.VALUE), threads=1)
        for name in ("amount", "highest", "found_km2", "held_cells"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[i])


def test_a_site_where_the_file_is_broken_costs_only_itself(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", np.ones((64, 64)), compress="deflate", blockysize=1)
    raster = open_raster(tmp_path, Source("a.tif"), "geotiff")
    with rasterio.open(path) as dataset:
        at = int(dataset.get_tag_item("BLOCK_OFFSET_0_40", "TIFF", bidx=1))
    raw = bytearray(path.read_bytes())
    raw[at : at + 8] = b"\xff" * 8
    path.write_bytes(raw)
    good, bad = (shapely.box(104, top - 0.01, 104.01, top) for top in (12.0, 11.6))
    found = measure_zones([bad, good], raster, COUNT)
    assert found.problem[0].startswith(str(path))
    assert found.amount.tolist() == pytest.approx([0, 1])


# --- against arithmetic that shares nothing with ours ---------------------------------------------


def stars(reach: float) -> st.SearchStrategy[Any]:
    """Outlines of 3 to 9 corners in a grid of 6 x 6 cells, or partly beside it; some holed."""
    corner = st.tuples(st.floats(0.1, 1), st.floats(0, 1))

    @st.composite
    def star(draw: st.DrawFn) -> Any:
        middle = np.array([draw(st.floats(-1, 7)), draw(st.floats(-1, 7))])
        corners = np.array(draw(st.lists(corner, min_size=3, max_size=9)))
        turn = 2 * np.pi * (np.arange(len(corners)) + 0.9 * corners[:, 1]) / len(corners)
        ring = np.column_stack([np.cos(turn), np.sin(turn)]) * corners[:, :1] * reach
        if draw(st.booleans()):
            ring = np.round(ring * 4) / 4  # corners and edges on lines of the grid
        shape = shapely.make_valid(shapely.Polygon(middle + ring))
        if draw(st.booleans()):
            shape = shape - shapely.Polygon(middle + ring * 0.4).buffer(0)
        return measure.polygon_part([shape])[0]

    return star()


@settings(max_examples=200, deadline=None)
@given(st.one_of(stars(0.3), stars(3), stars(20)))
def test_the_part_of_every_cell_is_what_cutting_the_cell_gives(shape: Any) -> None:
    if shape is None:
        return
    found = cellparts.parts_of(cellparts.Edges.of(np.array([shape], object)), (0, 6), 6)
    parts = np.zeros((6, 6))
    np.add.at(parts, (found.row, found.column), found.part)
    for row, column, length, part in zip(
        found.run_row, found.run_column, found.run_length, found.run_part, strict=True
    ):
        parts[row, column : column + length] += part
    x, y = np.meshgrid(range(6), range(6))
    cut = shapely.area(shapely.intersection(shapely.box(x, y, x + 1, y + 1), shape))
    np.testing.assert_allclose(parts, cut, atol=1e-11)


@pytest.mark.parametrize(("cell", "top"), [(0.01, 12.0), (1.0, 4.0), (0.01, 80.03), (1.0, 85.0)])
def test_land_is_that_of_each_cell_cut_on_the_ellipsoid(
    tmp_path: Path, cell: float, top: float
) -> None:
    """The bound that zonal.py states: tan(latitude) x cell height / 6371 km of the edge cells."""
    codes = np.arange(36).reshape(6, 6) % 5
    path = geotiff(tmp_path / "a.tif", codes, left=20.0, top=top, cell=cell, dtype="uint8")
    outline = np.array([(0.3, 0.4), (5.2, 1.1), (5.7, 4.9), (2.1, 5.6), (2.4, 3.2)])
    site = shapely.Polygon(outline * (cell, -cell) + (20.0, top))
    x, y = np.meshgrid(range(6), range(6))
    west, north = 20 + x * cell, top - y * cell
    cells = shapely.box(west, north - cell, west + cell, north)
    true = measure.area_km2(shapely.intersection(cells, site).ravel())
    passed = shapely.intersects(shapely.boundary(site), cells).ravel()
    bound = np.tan(np.radians(top)) * cell * 111 / 6371
    found = zones(path, RasterSpec(Measure.CLASS), site)
    for code in range(5):
        own = codes.ravel() == code
        off = bound * measure.area_km2(cells.ravel()[own & passed]).sum()
        assert found.codes[0][code] == pytest.approx(true[own].sum(), abs=off)
    np.testing.assert_allclose(found.amount, found.found_km2 - found.codes[0][0])


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stars(3), st.floats(0.05, 0.95), st.floats(-1, 1))
def test_a_site_cut_in_two_sums_to_the_site(
    tmp_path: Path, shape: Any, cut: float, lean: float
) -> None:
    path = tmp_path / "a.tif"
    if not path.exists():
        geotiff(path, np.random.default_rng(1).integers(0, 9, (6, 6)), nodata=3, dtype="int16")
    if shape is None:
        return
    site = shapely.transform(shape, lambda xy: xy * (0.01, -0.01) + (104, 12))
    west, south, east, north = site.bounds
    at = west + cut * (east - west)
    line = np.array([(at - lean * 0.02, south - 1e-3), (at + lean * 0.02, north + 1e-3)])
    left = shapely.Polygon([*line, (west - 1, north + 1), (west - 1, south - 1)])
    parts = measure.polygon_part([site & left, site - left])
    sizes = shapely.area(parts)
    if not (sizes > 1e-9).all() or abs(sizes.sum() / site.area - 1) > 1e-12:
        return  # the cut itself was not exact
    for cells in (COUNT, RasterSpec(Measure.VALUE)):
        found = zones(path, cells, site, *parts)
        for name in ("amount", "found_km2", "held_km2", "held_cells"):
            whole, *halves = getattr(found, name)
            assert sum(halves) == pytest.approx(whole, rel=1e-9, abs=1e-12), name


def test_counts_are_those_that_exactextract_finds(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    path = geotiff(tmp_path / "a.tif", random.gamma(0.3, 40, (80, 90)), nodata=-9)
    sites = [
        shapely.Point(*p).buffer(r, quad_segs=int(n))
        for *p, r, n in random.uniform((104, 11.2, 0.001, 1), (104.9, 12, 0.2, 9), (50, 4))
    ]
    frame = gpd.GeoDataFrame(geometry=sites, crs=4326)
    rows = exact_extract(str(path), frame, ["sum", "count"])
    found = zones(path, COUNT, *sites)
    for name, own in (("sum", found.amount), ("count", found.held_cells)):
        theirs = [row["properties"][name] for row in rows]
        assert own == pytest.approx(theirs, rel=1e-6), name  # parts of theirs are float32


def test_a_ring_is_what_its_own_outline_gives(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 6, (60, 60))
    path = geotiff(tmp_path / "a.tif", values, nodata=3, dtype="uint8", cell=0.001)
    inner, outer = (shapely.Point(104.031, 11.968).buffer(r) for r in (0.011, 0.04))
    for cells in (COUNT, RasterSpec(Measure.CLASS, valid_max=4)):
        ring = zones(path, cells, outer).less(zones(path, cells, inner))
        own = zones(path, cells, outer - inner)
        for name in ("amount", "found_km2", "held_km2", "held_cells", "plane_cells"):
            assert getattr(ring, name) == pytest.approx(getattr(own, name), rel=1e-9), name
        assert ring.covered_share == pytest.approx(own.covered_share)
        assert ring.nodata_share == pytest.approx(own.nodata_share)
        assert ring.codes[0] == pytest.approx(own.codes[0])
        assert np.isnan(ring.highest).all()


def test_nothing_is_left_of_a_ring_round_all_there_is(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", [[0.1, 0.7]] * 2)
    inner = shapely.box(104, 11.98, 104.02, 12)
    ring = zones(path, COUNT, inner.buffer(0.1)).less(zones(path, COUNT, inner))
    assert (ring.amount[0], ring.found_km2[0]) == (0, 0)
    assert ring.covered_share[0] == 0


# --- one raster under another --------------------------------------------------------------------

LOSS = RasterSpec(Measure.CLASS, years=2000, valid_max=9)
COVER = RasterSpec(Measure.SHARE, threshold=30, valid_max=100)


def masked(folder: Path, cover: Any, *sites: Any, **place: Any) -> Zonal:
    geotiff(folder / "loss.tif", [[0, 1, 2, 9], [3, 0, 0, 12]], dtype="uint8")
    geotiff(folder / "cover.tif", cover, dtype="uint8", nodata=255, **place)
    loss, trees = (open_raster(folder, Source(f"{n}.tif"), "geotiff") for n in ("loss", "cover"))
    return measure_zones(sites, loss, LOSS, Mask(trees, COVER))


def test_loss_counts_only_where_there_were_trees(tmp_path: Path) -> None:
    """A cell without trees was seen and does not count; one of unknown cover is not known."""
    row = shapely.box(104, 11.99, 104.04, 12)
    found = masked(tmp_path, [[30, 29, 100, 255], [0] * 4], row)
    assert found.codes[0] == pytest.approx({0: FIRST_ROW_KM2, 2: FIRST_ROW_KM2})
    assert found.amount[0] == pytest.approx(FIRST_ROW_KM2)
    assert found.nodata_share[0] == pytest.approx(1 / 4)
    treeless = masked(tmp_path, [[0] * 4] * 2, row)
    assert (treeless.amount[0], treeless.codes[0]) == (0, {})
    assert treeless.found_km2[0] == pytest.approx(4 * FIRST_ROW_KM2)


def test_a_mask_may_reach_elsewhere_but_must_share_the_grid(tmp_path: Path) -> None:
    all_of_it = shapely.box(104, 11.98, 104.04, 12)
    wider = [[100] * 4, [100, 100, 0, 100], [100] * 4]
    found = masked(tmp_path, wider, all_of_it, left=103.99, top=12.01)
    row_2 = float(measure.area_km2([shapely.box(104, 11.98, 104.01, 11.99)])[0])
    # Row 1 of the loss lies under row 2 of the cover, shifted by one column: 0, -, 2, unknown.
    assert found.codes[0] == pytest.approx({0: FIRST_ROW_KM2 + 2 * row_2, 2: FIRST_ROW_KM2,
                                            3: row_2})  # fmt: skip
    with pytest.raises(LayerError, match=r"cover.tif: its grid is shifted by a part of a cell"):
        masked(tmp_path, wider, left=103.995)
    with pytest.raises(LayerError, match=r"cover.tif: has cells of 0.02 x 0.02"):
        masked(tmp_path, wider, cell=0.02)
    with pytest.raises(LayerError, match=r"cover.tif: is in EPSG:32648"):
        masked(tmp_path, wider, crs=32648, left=500_000, top=9_000_000, cell=30)


# --- places where grids end -----------------------------------------------------------------------


def test_a_site_across_180_degrees_takes_its_cells_from_both_ends(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1, 2]], left=179.98, nodata=-9)
    geotiff(tmp_path / "b.tif", [[4, 8]], left=-180.0, nodata=-9)
    halves = shapely.box(179.985, 11.99, 180, 12), shapely.box(-180, 11.99, -179.99, 12)
    found = zones(tmp_path / "a.tif", COUNT, shapely.MultiPolygon(halves), source="*.tif")
    assert found.amount[0] == pytest.approx(0.5 + 2 + 4)
    assert (found.covered_share[0], found.nodata_share[0]) == (1, 0)


def test_a_polygon_round_the_whole_grid_takes_every_cell_once(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", np.ones((180, 360)), left=-180, top=90, cell=1)
    found = zones(path, RasterSpec(Measure.DENSITY), shapely.box(-180, -90, 180, 90))
    earth_km2 = 510_065_621.724  # of the ellipsoid WGS 84
    assert found.amount[0] == pytest.approx(earth_km2, rel=1e-9)
    assert found.covered_share[0] == 1
