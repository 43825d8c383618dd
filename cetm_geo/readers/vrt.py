"""A list of GeoTIFF tiles in GDAL's virtual format, read as text.

GDAL's own driver is never asked: such a list may name any file or address, run code, and fetch. Of
it only this is taken: tiles laid cell by cell beside each other, all GeoTIFFs below the list's own
folder or the data folder. Whatever else it says is refused by name, never passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from cetm_geo.errors import LayerError, SourceError, UnsafeUpload
from cetm_geo.model import Source
from cetm_geo.readers.crs import crs_of
from cetm_geo.readers.files import check_kind
from cetm_geo.readers.grids import Raster, Tile
from cetm_geo.readers.mosaics import ALIGNED, misfit, overlaps, remarks_of
from cetm_geo.readers.tiffs import open_tiff, same_number
from cetm_geo.readers.xmltext import parsed

_MOST_BYTES = 64 << 20
_TYPES = {"Byte": "uint8"}  # the others are called as numpy calls them, with capitals
_OF_LIST = {"SRS", "GeoTransform", "Metadata", "OverviewList", "VRTRasterBand"}
_OF_BAND = {
    *("NoDataValue", "ColorInterp", "ColorTable", "CategoryNames", "Description", "UnitType"),
    *("Scale", "Offset", "Metadata", "Histograms", "GDALRasterAttributeTable"),
}
_SOURCES = {"SimpleSource", "ComplexSource"}
_OF_SOURCE = {
    *("SourceFilename", "SourceBand", "SourceProperties", "SrcRect", "DstRect", "NODATA"),
    "UseMaskBand",  # a tile's mask is heeded anyway
}
_HINT = "Write the mosaic with gdalbuildvrt from tiles of one grid, or name the tiles by a pattern."


@dataclass(frozen=True)
class _Laid:
    """A window of a file, and where it lies: x, y, width, height in cells; its no-data value."""

    name: str
    below: Path
    band: int
    taken: tuple[int, int, int, int] | None
    laid: tuple[int, int, int, int] | None
    nodata: float | None


def open_vrt(path: Path, data: Path, source: Source, nodata: float | None) -> Raster:
    """The grid that a list of tiles describes; `rasters.open_raster` tells what it raises."""
    shown = str(path)
    check_kind(path, "vrt", shown)
    root = parsed(path, _MOST_BYTES)
    if root is None:
        raise SourceError(f"{shown}: is damaged, or no plain list of tiles.", _HINT)
    band = _band_of(root, source.band, shown)
    laid = [_laid(element, path.parent, data, shown) for element in _sources_of(band, shown)]
    if len({one.band for one in laid}) != 1:
        raise _refused(shown, "takes different bands of its tiles, or has none")
    stated = _number(band, "NoDataValue", shown)
    for one in laid:
        if one.nodata is not None and not same_number(one.nodata, stated):
            raise _refused(shown, f"turns {one.nodata:g} of {one.name} into another no-data value")
    empty = _empty_grid(root, band, path, source, stated if stated is not None else nodata)
    # Of tiles that overlap, a list's last one lies on top, a mosaic's first.
    parts = [_tile_of(one, empty, data, shown, source, nodata) for one in reversed(laid)]
    return _filled(empty, parts, stated)


def _refused(shown: str, what: str) -> SourceError:
    return SourceError(f"{shown}: {what}; of such lists of tiles only plain ones are read.", _HINT)


def _band_of(root: Element, number: int, shown: str) -> Element:
    for element in root:
        if element.tag not in _OF_LIST:
            raise _refused(shown, f"has a {element.tag}")
    if root.get("subClass"):
        raise _refused(shown, f"is a {root.get('subClass')}")
    bands = root.findall("VRTRasterBand")
    if not 1 <= number <= len(bands):
        raise SourceError(
            f"{shown}: has {len(bands)} bands, no band {number}.", "Mend source.band."
        )
    band = bands[number - 1]
    if band.get("subClass", "VRTSourcedRasterBand") != "VRTSourcedRasterBand":
        raise _refused(shown, f"has a {band.get('subClass')}, whose cells are computed")
    return band


def _sources_of(band: Element, shown: str) -> Iterator[Element]:
    for element in band:
        if element.tag in _SOURCES:
            for inner in element:
                if inner.tag not in _OF_SOURCE:
                    raise _refused(shown, f"changes the cells of its tiles ({inner.tag})")
            yield element
        elif element.tag not in _OF_BAND:
            raise _refused(shown, f"has a {element.tag}")


def _laid(element: Element, own: Path, data: Path, shown: str) -> _Laid:
    file = element.find("SourceFilename")
    name = "" if file is None or file.text is None else file.text.strip()
    relative = file is not None and file.get("relativeToVRT", "0") == "1"
    band = element.findtext("SourceBand", "1").strip()
    if not band.isdecimal():
        raise _refused(shown, f"takes {band[:40]!r} of {name[:80]!r} as its band")
    return _Laid(
        name,
        own if relative else data,
        int(band),
        _rectangle(element, "SrcRect", shown),
        _rectangle(element, "DstRect", shown),
        _number(element, "NODATA", shown),
    )


def _rectangle(element: Element, name: str, shown: str) -> tuple[int, int, int, int] | None:
    found = element.find(name)
    if found is None:
        return None
    try:
        numbers = [float(found.get(key, "")) for key in ("xOff", "yOff", "xSize", "ySize")]
        x, y, width, height = (round(n) for n in numbers)
    except (ValueError, OverflowError) as error:
        raise _refused(shown, f"has a {name} without numbers") from error
    if any(abs(n - round(n)) > ALIGNED for n in numbers) or min(width, height) < 1:
        raise _refused(shown, "lays tiles between the cells")
    return x, y, width, height


def _number(element: Element, name: str, shown: str) -> float | None:
    text = element.findtext(name)
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise _refused(shown, f"states {text.strip()[:40]!r} as its {name}") from error


def _empty_grid(
    root: Element, band: Element, path: Path, source: Source, nodata: float | None
) -> Raster:
    """The list's own grid, without its tiles."""
    shown = str(path)
    try:
        width, height = (int(root.get(key, "")) for key in ("rasterXSize", "rasterYSize"))
        numbers = [float(text) for text in root.findtext("GeoTransform", "").split(",")]
        left, cell_x, turn_x, top, turn_y, down = numbers
    except ValueError as error:
        raise _refused(shown, "states no size, or no place on earth") from error
    if not np.isfinite(numbers).all():
        raise _refused(shown, "states no place on earth")
    if turn_x or turn_y or not cell_x > 0 or not down < 0:
        raise SourceError(
            f"{shown}: its grid is turned or upside down.", "Warp its tiles north up (gdalwarp)."
        )
    stated = band.get("dataType", "Byte")
    scale, offset = (_number(band, name, shown) for name in ("Scale", "Offset"))
    return Raster(
        tiles=(),
        band=1,
        crs=crs_of(shown, root.findtext("SRS", "").strip() or None, source),
        left=left,
        top=top,
        cell_x=cell_x,
        cell_y=-down,
        width=width,
        height=height,
        dtype=_TYPES.get(stated, stated.lower()),
        nodata=nodata,
        scale=1.0 if scale is None else scale,
        offset=0.0 if offset is None else offset,
        files=(path,),
    )


