"""True areas of a raster's cells, and how its grid falls into blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cetm_geo import measure
from cetm_geo.arrays import Floats, Indices
from cetm_geo.readers.rasters import Raster

_ACROSS = 512  # cells of a block, about
_LARGEST = 1024
_NEIGHBOURS_KM = 1.0
_KEPT = 10_000  # blocks whose areas are kept


@dataclass(frozen=True)
class Layout:
    """How a grid falls into blocks of high x wide cells, these into fields of rows x columns.

    A block begins where blocks of the file do, if these are of a size. All cells of a field count
    as equally large; of a lon/lat grid a field is a row of a block, so that this is exact.
    """

    high: int
    wide: int
    rows: int
    columns: int

    @property
    def size(self) -> int:
        """Cells of a block."""
        return self.high * self.wide

    @classmethod
    def of(cls, raster: Raster) -> Layout:
        """The layout of a raster."""
        high, wide = (_side(block) for block in raster.block)
        if raster.crs.is_geographic:
            return cls(high, wide, 1, wide)
        unit_km = raster.crs.axis_info[0].unit_conversion_factor / measure.M_PER_KM
        near = _NEIGHBOURS_KM / unit_km
        return cls(high, wide, _divisor(high, near / raster.cell_y),
                   _divisor(wide, near / raster.cell_x))  # fmt: skip


def _side(block: int) -> int:
    return block * max(1, _ACROSS // block) if block <= _LARGEST else _ACROSS


def _divisor(side: int, most: float) -> int:
    """The largest divisor of a side that is at most so much, and at least 1."""
    return max((n for n in range(1, side + 1) if side % n == 0 and n <= most), default=1)


@dataclass(frozen=True)
class CellAreas:
    """Areas of the cells of a raster in km2, and which block a cell is in; for many threads.

    Blocks are numbered row by row from the upper left.
    """

    raster: Raster
    layout: Layout
    found: dict[int, Floats] = field(default_factory=dict)

    @property
    def blocks_across(self) -> int:
        """Blocks beside each other."""
        return -(-self.raster.width // self.layout.wide)

    def block_of(self, row: Indices, column: Indices) -> Indices:
        """Number of the block that cells lie in."""
        return row // self.layout.high * self.blocks_across + column // self.layout.wide

    def place_of(self, row: Indices, column: Indices) -> Indices:
        """Number of cells within their block."""
        return row % self.layout.high * self.layout.wide + column % self.layout.wide

    def of(self, row: Indices, column: Indices, block: int) -> Floats:
        """Area of cells that lie in the block of this number."""
        down, across = divmod(block, self.blocks_across)
        # One for all blocks of a row, of the first: whichever is asked first, it has the same bits.
        alike = measure.is_lonlat(self.raster.crs)
        key = down * self.blocks_across if alike else block
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= _KEPT:
                self.found.clear()
            self.found[key] = found = self._areas(down, 0 if alike else across)
        at_row = (row - down * self.layout.high) // self.layout.rows
        at_column = (column - across * self.layout.wide) // self.layout.columns
        return np.asarray(found[at_row, at_column])

    def _areas(self, down: int, across: int) -> Floats:
        """Areas of the fields of a block, each for one of its cells."""
        raster, layout = self.raster, self.layout
        rows = down * layout.high + np.arange(0, layout.high + 1, layout.rows)
        columns = across * layout.wide + np.arange(0, layout.wide + 1, layout.columns)
        xs: Floats = raster.left + columns * np.float64(raster.cell_x)
        ys: Floats = raster.top - rows * np.float64(raster.cell_y)
        areas = measure.grid_areas_km2(xs, ys, raster.crs) / (layout.rows * layout.columns)
        if raster.crs.is_projected:  # and beyond the edge of its projection
            unit_km = raster.crs.axis_info[0].unit_conversion_factor / measure.M_PER_KM
            plane_km2 = raster.cell_x * raster.cell_y * unit_km**2
            areas = np.where(np.isfinite(areas), areas, plane_km2)
        return areas
