"""path -> raw frame, no meaning: what stands in a source, with every feature accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyogrio

from cetm_geo.errors import SourceError
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.model import Source
from cetm_geo.readers import attributes
from cetm_geo.readers.archives import member_names, unpacked
from cetm_geo.readers.files import FileFacts, check_kind, matching_files, read_facts
from cetm_geo.readers.frames import Parts, RawFrame, joined, turned
from cetm_geo.readers.rows import Rows
from cetm_geo.readers.tabular import read_named, read_table, read_texts
from cetm_geo.readers.vector import layer_names, layer_rows, read_vector

__all__ = [
    "FileFacts",
    "Parts",
    "RawFrame",
    "Rows",
    "check_kind",
    "layer_names",
    "layer_rows",
    "matching_files",
    "member_names",
    "read_facts",
    "read_named",
    "read_source",
    "read_texts",
    "software_versions",
    "source_files",
    "unpacked",
]


def read_source(
    data: Path, source: Source, format_name: str, never_read: tuple[str, ...] = ()
) -> RawFrame:
    """All rows of a source below the folder `data`, without the columns in `never_read`.

    A table of attributes is joined to them. Raises SourceError (missing, not of its format,
    unreadable, layer or member not in it), ColumnsNotFound, CRSMissing, CRSMismatch.
    """
    files = matching_files(data, source)
    frame = joined([_read(file, str(file), source, format_name, never_read) for file in files])
    if source.attributes:
        frame = attributes.with_attributes(frame, data, source.attributes, never_read)
    if not source.crs_override:
        return frame
    said = f"read in {source.crs_override} by the catalogue's word, whatever the file states"
    return replace(frame, remarks=(said, *frame.remarks))


def source_files(data: Path, source: Source) -> list[Path]:
    """All files that a source is read from, its table of attributes last. Raises SourceError."""
    files = matching_files(data, source)
    return [*files, attributes.file_of(data, source.attributes)] if source.attributes else files


def _read(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    try:
        return _read_one(path, shown, source, format_name, never_read)
    except OSError as error:  # of any of its parts: no permission, a broken disk, gone meanwhile
        why = error.strerror or " ".join(str(error).split())
        raise SourceError(
            f"{shown}: cannot be read: {why}.", "See whether it is whole and you may read it."
        ) from error


def _read_one(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    check_kind(path, format_name, shown)
    kind = FORMATS[format_name].kind
    if kind == Kind.ARCHIVE:
        with unpacked(path, shown, source.members) as members:
            return joined(
                [
                    _read(file, f"{shown}/{name}", source, format_by_ending(name), never_read)
                    for file, name in members
                ]
            )
    if kind == Kind.TABLE:
        return read_table(path, shown, source, format_name, never_read)
    if kind == Kind.RASTER:
        raise SourceError(
            f"{shown}: a raster, where a layer of features is wanted.", "Give it a raster role."
        )
    frame = read_vector(path, shown, source, format_name, never_read)
    return turned(frame) if source.axes == "lat_lon" else frame


def software_versions() -> dict[str, str]:
    """Versions of the readers."""
    return {"pyogrio": pyogrio.__version__, "gdal": pyogrio.__gdal_version_string__}
