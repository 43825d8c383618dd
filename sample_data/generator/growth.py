"""Natural shapes: where one may begin, and how it grows over ground of its kind."""

import heapq
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from .grid import STEPS
from .land import Land
from .noise import stretched_noise
from .seed import KM_LAT, KM_LON, Bools, Cell, Floats, LonLat
from .shapes import largest, roughen, smooth_line, tidy


def pick_spot(
    land: Land, rng: np.random.Generator, style: str, km2: float, avoid: Any = None
) -> LonLat:
    """A place of this style inside the country, away from those already taken."""
    west, south, east, north = land.home.bounds
    radius = (km2 / 3.1) ** 0.5
    x, y, r = np.array(land.taken).T
    for attempt in range(6000):
        lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        ease = 1 - attempt / 9000
        if not shapely.contains_xy(land.home, lon, lat):
            continue
        gap = np.sqrt(((lon - x) * KM_LON) ** 2 + ((lat - y) * KM_LAT) ** 2) - r - radius
        if gap.min() < 8 * ease - 16 * (1 - ease) or not ground_fits(land, style, lon, lat, ease):
            continue
        if avoid is not None and avoid.distance(Point(lon, lat)) * KM_LON < radius * 0.4:
            continue
        land.taken.append((lon, lat, radius))
        return lon, lat
    raise RuntimeError(f"no place left for a {style} of {km2} km2")


def ground_fits(land: Land, style: str, lon: float, lat: float, ease: float) -> bool:
    """Whether the ground at a point is of this style; `ease` falls from 1 as patience wears."""
    point = (np.array([lon]), np.array([lat]))
    if style == "river":
        return float(land.look_up(land.river_steps, *point)[0]) < 2 + 15 * (1 - ease)
    height = float(land.look_up(land.flow.height, *point)[0])
    return height > 760 * ease if style == "mountain" else height < 520 / ease


def ground_cost(land: Land, style: str, lon: Floats, lat: Floats) -> Floats:
    """Low on ground of this style; mountains and plains find large rivers hard to cross."""
    if style == "river":
        return 0.5 + 0.16 * land.look_up(land.river_steps, lon, lat)
    height = np.clip(land.look_up(land.flow.height, lon, lat), 0, 1600)
    wide = land.flow.cells_above[land.flow.grid.index(lon, lat)] > 500
    cost = 1.6 / (0.35 + height / 1000) if style == "mountain" else 0.7 + height / 600
    out: Floats = cost + 5 * wide
    return out


def grow(
    land: Land,
    rng: np.random.Generator,
    seed: LonLat,
    km2: float,
    style: str,
    *,
    within: Any = None,
    avoid: Any = None,
) -> Any:
    """An organic polygon of about this size round a point, in the country if not told else."""
    within = land.home if within is None else within
    n = 96 if km2 > 150 else 64
    half = 1.45 * km2**0.5
    size = (2 * half / n / KM_LON, 2 * half / n / KM_LAT)
    corner = (seed[0] - half / KM_LON, seed[1] - half / KM_LAT)
    i, j = np.meshgrid(np.arange(n) + 0.5, np.arange(n) + 0.5)
    lon, lat = corner[0] + i * size[0], corner[1] + j * size[1]
    relief = stretched_noise(rng, lon - seed[0], lat - seed[1], 115 / half)
    cost = ground_cost(land, style, lon, lat) * (0.1 + np.clip(1 + 1.15 * relief, 0, 2.5) ** 3)
    free = shapely.contains_xy(within.buffer(max(size) * 2), lon, lat)
    free &= (i - n / 2) ** 2 + (j - n / 2) ** 2 < (n / 2 - 1) ** 2
    if avoid is not None:
        free &= ~shapely.contains_xy(avoid, lon, lat)
    count = int(km2 / (size[0] * size[1] * KM_LON * KM_LAT))
    cells = blob_cells(free, np.maximum(cost, 0.05), count)
    outline = blob_outline(rng, cells, corner, size).intersection(within)
    return tidy(largest(outline if avoid is None else outline.difference(avoid)))


def blob_cells(free: Bools, cost: Floats, count: int) -> list[Cell]:
    """The cheapest so many free cells (row, column) to reach from the middle."""
    ny, nx = cost.shape
    table, allowed = cost.tolist(), free.tolist()
    heap: list[tuple[float, int, int]] = [(0.0, ny // 2, nx // 2)]
    done: set[Cell] = set()
    while heap and len(done) < count:
        spent, j, i = heapq.heappop(heap)
        if (j, i) in done:
            continue
        done.add((j, i))
        for dj, di, dist in STEPS:
            y, x = j + dj, i + di
            if 0 <= y < ny and 0 <= x < nx and allowed[y][x] and (y, x) not in done:
                heapq.heappush(heap, (spent + dist * table[y][x], y, x))
    return sorted(done)


def blob_outline(rng: np.random.Generator, cells: list[Cell], corner: LonLat, size: LonLat) -> Any:
    """The outline of a set of cells, rounded off and roughened, without holes."""
    squares = shapely.box(*np.array([(i, j, i + 1, j + 1) for j, i in cells], float).T)
    ring = smooth_line(shapely.get_coordinates(largest(shapely.union_all(squares)).exterior), 2)
    ring = roughen(rng, np.asarray(LineString(ring).simplify(0.35).coords), 0.16)
    ring = np.array(corner) + ring * np.array(size)
    return largest(shapely.make_valid(Polygon(ring)))
