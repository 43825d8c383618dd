"""A text of corners -> their longitude and latitude, with how the text was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cetm_geo import measure
from cetm_geo.arrays import Box, Floats
from cetm_geo.coordinates import degrees, metres
from cetm_geo.coordinates.degrees import Pair
from cetm_geo.coordinates.lines import MAX_CORNERS, Line, parse, prepare
from cetm_geo.coordinates.reading import Corners, Reading, chosen, order_of
from cetm_geo.coordinates.systems import Found, geographic_readings, metric_readings
from cetm_geo.errors import CoordinatesUnreadable

__all__ = ["MAX_CORNERS", "read_corners"]


def read_corners(
    text: str,
    *,
    crs: str = "",
    axes: str = "",
    reading: Reading | None = None,
    near: Box | None = None,
) -> Corners:
    """The corners that a text holds, one a line, with how they were read.

    Args:
        text: one corner a line (or several in one line, parted by semicolons or brackets). Lines
            before the first corner may name the columns, the UTM zone or the EPSG code.
        crs: what the numbers are in; default longitude and latitude on WGS 84, or the text's own
            UTM zone. Axes of a CRS are never taken from its definition.
        axes: the order of the two numbers, where a person states it (`AXES`).
        reading: a reading that a person has confirmed; `crs` and `axes` are then not asked.
        near: west, south, east, north; of two possible readings the one inside is guessed.

    Raises:
        CoordinatesUnreadable: names every bad line; also for no corner, or more than MAX_CORNERS.
        CRSMissing: `crs` is no coordinate reference system.
    """
    given = prepare(text)
    stated = reading.crs if reading else crs or given.crs
    if given.datum and not stated:
        raise CoordinatesUnreadable(
            f"The text names the datum {given.datum}.", "Give crs, its EPSG code."
        )
    projected = bool(stated) and measure.known_crs(stated).is_projected
    order = order_of(reading.axes if reading else axes)
    if given.zoned or projected:
        lines = parse(given, [metres.pair_of_metres], metres.EXPECTED)
        found = metric_readings(lines, given, stated, order)
    else:
        ways = _DEGREES if "," in text or "，" in text else _DEGREES[:1]
        lines = parse(given, ways, degrees.EXPECTED)
        found = geographic_readings(lines, given, stated or measure.LONLAT, order)
    return _chosen(found, lines, near, order is not None)


def _in_degrees(comma: bool) -> Callable[[str], Pair]:
    return lambda text: degrees.pair_of_degrees(text, comma)


_DEGREES: list[Callable[[str], Pair]] = [_in_degrees(False), _in_degrees(True)]


def _chosen(
    found: list[Found], lines: list[Line], near: Box | None, confirmed: bool
) -> Corners:  # fmt: skip
    """The likeliest reading first, the one inside `near` where just one is."""
    if len(found) > 1 and near is not None:
        found = sorted(found, key=lambda x: -_share_inside(x.lonlat, near))
        if _share_inside(found[0].lonlat, near) > _share_inside(found[1].lonlat, near):
            why = f"{found[0].reading.reason} Read this way, the corners lie where the data are."
            first = replace(found[0].reading, reason=why)
            found = [Found(first, found[0].lonlat), *found[1:]]
    best = found[0]
    numbers = tuple(line.number for line in lines)
    if confirmed and len(found) == 1:
        return Corners(best.lonlat, chosen(best.reading), None, numbers)
    if len(found) == 1:
        return Corners(best.lonlat, best.reading, None, numbers)
    other = found[1]
    return Corners(best.lonlat, best.reading, other.reading, numbers, other.lonlat)


def _share_inside(lonlat: Floats, box: Box) -> float:
    west, south, east, north = box
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return float(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).mean())
