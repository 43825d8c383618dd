"""Pairs of numbers -> the readings they allow: which number is which, in which system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cetm_geo import measure
from cetm_geo.arrays import Floats
from cetm_geo.coordinates import degrees, metres, zones
from cetm_geo.coordinates.lines import Bad, Line, Text, unreadable
from cetm_geo.coordinates.reading import Reading, to_lonlat
from cetm_geo.errors import CoordinatesUnreadable

_MARGIN_DEGREES = 1.0
# Band S, latitude 32 to 40 north, has northings of 3.54 to 4.43 million metres.
_NORTHINGS_OF_BAND_S = (3_500_000, 4_470_000)


@dataclass(frozen=True)
class Found:
    """A reading that the text allows, and where it puts the corners."""

    reading: Reading
    lonlat: Floats


def _orders(lines: Sequence[Line], given: Text, stated: int | None) -> tuple[list[int], str]:
    """The orders that letters, labels and a person leave open, and what decided."""
    own = {line.pair.order for line in lines} - {None}
    if stated is not None:
        against = [x for x in lines if x.pair.order not in (None, stated)]
        if against:
            why = "its letters or labels contradict the order of axes that was stated"
            raise unreadable([Bad(x.number, x.text, why) for x in against], "the stated order")
        return [stated], "The order of the axes was stated."
    if len(own) > 1 and any(line.pair.order is None for line in lines):
        why = "no letter says which number is which, and the other lines differ"
        bad = [Bad(x.number, x.text, why) for x in lines if x.pair.order is None]
        raise unreadable(bad, degrees.EXPECTED)
    if own:
        first = next(line.pair.order for line in lines if line.pair.order is not None)
        return [first], "Letters or labels beside the numbers say which is which."
    if given.order is not None:
        return [given.order], "The title of the columns says which is which."
    return [1, 0], ""


def _xy(lines: Sequence[Line], order: int) -> Floats:
    """x, y of each line; a line's own letters go before the order of all."""
    return np.array(
        [
            (x.pair.first, x.pair.second)
            if (order if x.pair.order is None else x.pair.order) == 0
            else (x.pair.second, x.pair.first)
            for x in lines
        ],
        dtype=np.float64,
    )


def _sided(lines: Sequence[Line], order: int, given: Text) -> Floats:
    """x, y of each line, negative where the title says that all are west or south."""
    xy = _xy(lines, order)
    for i, side in ((0, "W"), (1, "S")):
        if side not in given.sides:
            continue
        against = [
            Bad(x.number, x.text, f"its letters contradict the title, which says {side}")
            for x, value in zip(lines, xy[:, i], strict=True)
            if value > 0 and x.pair.order is not None
        ]
        if against:
            raise unreadable(against, degrees.EXPECTED)
        xy[:, i] = -np.abs(xy[:, i])
    return xy


def geographic_readings(
    lines: Sequence[Line], given: Text, crs: str, stated: int | None
) -> list[Found]:
    """The readings of numbers in degrees, latitude first before longitude first."""
    orders, reason = _orders(lines, given, stated)
    kind = "dms" if any(line.pair.sexagesimal for line in lines) else "decimal"
    fits = {order: _off_the_earth(lines, order) for order in orders}
    possible = [order for order in orders if not fits[order]]
    if not possible:
        raise unreadable(min(fits.values(), key=len), degrees.EXPECTED)
    if len(possible) < len(orders):
        reason = "A number beyond 90 can only be a longitude."
    elif len(possible) > 1:
        reason = "Either number could be the latitude: no letter, label or range decides."
    return [
        Found(
            Reading(kind, crs, ("lon_lat", "lat_lon")[order], len(possible) == 1, reason),
            to_lonlat(_sided(lines, order, given), crs),
        )
        for order in possible
    ]


def _off_the_earth(lines: Sequence[Line], order: int) -> list[Bad]:
    bad = []
    for line, (lon, lat) in zip(lines, _xy(lines, order), strict=True):
        if abs(lat) > 90:
            why = f"a latitude of {lat:g} degrees is beyond 90"
        elif abs(lon) > 180:
            why = f"a longitude of {lon:g} degrees is beyond 180"
        else:
            continue
        if max(abs(lat), abs(lon)) > 360:
            why += "; numbers in metres need their UTM zone, as 35S in a first line, or their crs"
        bad.append(Bad(line.number, line.text, why))
    return bad


def metric_readings(
    lines: Sequence[Line], given: Text, crs: str, stated: int | None
) -> list[Found]:
    """The readings of numbers in a projected CRS, or in the UTM zone that the text names."""
    orders, reason = _orders(lines, given, stated)
    systems, why, utm = _systems_of(lines, crs)
    kind = "utm" if utm else "projected"
    found = []
    for order in sorted(orders):  # easting first is how metres are mostly written
        xy = _xy(lines, order)
        if utm and _off_the_zone(lines, xy):
            continue
        for system in systems:
            lonlat = to_lonlat(xy, system)
            axes = ("x_y", "y_x")[order]
            if np.isfinite(lonlat).all():
                found.append(Found(Reading(kind, system, axes, False, ""), lonlat))
    found = found if utm else _within_area_of_use(found)
    if not found:
        bad = _off_the_zone(lines, _xy(lines, orders[0])) if utm else []
        outside = f"lies outside {systems[0]}"
        raise unreadable(bad or [Bad(x.number, x.text, outside) for x in lines], metres.EXPECTED)
    _check_bands(lines, found[0].lonlat)
    return _decided(found, len(orders) > 1, reason, why)