def _tile_of(
    one: _Laid, grid: Raster, data: Path, shown: str, source: Source, nodata: float | None
) -> Raster:
    """A tile opened, and seen to lie where the list lays it."""
    path = _safe(one, data, shown)
    own = replace(source, path=one.name, band=one.band)
    part = open_tiff(path, f"{shown}/{one.name}", own, nodata)
    x, y, width, height = one.taken or (0, 0, part.width, part.height)
    to_x, to_y, to_width, to_height = one.laid or (0, 0, grid.width, grid.height)
    if (width, height) != (to_width, to_height):
        raise _refused(shown, f"makes the cells of {one.name} larger or smaller")
    if x < 0 or y < 0 or x + width > part.width or y + height > part.height:
        raise _refused(shown, f"takes cells of {one.name} that it does not have")
    why = misfit(part, grid) or _elsewhere(part, grid, to_x - x, to_y - y)
    if not why and part.dtype != grid.dtype:
        why = f"holds {part.dtype}, the list {grid.dtype}"
    if why:
        raise LayerError(f"{shown}/{one.name}: {why}.", _HINT)
    tile = Tile(path, f"{shown}/{one.name}", to_y, to_x, height, width, y, x)
    return replace(part, tiles=(tile,))


def _elsewhere(part: Raster, grid: Raster, right: int, down: int) -> str:
    x, y = (part.left - grid.left) / grid.cell_x, (grid.top - part.top) / grid.cell_y
    if max(abs(x - right), abs(y - down)) <= ALIGNED:
        return ""
    return f"lies {x - right:+.1f} columns and {y - down:+.1f} rows from where the list lays it"


def _safe(one: _Laid, data: Path, shown: str) -> Path:
    """The file a list names. Raises UnsafeUpload for all but a GeoTIFF below the data folder."""
    parts = one.name.replace("\\", "/").split("/")
    # By the name alone: who may lay a symbolic link into the folder may read what it points to.
    path, *homes = (
        Path(os.path.normpath(p.absolute())) for p in (one.below / one.name, data, one.below)
    )
    below = any(path.is_relative_to(home) for home in homes)
    plain = bool(one.name) and ":" not in one.name and "\0" not in one.name and bool(parts[0])
    if not (plain and below and path.suffix.lower() in (".tif", ".tiff")):
        raise UnsafeUpload(
            f"{shown}: names {one.name[:120]!r}, which is no GeoTIFF below its own folder or the "
            "data folder.",
            "Put the tiles beside the list, and write it again with gdalbuildvrt.",
        )
    if not path.is_file():
        raise SourceError(f"{shown}: its tile {path} is missing.", "Put it there.")
    return path


def _filled(grid: Raster, parts: Sequence[Raster], stated: float | None) -> Raster:
    first = parts[0]
    tiles = [part.tiles[0] for part in parts]
    if any(t.row < 0 or t.column < 0 or t.row + t.height > grid.height
           or t.column + t.width > grid.width for t in tiles):  # fmt: skip
        raise _refused(str(grid.files[0]), "lays tiles beyond its own edges")
    for part in parts:
        if not same_number(part.nodata, grid.nodata if stated is not None else first.nodata):
            raise LayerError(
                f"{part.tiles[0].shown}: states {part.nodata} as no data, the list {stated}.", _HINT
            )
    return replace(
        grid,
        tiles=tuple(tiles),
        band=first.band,
        nodata=grid.nodata if stated is not None else first.nodata,
        block=first.block,
        remarks=(*remarks_of(parts), *overlaps(tiles)),
        files=(*grid.files, *(part.files[0] for part in parts)),
    )
