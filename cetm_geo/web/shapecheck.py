"""What may be wrong with a shape, in words, cheap enough to be asked while it is being drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, notes, words
from cetm_geo.arrays import Box
from cetm_geo.coordinates.reading import place
from cetm_geo.errors import SiteError
from cetm_geo.language import N_, Spoken, _
from cetm_geo.screening import polygon_of_json

_REASON = re.compile(r"(?P<why>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")
# GEOS's reasons; {place} is where.
_WHY = Spoken(
    {
        "Self-intersection": N_("Its edges cross near {place}."),
        "Ring Self-intersection": N_("Its edge meets itself near {place}."),
        "Hole lies outside shell": N_("A hole lies outside the shape, near {place}."),
        "Holes are nested": N_("A hole lies within a hole, near {place}."),
        "Interior is disconnected": N_("A hole cuts the shape in two, near {place}."),
        "Nested shells": N_("One part lies within another, near {place}."),
    }
)


@dataclass(frozen=True)
class Finding:
    """One thing to know of a shape.

    kind: unreadable, crosses, no_area, area, outside, swapped, partly_outside. blocks: the shape
    cannot be screened so. place: longitude, latitude of what is meant, where it is a point.
    km2: of the kind area alone.
    """

    kind: str
    text: str
    blocks: bool = False
    place: tuple[float, float] | None = None
    km2: float | None = None


def check_shape(geometry: Mapping[str, Any], area: Box | None = None) -> list[Finding]:
    """What is to be said of a shape before it is screened; what keeps it from that comes first.

    Args:
        geometry: GeoJSON Polygon or MultiPolygon in EPSG:4326, in any state of being drawn.
        area: west, south, east, north of the data, in degrees.

    No error is raised: a shape that cannot be read is a finding. Its size in km2 is always among
    them where it can be measured.
    """
    try:
        shape = polygon_of_json(geometry)
    except SiteError as error:
        text = f"{notes.said(error.what)} {notes.said(error.hint)}".strip()
        return [Finding("unreadable", text, blocks=True)]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return [Finding("unreadable", _("The outline cannot be read."), blocks=True)]
    crossing = _crossing(shape)
    if crossing is not None:  # the area of a shape that crosses itself says nothing
        return [crossing, *_place(shape, area)]
    km2 = float(measure.area_km2([shape])[0])
    if not km2 > 0:
        return [Finding("no_area", _("The outline encloses no land."), blocks=True)]
    size = _("It measures {area}.").format(area=words.area(km2))
    return [Finding("area", size, km2=km2), *_place(shape, area)]


def _crossing(shape: Any) -> Finding | None:
    """Why a shape is not valid, and where; None if it is."""
    if shapely.is_valid(shape):
        return None
    found = _REASON.match(shapely.is_valid_reason(shape))
    why = found["why"].strip() if found else ""
    where = np.array([float(found["x"]), float(found["y"])]) if found and found["x"] else None
    if why.startswith("Too few points"):
        return Finding("no_area", _("Draw at least three corners."), blocks=True)
    known = _WHY[why] if why in _WHY else _("The outline is not a valid polygon, near {place}.")
    text = known.format(place=place(where) if where is not None else "?")
    hint = _("Move the corners so that no edges cross.")
    at = None if where is None else (float(where[0]), float(where[1]))
    return Finding("crosses", f"{text} {hint}", blocks=True, place=at)


def _place(shape: Any, area: Box | None) -> list[Finding]:
    """Whether a shape lies where the data are."""
    if area is None:
        return []
    west, south, east, north = shapely.bounds(shape).tolist()
    data, own = shapely.box(*area), shapely.box(west, south, east, north)
    if data.contains(own):
        return []
    if data.intersects(own):
        text = _("It reaches beyond the area of the data, where nothing is known of it.")
        return [Finding("partly_outside", text)]
    if data.contains(shapely.box(south, west, north, east)):
        text = _(
            "It lies outside the area of the data; with longitude and latitude swapped it would "
            "lie inside."
        )
        return [Finding("swapped", text)]
    text = _("It lies outside the area of the data, where nothing is known of it.")
    return [Finding("outside", text)]