def _systems_of(lines: Sequence[Line], crs: str) -> tuple[list[str], str, bool]:
    """The CRS of the numbers, both where a zone leaves it open; why; whether it is UTM."""
    if crs and measure.known_crs(crs).is_projected:
        _same_zone(lines, crs)
        return [crs], "", bool(measure.known_crs(crs).utm_zone)
    if crs and crs != measure.LONLAT:
        raise CoordinatesUnreadable(
            f"The text names a UTM zone, and {crs} is not projected.",
            "Give crs, the EPSG code of the zone on its datum.",
        )
    named = {(x.zone.number, x.zone.south) for x in lines if x.zone}
    zone = next((x.zone for x in lines if x.zone), None)
    if zone is None or len(named) > 1:
        raise CoordinatesUnreadable(
            "The corners lie in several UTM zones.", "Give the corners of one zone at a time."
        )
    systems, why = _systems_of_zone(zone, lines)
    return systems, why, True


def _within_area_of_use(found: list[Found]) -> list[Found]:
    """The readings inside the area their CRS is made for; all of them where it states none."""
    area = measure.known_crs(found[0].reading.crs).area_of_use if found else None
    if area is None:
        return found
    west, south, east, north = area.bounds
    pad = _MARGIN_DEGREES
    out = []
    for one in found:
        lon, lat = one.lonlat[:, 0], one.lonlat[:, 1]
        across = (lon >= west - pad) & (lon <= east + pad)
        if west > east:  # the area crosses the date line
            across = (lon >= west - pad) | (lon <= east + pad)
        if (across & (lat >= south - pad) & (lat <= north + pad)).all():
            out.append(one)
    return out


def _same_zone(lines: Sequence[Line], crs: str) -> None:
    """Raises CoordinatesUnreadable where the text names another UTM zone, or another half of the
    earth, than its CRS."""
    own = measure.known_crs(crs).utm_zone
    south = (own or "").endswith("S")
    bad = [
        Bad(x.number, x.text, f"zone {x.zone.number}{x.zone.band} is not the zone {own} of {crs}")
        for x in lines
        if own and x.zone and (str(x.zone.number) != own[:-1] or _is_south(x) not in (None, south))
    ]
    if bad:
        raise unreadable(bad, f"the zone of {crs}, or no zone")


def _is_south(line: Line) -> bool | None:
    """The half of the earth of a line's zone; of 35S too, if its northing is not of band S."""
    if line.zone is None or line.zone.band != "S":
        return line.zone.south if line.zone else None
    northing = max(abs(line.pair.first), abs(line.pair.second))
    return None if _NORTHINGS_OF_BAND_S[0] <= northing <= _NORTHINGS_OF_BAND_S[1] else True


def _systems_of_zone(zone: zones.Zone, lines: Sequence[Line]) -> tuple[list[str], str]:
    """The CRS of a zone, north or south; both where the text leaves it open, the likelier first."""
    if zone.south is not None:
        return [measure.utm_crs(zone.number, zone.south)], ""
    northing = np.array([max(abs(x.pair.first), abs(x.pair.second)) for x in lines])
    north, south = (measure.utm_crs(zone.number, below) for below in (False, True))
    if zone.band == "S":
        if ((northing < _NORTHINGS_OF_BAND_S[0]) | (northing > _NORTHINGS_OF_BAND_S[1])).any():
            return [south], f"{zone.number}S can only be South: band S has other northings."
        return [south, north], f"{zone.number}S may be South, or the band S of the north."
    if (northing > 9_350_000).any():
        return [south], "Such northings occur only south of the equator."
    if (northing < 1_100_000).all():
        return [north], "Such northings occur only north of the equator."
    return [south, north], f"Zone {zone.number} does not say whether north or south."


def _off_the_zone(lines: Sequence[Line], xy: Floats) -> list[Bad]:
    """Lines that no UTM zone holds: beyond these a number is no easting or no northing.

    A zone is 167 to 833 km of easting wide at the equator; some are used beyond their edges.
    """
    east, north = xy[:, 0], xy[:, 1]
    bad = (east < 50_000) | (east > 950_000) | (north < 0) | (north > 10_000_000)
    return [
        Bad(line.number, line.text, "no easting of 50 to 950 km and northing of 0 to 10 000 km")
        for line, off in zip(lines, bad, strict=True)
        if off
    ]


def _check_bands(lines: Sequence[Line], lonlat: Floats) -> None:
    """Raises CoordinatesUnreadable for a corner off the latitudes of its own MGRS band."""
    bad = []
    for line, lat in zip(lines, lonlat[:, 1], strict=True):
        band = line.zone.band if line.zone else ""
        if not band or band == "S":
            continue
        south, north = zones.band_latitudes(band)
        if not south - _MARGIN_DEGREES <= lat <= north + _MARGIN_DEGREES:
            why = f"band {band} has latitudes {south:g} to {north:g}, the corner lies at {lat:.1f}"
            bad.append(Bad(line.number, line.text, why))
    if bad:
        raise unreadable(bad, "a zone with North or South, if its letter is no band")


def _decided(found: list[Found], open_order: bool, reason: str, why: str) -> list[Found]:
    """The readings with whether they are certain, and the reason."""
    if len(found) == 1:
        if open_order:
            reason = "Only this order of the numbers lies in the area of the system."
        reason = f"{reason} {why}".strip()
    elif len({x.reading.crs for x in found}) > 1:
        reason = why
    else:
        reason = "Either number could be the easting: no label or range decides."
    sure = len(found) == 1
    return [Found(replace(x.reading, certain=sure, reason=reason), x.lonlat) for x in found]
