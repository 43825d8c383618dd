"""How wet the land is."""

import numpy as np

from .noise import fractal_noise
from .seed import CENTRE, Floats


def wetness(lon: Floats, lat: Floats, metres: Floats) -> Floats:
    """0 dry to 1 wet: wetter on high ground and towards the north-west."""
    tilt = 0.12 * (lat - CENTRE[1]) / 2.85 - 0.14 * (lon - CENTRE[0]) / 3.35
    uneven = 0.2 * fractal_noise("wet", lon, lat, 0.9, 4)
    out: Floats = np.round(np.clip(0.42 + tilt + uneven + 0.2 * metres / 1500, 0, 1), 6)
    return out


def runoff_mm(wet: Floats) -> Floats:
    """Water that leaves the land in a year, in mm."""
    out: Floats = 60 + 900 * wet * wet
    return out
