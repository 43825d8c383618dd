"""Columns of tables that hold coordinates -> longitude, latitude, and a reason per bad row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo import measure, vocabulary
from cetm_geo.arrays import Floats, Texts
from cetm_geo.coordinates import degrees, metres, spelling, zones
from cetm_geo.coordinates.degrees import NoPair, Pair
from cetm_geo.coordinates.lines import pair_of_line
from cetm_geo.coordinates.reading import order_of, to_lonlat

UNSTATED = "which number is the latitude, or the northing, is not stated"
_MOST_OFF_ZONE_DEGREES = 20
_PLAIN_PAIR = (
    r"^\s*[(\[]?\s*([-+]?\d+(?:\.\d+)?)(?:\s*[,;]\s*|\s+)([-+]?\d+(?:\.\d+)?)\s*[)\]]?\s*$"
)


def read_columns(
    x: Sequence[Any],
    y: Sequence[Any],
    *,
    crs: str = "",
    axes: str = "",
    zone: Sequence[Any] | None = None,
) -> tuple[Floats, Texts]:
    """Longitude, latitude of a table with one column for each coordinate.

    Args:
        x, y: columns of longitude and latitude, or easting and northing; numbers, or texts in any
            notation; the other way round with axes lat_lon or y_x. crs: what they are in, default
            longitude and latitude on WGS 84. zone: a column with the UTM zone of each row, where S
            is South (35S); used where `crs` is not projected.

    Returns:
        float64 (n, 2) in degrees, NaN where a row is unreadable; object (n,) of reasons or "".

    Raises CRSMissing for an unknown crs, CoordinatesUnreadable for a word that is no order of axes.
    """
    if order_of(axes) == 1:
        x, y = y, x
    projected = bool(crs) and measure.known_crs(crs).is_projected
    reasons = np.full(len(x), "", dtype=object)
    in_metres = projected or zone is not None
    east, north = (
        _numbers(column, axis, in_metres, reasons) for column, axis in ((x, "lon"), (y, "lat"))
    )
    xy = np.column_stack([east, north])
    if zone is not None and not projected:
        return _by_zone(xy, zone, reasons)
    return _moved(xy, crs or measure.LONLAT, reasons)


def read_column(both: Sequence[Any], *, crs: str = "", axes: str = "") -> tuple[Floats, Texts]:
    """Longitude, latitude of a table with one column that holds both coordinates of a row.

    Letters and labels in a cell decide for it; else `axes`; else, for the whole column, a number
    beyond 90 degrees, or of UTM beyond 1000 km. Where nothing decides, rows are unreadable and say
    so: a guess here could be confirmed by nobody. Returns and raises as `read_columns`.
    """
    order = order_of(axes)
    projected = bool(crs) and measure.known_crs(crs).is_projected
    pairs, own, reasons = _pairs(both, projected)
    order = _order_by_range(pairs, own, crs if projected else "") if order is None else order
    swap = np.where(own >= 0, own, -1 if order is None else order)
    open_ = (swap < 0) & (reasons == "")
    reasons[open_] = UNSTATED
    xy = np.where((swap == 1)[:, None], pairs[:, ::-1], pairs)
    xy[reasons != ""] = np.nan
    return _moved(xy, crs or measure.LONLAT, reasons)


# --- cells to numbers ----------------------------------------------------------------------------


def _numbers(column: Sequence[Any], axis: str, in_metres: bool, reasons: Texts) -> Floats:
    """A column as numbers, plain ones at once and the others one by one; writes `reasons`."""
    cells = pd.Series(list(column), dtype=object)
    values = np.array(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    rest = np.flatnonzero(np.isnan(values))
    for i, text in zip(rest, vocabulary.texts(cells.iloc[rest]), strict=True):
        try:
            values[i] = _metres(text) if in_metres else _degrees(text, axis)
        except NoPair as error:
            reasons[i] = reasons[i] or _reason(text, str(error))
    return values


def _reason(text: str, why: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return f"{shown!r} is no coordinate: {why}" if text else "a coordinate is missing"


def _metres(text: str) -> float:
    """Texts such as 512,345.50 and 512 345,5."""
    value = vocabulary.number(spelling.plain(text).strip().removesuffix("m"))
    if value is None:
        raise NoPair("no number in metres")
    return value


def _degrees(text: str, axis: str) -> float:
    """An angle in any notation; a comma in a cell of one number can only be its decimal mark."""
    if not text or len(text) > 100:
        raise NoPair("no number in degrees")
    return degrees.angle_of_cell(spelling.plain(text), True, axis)


def _pairs(both: Sequence[Any], projected: bool) -> tuple[Floats, NDArray[np.intp], Texts]:
    """Per row two numbers as they stand, its own order (-1 if open), and a reason or ""."""
    cells = pd.Series(vocabulary.texts(both), dtype=object)  # any text, half a surrogate too
    plain = cells.str.extract(_PLAIN_PAIR)
    pairs = plain.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64, copy=True)
    own = np.full(len(cells), -1, dtype=np.intp)
    reasons = np.full(len(cells), "", dtype=object)
    rest = np.isnan(pairs).any(axis=1)
    # 20,415 beside other rows with a blank or a semicolon is one number, not two.
    rest |= cells.str.contains(r"^\s*\d+,\d+\s*$").to_numpy(bool)
    for i in np.flatnonzero(rest):
        try:
            pair = _pair(str(cells.iloc[i]), projected)
        except NoPair as error:
            reasons[i], pairs[i] = _reason(str(cells.iloc[i]), str(error)), np.nan
            continue
        pairs[i] = pair.first, pair.second
        own[i] = -1 if pair.order is None else pair.order
    return pairs, own, reasons


def _pair(text: str, projected: bool) -> Pair:
    """The two numbers of a cell; raises NoPair, also where a comma can be read in two ways."""
    text = spelling.plain(text)
    if projected:
        return pair_of_line(text, metres.pair_of_metres)
    found: list[Pair] = []
    problem = NoPair("holds nothing")
    for comma in (True, False):
        try:
            pair = degrees.pair_of_degrees(text, comma)
        except NoPair as error:
            problem = error
            continue
        if pair.label is None:
            found.append(pair)
    if not found:
        raise problem
    if any(pair != found[0] for pair in found):
        raise NoPair("the comma may be a decimal mark or part two numbers")
    return found[0]


def _order_by_range(pairs: Floats, own: NDArray[np.intp], projected: str) -> int | None:
    """The order that ranges give the open rows: only a longitude is beyond 90 degrees, only a
    northing of UTM beyond 1000 km; None where they give none, or two."""
    if projected and not measure.known_crs(projected).utm_zone:
        return None
    unnamed = np.abs(pairs[own < 0])
    limit = 1_000_000 if projected else 90
    first, second = (bool((unnamed[:, i] > limit).any()) for i in (0, 1))
    return None if first == second else int(first if projected else second)


# --- numbers to degrees --------------------------------------------------------------------------


def _moved(xy: Floats, crs: str, reasons: Texts) -> tuple[Floats, Texts]:
    """Points of one CRS in lon/lat; rows off the earth get a reason."""
    lonlat = np.full(xy.shape, np.nan)
    good = ~np.isnan(xy).any(axis=1) & (reasons == "")
    lonlat[good] = to_lonlat(xy[good], crs)
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    projected = measure.known_crs(crs).is_projected
    for bad, why in (
        (good & ~np.isfinite(lonlat).all(axis=1), f"lies outside {crs}"),
        (good & (np.abs(lat) > 90), "a latitude beyond 90 degrees"),
        (good & (np.abs(lon) > 180), "a longitude beyond 180 degrees"),
        (good & _far_from_its_zone(lonlat, crs), f"lies far outside {crs}"),
    ):
        for i in np.flatnonzero(bad & (reasons == "")):
            unit = "" if projected else " degrees"
            reasons[i] = f"{xy[i, 0]:.10g}, {xy[i, 1]:.10g}{unit}: {why}"
    lonlat[reasons != ""] = np.nan
    return lonlat, reasons


def _far_from_its_zone(lonlat: Floats, crs: str) -> NDArray[np.bool_]:
    """Points of UTM where nobody uses its zone: easting and northing are exchanged, or in km.

    Whole countries are mapped in one zone, some 12 degrees away from its middle.
    """
    zone = measure.known_crs(crs).utm_zone
    if not zone:
        return np.zeros(len(lonlat), bool)
    off = np.abs((lonlat[:, 0] - (6 * int(zone[:-1]) - 183) + 180) % 360 - 180)
    lat = lonlat[:, 1]
    return np.asarray((off > _MOST_OFF_ZONE_DEGREES) | (lat < -80.5) | (lat > 84.5), dtype=bool)


def _by_zone(xy: Floats, zone: Sequence[Any], reasons: Texts) -> tuple[Floats, Texts]:
    lonlat = np.full(xy.shape, np.nan)
    codes, names = pd.factorize(np.array(vocabulary.texts(zone), dtype=object))
    for code, name in enumerate(names):
        rows = np.flatnonzero(codes == code)
        found = zones.zone_of_cell(spelling.plain(name))
        if found is None or found.south is None:
            clear = reasons[rows] == ""
            reasons[rows[clear]] = f"{name!r} is no UTM zone with its hemisphere"
            continue
        crs = measure.utm_crs(found.number, found.south)
        lonlat[rows], reasons[rows] = _moved(xy[rows], crs, reasons[rows])
    return lonlat, reasons
