"""Corners typed or pasted by hand -> a GeoJSON polygon: the keyboard's equal of drawing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cetm_geo import notes
from cetm_geo.coordinates import Corners, polygon_of, read_corners, said
from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.web.api import geometry_of


@dataclass(frozen=True)
class Typed:
    """What a text was read as.

    geometry: the polygon, None until a reading is confirmed. said: how it was read, one sentence.
    choices: value and label of each possible reading where the text leaves two.
    """

    geometry: dict[str, Any] | None
    said: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def read_typed(
    text: str, choice: str = "", near: tuple[float, float, float, float] | None = None
) -> Typed:
    """GeoJSON, or corners in any notation of `coordinates`; raises CetmError.

    choice: the value of the reading that was confirmed; it holds for the text it was offered for.
    """
    if text.lstrip().startswith("{"):
        return Typed(_geojson(text))
    corners = read_corners(text, near=near)
    polygon = polygon_of(corners)
    if corners.reading.certain:
        return Typed(polygon, notes.said(said(corners)))
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    choices = tuple(
        (f"{mark}:{reading.axes}:{reading.crs}", _choice(reading.words, where))
        for reading, where in corners.choices()
    )
    for (value, _label), (reading, _where) in zip(choices, corners.choices(), strict=True):
        if value == choice:
            taken = read_corners(text, reading=reading)
            return Typed(polygon_of(taken), notes.said(said(taken)), choices)
    return Typed(None, _question(corners), choices)


def _question(corners: Corners) -> str:
    text = _("These corners can be read in two ways. {why} Choose one:")
    return text.format(why=notes.said(corners.reading.reason))


def _choice(reading: str, corner: str) -> str:
    text = _("{reading}: first corner {corner}")
    return text.format(reading=notes.said(reading), corner=corner)


def geometry_of_drawn(drawn: Any) -> dict[str, Any]:
    """The polygon in what the browser says was drawn; raises SiteError."""
    geometry, _ = geometry_of(drawn.get("geometry") if isinstance(drawn, dict) else None)
    return geometry


def corner_count(geometry: Mapping[str, Any]) -> int:
    """Corners of a GeoJSON polygon's rings, of all its parts."""
    parts = geometry["coordinates"]
    polygons = parts if geometry["type"] == "MultiPolygon" else [parts]
    return sum(max(len(ring) - 1, 0) for rings in polygons for ring in rings)


def _geojson(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise SiteError(f"The text is not GeoJSON: {error}.", "Paste the whole file.") from error
    geometry, _name = geometry_of(body)
    if geometry["type"] != "Polygon":
        what = _("Several polygons cannot be edited as one proposal here.")
        raise SiteError(what, "Paste one Polygon, or send the file to /api/v1/screen.")
    return geometry
