"""Where the water of every cell of the ground goes (D8), and what drains through each cell."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .grid import Grid
from .relief import Relief
from .seed import Floats, Ints

# Row (northwards), column: east, then clockwise. Of equally steep ways the first is taken.
DIRECTIONS = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]


@dataclass(frozen=True)
class Drainage:
    """The cell that each cell drains to, flat: -1 at sea and at the inland sink.

    `order` holds the land from the highest down, so a cell comes before the one it drains to.
    """

    grid: Grid
    receiver: list[int]
    order: list[int]
    sea: list[bool]

    @cached_property
    def km2(self) -> Floats:
        """True area of each cell."""
        return np.repeat(self.grid.row_km2, self.grid.nx)

    @cached_property
    def above_km2(self) -> list[float]:
        """Land that drains through each cell, itself with it."""
        return self.gathered(self.km2)

    @cached_property
    def donors(self) -> dict[int, list[int]]:
        """The cells that drain straight into each cell, largest first."""
        found: dict[int, list[int]] = {}
        for here in self.order:
            found.setdefault(self.receiver[here], []).append(here)
        size = self.above_km2
        return {down: sorted(cells, key=lambda c: (-size[c], c)) for down, cells in found.items()}

    @cached_property
    def mouths(self) -> list[int]:
        """The last land cell of every way to the sea, and the inland sink."""
        down = self.receiver
        return sorted(c for c in self.order if down[c] < 0 or self.sea[down[c]])

    def gathered(self, values: Floats) -> list[float]:
        """Values of the cells summed downstream."""
        total: list[float] = values.tolist()
        for here in self.order:
            down = self.receiver[here]
            if down >= 0:
                total[down] += total[here]
        return total

    def spread(self, own: dict[int, int]) -> Ints:
        """Labels of some cells handed up to all that drains through them; 0 where there is none."""
        label = [0] * len(self.receiver)
        for here in reversed(self.order):
            down = self.receiver[here]
            label[here] = own[here] if here in own else label[down] if down >= 0 else 0
        return np.array(label, dtype=np.int64)


def drain(relief: Relief) -> Drainage:
    """The steepest way down from every cell of land, by metres of height over metres of way."""
    grid, height = relief.grid, relief.eighths
    wide, high = grid.row_m
    steepest = np.zeros(height.shape)
    receiver = np.full(height.shape, -1, dtype=np.int64)
    number = np.arange(height.size).reshape(height.shape)
    for dj, di in DIRECTIONS:
        run = np.sqrt((dj * high) ** 2 + (di * wide) ** 2)[:, None]
        below = np.roll(height, (-dj, -di), (0, 1))
        fall = (height - below) / run
        steeper = fall > steepest
        steepest = np.where(steeper, fall, steepest)
        receiver = np.where(steeper, np.roll(number, (-dj, -di), (0, 1)), receiver)
    receiver[relief.sea] = -1
    land = np.flatnonzero(~relief.sea.ravel())
    order = land[np.argsort(-height.ravel()[land], kind="stable")]
    return Drainage(grid, receiver.ravel().tolist(), order.tolist(), relief.sea.ravel().tolist())
