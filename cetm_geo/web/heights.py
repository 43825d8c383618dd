"""An elevation raster -> squares of heights in Web Mercator, without cliffs where it ends.

Relief shading draws slopes, so a hole filled with any number would be a pit with walls. Where no
height is known stands what the raster comes to from afar, and known ground fades into that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine, array_bounds
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window

from cetm_geo.model import RasterSpec
from cetm_geo.readers.grids import Raster, Windows

Grid = NDArray[np.float32]
Box = tuple[float, float, float, float]

DEGREES, MERCATOR = CRS.from_epsg(4326), CRS.from_epsg(3857)
WORLD_M = 20037508.342789244
# Large squares, because a browser without a graphics card takes one in a frame.
PX = 512
FADE_PX = 12  # of the screen, over which known ground becomes the view from afar
# Cells read for one square: 32 million are some 170 km across at 30 m.
NEAR_CELLS = 32_000_000
FINE = 2  # cells a pixel, a side: what is finer is averaged as it is read, to hold less of it
# Of the view from afar: cells a side, and how many it may be made from where no overview helps.
FAR_SIDE = 1024
MARGIN = 0.12  # of its sides, over which it becomes flat beyond the raster
FAR_CELLS = 64_000_000
STRIP_CELLS = 4_000_000
DEEPEST_ZOOM = 11
_LATITUDES = (-85.05, 85.05)


@dataclass(frozen=True)
class Far:
    """A whole raster as some hundred cells a side, filled: heights (m) in EPSG:3857, north up."""

    heights: Grid
    left: float
    top: float
    cell_x: float
    cell_y: float

    def at(self, left: float, top: float, cell: float, side: int) -> Grid:
        """Heights (side, side) at the middles of cells; beyond the edges, those of the edges."""
        middles = (np.arange(side) + 0.5) * cell
        rows = (self.top - (top - middles)) / self.cell_y - 0.5
        columns = ((left + middles) - self.left) / self.cell_x - 0.5
        return _between(_between(self.heights, rows).T, columns).T


def _between(heights: Grid, at: NDArray[Any]) -> Grid:
    """Rows of a grid at places between its rows."""
    last = len(heights) - 1
    at = np.clip(at, 0, last)
    lower = np.minimum(at.astype(int), max(last - 1, 0))
    part = (at - lower).astype(np.float32)[:, None]
    upper = np.minimum(lower + 1, last)
    return np.asarray(heights[lower] * (1 - part) + heights[upper] * part, np.float32)


def box_of(raster: Raster) -> Box:
    """West, south, east, north of a raster in degrees, as far as a web map reaches."""
    right = raster.left + raster.width * raster.cell_x
    bottom = raster.top - raster.height * raster.cell_y
    found = transform_bounds(_crs(raster), DEGREES, raster.left, bottom, right, raster.top)
    west, south, east, north = found
    low, high = _LATITUDES
    return max(west, -180.0), max(south, low), min(east, 180.0), min(north, high)


def deepest_zoom(raster: Raster) -> int:
    """The zoom from which on squares would show no more than the raster holds."""
    west, _, east, _ = transform_bounds(DEGREES, MERCATOR, *box_of(raster))
    cell = (east - west) / raster.width
    return min(max(math.ceil(math.log2(2 * WORLD_M / PX / cell)), 0), DEEPEST_ZOOM)


def far_of(raster: Raster, cells: RasterSpec | None) -> Far | None:
    """The raster from afar; None where it has too many cells to read them all, or no height.

    Raises SourceError where a file cannot be read.
    """
    thinned = _thinned(raster, cells)
    if thinned is None or np.isnan(thinned[0]).all():
        return None
    heights, grid = thinned
    left, bottom, right, top = transform_bounds(DEGREES, MERCATOR, *box_of(raster))
    high, wide = heights.shape
    step_x, step_y = (right - left) / wide, (top - bottom) / high
    rows, columns = math.ceil(MARGIN * high), math.ceil(MARGIN * wide)
    left, top = left - columns * step_x, top + rows * step_y
    shape = (high + 2 * rows, wide + 2 * columns)
    there = _north_up(left, top, step_x, step_y)
    afar = filled(_warped(heights, grid, _crs(raster), there, shape))
    return Far(_levelled(afar, rows, columns), left, top, step_x, step_y)


def _levelled(heights: Grid, rows: int, columns: int) -> Grid:
    """Heights that become their mean over so many rows and columns at the edges."""
    high, wide = heights.shape
    down = np.minimum(np.arange(high), np.arange(high)[::-1]) / rows
    across = np.minimum(np.arange(wide), np.arange(wide)[::-1]) / columns
    weight = np.minimum(down, 1)[:, None] * np.minimum(across, 1)[None, :]
    mean = heights.mean(dtype=np.float64)
    return np.asarray(mean + weight * (heights - mean), np.float32)


def square(
    raster: Raster, cells: RasterSpec | None, far: Far | None, z: int, x: int, y: int
) -> Grid | None:
    """Heights (PX, PX) in metres of a tile; None where neither view of the raster says any.

    Raises SourceError where a file cannot be read.
    """
    size = 2 * WORLD_M / 2**z
    cell = size / PX
    left, top = x * size - WORLD_M, WORLD_M - y * size
    if far and cell >= far.cell_x:
        return far.at(left, top, cell, PX)
    side = PX + 2 * FADE_PX
    edge = _north_up(left - FADE_PX * cell, top + FADE_PX * cell, cell, cell)
    near = _near(raster, cells, edge, side)
    if far is None:
        return None if near is None or np.isnan(near).all() else filled(near)[_MIDDLE]
    afar = far.at(left, top, cell, PX)
    return afar if near is None else faded(near, afar)


_MIDDLE = np.s_[FADE_PX:-FADE_PX, FADE_PX:-FADE_PX]


def faded(near: Grid, afar: Grid) -> Grid:
    """Known heights with a margin of FADE_PX, nan elsewhere, laid into those from afar."""
    known = ~np.isnan(near)
    # On a straight edge half of what lies about is known; there the view from afar holds alone.
    weight = np.clip(2 * _share_about(known) - 1, 0, 1) * known[_MIDDLE]
    return np.asarray(afar + weight * (np.nan_to_num(near[_MIDDLE]) - afar), np.float32)


def _share_about(known: NDArray[np.bool_]) -> Grid:
    """Of each cell but the margin, the share of cells about it that are known."""
    reach = 2 * FADE_PX + 1
    sums = np.pad(known.astype(np.float32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    found = (
        sums[reach:, reach:]
        - sums[:-reach, reach:]
        - sums[reach:, :-reach]
        + sums[:-reach, :-reach]
    )
    return np.asarray(found / reach**2, np.float32)


def filled(heights: Grid) -> Grid:
    """Heights with every nan replaced: from averages over ever larger squares, without an edge."""
    known = ~np.isnan(heights)
    if known.all() or min(heights.shape) < 2:
        mean = float(np.nanmean(heights)) if known.any() else 0.0
        return np.where(known, heights, np.float32(mean))
    high, wide = heights.shape
    padded = np.pad(heights, ((0, high % 2), (0, wide % 2)), constant_values=np.nan)
    coarse = filled(_mean_of_blocks(padded, 2))
    rows = (np.arange(high) + 0.5) / 2 - 0.5
    columns = (np.arange(wide) + 0.5) / 2 - 0.5
    smooth = _between(_between(coarse, rows).T, columns).T
    return np.where(known, heights, smooth)


def _mean_of_blocks(heights: Grid, step: int) -> Grid:
    """Means over blocks of step x step cells of what is known in each; nan where nothing is."""
    high, wide = heights.shape[0] // step, heights.shape[1] // step
    blocks = heights[: high * step, : wide * step].reshape(high, step, wide, step)
    known = ~np.isnan(blocks)
    count = known.sum((1, 3))
    total = np.where(known, blocks, 0).sum((1, 3), dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _near(raster: Raster, cells: RasterSpec | None, grid: Affine, side: int) -> Grid | None:
    """Heights (side, side) from the raster's own cells; None where there are none, or too many."""
    bounds = transform_bounds(MERCATOR, _crs(raster), *array_bounds(side, side, grid))
    left = math.floor((bounds[0] - raster.left) / raster.cell_x) - 2
    right = math.ceil((bounds[2] - raster.left) / raster.cell_x) + 2
    top = math.floor((raster.top - bounds[3]) / raster.cell_y) - 2
    bottom = math.ceil((raster.top - bounds[1]) / raster.cell_y) + 2
    left, right = max(left, 0), min(right, raster.width)
    top, bottom = max(top, 0), min(bottom, raster.height)
    if left >= right or top >= bottom or (right - left) * (bottom - top) > NEAR_CELLS:
        return None
    window = (top, left, bottom - top, right - left)
    step = max(math.isqrt(window[2] * window[3]) // (FINE * side), 1)
    heights = _means(raster, cells, window, step)
    return _warped(heights, _grid(raster, top, left, step), _crs(raster), grid, (side, side))


def _heights(
    raster: Raster, cells: RasterSpec | None, windows: Windows, window: tuple[int, int, int, int]
) -> Grid:
    """A window (row, column, height, width) in metres; nan where nothing is known."""
    found = windows.cells(*window)
    return _in_metres(np.where(found.known, found.values, np.nan), raster, cells)


def _in_metres(values: Any, raster: Raster, cells: RasterSpec | None) -> Grid:
    scale = raster.scale if cells is None or cells.scale is None else cells.scale
    offset = raster.offset if cells is None or cells.offset is None else cells.offset
    heights = np.asarray(values, np.float32) * np.float32(scale) + np.float32(offset)
    low = -math.inf if cells is None or cells.valid_min is None else cells.valid_min
    high = math.inf if cells is None or cells.valid_max is None else cells.valid_max
    return np.where((heights >= low) & (heights <= high), heights, np.float32(np.nan))


def _thinned(raster: Raster, cells: RasterSpec | None) -> tuple[Grid, Affine] | None:
    """The whole raster with at most about FAR_SIDE cells a side, and their grid."""
    step = max(math.ceil(max(raster.width, raster.height) / FAR_SIDE), 1)
    whole = raster.width * raster.height <= FAR_CELLS
    if not whole and not _has_overviews(raster):
        return None
    everything = (0, 0, raster.height, raster.width)
    if whole:
        heights = _means(raster, cells, everything, step)
    else:
        heights = _read_overviews(raster, cells, step)
    return heights, _grid(raster, 0, 0, step)


def _means(
    raster: Raster, cells: RasterSpec | None, window: tuple[int, int, int, int], step: int
) -> Grid:
    """Means over step x step cells of a window (row, column, height, width), strip by strip.

    Those at the ends are over fewer cells.
    """
    top, left, height, width = window
    strips = []
    rows = max(STRIP_CELLS // width // step, 1) * step
    with raster.reading() as windows:
        for row in range(0, height, rows):
            high = min(rows, height - row)
            heights = _heights(raster, cells, windows, (top + row, left, high, width))
            margin = ((0, -high % step), (0, -width % step))
            strips.append(_mean_of_blocks(np.pad(heights, margin, constant_values=np.nan), step))
    return np.vstack(strips)


def _has_overviews(raster: Raster) -> bool:
    try:
        with rasterio.open(raster.tiles[0].path, driver="GTiff", sharing=False) as dataset:
            return bool(dataset.overviews(raster.band))
    except (RasterioError, OSError):
        return False


def _read_overviews(raster: Raster, cells: RasterSpec | None, step: int) -> Grid:
    """Every file drawn small from its overviews, and laid in its place."""
    out = np.full((-(-raster.height // step), -(-raster.width // step)), np.nan, np.float32)
    for tile in raster.tiles:
        shape = (max(tile.height // step, 1), max(tile.width // step, 1))
        try:
            with rasterio.open(tile.path, driver="GTiff", sharing=False) as dataset:
                window = Window(tile.from_column, tile.from_row, tile.width, tile.height)
                read = dataset.read(
                    raster.band, window=window, out_shape=shape, masked=True,
                    resampling=Resampling.average,
                )  # fmt: skip
        except (RasterioError, OSError):
            continue  # what it would have said from afar is filled from about it
        values = np.where(np.ma.getmaskarray(read), np.nan, read.data.astype(np.float32))
        if raster.nodata is not None:
            values = np.where(values == np.float32(raster.nodata), np.nan, values)
        row, column = tile.row // step, tile.column // step
        place = out[row : row + shape[0], column : column + shape[1]]
        place[...] = _in_metres(values, raster, cells)[: place.shape[0], : place.shape[1]]
    return out


def _warped(heights: Grid, grid: Affine, crs: CRS, to: Affine, shape: tuple[int, int]) -> Grid:
    """A grid of heights in EPSG:3857."""
    out = np.full(shape, np.nan, np.float32)
    reproject(
        heights, out, src_transform=grid, src_crs=crs, src_nodata=np.nan, dst_transform=to,
        dst_crs=MERCATOR, dst_nodata=np.nan, resampling=Resampling.bilinear, num_threads=1,
    )  # fmt: skip
    return out


def _grid(raster: Raster, row: int, column: int, step: int = 1) -> Affine:
    left, top = raster.left + column * raster.cell_x, raster.top - row * raster.cell_y
    return _north_up(left, top, raster.cell_x * step, raster.cell_y * step)


def _north_up(left: float, top: float, cell_x: float, cell_y: float) -> Affine:
    return Affine(cell_x, 0, left, 0, -cell_y, top)


def _crs(raster: Raster) -> CRS:
    return CRS.from_wkt(raster.crs.to_wkt())
