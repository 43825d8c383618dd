"""Which files a source is, what identifies them, and whether they are what they are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cetm_geo.errors import SourceError, UnsafeUpload
from cetm_geo.formats import FORMATS, Kind
from cetm_geo.model import Source

_WILD = frozenset("*?[")
_HEAD_BYTES = 1 << 16
# Text in which GDAL sees a description of other data: files, services, commands.
_DESCRIBES_OTHER_DATA = re.compile(rb"<OGR\w*DataSource|<VRTDataset|<GDAL_WMS", re.IGNORECASE)
_XML_PROLOGUE = re.compile(
    rb"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>)", re.DOTALL
)
_XML_ROOT = re.compile(rb"\s*<(?:[\w.-]+:)?([\w.-]+)")
# What ends up under the name of a data file when a download went wrong.
_NOT_DATA = (
    (b"version https://git-lfs", "a Git LFS pointer, not the data itself", "Run git lfs pull."),
    (
        b"<!doctype html",
        "a web page, not data",
        "The download gave a page: open it, and fetch the file.",
    ),
    (b"<html", "a web page, not data", "The download gave a page: open it, and fetch the file."),
    (b"%pdf-", "a PDF document, not data", "Ask for the data themselves."),
)
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")  # zip, gzip, old Office


@dataclass(frozen=True)
class FileFacts:
    """What identifies a source's content, of all its files together.

    modified_at: of the newest file, ISO 8601 in UTC. file_count: a folder counts its files.
    """

    sha256: str
    size_bytes: int
    modified_at: str
    file_count: int = 1


def matching_files(data: Path, source: Source) -> list[Path]:
    """The files of a source below the folder `data`, sorted; a pattern gives all that fit.

    The ending fits in any case. Hidden files and folders are passed over, as by a shell: those of
    other systems (._a.shp), and the copies of remote files.

    Raises SourceError where there is none.
    """
    path = data / source.path
    if not _WILD & set(source.path) or _exists(path):
        if not _exists(path):
            raise SourceError(f"{path}: no such file.", "Put it there or change source.path.")
        return [path]
    try:
        found = sorted(p for p in data.glob(_any_case(source.path)) if not _is_hidden(p, data))
    except ValueError as error:  # ** beside other characters
        raise SourceError(f"{path}: no pattern ({error}).", "Change source.path.") from error
    if not found:
        raise SourceError(
            f"{data / source.path}: no file fits this pattern.",
            "Put them there or change source.path.",
        )
    return found


def _any_case(pattern: str) -> str:
    """A pattern whose ending fits in small letters and in capitals."""
    stem, dot, ending = pattern.rpartition(".")
    if not dot or not ending.isalnum():
        return pattern
    return stem + dot + "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in ending)


def _is_hidden(path: Path, data: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(data).parts)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for any file
        return False


def read_facts(paths: Path | Iterable[Path]) -> FileFacts:
    """Digest, size and modification time of files: of a shapefile its parts, of a folder all."""
    paths = [paths] if isinstance(paths, Path) else list(paths)
    parts = [part for path in paths for part in parts_of(path)]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    newest = max((part.stat().st_mtime for part in parts), default=0.0)
    return FileFacts(
        digest.hexdigest(),
        sum(part.stat().st_size for part in parts),
        datetime.fromtimestamp(newest, UTC).isoformat(timespec="seconds"),
        len(parts),
    )


def parts_of(path: Path) -> Sequence[Path]:
    """All files that a source is: those of a folder, the parts of one stem, else itself."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    siblings = FORMAT_SIBLINGS.get(path.suffix.lower())
    if siblings is None:
        return [path]
    return sorted(
        p
        for p in path.parent.glob(f"{_literal(path.stem)}.*")
        if p.suffix.lower() in siblings and p.stem == path.stem
    )


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in _WILD else c for c in name)


# Formats that are several files of one stem.
FORMAT_SIBLINGS = {
    ".shp": (".shp", ".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
    ".tif": (".tif", ".tfw"),  # its place, where the file itself does not state it
}


def check_kind(path: Path, format_name: str, shown: str) -> None:
    """Raises SourceError or UnsafeUpload where a file's first bytes are not of its format."""
    known = FORMATS[format_name]
    if known.folder:
        if not path.is_dir():
            raise UnsafeUpload(
                f"{shown}: a {format_name} is a folder, this is a file.", "Unpack it."
            )
        return
    if path.is_dir():
        raise SourceError(f"{shown}: a folder, not a file.", "Name a file in it, or a pattern.")
    if not path.is_file():  # to open a pipe is to wait for somebody to write
        raise SourceError(f"{shown}: a pipe or a device, not a file.", "Save its content as one.")
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise SourceError(f"{shown}: the file is empty (0 bytes).", "Fetch it again.")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what, hint in _NOT_DATA:
        if text.lower().startswith(start):
            raise SourceError(f"{shown}: is {what}.", hint)
    _refuse_disguises(head, text, format_name, shown)
    plain = any(len(start) == 1 for start in known.starts)
    fits = not known.starts or (text if plain else head).startswith(known.starts)
    if known.root:
        fits = fits and _xml_root(text) == known.root
    taken = known.kind == Kind.VECTOR and not known.driver  # by any driver that finds its words
    if not fits or (taken and _DESCRIBES_OTHER_DATA.search(head)):
        begins = head[:24].decode("utf-8", "replace").strip()
        raise UnsafeUpload(
            f"{shown}: is not a {format_name} file; it starts with {begins!r}.",
            "Give the file in its own format, or state source.format.",
        )


def _refuse_disguises(head: bytes, text: bytes, format_name: str, shown: str) -> None:
    """What begins as its format does, or as plain text may, and is something else."""
    known = FORMATS[format_name]
    if format_name == "geojson" and b'"esriGeometry' in head:
        raise SourceError(f"{shown}: is Esri JSON, not GeoJSON.", "Ask the server for f=geojson.")
    if known.kind != Kind.RASTER and not head.strip(b"\0"):
        raise SourceError(f"{shown}: holds zeros, no data.", "Fetch it again.")
    if known.kind == Kind.TABLE and format_name == "csv" and head.startswith(_PACKED):
        raise UnsafeUpload(
            f"{shown}: is no text but a packed file, such as a spreadsheet or a zip.",
            "Unpack it, or state source.format.",
        )
    if format_name == "excel" and text.startswith(b"<"):
        raise SourceError(
            f"{shown}: is a web page or XML under the name of a spreadsheet.",
            "Open it in a spreadsheet program, and save it as .xlsx or CSV.",
        )


def _xml_root(text: bytes) -> str:
    """The local name of the first element, lower case."""
    while skipped := _XML_PROLOGUE.match(text):
        text = text[skipped.end() :]
    found = _XML_ROOT.match(text)
    return found.group(1).decode("ascii", "replace").lower() if found else ""
