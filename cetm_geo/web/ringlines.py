"""The rings round a title as lines for the eye, kept by generation.

What is measured in rings is measured by `cetm_geo.overlay` on other outlines than these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cetm_geo import words
from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.measure import scale_km
from cetm_geo.rings import reaches
from cetm_geo.store import Store

RADII_KM = (1.0, 5.0, 10.0, 20.0)
_FINE_SHARE = 0.004  # of a radius: how far a line may stand off
_ROUGH_KM = 0.02  # how far the title's own outline may, where it has many corners
_MANY = 2_000
_TURN = shapely.multilinestrings([[(-180, -90), (-180, 90)], [(180, -90), (180, 90)]])


def rings_of(store: Store, site_id: str) -> dict[str, Any]:
    """Lines at RADII_KM from a title's outline, as a FeatureCollection.

    Properties: `km`, and `label` in the language in force. Raises SiteError for an unknown title.
    """
    found = store.shapes("site_with_outline", site_id=site_id)
    if not len(found):
        raise SiteError(f"There is no site {site_id!r} in this store.", "Search for its name.")
    return collection(found.geometry.iloc[0])


def collection(outline: Any) -> dict[str, Any]:
    """The rings of an outline in lon/lat, the nearest first."""
    lines = _lines(outline)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(line),
                "properties": {"km": km, "label": _("{n} km").format(n=words.number(km))},
            }
            for km, line in zip(RADII_KM, lines, strict=True)
            if line is not None and not line.is_empty
        ],
    }


def _lines(outline: Any) -> list[Any]:
    degrees = 1 / float(scale_km(0.0)[0])  # of a km on the equator: as fine or finer elsewhere
    if shapely.get_num_coordinates(outline) > _MANY:
        outline = shapely.simplify(outline, _ROUGH_KM * degrees)
    found = reaches(np.array([outline], object), RADII_KM)[:, 0]
    out: list[Any] = []
    for km, reach in zip(RADII_KM, found, strict=True):
        if reach is None:
            out.append(None)
            continue
        line = shapely.simplify(shapely.boundary(reach), km * _FINE_SHARE * degrees)
        # A reach that is cut at 180 degrees has no edge there.
        line = shapely.difference(line, _TURN) if abs(line.bounds[0]) == 180 else line
        out.append(shapely.set_precision(line, 1e-5, mode="pointwise"))
    return out
