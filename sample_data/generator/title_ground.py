"""What the rasters say of a title: trees lost in and about it, and the tailings screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from .answers import NO, UNSURE, YES, Answer, all_of, at_least, told
from .contact import Features, geodesic_km, in_km
from .ellipsoid import degree_m
from .grid import Grid
from .grids import COARSE, FINE, LEAF
from .hazard import ground_shaking
from .seed import Floats, Row
from .shapes import GEOD
from .truth import TREED, Cells, covered

RING_KM = 10.0
STEEP_DEG, STEEP_SHARE = 15.0, 0.1
QUAKE_G = 0.2
# People from which a point is added; they count within a distance of a river.
BANDS = (1, 11, 101, 1001)
CORRIDOR_KM = 5.0
ALONG_KM = 50.0
# What reckoning on cells and in planes may be off.
RATE_ERROR, CORRIDOR_ERROR_KM, ALONG_ERROR_KM = 0.03, 0.1, 0.1
Boxes = tuple[list[Floats], list[Floats]]


@dataclass(frozen=True)
class TitleGround:
    """Rasters and rivers, by which a title is told of.

    links: the place of the reach below each, -1 where there is none.
    """

    cells: Cells
    rivers: list[Row]
    links: Sequence[int]

    @cached_property
    def reaches(self) -> Features:
        """The reaches, to find those at a title."""
        return Features([row["geometry"] for row in self.rivers])

    @cached_property
    def lengths_km(self) -> list[float]:
        """Of each reach."""
        return [GEOD.geometry_length(row["geometry"]) / 1000 for row in self.rivers]

    @cached_property
    def shaking(self) -> Floats:
        """Peak ground acceleration on COARSE."""
        return ground_shaking()

    # --- trees -----------------------------------------------------------------------------------

    def is_hot_spot(
        self, title: Any, boxes: Boxes, cover_ha: float, loss_ha: float, least: tuple[float, float]
    ) -> Answer:
        """Whether trees go faster in a title than in the ring about it.

        least: times the rate, and ha lost.
        """
        enough = at_least(loss_ha, least[1])
        if cover_ha == 0 or enough is NO:
            return NO
        ring = self.ring_sums(title, boxes)
        if 0 in ring:
            return NO
        times = (loss_ha / cover_ha) / (ring[1] / ring[0])
        return all_of([enough, at_least(times, least[0], RATE_ERROR * least[0])])

    def ring_sums(self, title: Any, boxes: Boxes) -> tuple[float, float]:
        """Tree cover and its loss within RING_KM of a title, without its own, in km2.

        A cell at the outer edge counts by how far its middle is from it.
        """
        east, north = metric_plane(title)
        window = reaching(LEAF, title.bounds, RING_KM * 1.05, (east, north))
        left = 1 - part_covered(LEAF, window, boxes)
        counted = (self.cells.forest.cover[window] >= TREED) & (left > 0)
        j, i = (v + part.start for v, part in zip(np.nonzero(counted), window, strict=True))
        lon, lat = LEAF.west + (i + 0.5) * LEAF.step, LEAF.south + (j + 0.5) * LEAF.step
        flat = shapely.transform(title, lambda xy: xy * np.array([east, north]))
        gap = shapely.distance(shapely.points(lon * east, lat * north), flat)
        within = np.clip((RING_KM - gap) / (LEAF.step * north) + 0.5, 0, 1)
        km2 = LEAF.row_km2[j] * within * left[counted]
        lost = self.cells.forest.loss[window][counted] > 0
        return float(km2.sum()), float(km2[lost].sum())

    # --- tailings --------------------------------------------------------------------------------

    def tailings_points(
        self, title: Any, boxes: Boxes, floods: Answer, people_in_basins: int
    ) -> tuple[int, int]:
        """The screen's points, the least and the most that they can be."""
        few, many = self.people_along(title) or (people_in_basins, people_in_basins)
        marks = [self.is_steep(boxes), self.shakes(boxes), floods]
        sure = sum(m is YES for m in marks)
        unsure = sum(m is UNSURE for m in marks)
        return sure + points(few), sure + unsure + points(many)

    def is_steep(self, boxes: Boxes) -> Answer:
        """Whether a tenth of the land is steeper than STEEP_DEG."""
        window, _, km2 = covered(FINE, *boxes)
        share = float(km2[self.cells.slope[window] > STEEP_DEG].sum() / km2.sum())
        largest = float(km2.max() / km2.sum())
        return at_least(share, STEEP_SHARE, max(0.002, min(largest, 0.1)))

    def shakes(self, boxes: Boxes) -> Answer:
        """Whether the ground shakes by more than QUAKE_G somewhere."""
        window, part, _ = covered(COARSE, *boxes)
        values = self.shaking[window][part > 1e-9]
        return at_least(float(values.max()), QUAKE_G, 0.0015)

    def people_along(self, title: Any) -> tuple[int, int] | None:
        """People within CORRIDOR_KM of the reaches that a title's water follows for ALONG_KM.

        The least and the most by what distances may be off; None without a river near.
        """
        choices = self.first_reaches(title)
        if not choices:
            return None
        few = [
            self.people_near(self.ways(c, ALONG_KM - ALONG_ERROR_KM), -CORRIDOR_ERROR_KM)
            for c in choices
        ]
        many = [
            self.people_near(self.ways(c, ALONG_KM + ALONG_ERROR_KM), CORRIDOR_ERROR_KM)
            for c in choices
        ]
        return min(few), max(many)

    def first_reaches(self, title: Any) -> list[list[int]]:
        """The reaches that a title touches; else the nearest one, or those that may be it."""
        met = self.reaches.met(title)
        if met:
            return [met]
        here = in_km(title)
        tree = self.reaches.kilometre_tree
        near = tree.query(here, predicate="dwithin", distance=CORRIDOR_KM * 1.03).tolist()
        gaps = {k: geodesic_km(title, self.reaches.every[k]) for k in near}
        first = min(gaps.values(), default=CORRIDOR_KM + 1)
        if first > CORRIDOR_KM:
            return []
        return [[k] for k, gap in sorted(gaps.items()) if gap < first + 0.02]

    def ways(self, firsts: Sequence[int], most_km: float) -> set[int]:
        """Some reaches and those that their water enters within so many km of their ends."""
        found: set[int] = set()
        for first in firsts:
            here, km = first, 0.0
            while here >= 0 and km <= most_km:
                found.add(here)
                km += self.lengths_km[here] if here != first else 0.0
                here = self.links[here]
        return found

    def people_near(self, reaches: set[int], more_km: float) -> int:
        """People in the cells of FINE whose middles lie within the corridor of some reaches."""
        lines = shapely.multilinestrings([self.rivers[k]["geometry"] for k in sorted(reaches)])
        east, north = metric_plane(lines)
        reach = CORRIDOR_KM + more_km
        window = reaching(FINE, lines.bounds, reach * 1.02, (east, north))
        people = self.cells.people[window]
        j, i = np.nonzero(people > 0)
        lon = FINE.west + (i + window[1].start + 0.5) * FINE.step
        lat = FINE.south + (j + window[0].start + 0.5) * FINE.step
        plane = np.array([east, north])
        corridor = shapely.buffer(shapely.transform(lines, lambda xy: xy * plane), reach)
        shapely.prepare(corridor)
        inside = shapely.contains_xy(corridor, lon * east, lat * north)
        return int(people[j, i][inside].sum())


