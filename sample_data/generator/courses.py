"""The courses of rivers: valleys of the coarse grid laid on the fine one."""

from dataclasses import dataclass

import numpy as np

from .flow import CELL_KM2, Flow
from .grid import Grid
from .lakes import SINK
from .noise import fractal_noise
from .seed import Floats, LonLat, Row
from .shapes import drawn_line
from .terrain import mountainous

PER_METRE = 8  # heights are whole eighths of a metre, which floats hold exactly
LEAST_KM2 = 10.0  # what drains at least so much cuts a valley of its own
RISE_M = 0.5  # of a valley floor from one cell of the coarse grid to the next, at least
STOPPED = 8  # coarse cells below the sink that have no valley any more
SUNK_M = 25.0  # by which the sink lies below the valley that it was cut off from


@dataclass(frozen=True)
class Courses:
    """Valley floors by their fine cell, from the sea up: the plan of their height in metres, the
    next cell down, and what drains."""

    plan: dict[int, float]
    down: dict[int, int]
    km2: dict[int, float]

    def levels(self) -> dict[int, int]:
        """Heights in eighths of a metre, each above the one below it."""
        found: dict[int, int] = {}
        for cell, metres in self.plan.items():
            below = found.get(self.down.get(cell, -1), 0)
            found[cell] = max(below + 1, round(metres * PER_METRE))
        return found


def valley_floors(flow: Flow) -> Floats:
    """Heights of the coarse cells as valley floors: rising all the way up from the sea.

    Hollows are filled for the most part, and their sills cut through a little.
    """
    ridge = mountainous(*(c.ravel() for c in flow.grid.centres()))[0]
    plan = np.maximum(flow.height, 0) * (1 - 0.4 * ridge)
    filled, cut = plan.tolist(), plan.tolist()
    for here in flow.order:
        if flow.receiver[here] >= 0:
            filled[here] = max(filled[here], filled[flow.receiver[here]] + RISE_M)
    for here in reversed(flow.order):
        down = flow.receiver[here]
        if down >= 0:
            cut[down] = max(0.0, min(cut[down], cut[here] - RISE_M))
    for here in flow.order:
        down = flow.receiver[here]
        if down >= 0:
            filled[here] = max(0.8 * filled[here] + 0.2 * cut[here], filled[down] + RISE_M)
        else:
            filled[here] = 0.0
    return sunk(flow, np.round(filled, 6))


def sunk(flow: Flow, floors: Floats) -> Floats:
    """The valley above the sink lowered as a whole, so that no water leaves it."""
    way = stopped_way(flow)
    by = floors[way[0]] - floors[way[-1]] + SUNK_M
    inland = {way[0]}
    for here in flow.order:
        if flow.receiver[here] in inland:
            inland.add(here)
    out = floors.copy()
    out[list(inland)] -= by
    return out


def stopped_way(flow: Flow) -> list[int]:
    """Coarse cells from the sink down to where the next valley begins."""
    way = [int(flow.grid.index(*(np.array([v]) for v in SINK))[0])]
    while len(way) <= STOPPED:
        way.append(flow.receiver[way[-1]])
    return way


def stop_course(flow: Flow, fine: Grid) -> tuple[set[int], int]:
    """The coarse cells whose valley is taken away, and the fine cell where the water stays."""
    way = stopped_way(flow)
    sink = fine.index(*np.array(bent(flow, way[:1])).T)
    return set(way[:-1]), int(sink[0])


def bent(flow: Flow, cells: list[int]) -> list[LonLat]:
    """Centres of coarse cells, pushed about a little, so that rivers wind."""
    xy = np.array([flow.grid.point(c) for c in cells])
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    swing = [fractal_noise(layer, lon, lat, 22, 2) for layer in ("wind x", "wind y")]
    moved = np.round(xy + 0.006 * np.stack(swing, 1), 6)
    return [(x, y) for x, y in moved.tolist()]


def lay_courses(
    flow: Flow, fine: Grid, floors: Floats, stopped: set[int], sea: list[bool]
) -> Courses:
    """The valley floors on the fine grid, from the sea up."""
    least = round(LEAST_KM2 / CELL_KM2)
    cells = [c for c in flow.order if flow.receiver[c] >= 0 and flow.cells_above[c] >= least]
    cells = [c for c in cells if c not in stopped]
    ends = [flow.receiver[c] for c in cells]
    starts, stops = (fine.index(*np.array(bent(flow, some)).T).tolist() for some in (cells, ends))
    found = Courses({}, {}, {})
    for here, end, start, stop in zip(cells, ends, starts, stops, strict=True):
        way = joined(fine, found, cells_between(fine, start, stop))
        new = next((k for k, (c, _) in enumerate(way) if sea[c] or c in found.plan), len(way))
        for k in range(new - 1, -1, -1):
            cell, share = way[k]
            found.plan[cell] = float(floors[here] + (floors[end] - floors[here]) * share)
            found.km2[cell] = float(flow.cells_above[here]) * CELL_KM2
            if k + 1 < len(way):
                found.down[cell] = way[k + 1][0]
    return found


def joined(fine: Grid, found: Courses, way: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """A way that ends where it would cross a course between two cells that touch by a corner."""
    for k in range(len(way) - 1):
        here, there = way[k][0], way[k + 1][0]
        one = here + (there % fine.nx - here % fine.nx)
        other = there - (there % fine.nx - here % fine.nx)
        for a, b in ((one, other), (other, one)):
            if one not in (here, there) and found.down.get(a) == b:
                return [*way[: k + 1], (b, way[k + 1][1])]
    return way


def cells_between(fine: Grid, start: int, stop: int) -> list[tuple[int, float]]:
    """The fine cells of a straight way, each with its share of the way."""
    (j0, i0), (j1, i1) = divmod(start, fine.nx), divmod(stop, fine.nx)
    steps = max(abs(j1 - j0), abs(i1 - i0), 1)
    way = [
        (j0 + (2 * k * (j1 - j0) + steps) // (2 * steps)) * fine.nx
        + i0
        + (2 * k * (i1 - i0) + steps) // (2 * steps)
        for k in range(steps + 1)
    ]
    return [(cell, k / steps) for k, cell in enumerate(way)]


def course_rows(flow: Flow, orders: dict[int, int]) -> list[Row]:
    """The courses of the coarse grid as lines between confluences, with their order."""
    return [
        {"ORD_STRA": orders[chain[0]], "geometry": drawn_line(np.array(bent(flow, chain)), 2, 7e-4)}
        for chain in course_chains(flow, orders)
    ]


def course_chains(flow: Flow, orders: dict[int, int]) -> list[list[int]]:
    """Chains of coarse cells from head or confluence down to the next confluence or the sea."""
    feeders: dict[int, int] = {}
    for cell in orders:
        feeders[flow.receiver[cell]] = feeders.get(flow.receiver[cell], 0) + 1
    chains = []
    for cell in orders:
        if feeders.get(cell, 0) == 1:
            continue
        chain = [cell]
        while chain[-1] in orders and (len(chain) == 1 or feeders[chain[-1]] == 1):
            chain.append(flow.receiver[chain[-1]])
        chains.append(chain)
    return chains
