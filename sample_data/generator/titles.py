"""Shapes of mining titles along the mineral belts, with the deliberate defects among them."""

from typing import NamedTuple

import numpy as np
from shapely.geometry import LineString

from .blocks import (
    PER_DEGREE,
    block_cells,
    bow_tie_at,
    cells_polygon,
    circle_at,
    largest_piece,
    rectangle,
)
from .ground import Ground, Title
from .seed import Cell, LonLat, rng_for
from .shapes import point_on_outline, polygons


class Belt(NamedTuple):
    """A mineral belt: its axis, half width in degrees, weight, and what is mined there."""

    line: list[LonLat]
    width: float
    weight: float
    goods: list[str]


class Kind(NamedTuple):
    """A type of title: prefix, group, size in cells, and share of all titles."""

    prefix: str
    group: str
    low: int
    middle: float
    high: int
    share: float


BELTS = [
    Belt([(-16.2, -26.75), (-15.85, -26.2), (-15.45, -25.75), (-14.95, -25.5)], 0.075, 3.4,
         ["Lithium", "Tin", "Tantalum", "Li", "Sn", "Rare Earths"]),
    Belt([(-14.75, -25.45), (-14.2, -25.4), (-13.95, -25.55)], 0.07, 2.4,
         ["Copper", "Cobalt", "Cu", "Co", "Nickel"]),
    Belt([(-14.55, -27.3), (-14.2, -26.95), (-13.9, -26.5), (-14.05, -26.1)], 0.075, 2.8,
         ["Nickel", "Cobalt", "Ni", "Platinum Group Metals", "Chromium"]),
    Belt([(-15.75, -27.05), (-15.2, -26.9), (-14.9, -26.6)], 0.075, 1.8,
         ["Graphite", "Vanadium", "Manganese", "Mn"]),
    Belt([(-15.1, -26.05), (-14.6, -26.2)], 0.09, 1.3, ["Bauxite", "Limestone", "Phosphate"]),
    Belt([(-16.2, -25.3), (-15.6, -25.15)], 0.06, 1.4, ["Gold", "Au", "Copper", "Silver"]),
    Belt([(-14.2, -27.5), (-13.7, -27.4)], 0.07, 0.9, ["Manganese", "Iron Ore", "Limestone"]),
]  # fmt: skip
EL, ML, SL = "Exploration Licence", "Mining Licence", "Small-Scale Mining Licence"
QL = "Quarry Licence"
KINDS = {
    "Reconnaissance Licence": Kind("RL", "Exploration", 120, 330.0, 1170, 0.055),
    EL: Kind("EL", "Exploration", 12, 62.0, 420, 0.445),
    ML: Kind("ML", "Mining", 4, 19.0, 90, 0.15),
    SL: Kind("SL", "Mining", 1, 3.0, 9, 0.2),
    QL: Kind("QL", "Quarry", 1, 1.8, 5, 0.12),
    "Mineral Processing Licence": Kind("PL", "Processing", 1, 1.2, 2, 0.03),
}
OVERLAP = "laid over another title"
BOW_TIE = "self-crossing polygon (bow-tie), invalid"
CODE_FIRST = "first of two titles with this code"
CODE_SECOND = "second of two titles with this code, geometry differs"


def make_titles(ground: Ground, tips: dict[str, Cell]) -> list[Title]:
    """All title shapes; about two in five touch nothing sensitive.

    `tips` are the cells that a park's tip enters, by the park's SITE_PID.
    """
    rng = rng_for("titles")
    place_slivers(ground, tips)
    place_defects(ground, rng)
    names = list(KINDS)
    share = np.array([kind.share for kind in KINDS.values()])
    drawn = [names[int(k)] for k in rng.choice(len(names), 368, p=share)]
    drawn.sort(key=lambda k: -KINDS[k].middle)
    ground.add(free_block(ground, rng, 34, 33), drawn.pop(0), ["Lithium", "Tin"])
    for n, kind in enumerate(drawn):
        place_title(ground, rng, kind, clear=n % 20 in (0, 2, 5, 7, 9, 12, 14, 16, 19))
    place_overlaps(ground, rng, 20)
    return ground.titles


