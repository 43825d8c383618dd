"""What titles share with features, and how far apart they are: areas by this generator's own
ellipsoid with edges straight in longitude and latitude, distances geodesic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import pi
from typing import Any

import numpy as np
import shapely

from .answers import NO, UNKNOWN, UNSURE, YES, Answer
from .ellipsoid import ring_km2
from .seed import KM_LAT, KM_LON, Row
from .shapes import GEOD, polygons

HECTARE_KM2 = 0.01
ERROR_KM = 0.05  # of the register's outlines; parks have more
SURE_KM2 = 1e-9
FAR_KM = 0.05  # two distances that differ by less may be the same
EDGE_KM = 0.3  # the same, of the end of the country, which is mapped with an error
FULL, PARTLY, NONE, DOUBTFUL = "full", "verify", "none", "doubtful"


def exact_km2(geometry: Any) -> float:
    """True area, its edges straight in longitude and latitude."""
    total = 0.0
    for part in polygons(geometry):
        holes = sum(ring_km2(np.asarray(ring.coords)) for ring in part.interiors)
        total += ring_km2(np.asarray(part.exterior.coords)) - holes
    return total


def shared_km2(one: Any, other: Any) -> float:
    """Land that two shapes share."""
    return exact_km2(shapely.intersection(one, other))


def circle(row: Row) -> Any:
    """The circle that stands for a point of a stated area (REP_AREA, km2)."""
    point = shapely.get_parts(row["geometry"])[0]
    turn = np.arange(128) * 360 / 128
    radius = np.full(128, (row["REP_AREA"] * 1e6 / pi) ** 0.5)
    lon, lat, _ = GEOD.fwd(np.full(128, point.x), np.full(128, point.y), turn, radius)
    return shapely.Polygon(np.stack([lon, lat], 1))


@dataclass
class Features:
    """Features that a rule looks for: their shapes, and those that are circles about a point."""

    shapes: Sequence[Any]
    circles: Sequence[Any] = field(default_factory=list)

    @cached_property
    def every(self) -> list[Any]:
        """All shapes, repaired; the circles last."""
        return [shapely.make_valid(s) for s in (*self.shapes, *self.circles)]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """An index in degrees, for what meets a title."""
        return shapely.STRtree(self.every)

    @cached_property
    def kilometre_tree(self) -> shapely.STRtree:
        """An index in about kilometres, for what lies near one."""
        return shapely.STRtree([in_km(s) for s in self.every])

    def met(self, title: Any) -> list[int]:
        """The places of the features that a title meets."""
        return sorted(self.tree.query(title, predicate="intersects").tolist())

    def shared(self, title: Any) -> list[tuple[int, float]]:
        """Place and shared km2 of the features that a title meets; infinite of a point in it."""
        found = []
        for k in self.met(title):
            shape = self.every[k]
            is_land = bool(polygons(shape))
            found.append((k, shared_km2(title, shape) if is_land else np.inf))
        return found

    def contact(self, title: Any, planned: bool = False) -> str:
        """Of FULL, PARTLY (a planned sliver, or a circle alone), NONE and DOUBTFUL.

        A hectare is no sliver, whatever the mapping error; less may be one.
        """
        found = [(k, km2) for k, km2 in self.shared(title) if km2 > SURE_KM2]
        if any(km2 >= HECTARE_KM2 and k < len(self.shapes) for k, km2 in found):
            return FULL
        if found and planned and all(k < len(self.shapes) for k, _ in found):
            return max((self.strip(title, k) for k, _ in found), key=(PARTLY, DOUBTFUL, FULL).index)
        if found:
            return PARTLY if max(km2 for _, km2 in found) >= 2 * HECTARE_KM2 else DOUBTFUL
        return NONE if not self.every or self.gap_km(title) > 0.005 else DOUBTFUL

    def strip(self, title: Any, place: int) -> str:
        """Of what a planned strip is: PARTLY where it keeps within the error of the register."""
        inside = shapely.intersection(title, self.every[place])
        corners = [shapely.Point(xy) for xy in shapely.get_coordinates(inside)]
        deep = max(geodesic_km(corner, title.boundary) for corner in corners)
        if abs(deep - ERROR_KM) < 0.001:
            return DOUBTFUL
        return PARTLY if deep < ERROR_KM else FULL

    def gap_km(self, title: Any) -> float:
        """Geodesic distance to the nearest feature; 0 where they meet."""
        if self.met(title):
            return 0.0
        here = in_km(title)
        k = int(self.kilometre_tree.nearest(here))
        reach = 1.03 * here.distance(in_km(self.every[k]))
        near = self.kilometre_tree.query(here, predicate="dwithin", distance=reach)
        return min(geodesic_km(title, self.every[k]) for k in near.tolist())

    def within(self, title: Any, km: float) -> list[int]:
        """The places of the features within so many km of a title."""
        near = self.kilometre_tree.query(in_km(title), predicate="dwithin", distance=km * 1.03)
        gaps = {k: geodesic_km(title, self.every[k]) for k in near.tolist()}
        return sorted(k for k, gap in gaps.items() if gap <= km)

    def near(self, title: Any, km: float, edge_km: float, counted: bool = False) -> Answer:
        """Whether one lies within so many km; `edge_km`: how far what is known reaches.

        Unsure where what is known ends before the nearest one: that none is within the distance
        is seen, but not by who asks only for the nearest. counted: who counts those within it.
        """
        gap = self.gap_km(title)
        if abs(gap - km) < FAR_KM:
            return UNSURE
        if gap <= km:
            return YES
        if edge_km > (km if counted else gap) + EDGE_KM:
            return NO
        return UNKNOWN if edge_km < km - EDGE_KM else UNSURE


def in_km(shape: Any) -> Any:
    """A shape in about kilometres: good to find what is nearest, not to say how near."""
    return shapely.transform(shape, lambda xy: xy * np.array([KM_LON, KM_LAT]))


def geodesic_km(one: Any, other: Any) -> float:
    """Geodesic distance of the two nearest points, found on a plane true at the first shape."""
    if shapely.intersects(one, other):
        return 0.0
    squeeze = np.cos(np.radians(shapely.centroid(one).y)) * 1.005
    plane = np.array([squeeze, 1.0])
    flat = [shapely.transform(s, lambda xy: xy * plane) for s in (one, other)]
    ends = shapely.get_coordinates(shapely.shortest_line(*flat)) / plane
    return abs(float(GEOD.inv(*ends[0], *ends[1])[2])) / 1000
