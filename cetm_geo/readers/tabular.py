"""Tables with a geometry in their columns: CSV and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from cetm_geo import coordinates, measure
from cetm_geo.arrays import Floats, Texts
from cetm_geo.coordinates.spelling import AXIS_WORDS
from cetm_geo.errors import ColumnsNotFound, CRSMissing, SourceError
from cetm_geo.model import Source, TableGeometry
from cetm_geo.readers import wkt
from cetm_geo.readers.corners import Grouping, outlines
from cetm_geo.readers.encodings import text_remarks
from cetm_geo.readers.files import check_kind
from cetm_geo.readers.frames import RawFrame, joined
from cetm_geo.readers.rows import Rows, header_below, read_csv
from cetm_geo.readers.sheets import read_sheets
from cetm_geo.readers.sides import minutes_apart, numbers_or_texts, with_sides

# A degree sign, or a letter of a hemisphere (W and O, E and L for west and east).
_DEGREES = r"[°º˚NSEWOLnsewol]"
_AT_MOST_180 = r"^\s*[NSEWOLnsewol]?\s*[-+]?\d{1,3}(\D|$)"
_EASTWARD = frozenset(w for w, a in AXIS_WORDS.items() if a == "lon") - {"x"}
_NORTHWARD = frozenset(w for w, a in AXIS_WORDS.items() if a == "lat") - {"y"}
_METRES = frozenset(("easting", "eastings", "northing", "northings"))
_LONGITUDE = frozenset(w for w, axis in AXIS_WORDS.items() if axis == "lon") - _METRES
_LATITUDE = frozenset(w for w, axis in AXIS_WORDS.items() if axis == "lat") - _METRES
_ROUND_TRIP_DIGITS = 6  # there and back is true to 1e-9 m; registers write no micrometres
_MOST_SHARE = 0.9  # of the coordinates, that must lie on earth for unnamed degrees to be believed


def read_table(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    """All rows of a table, or one row an outline where rows are corners.

    Attributes are texts as written. Points come in lon/lat; outlines in their own projected CRS,
    in which their edges are straight, else in lon/lat; WKT in the CRS it states, or source.crs.
    source.axes turns WKT and a column of both coordinates; x and y are told by their names alone.

    Raises SourceError, ColumnsNotFound (with near names), CRSMissing, CRSMismatch.
    """
    given = source.geometry
    if given is None:
        raise SourceError(
            f"{shown}: a table, and source.geometry does not say which columns hold the geometry.",
            "Write [source.geometry] with wkt, or x and y, or corner.",
        )
    wanted = tuple(_named(given).values())
    if format_name == "csv":
        tables = [read_csv(path, shown, source.encoding, wanted, never_read)]
    else:
        tables = read_sheets(path, shown, source.layer, wanted, never_read)
    frames = []
    for rows in tables:
        found = _found(rows, given, shown, path if format_name == "csv" else None)
        frames.append(_placed(rows, found, shown, source))
    return joined(frames)


def read_texts(
    path: Path, shown: str, wanted: Mapping[str, str], keys: str
) -> tuple[list[Texts], tuple[str, ...]]:
    """Columns of a CSV file that places nothing on earth, as texts, and remarks on the file.

    Args:
        wanted: key of the catalogue, below `keys` -> the column it names, in any case. A row that
            cannot be read is "" in all of them.

    Raises SourceError, UnsafeUpload, ColumnsNotFound (with near names).
    """
    rows = read_named(path, shown, wanted, keys)
    unreadable = int((rows.reasons != "").sum())
    remarks = (f"rows that cannot be read: {unreadable}",) if unreadable else ()
    found = [rows.texts[key].to_numpy(object) for key in wanted]
    return found, (*rows.remarks, *remarks)


def read_named(path: Path, shown: str, wanted: Mapping[str, str], keys: str) -> Rows:
    """Columns of a CSV file that places nothing on earth, each under its key, without blanks
    about its texts; args and errors as `read_texts`.
    """
    check_kind(path, "csv", shown)
    names = tuple(wanted.values())
    rows = read_csv(path, shown, "", names, ())
    by_fold = {str(c).strip().casefold(): str(c) for c in rows.texts.columns}
    absent = {key: n for key, n in wanted.items() if n.strip().casefold() not in by_fold}
    if absent:
        below = header_below(path, rows.encoding, names)
        raise _not_found(absent, by_fold, shown, below, keys)
    found = {k: rows.texts[by_fold[n.strip().casefold()]].str.strip() for k, n in wanted.items()}
    return replace(rows, texts=pd.DataFrame(found, index=rows.texts.index))


# --- columns -------------------------------------------------------------------------------------


def _named(given: TableGeometry) -> dict[str, str]:
    """The columns of a table's geometry that are named, by their keys in source.geometry."""
    single = {k: getattr(given, k) for k in ("wkt", "x", "y", "corner", "order", "ring", "zone")}
    groups = {f"group.{i}": name for i, name in enumerate(given.group)}
    return {key: name for key, name in (single | groups).items() if name}


