"""Land that a site shares with a place, as GeoJSON that says what the map writes on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from cetm_geo import words
from cetm_geo.language import _

_KEPT = (
    "site_id",
    "site_name",
    "layer_id",
    "feature_id",
    "name",
    "layer_label",
    "overlap_km2",
    "overlap_share",
    "sliver",
)


def piece_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A piece as a GeoJSON feature.

    Args:
        row: geometry (as GeoJSON), overlap_km2 and what else is known of it.

    Properties: those of the row, `label` (its area, in the language in force), `said` (area and
    place in a clause) and `point` (longitude and latitude well inside its largest part).
    """
    area = words.area(row["overlap_km2"])
    return {
        "type": "Feature",
        "geometry": row["geometry"],
        "properties": {
            **{key: row[key] for key in _KEPT if key in row},
            "label": area,
            "said": _said(row, area),
            "point": _point_in(row["geometry"]),
        },
    }


def _said(row: Mapping[str, Any], area: str) -> str:
    if row.get("name"):
        return _("{area} in {place}").format(area=area, place=row["name"])
    layer = row.get("layer_label")
    if layer:
        return _("{area} in an unnamed place of {layer}").format(area=area, layer=layer)
    return area


def _point_in(geometry: Mapping[str, Any]) -> list[float] | None:
    """Where the largest part of a shape is widest; None of an empty one."""
    parts = shapely.get_parts(shapely.from_geojson(json.dumps(geometry)))
    if not len(parts):
        return None
    point = shapely.point_on_surface(parts[int(np.argmax(shapely.area(parts)))])
    return [round(point.x, 6), round(point.y, 6)]
