"""Which files a source is, what identifies them, and whether they are what they are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cetm_geo.errors import SourceError, UnsafeUpload
from cetm_geo.formats import FORMATS, Kind
from cetm_geo.model import Source

_WILD = frozenset("*?[")
_HEAD_BYTES = 1024
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


@dataclass(frozen=True)
class FileFacts:
    """What identifies a source's content: of all its files together."""

    sha256: str
    size_bytes: int
    modified_on: str


def matching_files(data: Path, source: Source) -> list[Path]:
    """The files of a source below the folder `data`, sorted; a pattern gives all that fit.

    Raises SourceError where there is none.
    """
    if not _WILD & set(source.path) or (data / source.path).exists():
        path = data / source.path
        if not path.exists():
            raise SourceError(f"{path}: no such file.", "Put it there or change source.path.")
        return [path]
    found = sorted(data.glob(source.path))
    if not found:
        raise SourceError(
            f"{data / source.path}: no file fits this pattern.",
            "Put them there or change source.path.",
        )
    return found


def read_facts(paths: Path | Iterable[Path]) -> FileFacts:
    """Digest, size and modification day of files (of a shapefile all its parts, of a folder all)."""
    paths = [paths] if isinstance(paths, Path) else list(paths)
    parts = [part for path in paths for part in _parts_of(path)]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    newest = max((part.stat().st_mtime for part in parts), default=0.0)
    return FileFacts(
        digest.hexdigest(),
        sum(part.stat().st_size for part in parts),
        datetime.fromtimestamp(newest, UTC).date().isoformat(),
    )


def _parts_of(path: Path) -> Sequence[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    siblings = FORMAT_SIBLINGS.get(path.suffix.lower())
    if siblings is None:
        return [path]
    return sorted(
        p for p in path.parent.glob(f"{_literal(path.stem)}.*") if p.suffix.lower() in siblings
    )


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in _WILD else c for c in name)


# Formats that are several files of one stem.
FORMAT_SIBLINGS = {
    ".shp": (".shp", ".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
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
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise SourceError(f"{shown}: the file is empty (0 bytes).", "Fetch it again.")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what, hint in _NOT_DATA:
        if text.lower().startswith(start):
            raise SourceError(f"{shown}: is {what}.", hint)
    if known.kind == Kind.TABLE and not known.starts:
        return
    plain = known.starts and all(len(s) == 1 for s in known.starts)
    if known.starts and not (text if plain else head).startswith(known.starts):
        begins = head[:24].decode("utf-8", "replace").strip()
        raise UnsafeUpload(
            f"{shown}: is not a {format_name} file; it starts with {begins!r}.",
            "Give the file in its own format, or state source.format.",
        )
