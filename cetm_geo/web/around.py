"""The rings round a site: how much land each is, and how much of it the layers' data reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, rings
from cetm_geo.arrays import Floats, Geometries, sums
from cetm_geo.clips import Units, clip
from cetm_geo.ground import WORLD, Extent, Ground
from cetm_geo.model import SCREENED_ROLES
from cetm_geo.overlay import RINGS_KM

# Outlines of more corners than this are drawn with fewer: what a ring's land is off by then is less
# than 3e-3 (tests), and the reader does not wait for seconds.
_MANY = 2_000
_ROUGH_KM = 0.005


def rings_round(outline: Any, ground: Ground) -> dict[str, Any] | None:
    """Of the rings 0-1, 1-5, 5-10, 10-20 and 20-50 km outside one site; None of no polygon.

    Keys: km2 (of each ring, its sea too), seen (by role, the share of each ring within which every
    layer of the role states that it is complete; None where one does not state it).

    Args:
        outline: in longitude and latitude.
    """
    if shapely.get_num_coordinates(outline) > _MANY:
        outline = shapely.simplify(outline, _ROUGH_KM / measure.scale_km(0.0)[0])
    found = rings.reaches(np.array([outline], object), RINGS_KM)[:, 0]
    if any(reach is None for reach in found):
        return None
    reaches = np.concatenate([np.array([outline], object), found])
    km2 = measure.area_km2(reaches)
    ring_km2 = np.maximum(np.diff(km2), 0.0)
    inside: dict[str, Floats | None] = {}
    seen: dict[str, list[float] | None] = {}
    for role in SCREENED_ROLES:
        words = [x.spec.complete_within for x in ground.asked if x.spec.role == role]
        for within in words:
            if within not in inside:
                inside[within] = _shares(reaches, km2, ring_km2, within, ground.extents.get(within))
        shares = [inside[within] for within in words]
        known = [share for share in shares if share is not None]
        whole = bool(shares) and len(known) == len(shares)
        seen[role.value] = np.min(known, axis=0).tolist() if whole else None
    return {"km2": ring_km2.tolist(), "seen": seen}


def _shares(
    reaches: Geometries, km2: Floats, ring_km2: Floats, within: str, extent: Extent | None
) -> Floats | None:
    """Of each ring the share inside an extent."""
    if within == WORLD:
        return np.ones(len(ring_km2))
    if extent is None:
        return None
    clips = clip(Units.of(reaches, km2), extent.pieces)
    land = np.maximum(np.diff(sums(clips.km2, clips.site_row, len(reaches))), 0.0)
    return np.minimum(land / np.maximum(ring_km2, 1e-9), 1.0)
