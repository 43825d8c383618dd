"""What a raster holds of a site: parts of cells, true areas, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cetm_geo import measure, zonal
from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers.rasters import open_raster
from cetm_geo.zonal import Zonal, measure_zones
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
    assert zones(path, COUNT).amount[0] == 8 + 255 + 1
    assert zones(path, RasterSpec(Measure.COUNT, nodata=255)).amount[0] == 8 + 1


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


def test_a_site_is_the_same_in_one_strip_and_in_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = geotiff(tmp_path / "a.tif", np.arange(400).reshape(20, 20), nodata=7)
    site = shapely.Point(104.1, 11.9).buffer(0.08)
    whole = zones(path, RasterSpec(Measure.VALUE), site)
    monkeypatch.setattr(zonal, "_CELLS_AT_ONCE", 30)
    strips = zones(path, RasterSpec(Measure.VALUE), site)
    for name in ("amount", "highest", "found_km2", "nodata_share", "covered_share"):
        assert getattr(strips, name)[0] == pytest.approx(getattr(whole, name)[0], rel=1e-9), name


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


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.floats(0.2, 2.8), st.floats(0.001, 0.999))
def test_parts_of_a_site_sum_to_the_site(tmp_path: Path, width: float, cut: float) -> None:
    path = tmp_path / "a.tif"
    if not path.exists():
        geotiff(path, [[8, 4, 2], [1, 16, 32]])
    right, middle = 104 + width / 100, 104 + width * cut / 100
    whole = shapely.box(104, 11.983, right, 11.997)
    parts = shapely.box(104, 11.983, middle, 11.997), shapely.box(middle, 11.983, right, 11.997)
    amounts = zones(path, COUNT, whole, *parts).amount
    assert amounts[0] == pytest.approx(amounts[1] + amounts[2], rel=1e-5)
