"""A grid of cells in one file or many, and windows of it as the files hold them.

Only GDAL's GTiff driver is asked, after the first bytes were seen to be a TIFF's, and it reaches no
network. Overviews are never read: a window is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from cetm_geo.arrays import Flags, Floats
from cetm_geo.readers.frames import unreadable

# No file may make GDAL fetch another one: nothing listens there. Bytes of its cache of blocks.
GDAL = {"GDAL_HTTP_PROXY": "127.0.0.1:9", "GDAL_CACHEMAX": 128 << 20}
_OPEN_AT_ONCE = 32


@dataclass(frozen=True)
class Tile:
    """A window of one file and its place in the grid, in cells from the upper left.

    from_row, from_column: where in the file it begins.
    """

    path: Path
    shown: str
    row: int
    column: int
    height: int
    width: int
    from_row: int = 0
    from_column: int = 0


@dataclass(frozen=True)
class Cells:
    """A window of a grid; arrays (height, width).

    values: as the file holds them, before scale and offset, in its own type. known: which of them
    were measured. held: which of them some file holds; None for all.
    """

    values: NDArray[Any]
    known: Flags
    held: Flags | None = None


@dataclass(frozen=True)
class Raster:
    """A grid of cells, north up, in one file or many.

    crs: of left, top (the upper left corner) and cell_x, cell_y (sizes, positive).
    nodata: the value that means nothing was measured, None where none is stated.
    scale, offset: as the files state them; windows hold the cells before them.
    block: rows and columns of the blocks that the (first) file is read by.
    remarks: what the reader noticed of the files, each once. files: all that it is read from, a
    list of tiles included. kept: what has to live as long as the grid does.
    """

    tiles: tuple[Tile, ...]
    band: int
    crs: pyproj.CRS
    left: float
    top: float
    cell_x: float
    cell_y: float
    width: int
    height: int
    dtype: str
    nodata: float | None
    scale: float = 1.0
    offset: float = 0.0
    block: tuple[int, int] = (1, 1)
    remarks: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    kept: Any = field(default=None, compare=False, repr=False)

    @contextmanager
    def reading(self) -> Iterator[Windows]:
        """Windows of the cells; the files are open within the `with` and no longer."""
        with rasterio.Env(**GDAL):
            windows = Windows(self)
            try:
                yield windows
            finally:
                windows.close()


class Windows:
    """Reads windows of a grid; of one thread, made by `Raster.reading`."""

    def __init__(self, raster: Raster) -> None:
        self._raster = raster
        self._open: dict[Path, Any] = {}
        self._tree = shapely.STRtree([box_of(tile) for tile in raster.tiles])

    def read(self, row: int, column: int, height: int, width: int) -> tuple[Floats, Flags]:
        """Cells (height, width), not a number where no data, and which of them some file holds.

        Raises SourceError where a file cannot be read there.
        """
        cells = self.cells(row, column, height, width)
        held = np.ones(cells.values.shape, bool) if cells.held is None else cells.held
        return np.where(cells.known, cells.values, np.nan).astype(np.float64), held

    def cells(self, row: int, column: int, height: int, width: int) -> Cells:
        """A window of the grid, which may reach beyond it; errors as in `read`."""
        wanted = shapely.box(column, row, column + width, row + height)
        parts = []
        for i in sorted(self._tree.query(wanted).tolist()):
            tile = self._raster.tiles[i]
            top, bottom = max(row, tile.row), min(row + height, tile.row + tile.height)
            left, right = max(column, tile.column), min(column + width, tile.column + tile.width)
            if top < bottom and left < right:
                parts.append((tile, top, left, bottom, right))
        if len(parts) == 1 and parts[0][1:] == (row, column, row + height, column + width):
            return self._read(*parts[0])
        values = np.zeros((height, width), self._raster.dtype)
        known, held = np.zeros((height, width), bool), np.zeros((height, width), bool)
        for tile, top, left, bottom, right in parts:
            place = np.s_[top - row : bottom - row, left - column : right - column]
            found = self._read(tile, top, left, bottom, right)
            # Of tiles that overlap the first with a value counts: one country's no data may be
            # the land of the next.
            values[place] = np.where(known[place], values[place], found.values)
            known[place] |= found.known
            held[place] = True
        return Cells(values, known, held)

    def _read(self, tile: Tile, top: int, left: int, bottom: int, right: int) -> Cells:
        """Cells that all lie in a tile."""
        window = Window(
            left - tile.column + tile.from_column,
            top - tile.row + tile.from_row,
            right - left,
            bottom - top,
        )
        band, nodata = self._raster.band, self._raster.nodata
        try:
            dataset = self._dataset(tile)
            values = dataset.read(band, window=window)
            known = ~_is_nodata(values, nodata)
            if MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]:
                known &= dataset.read_masks(band, window=window) > 0
        except (RasterioError, OSError) as error:
            raise unreadable(tile.shown, "geotiff", error) from error
        return Cells(values, known)

    def _dataset(self, tile: Tile) -> Any:
        if tile.path not in self._open:
            if len(self._open) >= _OPEN_AT_ONCE:
                self._open.pop(next(iter(self._open))).close()
            self._open[tile.path] = rasterio.open(tile.path, driver="GTiff", sharing=False)
        return self._open[tile.path]

    def close(self) -> None:
        """Close every file."""
        for dataset in self._open.values():
            dataset.close()
        self._open.clear()


def _is_nodata(values: NDArray[Any], nodata: float | None) -> Flags:
    """Which values are the one that means no data; of floats also those that are no numbers."""
    if values.dtype.kind == "f":
        none = np.asarray(~np.isfinite(values))
        with np.errstate(over="ignore"):  # one that is too large for the type marks infinity
            return none if nodata is None else none | (values == values.dtype.type(nodata))
    if not can_occur(nodata, values.dtype):
        return np.zeros(values.shape, bool)
    return np.asarray(values == values.dtype.type(nodata))


def can_occur(value: float | None, dtype: Any) -> bool:
    """True if cells of a type can hold a value."""
    if value is None:
        return False
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        return True
    limits = np.iinfo(kind)
    return bool(limits.min <= value <= limits.max and value == int(value))


def box_of(tile: Tile) -> Any:
    """The cells of a tile as a shape."""
    return shapely.box(tile.column, tile.row, tile.column + tile.width, tile.row + tile.height)


def raster_software() -> dict[str, str]:
    """Versions of what opens rasters, which brings a GDAL of its own."""
    return {"rasterio": rasterio.__version__, "gdal": rasterio.__gdal_version__}
