"""path -> raw frame, no meaning: what stands in a source, with every feature accounted for."""

from __future__ import annotations

from pathlib import Path

import pyogrio
import shapely

from cetm_geo.errors import SourceError
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.model import Source
from cetm_geo.readers.archives import member_names, unpacked
from cetm_geo.readers.files import FileFacts, check_kind, matching_files, read_facts
from cetm_geo.readers.frames import RawFrame, joined
from cetm_geo.readers.tabular import read_table
from cetm_geo.readers.vector import layer_names, read_vector

__all__ = [
    "FileFacts",
    "RawFrame",
    "layer_names",
    "matching_files",
    "member_names",
    "read_facts",
    "read_source",
    "software_versions",
]


def read_source(
    data: Path, source: Source, format_name: str, never_read: tuple[str, ...] = ()
) -> RawFrame:
    """All rows of a source below the folder `data`, without the columns in `never_read`.

    Raises SourceError (missing, not of its format, unreadable, layer or member not in it),
    CRSMissing, CRSMismatch.
    """
    files = matching_files(data, source)
    return joined([_read(file, str(file), source, format_name, never_read) for file in files])


def _read(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    check_kind(path, format_name, shown)
    if format_name == "zip":
        with unpacked(path, shown, source.members) as members:
            return joined(
                [
                    _read(file, f"{shown}/{name}", source, format_by_ending(name), never_read)
                    for file, name in members
                ]
            )
    if FORMATS[format_name].kind == Kind.TABLE:
        return read_table(path, shown, source, format_name, never_read)
    if FORMATS[format_name].kind == Kind.RASTER:
        raise SourceError(f"{shown}: a raster, where a layer of features is wanted.")
    return read_vector(path, shown, source, format_name, never_read)


def software_versions() -> dict[str, str]:
    """Versions of the readers."""
    return {
        "pyogrio": pyogrio.__version__,
        "gdal": pyogrio.__gdal_version_string__,
        "geos": shapely.geos_version_string,
    }
