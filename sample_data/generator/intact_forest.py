"""Intact forest landscapes: at least 500 km2 of forest that no road, town or mine cuts into."""

from typing import Any

import shapely

from .growth import grow
from .land import Land
from .seed import KM_LON, Row, rng_for
from .shapes import area_km2, largest, tidy

LEAST_KM2 = 500.0
# Where one grows from, and how many km2 before what people use is taken away.
SEEDS = [((-16.2, -25.55), 1250.0), ((-14.45, -25.2), 1150.0)]
ROAD_KM, TOWN_KM, MINE_KM = 0.8, 3.0, 1.0


def make_intact_forest(
    land: Land, roads: list[Row], settlements: list[Row], footprints: list[Row]
) -> list[Row]:
    """The landscapes; what is left of one is one piece, or nothing."""
    rng, rows = rng_for("intact forest"), list[Row]()
    used = shapely.union_all(
        [
            *buffers(roads, ROAD_KM),
            *buffers(settlements, TOWN_KM),
            *buffers(footprints, MINE_KM),
        ]
    )
    for seed, km2 in SEEDS:
        whole = grow(land, rng, seed, km2, "mountain")
        shape = tidy(largest(shapely.simplify(whole.difference(used), 0.0015)))
        if area_km2(shape) < LEAST_KM2:
            raise RuntimeError("what is left of the forest is too small")
        row: Row = {"IFL_ID": f"XKV_{len(rows) + 1}"}
        row["AREA2020"] = round(area_km2(shape) * 100, 1)
        rows.append(row | {"geometry": shape})
    return rows


def buffers(rows: list[Row], km: float) -> list[Any]:
    """Land within so many km of some features, roughly."""
    return [shapely.buffer(row["geometry"], km / KM_LON, quad_segs=4) for row in rows]
