"""Tables that somebody gives: WKT, outlines of corners, or one outline of all rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyproj
import shapely

from cetm_geo import measure, placing, readers
from cetm_geo.arrays import Box
from cetm_geo.coordinates import MAX_CORNERS, Corners, polygon_of, read_corners
from cetm_geo.coordinates.reading import SWAPPED, Reading
from cetm_geo.errors import CRSMissing, SourceError
from cetm_geo.given.asking import reading_of_corners
from cetm_geo.given.files import File
from cetm_geo.language import _
from cetm_geo.model import Source, TableGeometry
from cetm_geo.readers import RawFrame, Rows, encodings
from cetm_geo.readers.corners import Grouping, outlines
from cetm_geo.readers.rows import read_csv

_ONE_OUTLINE = "site id"  # a name that is known to tell outlines apart


def table_source(file: File) -> tuple[Source, Rows | None]:
    """How a table holds its shapes: columns by their names and contents; and its rows.

    The source has no geometry where no column places the rows: then the text may be corners alone.
    """
    source = Source(file.path.name, file.format_name)
    try:
        rows = read_csv(file.path, file.shown, "", (), ())
    except SourceError:
        return source, None
    found, _why = placing.guess_geometry(rows.texts)
    return replace(source, geometry=found), rows


def of_corners(
    file: File, source: Source, rows: Rows | None, choices: Sequence[str], near: Box | None
) -> tuple[RawFrame, Reading | None]:
    """The outlines of a table of corners, with the reading that was needed to tell its axes.

    Raises SourceError, and Asked where the corners can be read in two ways.
    """
    found = source.geometry
    if rows is None or found is None or found.corner:
        return _of_text(_text_of(file, rows, found), choices, near)
    try:
        return _outlined(file, source, rows), None
    except CRSMissing:  # neither the names of the columns nor signs say what the numbers are
        text = _columns_as_text(rows, found)
        reading = reading_of_corners(read_corners(text, near=near), choices)
    x, y = _in_order(rows, found)
    if reading.axes in (SWAPPED["lon_lat"], SWAPPED["x_y"]):
        x, y = y, x
    geometry = replace(found, x=x, y=y)
    return _outlined(file, replace(source, crs=reading.crs, geometry=geometry), rows), reading


def _outlined(file: File, source: Source, rows: Rows) -> RawFrame:
    """The outlines of rows of corners: as a column of codes tells, else all rows as one."""
    raw = readers.read_source(file.path.parent, source, file.format_name)
    found = source.geometry
    if found is None or found.group:
        return raw
    if len(raw) != len(rows.texts):
        raise SourceError(
            _("{file}: its rows cannot be told apart.").format(file=file.shown),
            _("Give a column of longitudes and one of latitudes, a row a corner."),
        )
    name, texts = _ONE_OUTLINE, rows.texts
    while name in texts:
        name += " id"
    guessed = placing.guess_geometry(texts.assign(**{name: "1"}))[0]
    order = guessed.order if guessed else ""
    places = np.full((len(raw), 2), np.nan)
    held = ~shapely.is_missing(raw.geometry)
    places[held] = shapely.get_coordinates(raw.geometry[held])
    whole = replace(rows, texts=texts.assign(**{name: "1"}))
    made = outlines(whole, places, raw.unreadable, Grouping((name,), order, "", (found.x, found.y)))
    bare = made.attributes.drop(columns=list(made.attributes.columns))  # of the first corner alone
    crs = pyproj.CRS(measure.LONLAT)
    return RawFrame(bare, made.geometry, made.reasons, crs, (*raw.remarks, *made.remarks))


def _of_text(
    text: str, choices: Sequence[str], near: Box | None
) -> tuple[RawFrame, Reading | None]:
    corners = read_corners(text, near=near)
    reading = reading_of_corners(corners, choices)
    if not corners.reading.certain:
        corners = read_corners(text, reading=reading)
    return _frame_of(corners), reading


def _frame_of(corners: Corners) -> RawFrame:
    shape = shapely.Polygon(polygon_of(corners)["coordinates"][0])
    return RawFrame(
        pd.DataFrame(index=pd.RangeIndex(1)),
        np.array([shape], object),
        np.array([""], object),
        pyproj.CRS(measure.LONLAT),
    )


def _text_of(file: File, rows: Rows | None, found: TableGeometry | None) -> str:
    """The corners of a file as one would type them."""
    if rows is not None and found is not None:
        head = re.sub(r"\d", " ", found.corner)
        return "\n".join([head, *rows.texts[found.corner]])
    encoding = encodings.of_file(file.path, file.shown, "")
    content = file.path.read_bytes().decode(encoding.name, "replace")
    return content.removeprefix("\ufeff")


def _in_order(rows: Rows, found: TableGeometry) -> tuple[str, str]:
    """The two columns of coordinates as they stand in the file, from the left."""
    first, second = sorted((found.x, found.y), key=list(rows.texts.columns).index)
    return first, second


def _columns_as_text(rows: Rows, found: TableGeometry) -> str:
    first, second = _in_order(rows, found)
    head = re.sub(r"\d", " ", f"{first}; {second}")
    some = rows.texts.iloc[:MAX_CORNERS]
    pairs = zip(some[first].str.strip(), some[second].str.strip(), strict=True)
    return "\n".join([head, *(f"{a}; {b}" for a, b in pairs if a and b)])
