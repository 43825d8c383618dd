"""Slope of the ground in degrees, from a raster of heights.

Horn's method (1981, Proceedings of the IEEE 69, 14-47): the eight neighbours of a cell, those
beside it counted twice, give the rise along rows and columns; of a plane it comes out exactly.
Lengths are true metres on the ellipsoid: the grid's two directions are measured there, so that a
degree of longitude, the stretch of a projection or its leaning meridians do not count as ground.
Where one of the nine heights is missing or impossible, or lies beyond the raster, no slope is
known. Slopes are binned by `zones.BIN`: a quantile is true to within that, a share above a multiple
of it exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
import rasterio

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Indices
from cetm_geo.blocks import COUNTS, Meaning
from cetm_geo.model import Measure, RasterSpec
from cetm_geo.readers.rasters import GDAL, Cells, Raster, Windows

# What is asked of a Slope: measure_zones(shapes, Slope(raster, its cells), SLOPES).
SLOPES = RasterSpec(Measure.VALUE, valid_min=0, valid_max=90)
_ALIKE_KM = 0.5  # apart, in a projected CRS, cells are taken to be as long and wide


class Slope(Raster):
    """The grid of a DEM, whose cells hold the slope there in degrees, 0 to 90.

    Args:
        heights: the DEM, its unit metres after scale and offset. cells: what it holds; heights
            beyond its valid range are as if they were missing.
    """

    heights: Raster
    cells: RasterSpec

    def __init__(self, heights: Raster, cells: RasterSpec) -> None:
        own = {f.name: getattr(heights, f.name) for f in fields(Raster)}
        super().__init__(**own | {"dtype": "float64", "nodata": None, "scale": 1.0, "offset": 0.0})
        object.__setattr__(self, "heights", heights)
        object.__setattr__(self, "cells", cells)

    @contextmanager
    def reading(self) -> Iterator[Windows]:
        """Windows of the slopes; the files are open within the `with` and no longer."""
        with rasterio.Env(**GDAL):
            windows = _Slopes(self.heights, self.cells)
            try:
                yield windows
            finally:
                windows.close()


class _Slopes(Windows):
    """Reads windows of a DEM, a cell wider on every side, and gives the slopes."""

    def __init__(self, heights: Raster, cells: RasterSpec) -> None:
        super().__init__(heights)
        self._meaning = Meaning(heights, cells)

    def cells(self, row: int, column: int, height: int, width: int) -> Cells:
        """A window of slopes; not known where one of the nine heights is not."""
        found = super().cells(row - 1, column - 1, height + 2, width + 2)
        index, kinds, _, value = self._meaning.of(found.values)
        known = found.known & (kinds[index] >= COUNTS)
        assert value is not None  # of heights
        slopes = _degrees(np.where(known, value, np.nan), self._metres(row, column, height, width))
        held = None if found.held is None else found.held[1:-1, 1:-1]
        good: Flags = np.isfinite(slopes)
        return Cells(np.where(good, slopes, 0.0), good, held)

    def _metres(self, row: int, column: int, height: int, width: int) -> Floats:
        """Of each cell the way east and north in metres of one column, and of one row downwards.

        Returns (4, height, width) or (4, height, 1): east and north of a column, of a row.
        """
        raster = self._raster
        geographic = raster.crs.is_geographic
        unit_km = raster.crs.axis_info[0].unit_conversion_factor / measure.M_PER_KM
        near = _ALIKE_KM / unit_km / np.array([raster.cell_y, raster.cell_x])
        rows, of_row = _middles(row, height, 1 if geographic else max(int(near[0]), 1))
        columns, of_column = _middles(column, width, max(int(near[1]), 1))
        if geographic:  # alike along a row
            columns, of_column = columns[:1], np.zeros(1, np.intp)
        across, down = np.meshgrid(columns, rows)
        ahead = np.array([[-0.5, 0.5, 0.0, 0.0], [0.0, 0.0, -0.5, 0.5]])[:, :, None, None]
        x = raster.left + (across + ahead[0]) * raster.cell_x
        y = raster.top - (down + ahead[1]) * raster.cell_y
        lon, lat = measure.transformer_to_lonlat(raster.crs).transform(x, y)
        east_km, north_km = measure.scale_km(lat.mean(axis=0))
        east = ((np.diff(lon, axis=0)[::2] + 180) % 360 - 180) * east_km
        north = np.diff(lat, axis=0)[::2] * north_km
        ways = np.stack([east[0], north[0], east[1], north[1]]) * measure.M_PER_KM
        return np.asarray(ways[:, of_row[:, None], of_column])


def _middles(first: int, count: int, step: int) -> tuple[Floats, Indices]:
    """Middles of fields of `step` cells, counted from 0 on, and the field of each of the cells."""
    numbers, of_cell = np.unique((first + np.arange(count)) // step, return_inverse=True)
    return numbers * step + np.float64(step / 2), of_cell


def _degrees(heights: Floats, metres: Floats) -> Floats:
    """Slopes of a window from heights that reach a cell beyond it on every side."""
    beside = heights[:-2] + 2 * heights[1:-1] + heights[2:]
    above = heights[:, :-2] + 2 * heights[:, 1:-1] + heights[:, 2:]
    across, down = (beside[:, 2:] - beside[:, :-2]) / 8, (above[2:] - above[:-2]) / 8
    column_east, column_north, row_east, row_north = metres
    # The rise per metre east and north that gives these rises per column and per row.
    land = column_east * row_north - column_north * row_east
    east = (across * row_north - down * column_north) / land
    north = (down * column_east - across * row_east) / land
    slopes = np.degrees(np.arctan(np.sqrt(east * east + north * north)))
    slopes[np.isnan(heights[1:-1, 1:-1])] = np.nan
    return np.asarray(slopes)
