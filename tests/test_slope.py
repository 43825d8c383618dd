"""Slopes of a DEM: planes of a known slope, another way to the same number, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from cetm_geo import measure
from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers.rasters import open_raster
from cetm_geo.slope import SLOPES, Slope
from cetm_geo.zonal import BIN, BINS, Zonal, measure_zones
from tests.grids import geotiff

HEIGHTS = RasterSpec(Measure.VALUE, unit="m", valid_min=-500, valid_max=9000)
ARC_SECOND = 1 / 3600


def slopes(path: Path, cells: RasterSpec = HEIGHTS) -> Any:
    """The slopes of a whole DEM, not a number where none is known."""
    raster = Slope(open_raster(path.parent, Source(path.name), "geotiff"), cells)
    with raster.reading() as windows:
        return windows.read(0, 0, raster.height, raster.width)[0]


def zones(path: Path, *shapes: Any) -> Zonal:
    raster = open_raster(path.parent, Source(path.name), "geotiff")
    return measure_zones(shapes, Slope(raster, HEIGHTS), SLOPES)


def middles(left: float, top: float, cell: float, size: int) -> tuple[Any, Any]:
    at = (np.arange(size) + 0.5) * cell
    return np.meshgrid(left + at, top - at)


def metres_from_middle(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Metres east and north of the middle, by the geodesic from there to each place."""
    geod = pyproj.Geod(ellps="WGS84")
    middle = np.full(lon.shape, lon.mean()), np.full(lat.shape, lat.mean())
    turn, _, away = geod.inv(*middle, lon, lat)
    return away * np.sin(np.radians(turn)), away * np.cos(np.radians(turn))


def tilted(east_m: Any, north_m: Any, slope: float, aspect: float) -> Any:
    """Heights of a plane so steep, rising towards an aspect, both in degrees."""
    rise, way = np.tan(np.radians(slope)), np.radians(aspect)
    return 1000 + rise * (np.sin(way) * east_m + np.cos(way) * north_m)


@pytest.mark.parametrize("latitude", [0, 12, -33, 60, 80])
@pytest.mark.parametrize(("slope", "aspect"), [(0.5, 20), (25, 90), (25, 0), (60, 300)])
def test_a_tilted_plane_in_degrees_is_as_steep_as_it_was_made(
    tmp_path: Path, latitude: float, slope: float, aspect: float
) -> None:
    left, top = 104.0, latitude + 10 * ARC_SECOND
    heights = tilted(*metres_from_middle(*middles(left, top, ARC_SECOND, 20)), slope, aspect)
    path = geotiff(tmp_path / "a.tif", heights, left=left, top=top, cell=ARC_SECOND,
                   dtype="float64")  # fmt: skip
    inner = slopes(path)[1:-1, 1:-1]
    assert np.abs(inner - slope).max() < 1e-3


@pytest.mark.parametrize(
    ("crs", "left", "top", "cell"),
    [
        (32648, 500_000, 1_300_000, 30),
        (32648, 200_000, 1_300_000, 30),  # the scale on the map is 1.0007 there
        (3857, 11_600_000, 8_399_700, 60),  # and 2 in web mercator at 60 degrees
        ("ESRI:54009", 9_000_000, 5_000_000, 100),  # meridians lean in Mollweide
        ("ESRI:102039", 300_000, 1_300_000, 30),
    ],
)
def test_a_tilted_plane_on_a_map_is_as_steep_as_on_the_ground(
    tmp_path: Path, crs: Any, left: float, top: float, cell: float
) -> None:
    x, y = middles(left, top, cell, 20)
    lon, lat = measure.transformer_to_lonlat(pyproj.CRS(crs)).transform(x, y)
    heights = tilted(*metres_from_middle(lon, lat), 25, 40)
    path = geotiff(tmp_path / "a.tif", heights, left=left, top=top, cell=cell, crs=pyproj.CRS(crs),
                   dtype="float64")  # fmt: skip
    assert np.abs(slopes(path)[1:-1, 1:-1] - 25).max() < 1e-3


def test_rough_ground_is_as_a_plane_fitted_to_nine_heights_with_horns_weights(
    tmp_path: Path,
) -> None:
    """Horn's differences are a weighted least-squares plane: another way to the same number."""
    heights = np.random.default_rng(4).uniform(0, 30, (12, 14))
    path = geotiff(tmp_path / "a.tif", heights, left=500_000, top=1_300_000, cell=30, crs=32648,
                   dtype="float64")  # fmt: skip
    found = slopes(path)
    x, y = (axis.ravel() for axis in np.meshgrid([-1, 0, 1], [1, 0, -1]))
    weight = np.array([1, 2, 1, 2, 4, 2, 1, 2, 1.0])
    # True metres of a cell: the scale of the map there, by PROJ itself.
    scale = pyproj.Proj(32648).get_factors(105.0, 11.76).meridional_scale
    plane = np.column_stack([x * 30 / scale, y * 30 / scale, np.ones(9)])
    fit = np.linalg.inv(plane.T * weight @ plane) @ (plane.T * weight)
    for row, column in [(1, 1), (5, 7), (10, 12)]:
        around = heights[row - 1 : row + 2, column - 1 : column + 2].ravel()
        east, north, _ = fit @ around
        wanted = np.degrees(np.arctan(np.hypot(east, north)))
        assert found[row, column] == pytest.approx(wanted, abs=1e-3)


