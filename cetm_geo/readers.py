"""path -> raw frame, no meaning: what stands in a file, with every feature accounted for.

GDAL reads a file only after its first bytes were seen to be of the declared format, so that text
named .geojson which is something else never reaches another driver; and it reaches no network.
"""

from __future__ import annotations

import hashlib
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from cetm_geo.errors import CRSMismatch, CRSMissing, SourceError, UnsafeUpload
from cetm_geo.model import Source

# Nothing listens there: a GeoJSON can name its CRS by a URL, which GDAL would fetch.
pyogrio.set_gdal_config_options({"GDAL_HTTP_PROXY": "127.0.0.1:9"})

_JSON_START = (b"{", b"[")
_SHAPE_HEADER_BYTES = 100
_MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "geojson": _JSON_START,
    "geopackage": (b"SQLite format 3\x00",),
    "shapefile": (b"\x00\x00\x27\x0a",),
    "shapefile_zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "geoparquet": (b"PAR1",),
}


@dataclass(frozen=True)
class RawFrame:
    """What stands in a source: attributes as read, geometries, CRS.

    attributes: DataFrame (n rows). geometry: shapely objects (n,), None where unreadable.
    unreadable: (n,) text, the reason where a geometry could not be read, else "".
    remarks: what the reader warned of, each once.
    """

    attributes: pd.DataFrame
    geometry: NDArray[np.object_]
    unreadable: NDArray[np.object_]
    crs: pyproj.CRS
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(frozen=True)
class FileFacts:
    """What identifies a file's content."""

    sha256: str
    size_bytes: int
    modified_on: str


def read_facts(path: Path) -> FileFacts:
    """Digest, size and modification day of a file (for a shapefile: of all its parts)."""
    parts = _parts_of(path)
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    newest = max(part.stat().st_mtime for part in parts)
    return FileFacts(
        digest.hexdigest(),
        sum(part.stat().st_size for part in parts),
        datetime.fromtimestamp(newest, UTC).date().isoformat(),
    )


