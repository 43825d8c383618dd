"""Corners typed or pasted by hand -> a GeoJSON polygon: the keyboard's equal of drawing."""

from __future__ import annotations

import json
import re
from typing import Any

from cetm_geo.errors import SiteError
from cetm_geo.web.api import geometry_of

MAX_CORNERS = 2000
_NUMBER = re.compile(r"[-+]?\d+(?:[.]\d+)?")


def polygon_of_text(text: str) -> dict[str, Any]:
    """A polygon from GeoJSON, or from lines of `longitude latitude`; raises SiteError."""
    if text.lstrip().startswith("{"):
        return _geojson(text)
    corners = [_corner(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(corners) < 3:
        raise SiteError(
            f"{len(corners)} corners were given, a polygon needs three.",
            "Write one corner a line: longitude, then latitude, in degrees.",
        )
    if len(corners) > MAX_CORNERS:
        raise SiteError(f"{len(corners)} corners are too many.", f"Give at most {MAX_CORNERS}.")
    if corners[0] != corners[-1]:
        corners.append(corners[0])
    return {"type": "Polygon", "coordinates": [corners]}


def geometry_of_drawn(drawn: Any) -> dict[str, Any]:
    """The polygon in what the browser says was drawn; raises SiteError."""
    geometry, _ = geometry_of(drawn.get("geometry") if isinstance(drawn, dict) else None)
    return geometry


def corner_count(geometry: dict[str, Any]) -> int:
    """Corners of a GeoJSON polygon's outer ring."""
    return max(len(geometry["coordinates"][0]) - 1, 0)


def _corner(number: int, line: str) -> list[float]:
    found = _NUMBER.findall(line)
    if len(found) != 2:
        raise SiteError(
            f"Line {number} does not hold two numbers.",
            "Write longitude, then latitude, in degrees: 20.4150 2.1300",
        )
    return [float(found[0]), float(found[1])]


def _geojson(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise SiteError(f"The text is not GeoJSON: {error}.", "Paste the whole file.") from error
    geometry, _ = geometry_of(body)
    if geometry["type"] != "Polygon":
        what = "Several polygons cannot be edited as one proposal here."
        raise SiteError(what, "Paste one Polygon, or send the file to /api/v1/screen.")
    return geometry
