"""The broad shape of the invented land; `relief` makes the ground of it.

Replace `terrain` by an elevation model for a real one.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .noise import fractal_noise
from .seed import CENTRE, KM_LAT, KM_LON, Floats, LonLat

MOUNTAINS: list[LonLat] = [
    (-16.75, -27.2),
    (-16.45, -26.3),
    (-16.05, -25.6),
    (-15.35, -25.2),
    (-14.5, -25.05),
    (-13.6, -24.75),
]
HILLS: list[LonLat] = [(-14.35, -27.15), (-13.95, -26.75), (-13.85, -26.35)]


def terrain(lon: Floats, lat: Floats) -> Floats:
    """Height in metres; below 0 is sea."""
    wlon, wlat = warped(lon, lat)
    u, v = (wlon - CENTRE[0]) / 3.35, (wlat - CENTRE[1]) / 2.85
    shore = 1 - np.sqrt(u * u + v * v) + 0.13 * fractal_noise("shore", lon, lat, 0.8, 5)
    inland = inland_share(shore)
    tilt = (lat - CENTRE[1]) * 0.8 - (lon - CENTRE[0]) * 0.6
    rough = fractal_noise("rough", lon, lat, 2.4, 5)
    crest = 1 - np.abs(fractal_noise("crest", wlon, wlat, 2.0, 4))
    ridge, knoll = nearness(MOUNTAINS, 0.34, wlon, wlat), nearness(HILLS, 0.22, wlon, wlat)
    height = 330 * shore + inland * (190 + 145 * tilt + (46 + 70 * ridge) * rough)
    height = height + inland * (ridge * 1750 * crest + knoll * 620 * crest)
    height = np.where(shore > 0.03, np.maximum(height, 60 * shore), height)
    out: Floats = np.round(height, 3)
    return out


def mountainous(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """How much of a mountain and of a hill there is at points, each 0..1."""
    place = warped(lon, lat)
    return nearness(MOUNTAINS, 0.34, *place), nearness(HILLS, 0.22, *place)


def warped(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Points pushed about, so that nothing runs straight."""
    east = 0.22 * fractal_noise("warp x", lon, lat, 1.3, 4)
    return lon + east, lat + 0.22 * fractal_noise("warp y", lon, lat, 1.3, 4)


def nearness(line: Sequence[LonLat], width: float, lon: Floats, lat: Floats) -> Floats:
    """1 on a broken line, falling to 0 over about its width in degrees."""
    out: Floats = 1 / (1 + (distance_to_line(line, lon, lat) / width) ** 2) ** 2
    return out


def inland_share(shore: Floats) -> Floats:
    """0 at sea, 1 well inland, an S between."""
    t = np.clip(shore / 0.45, 0, 1)
    out: Floats = t * t * (3 - 2 * t)
    return out


def distance_to_line(line: Sequence[LonLat], lon: Floats, lat: Floats) -> Floats:
    """Distance in degrees of latitude from points to a broken line."""
    squeeze = KM_LON / KM_LAT
    best = np.full(lon.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = (bx - ax) * squeeze, by - ay
        px, py = (lon - ax) * squeeze, lat - ay
        t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1)
        best = np.minimum(best, (px - t * dx) ** 2 + (py - t * dy) ** 2)
    out: Floats = np.sqrt(best)
    return out
