"""Three lakes, and the pan where a river ends inland."""

from typing import NamedTuple

import numpy as np

from .noise import fractal_noise
from .seed import KM_LAT, KM_LON, Bools, Floats, LonLat

SINK: LonLat = (-15.00625, -25.68125)


class Lake(NamedTuple):
    """A lake, or the pan about the sink: its middle, and how far it reaches in km."""

    name: str
    middle: LonLat
    radius_km: float


PAN = Lake("pan", SINK, 5.5)
LAKES = [
    Lake("plain", (-13.625, -26.575), 6.5),
    Lake("mountain", (-16.165, -25.7), 4.0),
    Lake("border", (-14.42, -24.885), 5.0),
]


def lake_bed(lake: Lake, lon: Floats, lat: Floats) -> Bools:
    """The cells where a lake lies: a blob about its middle."""
    return depth(lake, lon, lat) > 0


def depth(lake: Lake, lon: Floats, lat: Floats) -> Floats:
    """How far inside a lake points are, as a share of its reach; below 0 outside."""
    x, y = (lon - lake.middle[0]) * KM_LON, (lat - lake.middle[1]) * KM_LAT
    near = np.sqrt(x * x + y * y) / lake.radius_km
    out, about = np.full(lon.shape, -1.0), near < 2
    edge = 0.85 - 0.4 * fractal_noise(f"lake {lake.name}", lon[about], lat[about], 16, 3)
    out[about] = np.round(edge - near[about], 6)
    return out
