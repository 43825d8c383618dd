"""Rasters through rasterio: a GeoTIFF, or tiles of one grid, as one handle that is read by windows.

Only GDAL's GTiff driver is asked, after the first bytes were seen to be a TIFF's, and it reaches no
network. Overviews are never read: a window is read cell by cell as the file holds it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from cetm_geo.errors import LayerError, SourceError
from cetm_geo.model import Source
from cetm_geo.readers.crs import crs_of
from cetm_geo.readers.files import check_kind, matching_files
from cetm_geo.readers.frames import unreadable

# Nothing listens there: no file may make GDAL fetch another one.
_GDAL = {"GDAL_HTTP_PROXY": "127.0.0.1:9"}
_OPEN_AT_ONCE = 32
_BLOCKS_LOOKED_AT = 500
_ALIGNED = 0.05  # cells: tiles whose corners lie nearer to the grid than this are of the grid


@dataclass(frozen=True)
class Tile:
    """One file of a raster and its place in the grid, in cells from the upper left."""

    path: Path
    shown: str
    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True)
class Raster:
    """A grid of cells, north up, in one file or many.

    crs: of left, top (the upper left corner) and cell_x, cell_y (sizes, positive).
    nodata: the value that means nothing was measured, None where none is stated.
    scale, offset: as the files state them; windows hold the cells before them.
    remarks: what the reader noticed of the files, each once.
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
    remarks: tuple[str, ...] = ()

    @contextmanager
    def reading(self) -> Iterator[Windows]:
        """Windows of the cells; the files are open within the `with` and no longer."""
        with rasterio.Env(**_GDAL):
            windows = Windows(self)
            try:
                yield windows
            finally:
                windows.close()


