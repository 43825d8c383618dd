"""The grids of the rasters: one for all the land, a finer one about the country, a coarse one."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .grid import Grid
from .seed import Floats

FINE = Grid(-18.7, -29.2, 0.005, 1500, 1240)
LEAF = Grid(-17.4, -28.4, 0.0025, 1840, 1680)  # its cells are quarters of those of FINE
COARSE = Grid(-18.7, -29.2, 0.05, 150, 124)

Values = npt.NDArray[Any]


def bounds(grid: Grid) -> tuple[float, float, float, float]:
    """West, south, east and north edge of a grid."""
    lon, lat = grid.edges()
    return float(lon[0]), float(lat[0]), float(lon[-1]), float(lat[-1])


def cut_out(values: Values) -> Values:
    """Of values on FINE (rows, columns), those where LEAF lies."""
    rows, columns = FINE.box_cells(*bounds(LEAF))
    return values[rows, columns]


def on_leaf(values: Values) -> Values:
    """Values on FINE (rows, columns) handed down to the four cells of LEAF in each."""
    return np.repeat(np.repeat(cut_out(values), 2, axis=0), 2, axis=1)


def quarters(values: Values) -> Values:
    """Values on LEAF as (rows, columns, 4): by the cell of FINE that holds them."""
    rows, columns = LEAF.ny // 2, LEAF.nx // 2
    split = values.reshape(rows, 2, columns, 2).transpose(0, 2, 1, 3)
    return split.reshape(rows, columns, 4)


def slope_degrees(grid: Grid, metres: Floats) -> Floats:
    """Steepness of the ground by Horn's 3 x 3 window; that of the frame is 0."""
    wide, high = grid.row_m
    z = {(dj, di): np.roll(metres, (-dj, -di), (0, 1)) for dj in (-1, 0, 1) for di in (-1, 0, 1)}
    east = z[-1, 1] + 2 * z[0, 1] + z[1, 1] - z[-1, -1] - 2 * z[0, -1] - z[1, -1]
    north = z[1, -1] + 2 * z[1, 0] + z[1, 1] - z[-1, -1] - 2 * z[-1, 0] - z[-1, 1]
    rise = np.sqrt((east / (8 * wide[:, None])) ** 2 + (north / (8 * high[:, None])) ** 2)
    slope = np.round(np.degrees(np.arctan(rise)), 9)
    slope[[0, -1], :] = slope[:, [0, -1]] = 0
    out: Floats = slope
    return out


def marked(grid: Grid, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """The cells of a grid that hold one of some points; points beyond it are left out."""
    west, south, east, north = bounds(grid)
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    mask = np.zeros((grid.ny, grid.nx), dtype=bool)
    mask.flat[grid.index(lon[inside], lat[inside])] = True
    return mask


def points_along(lines: list[Any], step: float) -> tuple[Floats, Floats]:
    """Points at most `step` degrees apart along lines."""
    dense = shapely.segmentize(np.array(lines, dtype=object), step)
    lon, lat = shapely.get_coordinates(dense).T
    return lon, lat
