"""How many people live in each cell: whole people, in towns and in the country."""

from typing import Any

import numpy as np
import shapely

from .grid import Grid, steps_to
from .grids import FINE, cut_out, marked, points_along, quarters
from .land import Land
from .noise import fractal_noise
from .places import has_space
from .relief import Relief
from .seed import KM_LAT, KM_LON, Bools, Floats, Ints, LonLat, Row, rng_for
from .surface_water import PERMANENT

NO_DATA = -99999
# Towns of the neighbours, which no list names: how many, people, and how far apart in km.
ABROAD = [(5, 130000, 80.0), (26, 21000, 30.0), (90, 2600, 11.0)]
WILD_KINDS = ("np", "ws", "wa", "wb", "nr")
RURAL_KM2 = 30.0  # people on good land, on average
STEEP, HIGH = 22.0, 2600.0  # degrees and metres from which nobody lives


def people_per_cell(
    land: Land, relief: Relief, free: Bools, density: Floats, settlements: list[Row]
) -> Ints:
    """People on FINE; NO_DATA at sea. `density`: outside towns; `free`: where people may live."""
    chance = rng_for("country people").random(density.shape)
    people = np.where(free, density * FINE.row_km2[:, None] + chance, 0).astype(np.int64)
    towns = [((r["geometry"].x, r["geometry"].y), int(r["POPULATION"])) for r in settlements]
    for spot, count in [*towns, *towns_abroad(land)]:
        settle(people, free, spot, count)
    return np.where(relief.sea, NO_DATA, people)


def habitable(relief: Relief, slope: Floats, occurrence: Ints) -> Bools:
    """The cells of FINE that are neither sea, water, steep nor high."""
    return ~relief.sea & (slope < STEEP) & (relief.metres < HIGH) & ~all_water(occurrence)


def all_water(occurrence: Ints) -> Bools:
    """The cells of FINE that are wholly under water most of the time."""
    wet = np.zeros((FINE.ny, FINE.nx), dtype=bool)
    under = (quarters(occurrence) >= PERMANENT).all(axis=2)
    cut_out(wet)[:] = under
    return wet


def rural_density(
    relief: Relief, slope: Floats, wet: Floats, rivers: list[Row], roads: list[Row], wild: Any
) -> Floats:
    """People per km2 outside towns: more by rivers and roads, on gentle and not too high ground."""
    lon, lat = FINE.centres()
    water = steps_to(marked(FINE, *points_along([r["geometry"] for r in rivers], 0.002)), 12)
    way = steps_to(marked(FINE, *points_along([r["geometry"] for r in roads], 0.002)), 16)
    gentle = np.clip(1 - slope / 16, 0, 1) * np.clip((2400 - relief.metres) / 1100, 0, 1)
    access = 0.2 + 0.8 / (1 + (water / 4) ** 2) + 1.1 / (1 + (way / 5) ** 2)
    uneven = np.clip(0.7 + 0.9 * fractal_noise("rural", lon, lat, 5, 4), 0.03, 2.5)
    damp = np.clip(0.25 + 1.6 * wet, 0, 1.3)
    density = RURAL_KM2 * gentle * gentle * access * uneven * damp
    density[shapely.contains_xy(wild, lon, lat)] *= 0.06
    out: Floats = np.round(density, 6)
    return out


def towns_abroad(land: Land) -> list[tuple[LonLat, int]]:
    """Towns beyond the border, by rivers."""
    rng = rng_for("abroad")
    around = land.home.buffer(0.06)
    grid: Grid = land.flow.grid
    cells = [c for c in land.orders if not shapely.contains_xy(around, *grid.point(c))]
    rank = np.sqrt(land.flow.cells_above[cells]) / 30 + 2.5 * rng.random(len(cells))
    spots = [grid.point(cells[k]) for k in np.argsort(-rank, kind="stable").tolist()]
    found: list[tuple[LonLat, int]] = []
    for number, people, apart_km in ABROAD:
        wanted = len(found) + number
        for spot in spots:
            if len(found) < wanted and has_space(spot, apart_km, [s for s, _ in found]):
                found.append((spot, int(people * rng.uniform(0.35, 1.9)) // 10 * 10))
    return found


def settle(people: Ints, free: Bools, spot: LonLat, count: int) -> None:
    """Add the people of a town about its middle, to the last one."""
    radius = 0.5 + count**0.5 / 110
    reach = int(3.5 * radius / (FINE.step * KM_LON)) + 1
    j, i = divmod(int(FINE.index(np.array([spot[0]]), np.array([spot[1]]))[0]), FINE.nx)
    rows = np.arange(max(j - reach, 0), min(j + reach + 1, FINE.ny))
    columns = np.arange(max(i - reach, 0), min(i + reach + 1, FINE.nx))
    window = np.ix_(rows, columns)
    y = (FINE.south + (rows[:, None] + 0.5) * FINE.step - spot[1]) * KM_LAT
    x = (FINE.west + (columns + 0.5) * FINE.step - spot[0]) * KM_LON
    weight = np.round(1 / (1 + (x * x + y * y) / radius**2) ** 3, 9) * free[window]
    share = count * weight / weight.sum()
    whole = np.floor(share + 1e-9).astype(np.int64)
    left = count - int(whole.sum())
    rest = np.round(share - whole, 6).ravel()
    whole.flat[np.argsort(-rest, kind="stable")[:left]] += 1
    people[window] += whole