def _parts_of(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return [path]
    endings = (".shp", ".shx", ".dbf", ".prj", ".cpg")
    return sorted(p for p in path.parent.glob(f"{path.stem}.*") if p.suffix.lower() in endings)


def read_source(
    data: Path, source: Source, format_name: str, never_read: tuple[str, ...] = ()
) -> RawFrame:
    """All rows of a source below the folder `data`, without the columns in `never_read`.

    Raises SourceError (missing, not of its format, unreadable, layer or member not in it),
    CRSMissing, CRSMismatch.
    """
    path = data / source.path
    if not path.is_file():
        raise SourceError(f"{path}: no such file.", "Put it there or change source.path.")
    _check_kind(path, format_name)
    if format_name == "geoparquet":
        return _read_geoparquet(path, source, never_read)
    targets = _gdal_targets(path, source, format_name)
    frames = [_read_gdal(path, target, source, format_name, never_read) for target in targets]
    return _joined(frames, path)


def _check_kind(path: Path, format_name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head:
        raise SourceError(f"{path}: the file is empty (0 bytes).", "Fetch it again.")
    if head.startswith(b"version https://git-lfs"):
        raise SourceError(
            f"{path}: is a Git LFS pointer, not the data itself.",
            "Run git lfs pull where it is from.",
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip() if format_name == "geojson" else head
    if not text.startswith(_MAGIC[format_name]):
        shown = head[:24].decode("utf-8", "replace").strip()
        raise UnsafeUpload(
            f"{path}: is not a {format_name} file; it starts with {shown!r}.",
            "Give the file in its own format, or state source.format.",
        )


@dataclass(frozen=True)
class _Target:
    """What GDAL is asked to open; shape_bytes: size of the .shp, 0 for other formats."""

    name: str
    layer: str | None = None
    shape_bytes: int = 0


def _gdal_targets(path: Path, source: Source, format_name: str) -> list[_Target]:
    if format_name == "geojson":  # the prefix: other drivers read JSON too, and some run commands
        return [_Target(f"GeoJSON:{path}")]
    if format_name == "shapefile":
        return [_Target(str(path), shape_bytes=path.stat().st_size)]
    if format_name == "shapefile_zip":
        return _members(path, source)
    names = _layer_names(path)
    if not source.layer and len(names) == 1:
        return [_Target(str(path), names[0])]
    if source.layer not in names:
        raise SourceError(
            f"{path}: has no layer {source.layer!r}; it has {', '.join(names) or 'none'}.",
            "Name one of them as source.layer.",
        )
    return [_Target(str(path), source.layer)]


def _layer_names(path: Path) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same is said, and kept, when a layer is read
            return [str(name) for name, _ in pyogrio.list_layers(path)]
    except RuntimeError as error:  # pyogrio's
        raise _unreadable(path, "geopackage", error) from error


def _members(path: Path, source: Source) -> list[_Target]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                n
                for n in archive.namelist()
                if n.lower().endswith(".shp") and not n.startswith("__MACOSX/")
            ]
            absent = [m for m in source.members if m not in names]
            if absent or (not source.members and len(names) != 1):
                raise SourceError(
                    f"{path}: holds the shapefiles {', '.join(names) or 'none'}"
                    + (f", not {', '.join(absent)}." if absent else "."),
                    "Name the ones to read as source.members.",
                )
            return [_member(path, archive, name) for name in source.members or names]
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise SourceError(f"{path}: a damaged zip ({error}).", "Fetch it again.") from error


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> _Target:
    with archive.open(name) as stream:
        head = stream.read(len(_MAGIC["shapefile"][0]))
    if head not in _MAGIC["shapefile"]:
        raise UnsafeUpload(f"{path}: its {name} is not a shapefile.", "Give the shapefile itself.")
    return _Target(f"/vsizip/{path}/{name}", shape_bytes=archive.getinfo(name).file_size)


def _read_gdal(
    path: Path,
    target: _Target,
    source: Source,
    format_name: str,
    never_read: tuple[str, ...],
) -> RawFrame:
    options: dict[str, Any] = {"encoding": source.encoding} if source.encoding else {}
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            info = pyogrio.read_info(target.name, layer=target.layer, **options)
            table_info, table = pyogrio.read_arrow(
                target.name,
                layer=target.layer,
                columns=_allowed(info["fields"], never_read),
                datetime_as_string=True,
                **options,
            )
    except (RuntimeError, ValueError, OSError) as error:  # pyogrio's, Arrow's, the system's
        raise _unreadable(path, format_name, error) from error
    if target.shape_bytes > _SHAPE_HEADER_BYTES and not len(table):
        raise SourceError(
            f"{path}: its index (.shx) lists no records though the file holds shapes.",
            "Rebuild the .shx, or ask for the shapefile again.",
        )
    geometry_name = table_info["geometry_name"] or "wkb_geometry"
    wkb = table.column(geometry_name).to_numpy(zero_copy_only=False)
    attributes = table.drop_columns([geometry_name]).to_pandas()
    try:
        geometry = _shapes(wkb)
    except NotImplementedError:  # curves, which pyogrio's other way of reading straightens
        wkb = pyogrio.raw.read(target.name, layer=target.layer, columns=[])[2]
        geometry = _shapes(wkb)
    lost = [g is None and w is not None for g, w in zip(geometry, wkb, strict=True)]
    reason = "geometry cannot be read (an unclosed ring or too few points)"
    unreadable = np.where(lost, reason, "")
    stated = _unknown_crs_name(path) if format_name == "geojson" else None
    crs = _crs(path, stated or info["crs"], source)
    return RawFrame(attributes, geometry, unreadable.astype(object), crs, _remarks(warned))


def _shapes(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    with np.errstate(invalid="ignore"):  # a coordinate that is no number is rejected later
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)


def _remarks(warned: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """What GDAL warned of, each once; an unclosed ring is told of feature by feature instead."""
    texts = dict.fromkeys(" ".join(str(w.message).split()) for w in warned)
    return tuple(text for text in texts if not text.startswith("Non closed ring"))


def _allowed(names: Any, never_read: tuple[str, ...]) -> list[str]:
    barred = {name.casefold() for name in never_read}
    return [str(name) for name in names if str(name).casefold() not in barred]


def _unreadable(path: Path, format_name: str, error: BaseException) -> SourceError:
    return SourceError(
        f"{path}: cannot be read as {format_name}: {_one_line(error)}.", "Mend or fetch it again."
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")


_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{[^{}]*\{[^{}]*"(?:name|href)"\s*:\s*"([^"]+)"')


def _unknown_crs_name(path: Path) -> str | None:
    """The name in a GeoJSON's crs member where no CRS has it: GDAL would read WGS 84."""
    with path.open("rb") as stream:
        found = _CRS_MEMBER.search(stream.read(1 << 16))
    name = found.group(1).decode("utf-8", "replace") if found else ""
    if not name:
        return None
    try:
        pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        return name
    return None


def _on_earth(found: Any) -> pyproj.CRS | None:
    """The CRS a file states if it places coordinates on the earth; local ones do not."""
    if found is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(found).to_2d()
    except pyproj.exceptions.CRSError:
        return None
    placed = crs.is_geographic or crs.is_projected
    return crs if placed and not crs.name.casefold().startswith("undefined") else None


def _crs(path: Path, found: Any, source: Source) -> pyproj.CRS:
    """The file's CRS, else the stated one; its horizontal part only."""
    stated = pyproj.CRS.from_user_input(source.crs).to_2d() if source.crs else None
    crs = _on_earth(found)
    if crs is None:
        if stated is None:
            raise CRSMissing(
                f"{path}: states no coordinate reference system that is known.",
                "Find out which it is and write it as source.crs.",
            )
        return stated
    if stated is not None and not crs.equals(stated, ignore_axis_order=True):
        raise CRSMismatch(
            f"{path}: states {crs.to_string()}, the catalogue {stated.to_string()}.",
            "Leave source.crs out, or mend the file.",
        )
    return crs


def _read_geoparquet(path: Path, source: Source, never_read: tuple[str, ...]) -> RawFrame:
    try:
        names = _allowed(pyarrow.parquet.read_schema(path).names, never_read)
        frame = gpd.read_parquet(path, columns=names)
    except (ValueError, OSError, KeyError, shapely.errors.ShapelyError) as error:
        raise _unreadable(path, "geoparquet", error) from error
    geometry = np.asarray(frame.geometry.array, dtype=object)
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return RawFrame(
        attributes, geometry, np.full(len(geometry), "", object), _crs(path, frame.crs, source)
    )


def _joined(frames: list[RawFrame], path: Path) -> RawFrame:
    if len(frames) == 1:
        return frames[0]
    if any(not f.crs.equals(frames[0].crs) for f in frames):
        raise CRSMismatch(f"{path}: its members are in different CRS.", "Read them as two layers.")
    return replace(
        frames[0],
        attributes=pd.concat([f.attributes for f in frames], ignore_index=True),
        geometry=np.concatenate([f.geometry for f in frames]),
        unreadable=np.concatenate([f.unreadable for f in frames]),
        remarks=tuple(dict.fromkeys(text for f in frames for text in f.remarks)),
    )


def software_versions() -> dict[str, str]:
    """Versions of the readers."""
    return {"pyogrio": pyogrio.__version__, "gdal": pyogrio.__gdal_version_string__}