def _found(rows: Rows, given: TableGeometry, shown: str, csv: Path | None) -> TableGeometry:
    """The columns of the geometry in the table's own spelling. Raises ColumnsNotFound."""
    by_fold = {str(c).strip().casefold(): str(c) for c in rows.texts.columns}
    named = _named(given)
    absent = {k: name for k, name in named.items() if name.strip().casefold() not in by_fold}
    if absent:
        below = header_below(csv, rows.encoding, tuple(named.values())) if csv else 0
        raise _not_found(absent, by_fold, shown, below)
    own = {key: by_fold[name.strip().casefold()] for key, name in named.items()}
    if own.get("x") and _words(own["x"]) & _NORTHWARD and _words(own["y"]) & _EASTWARD:
        raise SourceError(
            f"{shown}: source.geometry.x names the column {own['x']}, and y the column {own['y']}.",
            "x is the longitude or easting, y the latitude or northing: swap them.",
        )
    group = tuple(own.pop(f"group.{i}") for i in range(len(given.group)))
    return TableGeometry(**own, group=group)


def _words(name: str) -> set[str]:
    return set(re.split(r"[\W\d_]+", name.casefold()))


def _not_found(
    absent: Mapping[str, str],
    by_fold: Mapping[str, str],
    shown: str,
    below: int,
    keys: str = "source.geometry",
) -> ColumnsNotFound:
    told = []
    for key, name in absent.items():
        near = get_close_matches(name.casefold(), by_fold, 1, 0.5)
        hint = f"; near: {by_fold[near[0]]!r}" if near else ""
        told.append(f"{name!r} ({keys}.{key.split('.')[0]}{hint})")
    return ColumnsNotFound(
        f"{shown}: no column {', '.join(told)}.",
        f"Remove the lines above line {below}, which looks like the header."
        if below > 1
        else f"The file has: {', '.join(by_fold.values()) or 'no columns'}.",
    )


# --- geometry ------------------------------------------------------------------------------------


def _placed(rows: Rows, found: TableGeometry, shown: str, source: Source) -> RawFrame:
    """The frame of a table, by the way in which it holds its geometry."""
    if found.wkt:
        frame = _from_wkt(rows, found, shown, source)
    else:
        frame = _from_coordinates(rows, found, shown, source)
    texts = text_remarks(frame.attributes, rows.encoding)
    return replace(
        frame,
        remarks=(*rows.remarks, *frame.remarks, *texts),
        encoding=rows.encoding.name if rows.encoding else "",
    )


def _from_wkt(rows: Rows, found: TableGeometry, shown: str, source: Source) -> RawFrame:
    read = wkt.read(rows.texts[found.wkt].to_numpy(object), shown, source)
    reasons = np.where(rows.reasons != "", rows.reasons, read.reasons).astype(object)
    attributes = rows.texts.drop(columns=found.wkt)
    return RawFrame(attributes, read.geometry, reasons, read.crs, read.remarks)


def _from_coordinates(rows: Rows, found: TableGeometry, shown: str, source: Source) -> RawFrame:
    places, bad, remarks = _lonlat(rows, found, shown, source)
    crs = pyproj.CRS(measure.LONLAT)
    if not found.group:
        reasons = np.where(rows.reasons != "", rows.reasons, bad).astype(object)
        geometry = np.full(len(places), None, object)
        good = np.isfinite(places).all(axis=1) & (reasons == "")
        geometry[good] = shapely.points(places[good])
        return RawFrame(rows.texts, geometry, reasons, crs, remarks)
    stated = source.crs_override or source.crs
    if stated and not found.zone and pyproj.CRS(stated).is_projected:
        # A boundary is straight between its corners in the CRS of its register, not in lon/lat.
        crs = pyproj.CRS(stated).to_2d()
        back = measure.transformer_to_lonlat(crs)
        moved = np.column_stack(back.transform(places[:, 0], places[:, 1], direction="INVERSE"))
        places = np.round(moved, _ROUND_TRIP_DIGITS)
    beside = tuple(filter(None, (found.x, found.y, found.corner, found.order, found.ring)))
    zone = (found.zone,) if found.zone else ()
    by = Grouping(found.group, found.order, found.ring, (*beside, *zone))
    made = outlines(rows, places, bad, by)
    remarks += (*_on_zones(rows, found), *made.remarks)
    return RawFrame(made.attributes, made.geometry, made.reasons, crs, remarks)


