"""Pairs of shapes as titles and features may lie: across, within, along, beside and apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo import meridian
from cetm_geo.arrays import Floats
from tests.engines import KM


@dataclass(frozen=True)
class Pair:
    """A site and a feature as they are drawn, which may be beyond 180, and what is between them."""

    kind: str
    site: Any
    feature: Any


def star(random: np.random.Generator, corners: int, least: float = 0.4) -> Floats:
    """Corners about (0, 0) that it sees all of, up to 1 away; with least = 1 on a circle."""
    turn = (np.arange(corners) + random.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    away = random.uniform(least, 1, corners)
    return away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


Rings = list[list[Floats]]  # of each part the outline, then its holes


def _outline(random: np.random.Generator) -> Rings:
    kind = random.choice(["star", "convex", "box", "holed", "parted", "strip"])
    ring = star(random, int(random.integers(4, 40)))
    if kind == "convex":
        ring = star(random, int(random.integers(3, 10)), 1.0)
    elif kind in ("box", "strip"):
        thin = 1.0 if kind == "box" else 10 ** random.uniform(-4, -1)
        ring = np.array([(-1.0, -thin), (1.0, -thin), (1.0, thin), (-1.0, thin)])
    if kind == "holed":
        return [[ring, ring * random.uniform(0.2, 0.9)]]
    if kind == "parted":
        return [[ring], [star(random, 9) * 0.5 + (1.6, random.uniform(-0.5, 0.5))]]
    return [[ring]]


def _scaled(rings: Rings, size: Any, shift: Any = 0.0) -> Rings:
    return [[ring * size + shift for ring in part] for part in rings]


def _crossing(random: np.random.Generator, km: float) -> tuple[Rings, Rings]:
    site, other = _outline(random), _outline(random)
    size = float(np.clip(10 ** random.uniform(-1.5, 1.5), 0.005 / km, 250 / km))
    turn = random.uniform(0, 2 * np.pi)
    away = (1 + size) * random.uniform(0, 0.9)
    return site, _scaled(other, size, away * np.array([np.cos(turn), np.sin(turn)]))


def _nested(random: np.random.Generator, _: float) -> tuple[Rings, Rings]:
    site = _outline(random)
    return site, _scaled(site, random.uniform(0.05, 0.95))


def _equal(random: np.random.Generator, _: float) -> tuple[Rings, Rings]:
    site = _outline(random)
    step = int(random.integers(0, 5))
    return site, [[np.roll(ring, step, axis=0)[::-1] for ring in part] for part in site]


def _touching(random: np.random.Generator, _: float) -> tuple[Rings, Rings]:
    """A triangle upon an edge of a convex site, or the site seen from its corner."""
    ring = star(random, int(random.integers(3, 9)), 1.0)
    a, b = ring[:2]
    if random.random() < 0.5:
        return [[ring]], [[np.array([b, a, (a + b) * random.uniform(0.8, 2)])]]
    return [[ring]], [[2 * a - ring]]


def _sliver(random: np.random.Generator, _: float) -> tuple[Rings, Rings]:
    """A feature along an edge of the site, over it by next to nothing, or short of it."""
    ring = star(random, int(random.integers(3, 9)), 1.0)
    a, b = ring[:2]
    inward = -(a + b) * random.choice([-1, 1, 1]) * 10 ** random.uniform(-7, -2)
    return [[ring]], [[np.array([a + inward, a + (a + b), b + (a + b), b + inward])]]


def _in_hole(random: np.random.Generator, _: float) -> tuple[Rings, Rings]:
    ring = star(random, int(random.integers(4, 20)))
    hole = ring * random.uniform(0.3, 0.8)
    return [[ring, hole]], [[hole * random.choice([1.0, 1.0, random.uniform(0.5, 1.2)])]]


def _apart(random: np.random.Generator, km: float) -> tuple[Rings, Rings]:
    site, other = _outline(random), _outline(random)
    size = float(np.clip(10 ** random.uniform(-1, 1), 0.005 / km, 250 / km))
    gap = 10 ** random.uniform(-2, 2.65) / km
    turn = random.uniform(0, 2 * np.pi)
    away = 1 + size * 2.2 + gap
    return site, _scaled(other, size, away * np.array([np.cos(turn), np.sin(turn)]))


_KINDS: dict[str, Callable[[np.random.Generator, float], tuple[Rings, Rings]]] = {
    "crossing": _crossing, "nested": _nested, "equal": _equal, "touching": _touching,
    "sliver": _sliver, "in a hole": _in_hole, "apart": _apart,
}  # fmt: skip
_OFTEN = np.array([0.3, 0.1, 0.05, 0.1, 0.1, 0.05, 0.3])
_WIDEST = 60.0  # degrees of longitude to each side
_HIGHEST = 89.9


def random_pairs(random: np.random.Generator, count: int) -> list[Pair]:
    """Pairs of 10 m to 500 km, from 89 south to 89 north, a sixth of them across 180 degrees."""
    out: list[Pair] = []
    while len(out) < count:
        kind = str(random.choice(list(_KINDS), p=_OFTEN))
        km = 10 ** random.uniform(np.log10(0.005), np.log10(250))
        site, feature = _KINDS[kind](random, km)
        lat = random.uniform(-89, 89)
        wide, tall = km * KM / max(np.cos(np.radians(lat)), 1e-3), km * KM
        lon = random.uniform(-180, 180)
        if random.random() < 1 / 6:
            lon = 180 + random.uniform(-1, 1) * min(wide, 20)
        here, there = (_drawn(rings, (lon, lat), (wide, tall)) for rings in (site, feature))
        if all(_fits(shape, lon) for shape in (here, there)):
            out.append(Pair(kind, here, there))
    return out


def _drawn(rings: Rings, middle: tuple[float, float], size: tuple[float, float]) -> Any:
    parts = [shapely.Polygon(part[0], part[1:]) for part in _scaled(rings, size, middle)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _fits(shape: Any, lon: float) -> bool:
    west, south, east, north = shape.bounds
    return bool(
        max(lon - west, east - lon) < 2 * _WIDEST and east - west < 2 * _WIDEST
        and south > -_HIGHEST and north < _HIGHEST and shapely.is_valid(shape)
    )  # fmt: skip


def as_imported(shapes: Sequence[Any]) -> list[Any]:
    """The shapes as an import leaves them: longitudes within 180, cut there."""
    return [meridian.cut(shape) for shape in shapes]
