"""Settlements: cities, towns and villages beside rivers."""

from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Point

from .land import Land
from .seed import KM_LAT, KM_LON, LonLat, Row, rng_for


class Kind(NamedTuple):
    """A kind of settlement: how many, how large, and how far from others and the border."""

    name: str
    number: int
    people: int
    apart_km: float
    inland_km: float
    weight: float
    radius_km: float


KINDS = [
    Kind("city", 5, 148000, 72.0, 45, 1.0, 11.0),
    Kind("town", 18, 23000, 26.0, 14, 0.6, 4.0),
    Kind("village", 47, 2600, 10.0, 5, 0.12, 0.0),
]


def make_settlements(land: Land) -> list[Row]:
    """Cities, towns and villages with their population; the capital comes first."""
    rng, rows = rng_for("settlements"), list[Row]()
    for spot, kind in settlement_spots(land, rng):
        count = int(kind.people * rng.uniform(0.35, 1.9)) // 10 * 10
        row: Row = {"NAME": land.names.make("place"), "PLACE": kind.name}
        row |= {"POPULATION": count, "CAPITAL": 0}
        if not rows:
            row |= {"NAME": "Kelmavéa", "POPULATION": 812400, "CAPITAL": 1}
        rows.append(row | {"geometry": Point(spot)})
        land.taken.append((*spot, kind.radius_km))
    return rows


def settlement_spots(land: Land, rng: np.random.Generator) -> list[tuple[LonLat, Kind]]:
    """Places beside rivers, spaced out, the most suitable first."""
    cells = [c for c in land.orders if shapely.contains_xy(land.home, *land.flow.grid.point(c))]
    flow = np.sqrt(land.flow.cells_above[cells]) / 30
    rank = flow - land.flow.height[cells] / 900 + 2.2 * rng.random(len(cells))
    found: list[tuple[LonLat, Kind]] = []
    for kind in KINDS:
        jitter = rng.random(len(cells)) * 2
        score = kind.weight * rank + (1 - kind.weight) * jitter
        wanted = len(found) + kind.number
        for k in np.argsort(-score, kind="stable").tolist():
            spot = land.flow.grid.point(cells[k])
            if len(found) < wanted and has_room(land, spot, kind, found):
                off = rng.uniform(-0.006, 0.006, 2)
                place = (round(spot[0] + off[0], 6), round(spot[1] + off[1], 6))
                found.append((place, kind))
    return found


def has_room(land: Land, spot: LonLat, kind: Kind, found: list[tuple[LonLat, Kind]]) -> bool:
    """Whether a place is far enough from the border and from the settlements before it."""
    if land.home.exterior.distance(Point(spot)) * KM_LON < kind.inland_km:
        return False
    return has_space(spot, kind.apart_km, [place for place, _ in found])


def has_space(spot: LonLat, apart_km: float, places: list[LonLat]) -> bool:
    """Whether a place is far enough from some others."""
    gaps = [((spot[0] - x) * KM_LON) ** 2 + ((spot[1] - y) * KM_LAT) ** 2 for x, y in places]
    return min(gaps, default=9e9) > apart_km**2
