"""Shapes of protected areas: parks that keep clear of each other, and designations over them."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon, box

from .growth import grow, pick_spot
from .land import Land
from .noise import fractal_noise
from .seed import KM_LAT, Cell, LonLat, rng_for
from .shapes import largest, tidy

NP, NR, WS = "National Park", "Nature Reserve", "Wildlife Sanctuary"
MF, FR = "Managed Forest", "Forest Reserve"
NOT_REPORTED, NOT_ASSIGNED = "Not Reported", "Not Assigned"


class Park(NamedTuple):
    """A protected area as planned, before it has a name and a shape."""

    key: str
    designation: str
    category: str
    style: str
    km2: float
    status: str
    year: int


PARKS = [
    Park("np1", NP, "II", "mountain", 1480, "Designated", 1968),
    Park("np2", NP, "II", "mountain", 860, "Designated", 1974),
    Park("np3", NP, "II", "river", 560, "Designated", 1991),
    Park("np4", NP, "II", "plain", 420, "Designated", 2003),
    Park("ws1", WS, "IV", "plain", 740, "Designated", 1979),
    Park("ws2", WS, "IV", "river", 430, "Designated", 1983),
    Park("ws3", WS, "IV", "plain", 300, "Established", 2009),
    Park("wb", WS, "IV", "mountain", 520, "Designated", 1996),
    Park("wa", "Wilderness Area", "Ib", "mountain", 610, "Designated", 1998),
    Park("gm", "Game Management Area", NOT_ASSIGNED, "plain", 620, "Designated", 1972),
    Park("mf1", MF, "VI", "plain", 540, "Established", 2001),
    Park("mf2", MF, "VI", "mountain", 380, "Designated", 1987),
    Park("mf3", MF, "VI", "river", 240, "Designated", 2012),
    Park("zone", "Protected Landscape", "V", "plain", 470, "Designated", 2006),
    Park("pl1", "Protected Landscape", "V", "river", 320, "Designated", 1999),
    Park("nr1", NR, "IV", "river", 170, "Designated", 1977),
    Park("nr2", NR, "IV", "plain", 82, "Designated", 1990),
    Park("nr3", NR, "Ia", "mountain", 96, "Designated", 1965),
    Park("nr4", NR, "Ia", "plain", 44, "Designated", 1971),
    Park("fr1", FR, NOT_REPORTED, "mountain", 150, "Designated", 1958),
    Park("fr2", FR, NOT_REPORTED, "plain", 95, "Designated", 1961),
    Park("nm1", "Natural Monument", "III", "river", 14, "Designated", 2014),
    Park("nm2", "Natural Monument", "III", "mountain", 9, "Designated", 2016),
    Park("oe1", "Community Conservancy", NOT_ASSIGNED, "plain", 210, "Established", 2019),
    Park("oe2", "Watershed Reserve", NOT_ASSIGNED, "mountain", 130, "Established", 2020),
    Park("oe3", "Private Conservancy", NOT_ASSIGNED, "plain", 75, "Established", 2021),
    Park("oe4", "Sacred Forest Area", NOT_ASSIGNED, "river", 26, "Established", 2022),
    Park("pr1", NP, NOT_REPORTED, "plain", 340, "Proposed", 2024),
    Park("pr2", NR, NOT_REPORTED, "river", 115, "Proposed", 2025),
    Park("un1", FR, NOT_REPORTED, "plain", 60, "Not Reported", 0),
]
SLIVER_METRES = (26.0, 38.0, 52.0)
SLIVER_PARKS = ("mf2", "ws3", "nr2", "mf1", "gm", "fr2", "np4", "ws1", "nr3", "nm2")


def protected_shapes(land: Land) -> tuple[dict[str, Any], dict[str, Cell]]:
    """All protected shapes by key, and the title cells that the three pulled tips enter."""
    shapes = park_shapes(land)
    tips = pull_tips(land, shapes)
    shapes["za"], shapes["zb"] = split_zones(shapes.pop("zone"))
    rng = rng_for("designations")

    def grow_from(key: str, km2: float, style: str, within: Any) -> Any:
        spot = shapes[key].representative_point()
        return grow(land, rng, (spot.x, spot.y), km2, style, within=within)

    core = shapes["np1"].buffer(0.02).intersection(land.home)
    shapes["whs"] = grow_from("np1", 1150, "mountain", core)
    shapes["ra1"] = grow_from("nr1", 330, "river", land.home)
    shapes["ra2"] = grow_from("np3", 460, "river", land.home)
    reserve = grow_from("np2", 1650, "mountain", land.home)
    shapes["mab"] = tidy(largest(reserve.union(shapes["np2"])))
    return shapes, tips


def park_shapes(land: Land) -> dict[str, Any]:
    """One organic polygon for each park; the one across the border comes first."""
    rng = rng_for("parks")
    shapes: dict[str, Any] = {}
    for park in sorted(PARKS, key=lambda p: p.key != "wb"):
        avoid = shapely.union_all(list(shapes.values())) if shapes else None
        if park.key == "wb":
            seed, within = border_spot(land), land.home.union(land.countries["XKN"])
        else:
            seed, within = pick_spot(land, rng, park.style, park.km2, avoid), land.home
        shapes[park.key] = grow(land, rng, seed, park.km2, park.style, within=within, avoid=avoid)
    return shapes


def border_spot(land: Land) -> LonLat:
    """A point on the border with the northern neighbour."""
    line = land.home.intersection(land.countries["XKN"].buffer(0.01)).centroid
    spot = land.home.exterior.interpolate(land.home.exterior.project(line))
    land.taken.append((round(spot.x, 6), round(spot.y, 6), 14.0))
    return round(spot.x, 6), round(spot.y, 6)


def split_zones(park: Any) -> tuple[Any, Any]:
    """Cut a park into two zones along a winding line; they share it exactly."""
    west, south, east, north = park.bounds
    lat = np.linspace(south - 0.05, north + 0.05, 60)
    lon = (0.45 * west + 0.55 * east) + 0.03 * fractal_noise("zones", lat * 0 + west, lat, 9, 3)
    line = list(zip(lon.tolist(), lat.tolist(), strict=True))
    left = Polygon([*line, (west - 0.1, north + 0.05), (west - 0.1, south - 0.05)])
    one = tidy(park.intersection(left))
    return one, tidy(park.difference(one))


def pull_tips(land: Land, shapes: dict[str, Any]) -> dict[str, Cell]:
    """Pull the tips of three parks that have free land of the country to their north."""
    tips: dict[str, Cell] = {}
    for key in SLIVER_PARKS:
        if len(tips) == len(SLIVER_METRES):
            break
        park, (column, row) = poke_tip(shapes[key], SLIVER_METRES[len(tips)])
        room = box((column - 3) / 120, row / 120, (column + 4) / 120, (row + 5) / 120)
        others = [s for k, s in shapes.items() if k != key]
        if land.home.contains(room) and not any(room.intersects(s) for s in others):
            shapes[key], tips[key] = park, (column, row)
    return tips


def poke_tip(park: Any, metres: float) -> tuple[Any, Cell]:
    """Pull the northernmost vertex just over the next title grid line.

    Gives the new park and the title cell (column, row) that the tip enters.
    """
    ring = np.asarray(park.exterior.coords)[:-1].copy()
    top = int(ring[:, 1].argmax())
    row = int(np.ceil(ring[top, 1] * 120 + 0.05))
    column = int(np.floor(ring[top, 0] * 120))
    ring[top] = (ring[top, 0], row / 120 + metres / 1000 / KM_LAT)
    return tidy(Polygon(ring)), (column, row)


def loop_in_boundary(park: Any) -> Any:
    """Swap two neighbouring vertices so that the boundary crosses itself slightly."""
    ring = np.asarray(park.exterior.coords)
    found = []
    for k in range(2, len(ring) - 3):
        swapped = ring.copy()
        swapped[[k, k + 1]] = swapped[[k + 1, k]]
        twisted = Polygon(swapped)
        if not twisted.is_valid:
            found.append((abs(twisted.area - park.area), k, twisted))
    return min(found)[2]