def _on_zones(rows: Rows, found: TableGeometry) -> tuple[str, ...]:
    """Outlines with corners in two zones: some do cross the border of zones, most are mistyped."""
    if not found.zone:
        return ()
    zones = rows.texts[found.zone].str.strip()
    several = int((zones.groupby([rows.texts[name] for name in found.group]).nunique() > 1).sum())
    if not several:
        return ()
    return (f"outlines with corners in several UTM zones: {several}; is {found.zone} right?",)


def _lonlat(
    rows: Rows, found: TableGeometry, shown: str, source: Source
) -> tuple[Floats, Texts, tuple[str, ...]]:
    """Places in lon/lat, why some are unreadable, and remarks, as where the CRS was not stated."""
    names = [found.corner] if found.corner else [found.x, found.y]
    stated = source.crs_override or source.crs
    guessed = not stated and not found.zone
    crs = measure.LONLAT if guessed else stated
    if found.zone and stated:
        _refuse_another_datum(stated, found.zone, shown)
    sides: tuple[str, ...] = ()
    if found.corner:
        texts: Any = rows.texts[found.corner].to_numpy(object)
        places, bad = coordinates.read_column(texts, crs=crs, axes=source.axes)
    else:
        columns, sides = _columns(rows, found, names, shown, crs)
        zone: Any = rows.texts[found.zone].to_numpy(object) if found.zone else None
        places, bad = coordinates.read_columns(*columns, crs=crs, zone=zone)
    remark = _why_lonlat(rows, names, places) if guessed else ""
    if guessed and not remark:
        raise CRSMissing(
            f"{shown}: the columns {' and '.join(names)} state no coordinate reference system.",
            "Find out which it is and write it as source.crs; see whether x and y are swapped.",
        )
    return places, bad, (*filter(None, [remark]), *sides)


def _refuse_another_datum(crs: str, zone: str, shown: str) -> None:
    """Zones of a column are those of WGS 84: on another datum they lie hundreds of metres off."""
    if not measure.known_crs(crs).equals(measure.known_crs(measure.LONLAT), ignore_axis_order=True):
        raise SourceError(
            f"{shown}: the zones in {zone} are read on WGS 84, and the catalogue states {crs}.",
            "Leave source.crs out, or leave source.geometry.zone out where crs is that of a zone.",
        )


def _columns(
    rows: Rows, found: TableGeometry, names: list[str], shown: str, crs: str
) -> tuple[list[Any], tuple[str, ...]]:
    """The columns x and y with their hemispheres, and remarks; raises where minutes stand apart."""
    if found.zone or measure.known_crs(crs).is_projected:
        return [numbers_or_texts(rows.texts[name]) for name in names], ()
    minutes = minutes_apart(rows.texts, names)
    if minutes:
        raise SourceError(
            f"{shown}: the degrees in {' and '.join(names)} are whole, and {minutes} looks like "
            "their minutes or seconds.",
            "Write each coordinate into one column, as 12 34 56 S; or name that column otherwise.",
        )
    return with_sides(rows.texts, names)


def _why_lonlat(rows: Rows, names: list[str], places: Floats) -> str:
    """Why coordinates without a CRS are longitude and latitude; empty if nothing says so."""
    if all(_in_degrees(rows.texts[name]) for name in names):
        return (
            "coordinates in degrees without a stated CRS were taken as longitude and latitude"
            " on WGS 84"
        )
    filled = rows.reasons == ""
    for name in names:
        filled = filled & (rows.texts[name].str.strip() != "").to_numpy(bool)
    on_earth = np.isfinite(places).all(axis=1) & filled
    words = [_words(name) for name in names]
    named = len(names) == 2 and words[0] & _LONGITUDE and words[1] & _LATITUDE
    if not named or on_earth.sum() < _MOST_SHARE * filled.sum():
        return ""
    return (
        f"{names[0]} and {names[1]} were taken as longitude and latitude on WGS 84, by their names"
    )


def _in_degrees(column: pd.Series[str]) -> bool:
    """True if any text has a degree sign or a hemisphere beside a number of up to 180."""
    texts = pa.array(column, type=pa.large_string(), from_pandas=True)
    marked = pc.and_(
        pc.match_substring_regex(texts, _DEGREES), pc.match_substring_regex(texts, _AT_MOST_180)
    )
    return bool(pc.any(marked).as_py())
