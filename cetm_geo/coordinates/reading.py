"""How a text of corners was read, in a form that a person can confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Floats
from cetm_geo.errors import AxesUnconfirmed, CoordinatesUnreadable, SiteError

KINDS = {
    "decimal": "in decimal degrees",
    "dms": "in degrees, minutes and seconds",
    "utm": "in metres of a UTM zone",
    "projected": "in the units of a projected system",
}
AXES = {
    "lon_lat": "longitude, latitude",
    "lat_lon": "latitude, longitude",
    "x_y": "easting, northing",
    "y_x": "northing, easting",
}
SWAPPED = {"lon_lat": "lat_lon", "lat_lon": "lon_lat", "x_y": "y_x", "y_x": "x_y"}
# A person may say either pair of words for the order of the two numbers.
ORDERS = {"lon_lat": 0, "x_y": 0, "lat_lon": 1, "y_x": 1}


@dataclass(frozen=True)
class Reading:
    """One way to read a text of corners.

    kind: decimal, dms (minutes, with or without seconds), utm or projected. crs: what the numbers
    are in. axes: which number stands first: lon_lat or lat_lon; x_y or y_x for utm and projected.
    certain: the text itself decides; else a person has to. reason: why, in one sentence.
    """

    kind: str
    crs: str
    axes: str
    certain: bool
    reason: str

    @property
    def words(self) -> str:
        """The reading as a sentence continues it: latitude, longitude in decimal degrees."""
        said = f"{AXES[self.axes]} {KINDS[self.kind]}"
        return said if self.crs == measure.LONLAT else f"{said} ({measure.crs_label(self.crs)})"


@dataclass(frozen=True, eq=False)
class Corners:
    """Corners as read: lonlat float64 (n, 2) in degrees on WGS 84; lines: the line of each.

    alternative: the other way to read the text, with `other_lonlat`; None where it is certain.
    """

    lonlat: Floats
    reading: Reading
    alternative: Reading | None
    lines: tuple[int, ...]
    other_lonlat: Floats | None = None

    def choices(self) -> tuple[tuple[Reading, str], ...]:
        """Each reading with where it puts the first corner, in words."""
        first = ((self.reading, place(self.lonlat[0])),)
        if self.alternative is None or self.other_lonlat is None:
            return first
        return (*first, (self.alternative, place(self.other_lonlat[0])))


def place(lonlat: Floats) -> str:
    """A point in words: 12.5822 S, 28.2500 E."""
    lon, lat = (float(value) for value in lonlat)
    return f"{abs(lat):.4f} {'S' if lat < 0 else 'N'}, {abs(lon):.4f} {'W' if lon < 0 else 'E'}"


def said(corners: Corners) -> str:
    """How a text was read, in one sentence for its author."""
    return f"Read as {corners.reading.words}; first corner {place(corners.lonlat[0])}."


def facts(corners: Corners) -> list[dict[str, Any]]:
    """Every reading that is possible, as rows of JSON; first_corner is [longitude, latitude]."""
    points = (corners.lonlat, corners.other_lonlat)
    readings = (corners.reading, corners.alternative)
    return [
        {**_row(reading), "first_corner": [float(v) for v in lonlat[0]]}
        for reading, lonlat in zip(readings, points, strict=True)
        if reading is not None and lonlat is not None
    ]


def _row(reading: Reading) -> dict[str, Any]:
    names = ("kind", "crs", "axes", "certain", "reason")
    return {name: getattr(reading, name) for name in names}


def confirmed(corners: Corners) -> Corners:
    """`corners` if the text alone says how it is to be read; else raises AxesUnconfirmed."""
    if corners.reading.certain:
        return corners
    ways = "; or ".join(f"{r.words}, first corner {where}" for r, where in corners.choices())
    other = corners.alternative
    same_order = other is not None and other.axes == corners.reading.axes
    hint = (
        "Say which: give crs, the EPSG code of the zone."
        if same_order
        else f'Say which: give axes, "{corners.reading.axes}" or "{SWAPPED[corners.reading.axes]}".'
    )
    what = f"The corners can be read in two ways: {ways}. {corners.reading.reason}"
    rows: list[Mapping[str, Any]] = list(facts(corners))
    raise AxesUnconfirmed(what, hint, rows)


def chosen(reading: Reading) -> Reading:
    """A reading that a person has confirmed."""
    return replace(reading, certain=True, reason="It was confirmed.")


def order_of(axes: str) -> int | None:
    """0 where longitude or easting stands first, 1 where latitude or northing does, None if open.

    Raises CoordinatesUnreadable for another word.
    """
    if not axes:
        return None
    if axes not in ORDERS:
        raise CoordinatesUnreadable(f"{axes!r} is no order of axes.", f"Give {', '.join(AXES)}.")
    return ORDERS[axes]


def polygon_of(corners: Corners) -> dict[str, Any]:
    """The corners as a closed GeoJSON polygon; raises SiteError for fewer than three."""
    ring = corners.lonlat
    if len(ring) and (ring[0] != ring[-1]).any():
        ring = np.vstack([ring, ring[:1]])
    count = len(ring) - 1
    if count < 3:
        raise SiteError(
            f"{max(count, 1)} corner{'s were' if count > 1 else ' was'} given, "
            "a polygon needs three.",
            "Write one corner a line: 12.5822 S, 28.2500 E",
        )
    return {"type": "Polygon", "coordinates": [ring.tolist()]}


def to_lonlat(xy: Floats, crs: str) -> Floats:
    """Points (n, 2), x first, of a CRS in lon/lat; infinite where the CRS does not reach."""
    pairs = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    known = measure.known_crs(crs)
    if known.equals(measure.known_crs(measure.LONLAT), ignore_axis_order=True):
        return pairs
    moved = measure.to_lonlat(shapely.points(pairs), known)
    return np.asarray(shapely.get_coordinates(moved), dtype=np.float64)
