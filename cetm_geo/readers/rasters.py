"""Rasters through rasterio: GeoTIFFs, in a zip or not, or tiles of one grid, as one handle."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import rasterio

from cetm_geo.errors import SourceError
from cetm_geo.formats import FORMATS, Kind
from cetm_geo.model import Source
from cetm_geo.readers.archives import unpack
from cetm_geo.readers.files import check_kind, matching_files
from cetm_geo.readers.grids import GDAL, Cells, Raster, Tile, Windows, raster_software
from cetm_geo.readers.mosaics import mosaic
from cetm_geo.readers.tiffs import open_tiff
from cetm_geo.readers.vrt import open_vrt

__all__ = ["GDAL", "Cells", "Raster", "Tile", "Windows", "open_raster", "raster_software"]


def open_raster(
    data: Path, source: Source, format_name: str, nodata: float | None = None
) -> Raster:
    """The raster of a source below the folder `data`: a file, a folder, or a pattern of tiles.

    Args:
        nodata: the no-data value of files that state none.

    Raises SourceError (missing, no TIFF, damaged, turned, without a place or the band, a picture),
    UnsafeUpload (a zip or a list of tiles that no honest program writes), CRSMissing, CRSMismatch,
    LayerError (tiles that are not of one grid).
    """
    files = matching_files(data, source)
    with rasterio.Env(**GDAL):
        if format_name == "vrt":
            return open_vrt(_only(files), data, source, nodata)
        if FORMATS[format_name].kind == Kind.ARCHIVE:
            return _open_packed(files, source, format_name, nodata)
        tiffs = [(tiff, str(tiff)) for path in files for tiff in _files_in(path)]
        return _opened(tiffs, source, nodata)


def _opened(tiffs: Sequence[tuple[Path, str]], source: Source, nodata: float | None) -> Raster:
    return mosaic([open_tiff(path, shown, source, nodata) for path, shown in tiffs])


def _only(files: Sequence[Path]) -> Path:
    if len(files) > 1:
        raise SourceError(
            f"{files[0]}: is one of {len(files)} lists of tiles.", "Name one as source.path."
        )
    return files[0]


def _files_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".tif", ".tiff"))
    if not found:
        raise SourceError(f"{path}: no GeoTIFF in this folder.", "Put its tiles there.")
    return found


class _Folder:
    """A folder of unpacked files that goes when the last grid that reads from it does."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cetm-geo-"))
        weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # one that was forked meanwhile has not made it
        shutil.rmtree(folder, ignore_errors=True)


def _open_packed(
    files: Sequence[Path], source: Source, format_name: str, nodata: float | None
) -> Raster:
    """GeoTIFFs in zips, unpacked within the limits of `archives`.

    Cells of a packed file can only be reached from its beginning.
    """
    kept = _Folder()
    tiffs: list[tuple[Path, str]] = []
    for i, path in enumerate(files):
        shown = str(path)
        check_kind(path, format_name, shown)
        members = unpack(path, kept.path / f"zip{i}", shown, source.members)
        tiffs += [(file, f"{shown}/{name}") for file, name in members]
    return replace(_opened(tiffs, source, nodata), files=tuple(files), kept=kept)
