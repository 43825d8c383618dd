"""Tree cover in 2000, and the year in which it was lost: fields, roads and mines eat into it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import shapely

from .grid import steps_to, window_counts
from .grids import FINE, LEAF, marked, on_leaf, points_along
from .noise import fractal_noise
from .relief import Relief
from .seed import Bools, Floats, Ints, Row, rng_for
from .surface_water import NO_DATA, PERMANENT

LAST_YEAR = 24  # 2024
CLEARINGS = 17000
TREED = 10  # per cent of cover from which there is something to lose
MINES = ("Mining Licence", "Small-Scale Mining Licence", "Quarry Licence")
IN_FORCE = ("Active", "Pending Renewal")


class Use(NamedTuple):
    """How people use the land, on LEAF: people per km2 about, fields, and steps to a road."""

    crowd: Floats
    fields: Bools
    way: Floats


class Forest(NamedTuple):
    """On LEAF: per cent of tree cover, the year of its loss (0 none), and the cells of mines."""

    cover: Ints
    loss: Ints
    mines: Bools


def land_use(people: Ints, slope: Floats, wet: Floats, roads: list[Row]) -> Use:
    """Fields lie where people live, on gentle ground that is neither dry nor swamp."""
    lon, lat = LEAF.centres()
    reach = 4
    near = window_counts(np.clip(people, 0, 60), reach) / (2 * reach + 1) ** 2
    crowd = on_leaf(near / FINE.row_km2[:, None])
    way = steps_to(marked(FINE, *points_along([r["geometry"] for r in roads], 0.002)), 16)
    pull = crowd / (crowd + 45) * np.clip(1.15 - on_leaf(slope) / 9, 0, 1)
    pull = pull * np.clip(3.5 * on_leaf(wet), 0, 1) * np.clip(1.9 - 1.3 * on_leaf(wet), 0, 1)
    patchy = 0.5 + 0.42 * fractal_noise("fields", lon, lat, 22, 3)
    return Use(crowd, np.round(pull - 0.62 * patchy, 6) > 0.05, on_leaf(way))


def grown_forest(
    relief: Relief, slope: Floats, wet: Floats, rivers: list[Row], use: Use, occurrence: Ints
) -> Ints:
    """Per cent of tree cover in 2000: by climate and height, along rivers, and what use leaves."""
    lon, lat = LEAF.centres()
    water = steps_to(marked(FINE, *points_along([r["geometry"] for r in rivers], 0.002)), 8)
    texture = 0.2 * fractal_noise("trees", lon, lat, 13, 4)
    grain = 0.16 * (rng_for("trees").random(lon.shape) - 0.5)
    damp = np.clip((on_leaf(wet) - 0.31) / 0.4, 0, 1)
    stand = damp * damp * (3 - 2 * damp) + 0.35 / (1 + on_leaf(water) ** 2)
    stand = stand * np.clip((2500 - on_leaf(relief.metres)) / 800, 0, 1)
    left = 1 - 0.75 * use.crowd / (use.crowd + 90) + np.clip(on_leaf(slope) / 60, 0, 0.25)
    cover = np.clip(1.05 * stand * np.clip(left, 0, 1) + (texture + grain) * (stand > 0.04), 0, 1)
    cover = np.where(use.fields, 0.22 * cover, cover)
    percent = np.round(100 * np.round(cover, 6)).astype(np.int64)
    bare = (percent < 4) | (occurrence >= PERMANENT) | (occurrence == NO_DATA)
    return np.where(bare, 0, percent)


def dig_and_clear(cover: Ints, use: Use, cadastre: list[Row], wild: Any, sea: Bools) -> Forest:
    """The cover with its losses: clearings by pressure, and the pits of mines in force."""
    loss = np.zeros(cover.shape, dtype=np.int64)
    mines = dig_mines(cover, loss, cadastre, on_leaf(sea))
    clear_land(cover, loss, clearing_pressure(cover, use, wild))
    return Forest(cover, loss, mines)


def clearing_pressure(cover: Ints, use: Use, wild: Any) -> Floats:
    """Where land is cleared: near roads and people, much less in parks."""
    lon, lat = LEAF.centres()
    near = 0.12 + 1.3 / (1 + (use.way / 3) ** 2) + use.crowd / (use.crowd + 40)
    front = np.clip(0.6 + 0.9 * fractal_noise("front", lon, lat, 1.6, 3), 0.15, 2)
    pressure = np.where(cover >= TREED, near * front * cover, 0.0)
    pressure[shapely.contains_xy(wild, lon, lat)] *= 0.12
    out: Floats = np.round(pressure, 4)
    return out


def clear_land(cover: Ints, loss: Ints, pressure: Floats) -> None:
    """Write clearings into the loss years: patches, more and larger ones in later years."""
    rng = rng_for("clearings")
    total = np.cumsum(pressure.ravel())
    seeds = np.searchsorted(total, np.sort(rng.random(CLEARINGS)) * total[-1]).tolist()
    rng.shuffle(seeds)
    years = np.arange(1, LAST_YEAR + 1)
    busy = (0.5 + years / LAST_YEAR) * rng.uniform(0.6, 1.5, LAST_YEAR)
    drawn = rng.choice(years, CLEARINGS, p=busy / busy.sum())
    sizes = np.minimum(2 + 14 * rng.random(CLEARINGS) ** 4 / 0.35, 60).astype(int)
    trees = (cover >= TREED) & (loss == 0)
    trees[[0, -1], :] = trees[:, [0, -1]] = False
    standing = trees.ravel().tolist()
    for seed, year, size in zip(seeds, drawn.tolist(), sizes.tolist(), strict=True):
        loss.flat[felled(rng, standing, seed, size)] = year


def felled(rng: np.random.Generator, standing: list[bool], seed: int, size: int) -> list[int]:
    """The cells of a clearing, as far as trees are standing about its seed."""
    edge, done = [seed], list[int]()
    for chance in rng.random(4 * size).tolist():
        if not edge or len(done) >= size:
            break
        cell = edge.pop(int(chance * len(edge)))
        if standing[cell]:
            standing[cell] = False
            done.append(cell)
            edge += [cell - 1, cell + 1, cell - LEAF.nx, cell + LEAF.nx]
    return done


def dig_mines(cover: Ints, loss: Ints, cadastre: list[Row], sea: Bools) -> Bools:
    """The pits of mines in force, one growing through the years since its title was granted."""
    rng = rng_for("mines")
    pits = np.zeros(cover.shape, dtype=bool)
    for row in cadastre:
        if row["Type"] not in MINES or row["Status"] not in IN_FORCE:
            continue
        share = float(rng.uniform(0.06, 0.3))
        cells = cells_in(shapely.make_valid(row["geometry"]))
        if not cells:
            continue
        middle = cells[int(rng.integers(len(cells)))]
        near = sorted(cells, key=lambda c: (steps_apart(c, middle), c))
        dug = [c for c in near[: max(1, round(share * len(cells)))] if not sea.flat[c]]
        first = min(max(granted_in(row) - 2000, 1), LAST_YEAR)
        for k, cell in enumerate(dug):
            pits.flat[cell] = True
            if cover.flat[cell] >= TREED:
                loss.flat[cell] = first + k * (LAST_YEAR + 1 - first) // len(dug)
    return pits


def cells_in(shape: Any) -> list[int]:
    """The cells of LEAF whose middle a shape holds."""
    west, south, east, north = shape.bounds
    low, high = LEAF.index(np.array([west, east]), np.array([south, north])).tolist()
    (j0, i0), (j1, i1) = divmod(low, LEAF.nx), divmod(high, LEAF.nx)
    j, i = np.meshgrid(np.arange(j0, j1 + 1), np.arange(i0, i1 + 1), indexing="ij")
    lon, lat = LEAF.west + (i + 0.5) * LEAF.step, LEAF.south + (j + 0.5) * LEAF.step
    inside = shapely.contains_xy(shape, lon, lat)
    return (j * LEAF.nx + i)[inside].tolist()


def steps_apart(one: int, other: int) -> int:
    """How far apart two cells of LEAF are, in cells, squared."""
    (a, b), (c, d) = divmod(one, LEAF.nx), divmod(other, LEAF.nx)
    return (a - c) ** 2 + (b - d) ** 2


def granted_in(row: Row) -> int:
    """The year in which a title was granted."""
    return datetime.fromtimestamp(row["DteGranted"] / 1000, tz=UTC).year
