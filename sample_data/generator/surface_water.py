"""How often the land is under water: lakes, the pan, rivers and their floodplains."""

import numpy as np

from .grid import steps_to
from .grids import LEAF, marked, on_leaf, points_along
from .lakes import LAKES, PAN, depth
from .noise import fractal_noise
from .relief import Relief
from .seed import Bools, Floats, Ints, Row

NO_DATA = 255
PERMANENT = 50  # per cent of the time, from which land counts as water
# Drains at least so many km2: per cent of the time in the cells that the river passes.
RIVERS = [(300.0, 7), (900.0, 22), (2500.0, 64), (9000.0, 93)]
FLOODING_KM2 = 2500.0


def water_occurrence(relief: Relief, slope: Floats, rivers: list[Row]) -> Ints:
    """Per cent of the time under water on LEAF; NO_DATA at sea."""
    lon, lat = LEAF.centres()
    found = np.zeros(lon.shape)
    for least, percent in RIVERS:
        passed = river_cells(rivers, least)
        found[passed] = percent
        if percent > PERMANENT:
            beside = (steps_to(passed, 2) <= 1) & ~passed
            found[beside] = np.maximum(found[beside], percent // 4)
    large = steps_to(river_cells(rivers, FLOODING_KM2), 9)
    wet = fractal_noise("flood", lon, lat, 14, 4) - 0.11 * large
    plain = (on_leaf(slope) < 1.6) & (large < 9)
    found = np.maximum(found, np.where(plain, np.clip(40 * wet, 0, 26), 0))
    for lake in LAKES:
        found = np.maximum(found, np.clip(700 * depth(lake, lon, lat), 0, 100))
    found = np.maximum(found, np.clip(115 * depth(PAN, lon, lat), 0, 74))
    sea = on_leaf(relief.sea)
    return np.where(sea, NO_DATA, np.round(found, 6)).astype(np.int64)


def river_cells(rivers: list[Row], least: float) -> Bools:
    """The cells of LEAF that rivers of at least some size pass."""
    lines = [row["geometry"] for row in rivers if row["UPLAND_SKM"] >= least]
    return marked(LEAF, *points_along(lines, 0.0005))