class Windows:
    """Reads windows of a raster; of one thread, made by `Raster.reading`."""

    def __init__(self, raster: Raster) -> None:
        self._raster = raster
        self._open: dict[Path, Any] = {}
        self._tree = shapely.STRtree([_box(tile) for tile in raster.tiles])

    def read(
        self, row: int, column: int, height: int, width: int
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Cells (height, width), not a number where no data, and which of them some file holds.

        Raises SourceError where a file cannot be read there.
        """
        cells = np.full((height, width), np.nan)
        held = np.zeros((height, width), bool)
        wanted = shapely.box(column, row, column + width, row + height)
        for i in sorted(self._tree.query(wanted).tolist()):
            tile = self._raster.tiles[i]
            top, bottom = max(row, tile.row), min(row + height, tile.row + tile.height)
            left, right = max(column, tile.column), min(column + width, tile.column + tile.width)
            if top >= bottom or left >= right:
                continue
            place = np.s_[top - row : bottom - row, left - column : right - column]
            window = Window(left - tile.column, top - tile.row, right - left, bottom - top)
            found = self._read(tile, window)
            # Of tiles that overlap the first with a value counts: one country's no data may be
            # the land of the next.
            cells[place] = np.where(np.isnan(cells[place]), found, cells[place])
            held[place] = True
        return cells, held

    def _read(self, tile: Tile, window: Any) -> NDArray[np.float64]:
        try:
            found = self._dataset(tile).read(self._raster.band, window=window, masked=True)
        except (RasterioError, OSError) as error:
            raise unreadable(tile.shown, "geotiff", error) from error
        nodata = self._raster.nodata
        if nodata is not None:
            mark = found.dtype.type(nodata) if found.dtype.kind == "f" else nodata
            found = np.ma.masked_where(found.data == mark, found)
        cells = np.ma.filled(found.astype(np.float64), np.nan)
        cells[~np.isfinite(cells)] = np.nan
        return np.asarray(cells)

    def _dataset(self, tile: Tile) -> Any:
        if tile.path not in self._open:
            if len(self._open) >= _OPEN_AT_ONCE:
                self._open.pop(next(iter(self._open))).close()
            self._open[tile.path] = rasterio.open(tile.path, driver="GTiff")
        return self._open[tile.path]

    def close(self) -> None:
        """Close every file."""
        for dataset in self._open.values():
            dataset.close()
        self._open.clear()


def open_raster(
    data: Path, source: Source, format_name: str, nodata: float | None = None
) -> Raster:
    """The raster of a source below the folder `data`: a file, a folder, or a pattern of tiles.

    Args:
        nodata: the no-data value of files that state none.

    Raises SourceError (missing, no TIFF, damaged, turned, without a place or the band, a picture),
    CRSMissing, CRSMismatch, LayerError (tiles that are not of one grid).
    """
    files = [tiff for path in matching_files(data, source) for tiff in _files_in(path)]
    with rasterio.Env(**_GDAL):
        tiles = [_opened(path, source, format_name, nodata) for path in files]
    return tiles[0] if len(tiles) == 1 else _mosaic(tiles)


def _files_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".tif", ".tiff"))
    if not found:
        raise SourceError(f"{path}: no GeoTIFF in this folder.", "Put its tiles there.")
    return found


def _opened(path: Path, source: Source, format_name: str, nodata: float | None) -> Raster:
    """One file as a raster of its own."""
    shown = str(path)
    check_kind(path, format_name, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told of by _refuse
            with rasterio.open(path, driver="GTiff") as dataset:
                _refuse(dataset, shown, source.band)
                _look_at_blocks(dataset, shown, source.band)
                return _described(dataset, path, source, nodata)
    except (RasterioError, OSError) as error:
        raise unreadable(shown, "geotiff", error) from error


def _refuse(dataset: Any, shown: str, band: int) -> None:
    """Raises SourceError for what is no grid of numbers, north up, at a place on earth."""
    grid = dataset.transform
    if not 1 <= band <= dataset.count:
        raise SourceError(
            f"{shown}: has {dataset.count} bands, no band {band}.", "Mend source.band."
        )
    if grid.is_identity:
        raise SourceError(
            f"{shown}: states no place on earth (no geotransform).",
            "Ask for the file with its position, or put its world file (.tfw) beside it.",
        )
    if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
        raise SourceError(
            f"{shown}: its grid is turned or upside down.", "Warp it north up (gdalwarp)."
        )
    if dataset.colorinterp[band - 1] in (ColorInterp.red, ColorInterp.green, ColorInterp.blue):
        raise SourceError(
            f"{shown}: band {band} is a colour of a picture, not a measurement.",
            "Ask for the data themselves, not a drawing of them.",
        )
    if dataset.dtypes[band - 1].startswith("complex"):
        raise SourceError(f"{shown}: holds complex numbers.", "Write their real part.")


def _look_at_blocks(dataset: Any, shown: str, band: int) -> None:
    """Raises SourceError where blocks lie beyond the file's end: a download that broke off."""
    high, wide = dataset.block_shapes[band - 1]
    down, across = -(-dataset.height // high), -(-dataset.width // wide)
    size = Path(dataset.name).stat().st_size
    steps = np.linspace(0, down * across - 1, min(down * across, _BLOCKS_LOOKED_AT))
    for number in np.unique(steps.round().astype(int)).tolist():
        y, x = divmod(number, across)
        offset, length = (
            dataset.get_tag_item(f"BLOCK_{what}_{x}_{y}", "TIFF", bidx=band)
            for what in ("OFFSET", "SIZE")
        )
        if offset and length and int(offset) + int(length) > size:
            raise SourceError(
                f"{shown}: is cut off: its data would reach to {int(offset) + int(length)} bytes, "
                f"the file has {size}.",
                "Fetch it again.",
            )


def _described(dataset: Any, path: Path, source: Source, nodata: float | None) -> Raster:
    shown, band, grid = str(path), source.band, dataset.transform
    crs = crs_of(shown, dataset.crs.to_wkt() if dataset.crs else None, source)
    if crs.is_geographic and dataset.bounds.right > 180 + grid.a:
        raise SourceError(
            f"{shown}: its longitudes run to {dataset.bounds.right:g}, beyond 180.",
            "Warp it to -180 to 180 (gdalwarp -te -180 -90 180 90).",
        )
    stated = dataset.nodatavals[band - 1]
    return Raster(
        tiles=(Tile(path, shown, 0, 0, dataset.height, dataset.width),),
        band=band,
        crs=crs,
        left=grid.c,
        top=grid.f,
        cell_x=grid.a,
        cell_y=-grid.e,
        width=dataset.width,
        height=dataset.height,
        dtype=dataset.dtypes[band - 1],
        nodata=nodata if stated is None else stated,
        scale=dataset.scales[band - 1],
        offset=dataset.offsets[band - 1],
        remarks=tuple(_remarks(dataset, band, stated, nodata)),
    )


def _remarks(
    dataset: Any, band: int, stated: float | None, declared: float | None
) -> Iterator[str]:
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]
    if stated is None and declared is None and not masked:
        yield "states no no-data value: every cell counts as measured, 0 too"
    if stated is not None and declared is not None and not _same(stated, declared):
        yield f"states {stated:g} as no data, the catalogue {declared:g}: the file's is used"
    value, dtype = declared if stated is None else stated, np.dtype(dataset.dtypes[band - 1])
    if value is not None and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            yield f"its no-data value {value:g} cannot occur in {dtype}: no cell is without data"
    if dataset.count > 1:
        yield f"holds {dataset.count} bands, of which band {band} is read"
    if dataset.colorinterp[band - 1] == ColorInterp.palette:
        yield "holds a colour table: its cells may be codes; the catalogue says what they mean"


def _same(a: float | None, b: float | None) -> bool:
    """Two no-data values alike, as far as a float32 tells."""
    if a is None or b is None:
        return a is b
    return bool(np.float32(a) == np.float32(b)) or (np.isnan(a) and np.isnan(b))


def _mosaic(parts: Sequence[Raster]) -> Raster:
    """Tiles as one grid. Raises LayerError naming the first tile that does not fit, and why."""
    first = parts[0]
    left, top = min(p.left for p in parts), max(p.top for p in parts)
    tiles = []
    for part in parts:
        tile = part.tiles[0]
        why = _misfit(part, first)
        if why:
            raise LayerError(
                f"{tile.shown}: {why}; {first.tiles[0].shown} has others.",
                "Give each such group of tiles a layer of its own.",
            )
        row, column = (top - part.top) / first.cell_y, (part.left - left) / first.cell_x
        tiles.append(replace(tile, row=round(row), column=round(column)))
    overlapping = _overlapping(tiles)
    remarks = dict.fromkeys(text for part in parts for text in part.remarks)
    if overlapping:
        remarks[f"{overlapping} pairs of its tiles overlap; there the first with data counts"] = (
            None
        )
    return replace(
        first,
        tiles=tuple(tiles),
        left=left,
        top=top,
        width=max(t.column + t.width for t in tiles),
        height=max(t.row + t.height for t in tiles),
        remarks=tuple(remarks),
    )


def _misfit(part: Raster, first: Raster) -> str:
    """What keeps a tile out of the grid of the first one, or ''."""
    if not part.crs.equals(first.crs, ignore_axis_order=True):
        return f"is in {part.crs.to_string()}"
    drift = max(
        abs(part.cell_x - first.cell_x) * part.width / first.cell_x,
        abs(part.cell_y - first.cell_y) * part.height / first.cell_y,
    )
    shifts = (part.left - first.left) / first.cell_x, (first.top - part.top) / first.cell_y
    shifted = any(abs(shift - round(shift)) > _ALIGNED for shift in shifts)
    scales = (part.scale, part.offset) == (first.scale, first.offset)
    faults = (
        (drift > _ALIGNED, f"has cells of {part.cell_x:g} x {part.cell_y:g}"),
        (shifted, "its grid is shifted by a part of a cell"),
        (part.dtype != first.dtype, f"holds {part.dtype}"),
        (not _same(part.nodata, first.nodata), f"states {part.nodata} as no data"),
        (not scales, f"states scale {part.scale:g} and offset {part.offset:g}"),
    )
    return next((text for wrong, text in faults if wrong), "")


def _overlapping(tiles: Sequence[Tile]) -> int:
    boxes = np.array([_box(tile) for tile in tiles], object)
    a, b = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    shared = shapely.area(shapely.intersection(boxes[a], boxes[b])) > 0
    return int((shared & (a < b)).sum())


def _box(tile: Tile) -> Any:
    return shapely.box(tile.column, tile.row, tile.column + tile.width, tile.row + tile.height)


def raster_software() -> dict[str, str]:
    """Versions of what opens rasters, which brings a GDAL of its own."""
    return {"rasterio": rasterio.__version__, "gdal": rasterio.__gdal_version__}
