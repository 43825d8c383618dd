"""The files of what somebody gave: itself, or what stands in an archive, each of a format taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cetm_geo import readers
from cetm_geo.errors import UnsafeUpload
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.given.limits import Limits
from cetm_geo.language import _
from cetm_geo.readers import archives

FORMATS_TAKEN = ("geojson", "kml", "kmz", "geopackage", "zip", "gpx", "csv")
_IN_ARCHIVES = frozenset(FORMATS_TAKEN) - {"kmz", "zip"} | {"shapefile"}
_PARTS_OF_SHAPEFILES = frozenset((".shp", ".shx", ".dbf", ".prj", ".cpg"))


@dataclass(frozen=True)
class File:
    """A file to read. shown: as its author knows it; where: its member's name, of an archive."""

    path: Path
    shown: str
    format_name: str
    where: str = ""


def format_taken(name: str) -> str:
    """The format that a name's ending tells. Raises UnsafeUpload where it is none that is taken."""
    found = format_by_ending(name)
    if found in FORMATS_TAKEN:
        return found
    if Path(name).suffix.lower() in _PARTS_OF_SHAPEFILES:
        raise UnsafeUpload(
            _("{file}: is one part of a shapefile.").format(file=name),
            _("Put its .shp, .shx, .dbf and .prj into one zip, and give that."),
        )
    raise UnsafeUpload(
        _("{file}: shapes are not read from files of this kind.").format(file=name),
        _("Give GeoJSON, KML, KMZ, GeoPackage, GPX, CSV, or a zipped shapefile."),
    )


def files_of(path: Path, shown: str, folder: Path, limits: Limits) -> list[File]:
    """What is to be read of a file; of an archive its members, unpacked into `folder`.

    Raises SourceError, UnsafeUpload.
    """
    format_name = format_taken(shown)
    readers.check_kind(path, format_name, shown)
    if FORMATS[format_name].kind != Kind.ARCHIVE:
        return [File(path, shown, format_name)]
    allowed = archives.Limits(limits.entries, limits.unpacked_bytes, nested=False)
    held = readers.member_names(path, shown, allowed)
    names = [name for name in held if format_by_ending(name) in _IN_ARCHIVES]
    if not names:
        raise UnsafeUpload(
            _("{file}: the archive holds no file of shapes.").format(file=shown),
            _("Put GeoJSON, KML, GeoPackage, CSV, or a shapefile with all its parts into it."),
        )
    if len(names) > limits.members:
        what = _("{file}: the archive holds {n} files of shapes; {of} are read at most.")
        raise UnsafeUpload(
            what.format(file=shown, n=len(names), of=limits.members),
            _("Put only the one you want into it."),
        )
    return [
        File(file, f"{shown}/{name}", format_by_ending(name), name)
        for file, name in archives.unpack(path, folder, shown, names, allowed)
    ]
