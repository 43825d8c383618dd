"""The file formats a catalogue may name: endings, first bytes, what kind of thing they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


class Kind(StrEnum):
    """What a file of a format is to a reader."""

    VECTOR = "vector"
    TABLE = "table"
    RASTER = "raster"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Format:
    """One format.

    endings: of file names, lower case. starts: first bytes, any of them; empty = plain text.
    driver: GDAL's name of it, put before the path where another driver could take the file.
    root: the first element of an XML file.
    layered: a file may hold several layers, of which source.layer names one.
    folder: the "file" is a folder.
    """

    endings: tuple[str, ...]
    kind: Kind = Kind.VECTOR
    starts: tuple[bytes, ...] = ()
    driver: str = ""
    root: str = ""
    layered: bool = False
    folder: bool = False


DBF_NAME_LETTERS = 10  # of the name of a column beside a shapefile: longer ones are cut off
_XML = (b"<",)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_JSON = (b"{", b"[")

FORMATS: Mapping[str, Format] = {
    "geojson": Format((".geojson", ".json"), starts=_JSON, driver="GeoJSON:"),
    "geojson_sequence": Format(
        (".geojsonl", ".geojsons", ".ndjson"), starts=(*_JSON, b"\x1e"), driver="GeoJSONSeq:"
    ),
    "topojson": Format((".topojson",), starts=_JSON, driver="TopoJSON:", layered=True),
    "geopackage": Format((".gpkg",), starts=(b"SQLite format 3\x00",), layered=True),
    "shapefile": Format((".shp",), starts=(b"\x00\x00\x27\x0a",)),
    "flatgeobuf": Format((".fgb",), starts=(b"fgb\x03",)),
    "geoparquet": Format((".parquet", ".geoparquet"), starts=(b"PAR1",)),
    "file_geodatabase": Format((".gdb",), layered=True, folder=True),
    "kml": Format((".kml",), starts=_XML, root="kml", layered=True),
    "kmz": Format((".kmz",), Kind.ARCHIVE, _ZIP, layered=True),
    "gpx": Format((".gpx",), starts=_XML, root="gpx", layered=True),
    "gml": Format((".gml",), starts=_XML, layered=True),
    "mapinfo": Format((".tab", ".mif"), starts=(b"!table", b"!Table", b"Version", b"VERSION")),
    "csv": Format((".csv", ".tsv", ".txt"), Kind.TABLE),
    "excel": Format((".xlsx", ".xls", ".ods"), Kind.TABLE, layered=True),
    "geotiff": Format(
        (".tif", ".tiff"), Kind.RASTER, (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
    ),
    "vrt": Format((".vrt",), Kind.RASTER, _XML, root="vrtdataset"),
    "zip": Format((".zip",), Kind.ARCHIVE, _ZIP, layered=True),
}


def format_by_ending(path: str) -> str:
    """The format a name's ending tells; empty if none is known."""
    suffix = PurePosixPath(path).suffix.lower()
    return next((name for name, known in FORMATS.items() if suffix in known.endings), "")
