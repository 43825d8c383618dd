"""Regular grids in degrees, on which everything is worked out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .ellipsoid import degree_m, strip_km2
from .seed import Bools, Floats, Ints, LonLat

# row, column, distance
STEPS: list[tuple[int, int, float]] = [
    (-1, -1, 1.4142),
    (-1, 0, 1.0),
    (-1, 1, 1.4142),
    (0, -1, 1.0),
    (0, 1, 1.0),
    (1, -1, 1.4142),
    (1, 0, 1.0),
    (1, 1, 1.4142),
]


@dataclass(frozen=True)
class Grid:
    """A regular grid in degrees; cell (0, 0) is the south-west one."""

    west: float
    south: float
    step: float
    nx: int
    ny: int

    def centres(self) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the cell centres, as (ny, nx) arrays."""
        lon = self.west + (np.arange(self.nx) + 0.5) * self.step
        lat = self.south + (np.arange(self.ny) + 0.5) * self.step
        glon, glat = np.meshgrid(lon, lat)
        return glon, glat

    def point(self, index: int) -> LonLat:
        """Centre of the cell with this flat index."""
        j, i = divmod(index, self.nx)
        return self.west + (i + 0.5) * self.step, self.south + (j + 0.5) * self.step

    def index(self, lon: Floats, lat: Floats) -> Ints:
        """Flat index of the cells that hold these points (clipped to the grid)."""
        i = np.clip(np.floor((lon - self.west) / self.step), 0, self.nx - 1)
        j = np.clip(np.floor((lat - self.south) / self.step), 0, self.ny - 1)
        out: Ints = (j * self.nx + i).astype(np.int64)
        return out

    def edges(self) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the lines between cells, on 6 decimals of a degree."""
        lon = self.west + np.arange(self.nx + 1) * self.step
        lat = self.south + np.arange(self.ny + 1) * self.step
        return np.round(lon, 6), np.round(lat, 6)

    @cached_property
    def row_km2(self) -> Floats:
        """True area of one cell of each row, from the south."""
        lat = self.edges()[1]
        out: Floats = strip_km2(lat[:-1], lat[1:]) * self.step
        return out

    @cached_property
    def row_m(self) -> tuple[Floats, Floats]:
        """Width and height in metres of the cells of each row."""
        east, north = degree_m(self.centres()[1][:, 0])
        return east * self.step, north * self.step

    def box_cells(self, west: float, south: float, east: float, north: float) -> tuple[slice, ...]:
        """Rows and columns between four lines of the grid."""
        i = [round((lon - self.west) / self.step) for lon in (west, east)]
        j = [round((lat - self.south) / self.step) for lat in (south, north)]
        return slice(*j), slice(*i)

    @cached_property
    def offsets(self) -> list[tuple[int, float]]:
        """Steps to the neighbours of a cell, in flat index and distance."""
        return [(dj * self.nx + di, dist) for dj, di, dist in STEPS]

    def neighbours(self, index: int) -> list[tuple[int, float]]:
        """The up to eight neighbours of a cell, with their distance in cells."""
        j, i = divmod(index, self.nx)
        if 0 < j < self.ny - 1 and 0 < i < self.nx - 1:
            return [(index + offset, dist) for offset, dist in self.offsets]
        return [
            (index + dj * self.nx + di, dist)
            for dj, di, dist in STEPS
            if 0 <= j + dj < self.ny and 0 <= i + di < self.nx
        ]


def steps_to(mask: Bools, most: int) -> Floats:
    """How many cells (rows or columns, the larger) each cell is from the nearest of a mask."""
    steps = np.full(mask.shape, float(most))
    for reach in range(most - 1, -1, -1):
        steps[window_counts(mask.astype(np.int64), reach) > 0] = reach
    return steps


def window_counts(mask: Ints, reach: int) -> Ints:
    """How many cells of a mask of 0 and 1 lie in the square of this reach round each cell."""
    total = np.pad(mask, reach + 1).cumsum(0).cumsum(1)
    span = 2 * reach + 1
    counts = total[span:, span:] - total[:-span, span:]
    counts = counts - total[span:, :-span] + total[:-span, :-span]
    out: Ints = counts[: mask.shape[0], : mask.shape[1]]
    return out
