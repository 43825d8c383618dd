"""file -> Inspection: what stands in it and how, before anything is said of what it means.

Pure but for reading: nothing is repaired, nothing is written. A column that looks personal shows
none of its values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure, placing, readers, recognition
from cetm_geo.arrays import Box
from cetm_geo.errors import CRSMissing, SourceError
from cetm_geo.facts import (
    LOOKS_METRES,
    Field,
    Shapes,
    box_of,
    fields_of,
    looks_like,
    shapes_of,
)
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.model import Profile, Source, TableGeometry
from cetm_geo.readers import RawFrame
from cetm_geo.readers.rasters import open_raster
from cetm_geo.readers.rows import read_csv
from cetm_geo.readers.sheets import read_sheets, sheet_names
from cetm_geo.recognition import Recognised

_SAMPLE_CELLS = 512
WRONG_CRS = "its CRS is in degrees, its coordinates are not: one of the two is wrong"


@dataclass(frozen=True)
class Part:
    """One table in a file: a member of an archive, a layer, a sheet. rows: None = not counted."""

    member: str = ""
    layer: str = ""
    rows: int | None = None

    @property
    def label(self) -> str:
        """Member and layer as people read them; empty for the only part of a file."""
        return ", ".join(filter(None, (self.member, self.layer)))


@dataclass(frozen=True)
class Grid:
    """A raster's cells: how many, how large in units of its CRS, and least and greatest value.

    low, high: of a sample from its middle; None where that holds no data.
    """

    width: int
    height: int
    cell: tuple[float, float]
    dtype: str
    nodata: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Inspection:
    """What stands in one part of a file.

    crs: what the file states, or what was said of it; empty = none. looks: what its coordinates
    look like. box: in its own CRS. lonlat_box: None if its place is not known. geometry: columns
    of a table that place its rows, and placed_by the reason. raw: what was read, for who goes on.
    """

    file: str
    format: str
    parts: tuple[Part, ...]
    part: Part
    rows: int
    crs: str
    crs_stated: bool
    looks: str
    encoding: str
    box: Box | None
    lonlat_box: Box | None
    shapes: Shapes | None
    fields: tuple[Field, ...]
    remarks: tuple[str, ...]
    recognised: Recognised | None = None
    geometry: TableGeometry | None = None
    placed_by: str = ""
    grid: Grid | None = None
    raw: RawFrame | None = field(default=None, repr=False, compare=False)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [f.name for f in self.fields]

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Columns that look personal."""
        return tuple(f.name for f in self.fields if f.personal)


def parts_of(path: Path, format_name: str = "") -> tuple[Part, ...]:
    """The members, layers or sheets of a file, with their rows where counting is cheap.

    Raises SourceError or UnsafeUpload where it is missing, not of its format, or unreadable.
    """
    name = format_name or format_of(path)
    if not path.exists():
        raise SourceError(f"{path}: no such file.", "Name a file that is there.")
    readers.check_kind(path, name, str(path))
    if FORMATS[name].kind == Kind.ARCHIVE:
        members = readers.member_names(path, str(path))
        return tuple(part for member in members for part in _parts_of_member(path, member))
    if FORMATS[name].kind == Kind.VECTOR and FORMATS[name].layered:
        rows = readers.layer_rows(path, str(path), name)
        return tuple(Part("", layer, count) for layer, count in rows.items())
    if FORMATS[name].kind == Kind.TABLE and FORMATS[name].layered:
        return tuple(Part("", sheet) for sheet in sheet_names(path, str(path)))
    return (Part(),)


def _parts_of_member(path: Path, member: str) -> Iterable[Part]:
    name = format_by_ending(member)
    if not FORMATS[name].layered:
        return [Part(member)]
    with readers.unpacked(path, str(path), [member]) as files:
        return [replace(part, member=member) for file, _ in files for part in parts_of(file, name)]


def format_of(path: Path) -> str:
    """The format a file's ending tells. Raises SourceError if none is known."""
    name = format_by_ending(path.name)
    if not name:
        raise SourceError(
            f"{path}: a format this program does not read.", f"Give one of {', '.join(FORMATS)}."
        )
    return name


