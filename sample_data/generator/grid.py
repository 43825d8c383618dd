"""The regular grid that terrain, water, borders and roads are worked out on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .seed import Floats, Ints, LonLat

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


def window_counts(mask: Ints, reach: int) -> Ints:
    """How many cells of a mask of 0 and 1 lie in the square of this reach round each cell."""
    total = np.pad(mask, reach + 1).cumsum(0).cumsum(1)
    span = 2 * reach + 1
    counts = total[span:, span:] - total[:-span, span:]
    counts = counts - total[span:, :-span] + total[:-span, :-span]
    out: Ints = counts[: mask.shape[0], : mask.shape[1]]
    return out
