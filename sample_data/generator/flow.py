"""Drainage: where the water of every cell goes, and what follows from it."""

import heapq
from dataclasses import dataclass

import numpy as np

from .grid import Grid, steps_to
from .seed import KM_LAT, KM_LON, Floats, Ints, rng_for
from .terrain import terrain

STEP = 0.0125
CELL_KM2 = STEP**2 * KM_LON * KM_LAT


@dataclass(frozen=True)
class Flow:
    """Which cell each cell drains to, and how many cells drain through it.

    `order` runs upstream: every cell comes after the one it drains to. The receiver of a
    cell of the sea is -1.
    """

    grid: Grid
    height: Floats
    order: list[int]
    receiver: list[int]
    cells_above: Ints


def route_flow() -> Flow:
    """Drain every cell to the sea, on a grid well beyond the country."""
    grid = Grid(-19.2, -29.8, STEP, 664, 576)
    height = terrain(*grid.centres()).ravel()
    order, receiver = flood(grid, height)
    above = np.ones(len(height), dtype=np.int64)
    for here in reversed(order):
        if receiver[here] >= 0:
            above[receiver[here]] += above[here]
    return Flow(grid, height, order, receiver, above)


def flood(grid: Grid, height: Floats) -> tuple[list[int], list[int]]:
    """Flood upwards from the coast: the cells in this order, and the steepest way back."""
    levels: list[float] = height.tolist()
    grain = rng_for("grain").random(len(levels)) ** 2
    bumps: list[float] = np.round(0.02 + 1.8 * grain, 6).tolist()
    receiver = [-1] * len(levels)
    seen = [level <= 0 for level in levels]
    heap = [(0.0, k) for k, wet in enumerate(seen) if wet]
    order: list[int] = []
    while heap:
        level, here = heapq.heappop(heap)
        order.append(here)
        for near, _ in grid.neighbours(here):
            if not seen[near]:
                seen[near] = True
                receiver[near] = here
                heapq.heappush(heap, (max(level + bumps[near], levels[near]), near))
    return order, receiver


def cut_basins(flow: Flow, cells: int) -> Ints:
    """Cut the land into sub-basins of at least so many cells; 0 is sea."""
    size = [1] * len(flow.receiver)
    own = [0] * len(flow.receiver)
    count = 0
    for here in reversed(flow.order):
        down = flow.receiver[here]
        if down < 0:
            continue
        if size[here] >= cells or flow.receiver[down] < 0:
            count += 1
            own[here] = count
        else:
            size[down] += size[here]
    for here in flow.order:
        if not own[here] and flow.receiver[here] >= 0:
            own[here] = own[flow.receiver[here]]
    return np.array(own, dtype=np.int64)


def strahler(flow: Flow, least_km2: float) -> dict[int, int]:
    """Strahler order of every cell that drains at least such an area."""
    least = round(least_km2 / CELL_KM2)
    top: dict[int, tuple[int, int]] = {}
    result: dict[int, int] = {}
    for here in reversed(flow.order):
        if flow.cells_above[here] < least or flow.receiver[here] < 0:
            continue
        best, times = top.get(here, (1, 1))
        result[here] = best + 1 if times > 1 else best
        down, mine = flow.receiver[here], result[here]
        old, times = top.get(down, (0, 0))
        if mine > old:
            top[down] = (mine, 1)
        elif mine == old:
            top[down] = (old, times + 1)
    return result


def steps_to_river(flow: Flow, orders: dict[int, int], least: int) -> Floats:
    """Distance in cells to the nearest river of at least this order (up to 30)."""
    river = np.zeros((flow.grid.ny, flow.grid.nx), dtype=bool)
    river.flat[[cell for cell, order in orders.items() if order >= least]] = True
    return steps_to(river, 30).ravel()