def points(people: int) -> int:
    """How many bands so many people reach."""
    return sum(people >= band for band in BANDS)


def metric_plane(shape: Any) -> tuple[float, float]:
    """Kilometres in a degree of longitude and of latitude at the middle of a shape."""
    east, north = degree_m(np.array(shape.centroid.y))
    return float(east) / 1000, float(north) / 1000


def reaching(
    grid: Grid, bounds: tuple[float, ...], km: float, plane: tuple[float, float]
) -> tuple[slice, slice]:
    """The rows and columns of a grid within so many km of some bounds."""
    west, south, east, north = bounds
    low = south - km / plane[1] - grid.south, west - km / plane[0] - grid.west
    high = north + km / plane[1] - grid.south, east + km / plane[0] - grid.west
    ends = zip(low, high, (grid.ny, grid.nx), strict=True)
    rows, columns = (
        slice(max(int(a / grid.step), 0), min(int(b / grid.step) + 1, n)) for a, b, n in ends
    )
    return rows, columns


def part_covered(grid: Grid, window: tuple[slice, slice], boxes: Boxes) -> Floats:
    """The part of each cell of a window that some rectangles within it cover."""
    found = np.zeros(tuple(part.stop - part.start for part in window))
    own, part, _ = covered(grid, *boxes)
    rows, columns = (
        slice(a.start - b.start, a.start - b.start + n)
        for a, b, n in zip(own, window, part.shape, strict=True)
    )
    found[rows, columns] = part
    return found


def enough_points(found: tuple[int, int], least: int) -> Answer:
    """Whether the screen comes to so many points, both at least and at most."""
    few, many = (told(v >= least) for v in found)
    return few if few is many else UNSURE
