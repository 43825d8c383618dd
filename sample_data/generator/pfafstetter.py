"""Nested basins by the method of Otto Pfafstetter (1989), with a least and a largest size.

A basin is cut at its four largest tributaries: they get the digits 2, 4, 6, 8 upstream, and what
lies between them 1, 3, 5, 7, 9. The coast is cut in the same way at its four largest rivers. A
basin that is not cut gets a 0; so does, at the coast, the basin without a way to the sea.
"""

from collections.abc import Iterator
from math import atan2
from typing import NamedTuple

from .drainage import Drainage
from .seed import CENTRE, KM_LAT, KM_LON

ISLAND = "731"
# Digits of a code -> basins larger than this are cut, into none smaller than that (km2).
SIZES = {
    4: (12000.0, 1500.0),
    5: (12000.0, 1500.0),
    6: (12000.0, 1500.0),
    7: (1900.0, 300.0),
    8: (1900.0, 300.0),
}
COAST_KM2 = 3000.0  # a river that drains less is part of the coast between the larger ones


class Unit(NamedTuple):
    """A basin: its code, the cell through which it drains, its own size, and its mouth."""

    code: str
    outlet: int
    km2: float
    mouth: int


def nested_units(water: Drainage, digits: int) -> list[Unit]:
    """All units with so many digits, from downstream up."""
    units = list(coast_units(water))
    for level in range(5, digits + 1):
        taken = {unit.outlet for unit in units}
        units = [part for unit in units for part in parts_of(water, unit, level, taken)]
    return sorted(units)


def coast_units(water: Drainage) -> Iterator[Unit]:
    """Whole river basins; the digit in the order of their mouths round the coast."""
    size = water.above_km2
    sea = [m for m in water.mouths if water.receiver[m] >= 0 and size[m] >= COAST_KM2]
    inland = [m for m in water.mouths if water.receiver[m] < 0]
    ring = sorted(sea, key=lambda m: bearing(water, m))
    for code, mouth in [*coded(water, ring, ISLAND), *((f"{ISLAND}0", m) for m in inland)]:
        yield Unit(code, mouth, size[mouth], mouth)


def coded(water: Drainage, ring: list[int], code: str) -> Iterator[tuple[str, int]]:
    """Mouths in their order along a coast with their codes."""
    largest = set(sorted(ring, key=lambda m: -water.above_km2[m])[:4])
    digit, between = 1, list[int]()
    for mouth in [*ring, -1]:
        if mouth not in largest and mouth >= 0:
            between.append(mouth)
            continue
        yield from coded(water, between, f"{code}{digit}") if between else ()
        if mouth >= 0:
            yield f"{code}{digit + 1}", mouth
        digit, between = digit + 2, []


def bearing(water: Drainage, cell: int) -> float:
    """The direction of a cell from the middle of the land, clockwise from the south."""
    lon, lat = water.grid.point(cell)
    return atan2(-(lon - CENTRE[0]) * KM_LON, -(lat - CENTRE[1]) * KM_LAT)


def parts_of(water: Drainage, unit: Unit, level: int, taken: set[int]) -> Iterator[Unit]:
    """A unit cut for one more digit; one that has it already stays.

    `taken`: the outlets of all units of the level before.
    """
    if len(unit.code) >= level:
        yield unit
        return
    largest, least = SIZES[level]
    stem = stem_of(water, unit.outlet, taken)
    cuts = chosen_cuts(water, unit, stem, least, taken) if unit.km2 > largest else []
    if not cuts:
        yield unit._replace(code=f"{unit.code}0")
        return
    size, bottom = water.above_km2, 0
    for digit, (k, tributary) in enumerate(cuts, 1):
        own = size[stem[bottom]] - size[stem[k + 1]] - size[tributary]
        yield Unit(f"{unit.code}{2 * digit - 1}", stem[bottom], own, unit.mouth)
        yield Unit(f"{unit.code}{2 * digit}", tributary, size[tributary], unit.mouth)
        bottom = k + 1
    rest = unit.km2 - size[unit.outlet] + size[stem[bottom]]
    yield Unit(f"{unit.code}{2 * len(cuts) + 1}", stem[bottom], rest, unit.mouth)


def stem_of(water: Drainage, outlet: int, taken: set[int]) -> list[int]:
    """The main stem of a unit, upstream along the larger branch to its head or its upper end."""
    stem = [outlet]
    while (donors := water.donors.get(stem[-1])) and donors[0] not in taken:
        stem.append(donors[0])
    return stem


def chosen_cuts(
    water: Drainage, unit: Unit, stem: list[int], least: float, taken: set[int]
) -> list[tuple[int, int]]:
    """Up to four tributaries, the largest first, that leave no part too small.

    Each with the place on the stem where it comes in; in the order of these.
    """
    size = water.above_km2
    found = [
        (-size[donor], k, donor)
        for k, cell in enumerate(stem[:-1])
        for donor in water.donors[cell]
        if donor != stem[k + 1] and donor not in taken and size[donor] >= least
    ]
    cuts: list[tuple[int, int]] = []
    for _, k, tributary in sorted(found):
        tried = sorted([*cuts, (k, tributary)])
        if len(tried) <= 4 and smallest_part(water, unit, stem, tried) >= least:
            cuts = tried
    return cuts


def smallest_part(
    water: Drainage, unit: Unit, stem: list[int], cuts: list[tuple[int, int]]
) -> float:
    """The size of the smallest piece of a stem's own land between some cuts."""
    size, bottom, parts = water.above_km2, 0, list[float]()
    for k, tributary in cuts:
        if k < bottom:
            return 0.0
        parts.append(size[stem[bottom]] - size[stem[k + 1]] - size[tributary])
        bottom = k + 1
    return min(*parts, unit.km2 - size[unit.outlet] + size[stem[bottom]])