def place_slivers(ground: Ground, tips: dict[str, Cell]) -> None:
    """Three titles that a park's pulled tip enters by a few tens of metres."""
    forms = [(5, 4, EL), (4, 3, ML), (3, 2, ML)]
    for (pid, (column, row)), (wide, high, kind) in zip(tips.items(), forms, strict=True):
        cells = rectangle((column - wide // 2, row), wide, high) - ground.given
        note = f"sliver with SITE_PID {pid}, below 1 ha"
        ground.add(cells, kind, ["Lithium", "Cobalt"], note)


def place_defects(ground: Ground, rng: np.random.Generator) -> None:
    """The declared oddities: border, hole, bow-tie, circle, and the two repeats."""
    goods = ["Lithium", "Tin"]
    ground.add(border_block(ground, 9, 7), EL, ["Nickel"], "straddles the border")
    across = {(i + 16, j) for i, j in border_block(ground, 9, 7)}
    ground.add(across, EL, ["Cobalt"], "wholly beyond the border")
    frame = free_block(ground, rng, 9, 8)
    left, low = min(frame)
    ground.add(frame - rectangle((left + 3, low + 3), 3, 2), EL, goods, "polygon with a hole")
    bow = free_block(ground, rng, 5, 4)
    ground.add(bow, ML, goods, BOW_TIE, bow_tie_at(bow))
    disc = free_block(ground, rng, 6, 6)
    ground.add(disc, QL, ["Limestone"], "placeholder circle of 2 km radius", circle_at(disc))
    block = free_block(ground, rng, 6, 5)
    for _ in range(2):
        ground.add(block, EL, goods, "two codes, one geometry")
    for note in (CODE_FIRST, CODE_SECOND):
        ground.add(free_block(ground, rng, 4, 3), ML, ["Graphite"], note)


def place_title(ground: Ground, rng: np.random.Generator, kind: str, clear: bool) -> None:
    """Find free cells for one title; a clear one touches no sensitive land and no large river."""
    count = draw_size(rng, kind)
    for attempt in range(900):
        size = max(1, int(count * (1 - attempt / 1200)))
        (lon, lat), goods = belt_point(rng)
        if not clear and attempt % 3 == 2:
            parts = ground.touchy.geoms
            lon, lat = point_on_outline(rng, parts[int(rng.integers(len(parts)))])
            lat -= 0.01
        corner = (round(lon * PER_DEGREE - size**0.5 / 2), round(lat * PER_DEGREE - size**0.5 / 2))
        wanted = block_cells(rng, corner, size)
        cells = largest_piece(wanted - ground.given)
        if len(cells) < 0.7 * len(wanted):
            continue
        shape = cells_polygon(cells)
        if polygons(shape)[0].interiors or not ground.home.contains(shape):
            continue
        if ground.fits(shape, clear, most=0.85 if rng.random() < 0.75 else 1.1):
            ground.add(cells, kind, goods, shape=shape)
            return
    raise RuntimeError(f"no room for a {kind}")


def place_overlaps(ground: Ground, rng: np.random.Generator, count: int) -> None:
    """Titles of another type laid over part of one already there."""
    hosts = [t for t in ground.titles if t.kind.startswith(("Expl", "Reco")) and not t.note]
    for n, k in enumerate(rng.permutation(len(hosts))[:count].tolist()):
        host, kind = hosts[k], (SL, ML, QL)[n % 3]
        west, south, east, north = (round(b * PER_DEGREE) for b in host.geometry.bounds)
        for _ in range(200):
            corner = (int(rng.integers(west - 1, east)), int(rng.integers(south - 1, north)))
            cells = block_cells(rng, corner, min(draw_size(rng, kind), 24))
            shape = cells_polygon(cells)
            shared = shape.intersection(host.geometry).area / shape.area
            if shared > 0.3 and ground.home.contains(shape) and not ground.grazes(shape):
                ground.add(cells, kind, host.goods, OVERLAP, shape)
                break


def belt_point(rng: np.random.Generator) -> tuple[LonLat, list[str]]:
    """A point near the axis of a mineral belt, and what is mined there."""
    weights = np.array([belt.weight for belt in BELTS])
    belt = BELTS[int(rng.choice(len(BELTS), p=weights / weights.sum()))]
    k, t = int(rng.integers(len(belt.line) - 1)), float(rng.random())
    (ax, ay), (bx, by) = belt.line[k], belt.line[k + 1]
    off = rng.normal(0, belt.width, 2)
    return (ax + t * (bx - ax) + float(off[0]), ay + t * (by - ay) + float(off[1])), belt.goods


def draw_size(rng: np.random.Generator, kind: str) -> int:
    """How many cells a title of this type has: mostly small, now and then large."""
    size = KINDS[kind].middle * 2.0 ** float(rng.normal(0, 0.95))
    return int(np.clip(round(size), KINDS[kind].low, KINDS[kind].high))


def border_block(ground: Ground, wide: int, high: int) -> set[Cell]:
    """Cells about half inside the country, on its eastern border."""
    for row in range(-3225, -3000):
        line = LineString([(-15, row / PER_DEGREE), (-13, row / PER_DEGREE)])
        column = int(ground.home.intersection(line).bounds[2] * PER_DEGREE) - wide // 2
        cells = rectangle((column, row), wide, high)
        shape = cells_polygon(cells)
        share = shape.intersection(ground.home).area / shape.area
        if not cells & ground.given and 0.4 < share < 0.6:
            return cells
    raise RuntimeError("no place on the border")


def free_block(ground: Ground, rng: np.random.Generator, wide: int, high: int) -> set[Cell]:
    """A free rectangle of cells in a belt."""
    for _ in range(3000):
        (lon, lat), _ = belt_point(rng)
        cells = rectangle((round(lon * PER_DEGREE), round(lat * PER_DEGREE)), wide, high)
        if not cells & ground.given and ground.home.contains(cells_polygon(cells)):
            return cells
    raise RuntimeError("no free rectangle")