def inspect(
    path: Path,
    part: Part | None = None,
    profiles: Iterable[Profile] = (),
    crs: str = "",
    encoding: str = "",
) -> Inspection:
    """What stands in a part of a file; in its only one, or its first, if none is named.

    Args:
        crs: read the coordinates in this CRS where the file states none. encoding: of its texts.

    Raises SourceError, UnsafeUpload and what the readers raise, all CetmErrors.
    """
    parts = parts_of(path)
    if not parts:
        raise SourceError(f"{path}: holds nothing this program reads.", "Give the data themselves.")
    chosen = part or parts[0]
    name = format_of(path)
    members = (chosen.member,) if chosen.member else ()
    source = Source(path.name, name, members, chosen.layer, crs, encoding=encoding)
    inner = format_by_ending(chosen.member) if chosen.member else name
    seen = Inspection(
        str(path), name, parts, chosen, 0, "", False, "", "", None, None, None, (), ()
    )
    if FORMATS[inner].kind == Kind.RASTER:
        return _of_raster(seen, path, source, profiles)
    seen = (_of_table if FORMATS[inner].kind == Kind.TABLE else _of_vector)(seen, path, source)
    telling = "/".join(filter(None, (path.name, chosen.member, chosen.layer)))
    found = recognition.recognise(seen.columns, telling, profiles)
    return replace(seen, recognised=found)


def chosen_part(parts: Iterable[Part], wanted: str, shown: str) -> Part:
    """The part of a member's or a layer's name. Raises SourceError where there is none."""
    held = list(parts)
    for part in held:
        if wanted in (part.layer, part.member, part.label, f"{part.member}/{part.layer}"):
            return part
    names = ", ".join(part.label for part in held if part.label) or "one unnamed layer"
    raise SourceError(f"{shown}: has no layer {wanted!r}; it has {names}.", "Name one of them.")


# --- the three kinds of files --------------------------------------------------------------------


def _of_vector(seen: Inspection, path: Path, source: Source) -> Inspection:
    raw, stated = _read(path, source)
    return _described(seen, raw, stated, bool(source.crs))


def _read(path: Path, source: Source) -> tuple[RawFrame, bool]:
    """What stands in a source, and whether it states a CRS; without one, coordinates as read."""
    try:
        return readers.read_source(path.parent, replace(source, crs=""), source.format), True
    except CRSMissing:
        anything = replace(source, crs=source.crs or measure.LONLAT)
        raw = readers.read_source(path.parent, anything, source.format)
        if source.crs or not shapely.is_missing(raw.geometry).all():
            return raw, False
        metres = replace(source, crs=measure.WEB_MERCATOR)  # numbers too large for degrees
        return readers.read_source(path.parent, metres, source.format), False


def _of_table(seen: Inspection, path: Path, source: Source) -> Inspection:
    """A table: its columns, and its shapes where they can be found in them."""
    rows, encoding = _rows(path, source)
    geometry, reason = placing.guess_geometry(rows)
    placed = replace(seen, encoding=encoding, geometry=geometry, placed_by=reason)
    if geometry is None:
        remark = "no column places its rows: it has no geometry of its own"
        return replace(
            placed, rows=len(rows), fields=fields_of(rows), remarks=(*seen.remarks, remark)
        )
    try:
        raw, stated = _read(path, replace(source, geometry=geometry))
    except SourceError as error:
        remarks = (*seen.remarks, f"its geometry could not be read: {error}")
        return replace(placed, rows=len(rows), fields=fields_of(rows), remarks=remarks)
    return _described(placed, raw, stated, bool(source.crs))


def _rows(path: Path, source: Source) -> tuple[pd.DataFrame, str]:
    """The rows of a table as texts, whatever they mean, and their encoding."""
    if not source.members:
        return _rows_of(path, path.suffix.lower(), source)
    with readers.unpacked(path, str(path), source.members) as members:
        file, name = members[0]
        return _rows_of(file, Path(name).suffix.lower(), source)


