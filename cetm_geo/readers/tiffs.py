"""One GeoTIFF as a grid: looked at, refused where it cannot be measured, remarked on."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from cetm_geo import measure
from cetm_geo.errors import CRSMismatch, SourceError
from cetm_geo.model import Source
from cetm_geo.readers.crs import crs_of
from cetm_geo.readers.files import check_kind
from cetm_geo.readers.frames import unreadable
from cetm_geo.readers.grids import Raster, Tile, can_occur
from cetm_geo.readers.labels import labels_beside

_BLOCKS_LOOKED_AT = 500
_LARGEST_BLOCK_BYTES = 256 << 20
_SMALLEST_CELL_M = 0.001
_LABELS_TOLD = 6


def open_tiff(path: Path, shown: str, source: Source, nodata: float | None) -> Raster:
    """One file as a grid of its own; `rasters.open_raster` tells what it raises."""
    check_kind(path, "geotiff", shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told of by _refuse
            with rasterio.open(path, driver="GTiff", sharing=False) as dataset:
                _refuse(dataset, shown, source.band)
                _look_at_blocks(dataset, shown, source.band)
                return _described(dataset, path, shown, source, nodata)
    except (RasterioError, OSError) as error:
        raise unreadable(shown, "geotiff", error) from error


def _refuse(dataset: Any, shown: str, band: int) -> None:
    """Raises SourceError for what is no grid of numbers, north up, at a place on earth."""
    grid = dataset.transform
    if not 1 <= band <= dataset.count:
        raise SourceError(
            f"{shown}: has {dataset.count} bands, no band {band}.", "Mend source.band."
        )
    if grid.is_identity or not np.isfinite(grid).all():
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
    cells = int(np.prod(dataset.block_shapes[band - 1]))
    size = cells * np.dtype(dataset.dtypes[band - 1]).itemsize
    if size > _LARGEST_BLOCK_BYTES:
        raise SourceError(
            f"{shown}: holds its cells in blocks of {size / 2**20:.1f} MB, each of which has to be "
            "read as a whole.",
            "Write it again in tiles (gdal_translate -of COG).",
        )


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


def _described(
    dataset: Any, path: Path, shown: str, source: Source, nodata: float | None
) -> Raster:
    band, grid = source.band, dataset.transform
    crs = crs_of(shown, dataset.crs.to_wkt() if dataset.crs else None, source)
    _refuse_places(crs, dataset.bounds, grid.a, shown)
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
        block=dataset.block_shapes[band - 1],
        remarks=tuple(_remarks(dataset, path, band, stated, nodata)),
        files=(path,),
    )


def _refuse_places(crs: pyproj.CRS, bounds: Any, cell: float, shown: str) -> None:
    """Raises where a CRS cannot be that of the grid's corners, or the grid passes 180 degrees."""
    west, south, east, north = bounds
    wrong = "Find out which it is and write it as source.crs_override."
    corners = f"its corners are {west:g}, {south:g} and {east:g}, {north:g}"
    if measure.is_lonlat(crs):
        if max(abs(south), abs(north)) > 90 + cell or west < -360 or east > 360 + cell:
            raise CRSMismatch(f"{shown}: is in degrees by its CRS, but {corners}.", wrong)
        if east > 180 + cell or west < -180 - cell:
            end = east if east > 180 + cell else west
            raise SourceError(
                f"{shown}: its longitudes run to {end:g}, beyond {180 if end > 0 else -180}.",
                "Warp it to -180 to 180 (gdalwarp -te -180 -90 180 90).",
            )
        return
    unit_m = crs.axis_info[0].unit_conversion_factor if crs.is_projected else 1.0
    if cell * unit_m < _SMALLEST_CELL_M:
        raise CRSMismatch(
            f"{shown}: is in metres by its CRS, but its cells are {cell:g} wide and {corners}.",
            wrong,
        )
    middle = measure.transformer_to_lonlat(crs).transform((west + east) / 2, (south + north) / 2)
    if not np.isfinite(middle).all():
        raise CRSMismatch(f"{shown}: {corners}, which {crs.name} has no place for.", wrong)


def _remarks(
    dataset: Any, path: Path, band: int, stated: float | None, declared: float | None
) -> Iterator[str]:
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]
    if stated is None and declared is None and not masked:
        yield "states no no-data value: every cell counts as measured, 0 too"
    if stated is not None and declared is not None and not same_number(stated, declared):
        yield f"states {stated:g} as no data, the catalogue {declared:g}: the file's is used"
    value, dtype = declared if stated is None else stated, dataset.dtypes[band - 1]
    if value is not None and not can_occur(value, dtype):
        yield f"its no-data value {value:g} cannot occur in {dtype}: no cell is without data"
    if dataset.count > 1:
        yield f"holds {dataset.count} bands, of which band {band} is read"
    labels = labels_beside(path, band)
    if labels:
        told = ", ".join(f"{code} = {label}" for code, label in labels[:_LABELS_TOLD])
        more = f" and {len(labels) - _LABELS_TOLD} more" if len(labels) > _LABELS_TOLD else ""
        yield f"its cells are codes of classes: {told}{more}"
    elif dataset.colorinterp[band - 1] == ColorInterp.palette:
        yield "holds a colour table: its cells may be codes; the catalogue says what they mean"


def same_number(a: float | None, b: float | None) -> bool:
    """Two no-data values alike, as far as a float32 tells."""
    if a is None or b is None:
        return a is b
    with np.errstate(over="ignore"):
        return bool(np.float32(a) == np.float32(b)) or (np.isnan(a) and np.isnan(b))