def test_no_slope_is_known_beside_a_missing_or_impossible_height_or_the_edge(
    tmp_path: Path,
) -> None:
    heights = np.zeros((9, 12), "int16")
    heights[4, 3], heights[4, 8] = -32768, -10_640
    path = geotiff(tmp_path / "a.tif", heights, nodata=-32768, dtype="int16")
    known = np.zeros((9, 12), bool)
    known[1:-1, 1:-1] = True
    known[3:6, 2:5] = known[3:6, 7:10] = False
    np.testing.assert_array_equal(np.isfinite(slopes(path)), known)
    everything = shapely.box(104, 11.91, 104.12, 12)
    found = zones(path, everything)
    assert found.covered_share[0] == 1
    assert found.nodata_share[0] == pytest.approx(1 - known.mean(), rel=1e-3)
    raster = open_raster(tmp_path, Source("a.tif"), "geotiff")
    assert measure_zones([everything], raster, HEIGHTS).odd[0] == 1


def test_tiles_of_a_dem_have_no_seam(tmp_path: Path) -> None:
    heights = np.random.default_rng(6).uniform(0, 500, (8, 12))
    whole = geotiff(tmp_path / "whole" / "a.tif", heights)
    geotiff(tmp_path / "tiles" / "a.tif", heights[:, :5])
    geotiff(tmp_path / "tiles" / "b.tif", heights[:, 5:], left=104.05)
    tiles = open_raster(tmp_path, Source("tiles/*.tif"), "geotiff")
    with Slope(tiles, HEIGHTS).reading() as windows:
        seen = windows.read(0, 0, 8, 12)[0]
    np.testing.assert_array_equal(seen, slopes(whole))


def test_scale_and_offset_of_heights_are_heeded(tmp_path: Path) -> None:
    x, _ = np.meshgrid(range(9), range(9))
    path = geotiff(tmp_path / "a.tif", x * 300, left=500_000, top=1_300_000, cell=30, crs=32648,
                   dtype="int16")  # fmt: skip
    decimetres = RasterSpec(Measure.VALUE, unit="m", scale=0.1, offset=-5, valid_min=-500,
                            valid_max=9000)  # fmt: skip
    assert slopes(path, decimetres)[4, 4] == pytest.approx(45, abs=0.02)


def test_mean_quantile_and_share_of_a_site_are_those_of_its_cells(tmp_path: Path) -> None:
    heights = np.cumsum(np.random.default_rng(8).uniform(0, 300, (40, 50)), axis=1)
    path = geotiff(tmp_path / "a.tif", heights)
    site = shapely.box(104.03, 11.67, 104.41, 11.95)  # rows 5 to 32, columns 3 to 40
    cells = slopes(path)[5:33, 3:41]
    north = 12 - np.arange(5, 33) / 100
    areas = measure.area_km2(shapely.box(104, north - 0.01, 104.01, north))
    land = np.broadcast_to(areas[:, None], cells.shape).ravel()
    order = np.argsort(cells.ravel())
    through = np.cumsum(land[order]) / land.sum()
    found = zones(path, site)
    mean = found.amount[0] / found.found_km2[0]
    assert mean == pytest.approx(np.average(cells.ravel(), weights=land), rel=1e-6)
    for share in (0.1, 0.5, 0.9):
        wanted = cells.ravel()[order][np.searchsorted(through, share)]
        assert found.quantile(share)[0] == pytest.approx(wanted, abs=BIN)
    for limit in (1, 25):
        wanted = land[cells.ravel() >= limit].sum() / land.sum()
        assert found.share_above(limit)[0] == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    assert found.bins is not None
    assert found.bins.shape == (1, BINS)
    assert found.bins.sum() == pytest.approx(found.found_km2[0])


def test_level_ground_has_no_slope_and_a_site_beyond_has_no_number(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", np.full((9, 9), 12.0))
    found = zones(path, shapely.box(104.02, 11.94, 104.06, 11.98), shapely.box(9, 9, 9.1, 9.1))
    assert found.amount[0] == 0
    assert found.quantile(0.9)[0] == pytest.approx(0, abs=BIN)
    assert found.share_above(25)[0] == 0
    assert np.isnan(found.quantile(0.9)[1])
    assert np.isnan(found.share_above(25)[1])
    assert found.covered_share[1] == 0
