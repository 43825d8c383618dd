"""Zip archives, and zips in zips: the wanted members unpacked, within limits, into a folder."""

from __future__ import annotations

import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from cetm_geo.errors import SourceError, UnsafeUpload
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.readers.files import FORMAT_SIBLINGS

MAX_ENTRIES = 20_000
MAX_BYTES = 40 << 30
MAX_RATIO = 1000
RATIO_FROM_BYTES = 50 << 20  # small files of zeros compress well and harm nobody
_MAX_DEPTH = 3
_ARCHIVES = frozenset(name for name, known in FORMATS.items() if known.kind == Kind.ARCHIVE)
DAMAGED = (zipfile.BadZipFile, RuntimeError, EOFError, ValueError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to, and whether it may hold another archive."""

    entries: int = MAX_ENTRIES
    size_bytes: int = MAX_BYTES
    ratio: int = MAX_RATIO
    nested: bool = True


@contextmanager
def unpacked(
    path: Path, shown: str, members: Sequence[str], limits: Limits = Limits()
) -> Iterator[list[tuple[Path, str]]]:
    """The wanted members as (file, name within the archive), in the order they are wanted.

    Args:
        members: names or patterns, `inner.zip/name` for a zip in a zip; empty = the only one that
            this program reads, of a KMZ all.

    Raises SourceError (damaged, encrypted, members not in it or not said), UnsafeUpload.
    """
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        yield unpack(path, Path(folder), shown, members, limits)


def unpack(
    path: Path, folder: Path, shown: str, members: Sequence[str], limits: Limits = Limits()
) -> list[tuple[Path, str]]:
    """The wanted members in `folder`, which whoever calls removes; otherwise as `unpacked`."""
    names = member_names(path, shown, limits)
    return [
        (_extract(path, name, folder / str(i), shown, limits), name)
        for i, name in enumerate(_chosen(names, members, shown))
    ]


def member_names(path: Path, shown: str, limits: Limits = Limits(), depth: int = 1) -> list[str]:
    """Names of what this program reads in an archive; of zips in it, as `inner.zip/name`."""
    out: list[str] = []
    with _archive(path, shown) as archive:
        infos = archive.infolist()
        _check(infos, shown, limits)
        for info in infos:
            name = info.filename
            if _is_litter(name):
                continue
            if name.lower().endswith(".zip") and depth < _MAX_DEPTH:
                with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
                    inner = _copy(archive, info, Path(folder) / "inner.zip", shown, limits)
                    out += [
                        f"{name}/{n}"
                        for n in member_names(inner, f"{shown}/{name}", limits, depth + 1)
                    ]
            else:
                readable = _readable_name(name)
                if readable and readable not in out:
                    out.append(readable)
    return out


def _readable_name(name: str) -> str:
    """The member a name belongs to: itself, the .gdb folder it lies in, or nothing."""
    parts = PurePosixPath(name).parts
    for i, part in enumerate(parts):
        if part.lower().endswith(".gdb"):
            return "/".join(parts[: i + 1])
    format_name = format_by_ending(name)
    known = FORMATS.get(format_name)
    if name.endswith("/") or known is None or known.kind == Kind.ARCHIVE:
        return ""
    return "" if name.lower().endswith(".txt") else name  # a read-me, not a table


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    last = "".join(parts[-1:])
    return "__MACOSX" in parts or last in ("", ".DS_Store") or last.startswith("._")


def _chosen(names: list[str], members: Sequence[str], shown: str) -> list[str]:
    chosen: list[str] = []
    for wanted in members:
        found = [n for n in names if n == wanted] or [
            n for n in names if fnmatchcase(n.casefold(), wanted.casefold())
        ]
        if not found:
            raise SourceError(
                f"{shown}: holds {', '.join(names) or 'nothing this program reads'}; not {wanted}.",
                "Name the ones to read as source.members.",
            )
        chosen += [n for n in found if n not in chosen]
    if members:
        return chosen
    if names and shown.lower().endswith(".kmz"):  # its doc.kml may only point to the others
        return names
    if len(names) != 1:
        raise SourceError(
            f"{shown}: holds {', '.join(names) or 'nothing this program reads'}.",
            "Name the ones to read as source.members." if names else "Give the data themselves.",
        )
    return names


@contextmanager
def _archive(path: Path, shown: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise SourceError(f"{shown}: a damaged zip ({error}).", "Fetch it again.") from error


def _check(infos: Sequence[zipfile.ZipInfo], shown: str, limits: Limits) -> None:
    """Refuses what no honest archive holds, before anything is unpacked."""
    if len(infos) > limits.entries:
        raise UnsafeUpload(
            f"{shown}: holds {len(infos)} entries; at most {limits.entries} are read.",
            "Pack only the data.",
        )
    total = 0
    _refuse_twins(infos, shown)
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        nameless = not parts and not info.is_dir()
        if (
            nameless
            or info.filename.startswith("/")
            or ".." in parts
            or ":" in "".join(parts[:1])[1:2]
        ):
            raise UnsafeUpload(
                f"{shown}: the member {info.filename!r} points outside the archive.",
                "Pack it again with plain names.",
            )
        if (info.external_attr >> 28) == 0xA:
            raise UnsafeUpload(
                f"{shown}: the member {info.filename!r} is a symbolic link.",
                "Pack the file itself.",
            )
        if info.flag_bits & 1:
            raise SourceError(
                f"{shown}: the member {info.filename!r} is encrypted.",
                "Unpack it with its password.",
            )
        if not limits.nested and format_by_ending(info.filename) in _ARCHIVES:
            raise UnsafeUpload(
                f"{shown}: holds another archive, {info.filename!r}.",
                "Unpack it, and give the data themselves.",
            )
        total += info.file_size
        big = info.file_size > RATIO_FROM_BYTES
        if big and info.file_size > limits.ratio * max(info.compress_size, 1):
            raise UnsafeUpload(
                f"{shown}: the member {info.filename!r} unpacks to more than {limits.ratio} times "
                "its size.",
                "Give the file unpacked.",
            )
    if total > limits.size_bytes:
        raise UnsafeUpload(
            f"{shown}: unpacks to {total >> 20} MB; at most {limits.size_bytes >> 20} are read.",
            "Give the files unpacked.",
        )


def _refuse_twins(infos: Sequence[zipfile.ZipInfo], shown: str) -> None:
    """Two members of one name: programs differ in which of them they see."""
    often = Counter(info.filename for info in infos)
    twins = [name for name, count in often.items() if count > 1]
    if twins:
        raise UnsafeUpload(
            f"{shown}: holds {twins[0]!r} more than once.", "Pack each file under its own name."
        )


def _extract(path: Path, name: str, folder: Path, shown: str, limits: Limits) -> Path:
    """A member, with the files that belong to it, in `folder`."""
    outer, inner = _of_inner_zip(name)
    with _archive(path, shown) as archive:
        if inner and outer in archive.namelist():
            folder.mkdir(parents=True, exist_ok=True)
            info = archive.getinfo(outer)
            nested = _copy(archive, info, folder / "nested.zip", shown, limits)
            return _extract(nested, inner, folder / "nested", f"{shown}/{outer}", limits)
        stem, suffix = name.rpartition(".")[0], "." + name.rpartition(".")[2].lower()
        siblings = FORMAT_SIBLINGS.get(suffix, ())
        # Parts whose case differs are taken for want of better ones, which come last and stay.
        for info in sorted(archive.infolist(), key=lambda i: i.filename.startswith(f"{stem}.")):
            if info.is_dir():
                continue
            own = info.filename == name or info.filename.startswith(f"{name}/")
            beside = info.filename.rpartition(".")[0].casefold() == stem.casefold()
            ending = "." + info.filename.rpartition(".")[2].lower()
            if own or (beside and ending in siblings):
                target = folder / (
                    f"{PurePosixPath(stem).name}{ending}"
                    if beside and siblings
                    else PurePosixPath(info.filename).relative_to(PurePosixPath(name).parent)
                )
                _copy(archive, info, target, shown, limits)
    return folder / (
        f"{PurePosixPath(stem).name}{suffix}" if siblings else PurePosixPath(name).name
    )


def _of_inner_zip(name: str) -> tuple[str, str]:
    """The first zip in a member's name, and the member in that; the name and nothing without."""
    end = name.lower().find(".zip/") + len(".zip")
    return (name[:end], name[end + 1 :]) if end >= len(".zip") else (name, "")


def _copy(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, shown: str, limits: Limits
) -> Path:
    """One member as a file; the archive's own word on its size is not believed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(info) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
    except OSError as error:
        why = error.strerror or error
        raise SourceError(
            f"{shown}: the member {info.filename!r} cannot be unpacked: {why}.",
            "Pack it again with plain names.",
        ) from error
    except DAMAGED as error:
        raise SourceError(
            f"{shown}: a damaged zip ({info.filename}: {error}).", "Fetch it again."
        ) from error
    if target.stat().st_size > limits.size_bytes:
        raise UnsafeUpload(f"{shown}: unpacks to too much.", "Give the files unpacked.")
    return target