def _rows_of(file: Path, ending: str, source: Source) -> tuple[pd.DataFrame, str]:
    if format_by_ending(f"a{ending}") == "csv":
        rows = read_csv(file, str(file), source.encoding, (), ())
    else:
        rows = read_sheets(file, str(file), source.layer, (), ())[0]
    return rows.texts, rows.encoding.name if rows.encoding else ""


def _of_raster(
    seen: Inspection, path: Path, source: Source, profiles: Iterable[Profile]
) -> Inspection:
    """A raster: its grid in words; only its box is a shape."""
    if not source.members:
        return _grid(seen, path, source, profiles)
    with readers.unpacked(path, str(path), source.members) as members:
        return _grid(seen, members[0][0], replace(source, members=()), profiles)


def _grid(seen: Inspection, path: Path, source: Source, profiles: Iterable[Profile]) -> Inspection:
    kind = format_by_ending(path.name)
    source = replace(source, path=path.name, format=kind)
    try:
        raster, stated = open_raster(path.parent, source, kind), True
    except CRSMissing:
        anything = replace(source, crs=source.crs or measure.LONLAT)
        raster, stated = open_raster(path.parent, anything, kind), False
    with raster.reading() as windows:
        high, wide = min(raster.height, _SAMPLE_CELLS), min(raster.width, _SAMPLE_CELLS)
        top, left = (raster.height - high) // 2, (raster.width - wide) // 2
        cells = windows.read(top, left, high, wide)[0]
    box = (
        raster.left,
        raster.top - raster.height * raster.cell_y,
        raster.left + raster.width * raster.cell_x,
        raster.top,
    )
    known = stated or bool(source.crs)
    return replace(
        seen,
        crs=raster.crs.to_string() if known else "",
        crs_stated=stated,
        looks=looks_like(box),
        box=box,
        lonlat_box=box_of(measure.to_lonlat([shapely.box(*box)], raster.crs)) if known else None,
        grid=Grid(
            raster.width,
            raster.height,
            (raster.cell_x, raster.cell_y),
            raster.dtype,
            raster.nodata,
            *_extremes(cells),
        ),
        remarks=raster.remarks,
        recognised=recognition.recognise((), f"{seen.file}/{seen.part.member}", profiles),
    )


def _extremes(cells: Any) -> tuple[float | None, float | None]:
    found = cells[np.isfinite(cells)]
    return (float(found.min()), float(found.max())) if len(found) else (None, None)


# --- what was read, in words ---------------------------------------------------------------------


def _described(seen: Inspection, raw: RawFrame, stated: bool, told: bool) -> Inspection:
    """The facts of a frame. told: the CRS was said by who asks, not by the file."""
    known = stated or told
    box = box_of(raw.geometry)
    looks = looks_like(box)
    wrong = bool(box and known and raw.crs.is_geographic and looks == LOOKS_METRES)
    part = replace(seen.part, rows=len(raw))
    return replace(
        seen,
        rows=len(raw),
        parts=tuple(part if other.label == part.label else other for other in seen.parts),
        part=part,
        crs=raw.crs.to_string() if known else "",
        crs_stated=stated,
        looks=looks,
        encoding=raw.encoding or seen.encoding,
        box=box,
        lonlat_box=None if wrong or not known else _lonlat_box(raw),
        shapes=shapes_of(raw),
        fields=fields_of(raw.attributes),
        remarks=(*seen.remarks, *raw.remarks, *([WRONG_CRS] if wrong else [])),
        raw=raw,
    )


def _lonlat_box(raw: RawFrame) -> Box | None:
    with np.errstate(invalid="ignore"):  # a coordinate that is no number is in no box
        return box_of(measure.to_lonlat(shapely.force_2d(raw.geometry), raw.crs))


def as_dict(seen: Inspection) -> dict[str, Any]:
    """An inspection as JSON holds it: without what was read and without the texts of kinds."""
    bare = replace(seen, raw=None, recognised=None)
    out = asdict(bare)
    del out["raw"]
    for one in out["fields"]:
        del one["kinds"]
    found = seen.recognised
    out["recognised"] = found and {
        "profile": found.name,
        "label": found.profile.facts.label,
        "verified": found.verified,
        "reason": found.reason,
    }
    out["personal_columns"] = list(seen.personal_columns)
    return out
