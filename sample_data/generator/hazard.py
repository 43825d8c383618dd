"""How strongly the ground may shake: peak ground acceleration, 10 % in 50 years."""

import numpy as np

from .grids import COARSE
from .noise import fractal_noise
from .seed import Floats
from .terrain import HILLS, MOUNTAINS, nearness


def ground_shaking() -> Floats:
    """In g, on COARSE: strongest along the mountain range."""
    lon, lat = COARSE.centres()
    range_ = 0.33 * nearness(MOUNTAINS, 0.75, lon, lat) + 0.08 * nearness(HILLS, 0.5, lon, lat)
    out: Floats = np.round(0.05 + range_ + 0.03 * fractal_noise("shake", lon, lat, 0.7, 3), 3)
    return np.maximum(out, 0.01)
