"""The ground: a digital elevation model whose water runs off by itself.

Valley floors follow the courses of the coarse grid (`flow`). From them the ground rises, cell by
cell, to the height that is cheapest to reach (Dijkstra), with a slope of its own for every cell.
So every cell has a lower neighbour but the one inland sink.
"""

import heapq
from dataclasses import dataclass

import numpy as np

from .courses import PER_METRE, Courses, lay_courses, stop_course, valley_floors
from .flow import Flow
from .grid import STEPS, Grid, steps_to
from .grids import FINE
from .lakes import LAKES, PAN, lake_bed
from .noise import fractal_noise
from .seed import Bools, Floats, Ints, rng_for
from .terrain import mountainous, terrain

BANKED_KM2 = 40.0  # a river that drains so much does not leave its valley
FAR = 1 << 40


@dataclass(frozen=True)
class Relief:
    """Heights in eighths of a metre, (rows from the south, columns); 0 at sea.

    `sink` is the flat index of the inland sink. `lakes` are the cells under a lake or the pan.
    """

    grid: Grid
    eighths: Ints
    sea: Bools
    sink: int
    lakes: Bools

    @property
    def metres(self) -> Floats:
        """Heights in metres, exact."""
        out: Floats = self.eighths / PER_METRE
        return out


def make_relief(flow: Flow, river_steps: Floats) -> Relief:
    """The ground of all the land. `river_steps`: of the coarse grid, to the large rivers."""
    lon, lat = FINE.centres()
    broad = terrain(lon, lat)
    sea = broad <= 0
    sea[[0, -1], :] = sea[:, [0, -1]] = True
    stopped, sink = stop_course(flow, FINE)
    courses = lay_courses(flow, FINE, valley_floors(flow), stopped, sea.ravel().tolist())
    slope = ground_slope(lon, lat, broad, river_steps[flow.grid.index(lon, lat)])
    beds = [lake_bed(lake, lon, lat) & ~sea for lake in (PAN, *LAKES)]
    filled = [fill_lake(courses, bed.ravel()) for bed in beds]
    least = banks(courses, sea.shape)
    for bed, level in zip(beds, filled, strict=True):
        slope[bed] = 0
        rim = (steps_to(bed, 2) <= 1) & (least < level + PER_METRE)
        rim.flat[list(courses.plan)] = False
        least[rim] = level + PER_METRE
        least[bed] = level
    lowest = (sink, int(least.ravel()[sink]))
    height = raised(courses, sea.ravel(), rises(slope), least.ravel(), lowest)
    return Relief(FINE, height.reshape(sea.shape), sea, sink, np.any(beds, axis=0))


def ground_slope(lon: Floats, lat: Floats, broad: Floats, river_steps: Floats) -> Floats:
    """How steep the ground of each cell is (rise over run)."""
    ridge, knoll = mountainous(lon, lat)
    slope = 0.013 + 0.014 * np.clip(broad / 600, 0, 1) + 0.33 * ridge + 0.18 * knoll
    grain = rng_for("steep").random(lon.shape)
    uneven = 1 + np.clip(0.75 * fractal_noise("steep", lon, lat, 9, 4), -0.75, 1.2)
    valley = np.clip(0.6 + 0.15 * river_steps + 6 * (ridge + knoll), 0, 1)
    out: Floats = np.round(slope * uneven * (0.45 + 1.3 * grain * grain) * valley, 6)
    return out


def rises(slope: Floats) -> list[list[int]]:
    """Eighths of a metre that a cell stands above the one below it: sideways, up, across."""
    wide, high = FINE.row_m
    runs = [wide[:, None], high[:, None], np.round(np.sqrt(wide**2 + high**2), 3)[:, None]]
    return [
        np.maximum(1, np.round(PER_METRE * slope * run)).astype(np.int64).ravel().tolist()
        for run in runs
    ]


def banks(courses: Courses, shape: tuple[int, int]) -> Ints:
    """The least height of the courses and of the cells beside them, so that each keeps its way."""
    floor = np.zeros(shape, dtype=np.int64)
    levels = {c: z for c, z in courses.levels().items() if courses.km2[c] >= BANKED_KM2}
    floor.flat[list(levels)] = list(levels.values())
    least = np.max([np.roll(floor, (dj, di), (0, 1)) for dj, di, _ in STEPS], axis=0) + 1
    out: Ints = np.where(floor > 0, floor, np.where(least > 1, least, 0))
    return out


def fill_lake(courses: Courses, bed: Bools) -> int:
    """Level the courses in a lake's bed; gives the level: where its largest river comes in."""
    cells = [c for c in courses.plan if bed[c]]
    largest = max(courses.km2[c] for c in cells)
    level = max(courses.plan[c] for c in cells if courses.km2[c] > 0.5 * largest)
    for cell in cells:
        courses.plan[cell] = level
    return round(level * PER_METRE)


def raised(
    courses: Courses, sea: Bools, rise: list[list[int]], least: Ints, sink: tuple[int, int]
) -> Ints:
    """The lowest height of every cell by any way up from the sea or the sink, in eighths.

    `least`: heights that a cell does not go below. `sink`: its cell and its height.
    """
    floor = courses.levels()
    drop = {c: floor[c] - floor.get(d, 0) for c, d in courses.down.items()}
    down, lowest, wet = courses.down, least.tolist(), sea.tolist()
    height = [0 if is_sea else FAR for is_sea in wet]
    height[sink[0]] = sink[1]
    ways = [(dj * FINE.nx + di, 2 if dj and di else 1 if dj else 0) for dj, di, _ in STEPS]
    shift = len(height).bit_length()
    heap = [*shore(sea), sink[1] << shift | sink[0]]
    heapq.heapify(heap)
    done = bytearray(len(height))
    while heap:
        key = heapq.heappop(heap)
        base, here = key >> shift, key & ((1 << shift) - 1)
        if done[here]:
            continue
        done[here] = 1
        for step, way in ways:
            near = here + step
            if done[near] or wet[near]:
                continue
            if down.get(near) == here:
                level = base + drop[near]
            else:
                level = max(base + rise[way][near], lowest[near])
            if level < height[near]:
                height[near] = level
                heapq.heappush(heap, level << shift | near)
    return np.array(height, dtype=np.int64)


def shore(sea: Bools) -> list[int]:
    """The sea cells beside land."""
    table = sea.reshape(FINE.ny, FINE.nx)
    return np.flatnonzero((table & (steps_to(~table, 2) <= 1)).ravel()).tolist()
