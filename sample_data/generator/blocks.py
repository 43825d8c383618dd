"""Blocks of cells of the title grid, and the polygons they make."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon

from .seed import Cell
from .shapes import GEOD

PER_DEGREE = 120  # half a minute of arc


def cells_polygon(cells: Iterable[Cell]) -> Any:
    """Cells of the title grid as one polygon with its corners on the grid."""
    squares = shapely.box(*np.array([(i, j, i + 1, j + 1) for i, j in sorted(cells)], float).T)
    merged = shapely.coverage_union_all(squares).simplify(0)
    merged = shapely.orient_polygons(shapely.normalize(merged))
    return shapely.transform(merged, lambda xy: np.round(xy / PER_DEGREE, 6) + 0.0)


def rectangle(corner: Cell, wide: int, high: int) -> set[Cell]:
    """The cells of a rectangle from its south-western corner."""
    return {(corner[0] + i, corner[1] + j) for i in range(wide) for j in range(high)}


def block_cells(rng: np.random.Generator, corner: Cell, count: int) -> set[Cell]:
    """A rectangle, an L or a staircase of about so many cells."""
    ratio = float(rng.uniform(0.5, 2.0))
    wide = max(1, round((count * ratio) ** 0.5))
    high = max(1, round(count / wide))
    form = rng.choice(["plain", "ell", "stairs"], p=[0.42, 0.3, 0.28])
    cells = rectangle((0, 0), wide, high)
    if form == "ell" and count >= 4:
        cells -= corner_cells(rng, cells, wide, high)
    elif form == "stairs" and count >= 6:
        lean = int(rng.choice([-1, 1])) * float(rng.uniform(0.3, 0.9)) * wide / high
        rise = int(rng.integers(1, 4))
        cells = {(i + round(lean * (j // rise * rise)), j) for i, j in cells}
    return {(i + corner[0], j + corner[1]) for i, j in cells}


def corner_cells(rng: np.random.Generator, cells: set[Cell], wide: int, high: int) -> set[Cell]:
    """The cells of a rectangle that lie in one of its corners."""
    cut_i, cut_j = int(rng.integers(1, wide + 1)) // 2, int(rng.integers(1, high + 1)) // 2
    east, north = bool(rng.integers(2)), bool(rng.integers(2))
    return {
        (i, j)
        for i, j in cells
        if (i >= wide - cut_i if east else i < cut_i)
        and (j >= high - cut_j if north else j < cut_j)
    }


def largest_piece(cells: set[Cell]) -> set[Cell]:
    """The largest set of cells that hang together by their edges."""
    left, best = set(cells), set[Cell]()
    while left:
        stack, piece = [min(left)], set[Cell]()
        while stack:
            i, j = stack.pop()
            if (i, j) in left:
                left.discard((i, j))
                piece.add((i, j))
                stack += [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
        best = max(best, piece, key=len)
    return best


def bow_tie_at(cells: set[Cell]) -> Any:
    """A polygon that crosses itself between the corners of a rectangle of cells."""
    (a, b), (c, d) = min(cells), max(cells)
    corners = np.array([(a, b), (c + 1, d + 1), (c + 1, b), (a, d + 1), (a, b)]) / PER_DEGREE
    return Polygon(np.round(corners, 6))


def circle_at(cells: set[Cell]) -> Any:
    """A circle of 2 km round the middle of some cells, with 72 corners."""
    middle = cells_polygon(cells).centroid
    lon, lat = np.full(72, round(middle.x, 6)), np.full(72, round(middle.y, 6))
    x, y, _ = GEOD.fwd(lon, lat, np.arange(72) * -5.0, np.full(72, 2000.0))
    return Polygon(np.round(np.stack([x, y], 1), 6))
