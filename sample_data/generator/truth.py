"""What the files hold, summed cell by cell as they were made: for the tests, by no other engine.

Basins and blocks lie along the edges of cells, so their sums are exact. Titles lie on a grid of
their own; the part of a cell that a title covers is a product of two overlaps, exact as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .basins import Basins
from .blocks import PER_DEGREE
from .drainage import Drainage
from .ellipsoid import strip_km2
from .forest import LAST_YEAR, Forest
from .grid import Grid
from .grids import FINE, LEAF, cut_out, on_leaf
from .relief import Relief
from .seed import Floats, Ints, Row
from .surface_water import NO_DATA, PERMANENT

TREED = 30  # per cent of cover from which a cell counts as covered
STEEP = 25.0  # degrees
HA = 100.0  # in a km2
CODES = (10, 20, 30, 40, 50, 60, 70, 80, 90)
# West, south, east, north; all on lines of FINE.
BLOCKS = [
    (-15.8, -26.7, -15.7, -26.6),
    (-15.75, -26.62, -15.745, -26.615),
    (-16.2, -25.8, -16.0, -25.6),
    (-15.08, -25.76, -14.94, -25.62),
    (-14.5, -24.95, -14.3, -24.82),
    (-13.7, -26.66, -13.55, -26.5),
    (-14.6, -27.1, -14.2, -26.8),
    (-16.6, -27.0, -16.3, -26.5),
    (-15.3, -26.3, -14.9, -26.1),
    (-14.3, -25.95, -14.1, -25.8),
    (-14.0, -27.6, -13.8, -27.5),
    (-16.7, -27.75, -13.4, -24.8),
]


@dataclass(frozen=True)
class Cells:
    """What the rasters hold: people, heights and slopes on FINE, the rest on LEAF."""

    people: Ints
    relief: Relief
    slope: Floats
    forest: Forest
    cover: Ints
    occurrence: Ints

    @property
    def treed(self) -> Any:
        """The cells of LEAF that had tree cover in 2000."""
        return self.forest.cover >= TREED

    @property
    def wet(self) -> Any:
        """The cells of LEAF that are under water at least half of the time."""
        return (self.occurrence >= PERMANENT) & (self.occurrence != NO_DATA)


BASIN_FIELDS = [
    "HYBAS_ID",
    "NEXT_DOWN",
    "area_km2",
    "up_area_km2",
    "people",
    "up_people",
    "end",
    "chain",
]


def basin_truth(water: Drainage, basins: Basins, cells: Cells) -> Iterator[list[Any]]:
    """A row for each basin: its own land and people, those above it, and where its water goes."""
    people = np.bincount(basins.labels, np.maximum(cells.people, 0).ravel()).astype(int)[1:]
    km2 = [unit.km2 for unit in basins.units]
    area_above, people_above = upstream(basins, km2), upstream(basins, people.tolist())
    yield BASIN_FIELDS
    for k, unit in enumerate(basins.units):
        chain = [basins.number(b) for b in basins.chain(k)]
        end = "sink" if water.receiver[unit.mouth] < 0 else "outlet"
        row = [chain[0], chain[1] if len(chain) > 1 else 0, km2[k], area_above[k]]
        yield [*row, int(people[k]), people_above[k], end, " ".join(map(str, chain))]


def upstream(basins: Basins, values: list[Any]) -> list[Any]:
    """Values of basins with those of all that drain to each."""
    total = [type(values[0])()] * len(values)
    for k, value in enumerate(values):
        for place in basins.chain(k):
            total[place] += value
    return total


def land_truth(basins: Basins, cells: Cells) -> Iterator[list[Any]]:
    """A row for each basin that LEAF holds whole: trees, their loss by year, water, land cover."""
    labels = basins.labels.reshape(FINE.ny, FINE.nx)
    held = np.bincount(cut_out(labels).ravel(), minlength=len(basins.units) + 1)
    whole = held == np.bincount(basins.labels)
    km2 = np.broadcast_to(LEAF.row_km2[:, None], cells.cover.shape)
    table = leaf_table(on_leaf(labels), km2, cells, len(basins.units) + 1)
    yield ["HYBAS_ID", *LAND_FIELDS]
    for k in range(len(basins.units)):
        if whole[k + 1]:
            yield [basins.number(k), *table[k + 1].tolist()]


LAND_FIELDS = [
    "tree_cover_ha",
    "loss_ha",
    "loss_of_cover_ha",
    *(f"loss_of_cover_{2000 + y}_ha" for y in range(1, LAST_YEAR + 1)),
    "water_km2",
    *(f"cover_{code}_km2" for code in CODES),
]


def leaf_table(labels: Ints, km2: Floats, cells: Cells, count: int) -> Floats:
    """The sums of LAND_FIELDS over the cells of each label, (labels, fields).

    `km2`: how much of each cell counts.
    """
    loss, treed = cells.forest.loss, cells.treed

    def over(mask: Any, factor: float = 1.0) -> Floats:
        return np.bincount(labels[mask], km2[mask], minlength=count) * factor

    columns = [over(treed, HA), over(loss > 0, HA), over((loss > 0) & treed, HA)]
    columns += [over((loss == y) & treed, HA) for y in range(1, LAST_YEAR + 1)]
    columns += [over(cells.wet), *(over(cells.cover == code) for code in CODES)]
    return np.stack(columns, axis=1)


def block_truth(cells: Cells) -> Iterator[list[Any]]:
    """A row for each block along the edges of cells."""
    yield ["west", "south", "east", "north", "area_km2", "people", *HEIGHTS, *LAND_FIELDS]
    for block in BLOCKS:
        yield [*block, *zone_row(cells, [np.array(block[0::2])], [np.array(block[1::2])])]


HEIGHTS = ["elevation_mean_m", "elevation_max_m", "slope_mean_deg", "slope_above_25_share"]


def title_truth(cells: Cells, cadastre: list[Row]) -> Iterator[list[Any]]:
    """A row for each title that is made of cells of the title grid; `row` counts from 1."""
    yield ["row", "Code", "area_km2", "people", *HEIGHTS, *LAND_FIELDS]
    for number, row in enumerate(cadastre, 1):
        shape = row["geometry"]
        lines = [np.round(np.unique(v), 6) for v in shapely.get_coordinates(shape).T]
        on_grid = [np.allclose(v * PER_DEGREE, np.round(v * PER_DEGREE), atol=1e-3) for v in lines]
        if shape.is_valid and all(on_grid):
            yield [number, row["Code"], *zone_row(cells, *pieces(shape, *lines))]


def pieces(shape: Any, lon: Floats, lat: Floats) -> tuple[list[Floats], list[Floats]]:
    """A shape of right angles as rectangles between the lines it has corners on."""
    found: tuple[list[Floats], list[Floats]] = ([], [])
    for j in range(len(lat) - 1):
        for i in range(len(lon) - 1):
            if shapely.contains_xy(shape, lon[i : i + 2].mean(), lat[j : j + 2].mean()):
                found[0].append(lon[i : i + 2])
                found[1].append(lat[j : j + 2])
    return found


def zone_row(cells: Cells, lon: list[Floats], lat: list[Floats]) -> list[Any]:
    """Area, people, heights and LAND_FIELDS of a zone of rectangles."""
    window, part, km2 = covered(FINE, lon, lat)
    height, met = cells.relief.metres[window], part > 0
    row = [float(km2.sum()), float((part * cells.people[window]).sum())]
    row += [float((km2 * height).sum() / km2.sum()), float(height[met].max())]
    slope = cells.slope[window]
    row += [float((km2 * v).sum() / km2.sum()) for v in (slope, slope > STEEP)]
    window, _, km2 = covered(LEAF, lon, lat)
    cut = Cells(
        cells.people,
        cells.relief,
        cells.slope,
        Forest(*(values[window] for values in cells.forest)),
        cells.cover[window],
        cells.occurrence[window],
    )
    labels = np.zeros(km2.shape, dtype=np.int64)
    return [*row, *leaf_table(labels, km2, cut, 1)[0].tolist()]


def covered(grid: Grid, lon: list[Floats], lat: list[Floats]) -> tuple[Any, Floats, Floats]:
    """The cells about some rectangles: their window, the part covered of each, and its km2."""
    ends = np.array(lon), np.array(lat)
    west, south = ends[0].min(), ends[1].min()
    i = [int((v - grid.west) / grid.step) for v in (west, ends[0].max())]
    j = [int((v - grid.south) / grid.step) for v in (south, ends[1].max())]
    window = slice(max(j[0] - 1, 0), j[1] + 2), slice(max(i[0] - 1, 0), i[1] + 2)
    lines = zip(grid.edges(), reversed(window), strict=True)
    east, north = (edges[part.start : part.stop + 1] for edges, part in lines)
    across = overlaps(east, *ends[0].T)
    low, high = (np.clip(v[:, None], north[:-1], north[1:]) for v in ends[1].T)
    part = (high - low).T @ across / grid.step**2
    return window, part, strip_km2(low, high).T @ across


def overlaps(edges: Floats, low: Floats, high: Floats) -> Floats:
    """How much of each stretch between edges lies between low and high, (pairs, stretches)."""
    out: Floats = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])
    return np.maximum(out, 0)
