"""Land that mines use, as drawn from images: pits of titles in force, of some that ended, and of
people who dig where no title lies."""

from typing import Any

import numpy as np
import shapely

from .forest import IN_FORCE, MINES, cells_in
from .grids import LEAF
from .growth import grow
from .land import Land
from .seed import KM_LAT, KM_LON, Bools, Row, rng_for
from .shapes import area_km2, largest, polygons, roughen, smooth_line, tidy

INSET = 0.0008  # degrees that a pit keeps from the edge of its title
LEAST_KM2 = 0.004
ENDED = ("Expired", "Relinquished")
ENDED_SHARE = 0.45  # of ended titles of mines, those where a pit is still seen
# Diggings without a title: place, how far from every title at least in km, km2.
DIGGINGS = [
    ((-15.905, -25.205), 0.4, 0.55),
    ((-16.02, -25.285), 0.4, 0.3),
    ((-15.55, -25.215), 0.4, 0.42),
    ((-14.08, -25.52), 0.4, 0.36),
    ((-14.62, -27.33), 0.4, 0.28),
    ((-15.28, -26.42), 6.0, 0.8),
]


def make_footprints(land: Land, cadastre: list[Row], pits: Bools) -> list[Row]:
    """The outlines, each with its country and its area."""
    shapes = [*pits_in_force(cadastre, pits), *pits_of_ended(cadastre), *diggings(land, cadastre)]
    return [
        {
            "ISO3_CODE": "XKV",
            "COUNTRY_NAME": "Karvela",
            "AREA": round(area_km2(shape), 6),
            "geometry": shape,
        }
        for shape in shapes
    ]


def pits_in_force(cadastre: list[Row], pits: Bools) -> list[Any]:
    """The pits that the rasters show, each within its title."""
    found = []
    for row in cadastre:
        if row["Type"] in MINES and row["Status"] in IN_FORCE:
            shape = shapely.make_valid(row["geometry"])
            found += outline([c for c in cells_in(shape) if pits.flat[c]], shape)
    return found


def pits_of_ended(cadastre: list[Row]) -> list[Any]:
    """Pits that are seen where a title has ended."""
    rng, found = rng_for("ended mines"), list[Any]()
    for row in cadastre:
        if row["Type"] in MINES and row["Status"] in ENDED and not row["_note"]:
            luck, share, at = rng.random(3).tolist()
            cells = cells_in(row["geometry"])
            if luck > ENDED_SHARE or len(cells) < 4:
                continue
            middle = divmod(cells[int(at * len(cells))], LEAF.nx)
            near = sorted(cells, key=lambda c: (far(c, middle), c))
            dug = near[: max(3, round((0.1 + 0.2 * share) * len(cells)))]
            found += outline(dug, row["geometry"])
    return found


def far(cell: int, middle: tuple[int, int]) -> int:
    """How far a cell of LEAF is from one in a row and column, squared."""
    j, i = divmod(cell, LEAF.nx)
    return (j - middle[0]) ** 2 + (i - middle[1]) ** 2


def outline(cells: list[int], title: Any) -> list[Any]:
    """The largest piece of some cells as one rough outline that keeps inside a title."""
    if not cells:
        return []
    j, i = np.divmod(np.array(cells), LEAF.nx)
    squares = shapely.box(i, j, i + 1, j + 1)
    ring = np.asarray(largest(shapely.union_all(squares)).exterior.coords)
    ring = roughen(rng_for(f"pit {cells[0]}"), smooth_line(ring, 1), 0.12)
    ring = np.array([LEAF.west, LEAF.south]) + ring * LEAF.step
    kept = shapely.make_valid(shapely.Polygon(ring)).intersection(title.buffer(-INSET))
    parts = [p for p in polygons(kept) if area_km2(p) >= LEAST_KM2]
    return [tidy(max(parts, key=lambda p: p.area))] if parts else []


def diggings(land: Land, cadastre: list[Row]) -> list[Any]:
    """Small pits along rivers that no title covers."""
    rng = rng_for("diggings")
    titles = shapely.union_all([shapely.make_valid(row["geometry"]) for row in cadastre])
    found = []
    for (lon, lat), apart_km, km2 in DIGGINGS:
        open_land = land.home.difference(titles.buffer(apart_km / KM_LON))
        spot = shapely.Point(lon, lat)
        if not open_land.contains(spot):
            near = shapely.shortest_line(spot, open_land.buffer(-0.004)).coords[1]
            spot = shapely.Point(round(near[0], 6), round(near[1], 6))
        room = open_land.intersection(spot.buffer(4 * (km2 / (KM_LON * KM_LAT)) ** 0.5))
        found.append(grow(land, rng, (spot.x, spot.y), km2, "river", within=room))
    return found
