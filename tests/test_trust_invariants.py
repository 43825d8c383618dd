"""What must hold of any land under any layer: in parts, in any order, anywhere on earth, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo.arrays import Floats
from cetm_geo.evidence import RINGS, Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from tests import engines, toy
from tests.trusting import COUNT, chances

# Sums over parts, and the same shape told in another way.
SAME = 1e-9


@dataclass(frozen=True)
class Ellipses:
    """n convex polygons: corners on a turned ellipse, which cannot but be convex, and counter
    clockwise. corners: a list of (k, 2) in degrees."""

    corners: list[Floats]

    def polygons(self) -> list[Any]:
        return [shapely.Polygon(own) for own in self.corners]


def ellipses(luck: np.random.Generator, middle: Floats, km: Floats) -> Ellipses:
    """About a middle (n, 2), with half axes up to `km`."""
    out = []
    for (lon, lat), size in zip(middle, km, strict=True):
        turn = np.sort(luck.uniform(0, 2 * np.pi, luck.integers(3, 9)))
        while np.diff(np.r_[turn, turn[0] + 2 * np.pi]).min() < 0.05:
            turn = np.sort(luck.uniform(0, 2 * np.pi, len(turn)))
        axes = size * luck.uniform(0.3, 1, 2) * engines.KM
        lean = luck.uniform(0, np.pi)
        x, y = axes[0] * np.cos(turn), axes[1] * np.sin(turn)
        along = np.cos(lean) * x - np.sin(lean) * y
        across = np.sin(lean) * x + np.cos(lean) * y
        wide = np.cos(np.radians(lat))
        out.append(np.column_stack([lon + along / wide, lat + across]))
    return Ellipses(out)


@dataclass(frozen=True)
class World:
    """Titles, and parks that lie over each other, about a few places."""

    titles: Ellipses
    parks: Ellipses

    @staticmethod
    def some(luck: np.random.Generator, titles: int, parks: int) -> World:
        places = np.column_stack([luck.uniform(-150, 150, 5), luck.uniform(-70, 70, 5)])

        def middles(count: int) -> Floats:
            off = luck.normal(0, 0.12, (count, 2))
            own = places[luck.integers(0, len(places), count)]
            off[:, 0] /= np.cos(np.radians(own[:, 1]))
            return own + off

        sizes = 10 ** luck.uniform(-0.5, 1, titles), 10 ** luck.uniform(-0.5, 1.2, parks)
        return World(*(ellipses(luck, middles(len(km)), km) for km in sizes))

    def evidence(self, titles: list[Any] | None = None, parks: list[Any] | None = None) -> Evidence:
        sites = toy.sites(self.titles.polygons() if titles is None else titles)
        layer = toy.layer("parks", Role.PROTECTED_AREA,
                          self.parks.polygons() if parks is None else parks)  # fmt: skip
        return evidence_of(sites, layer)


def evidence_of(sites: Any, *layers: Layer) -> Evidence:
    return measure_sites(sites, Task(Ground.of({x.spec.id: x for x in layers}), 100.0))


def near(found: Any, expected: Any, size: Floats) -> int:
    """How many numbers were compared; fails with the first that is too far off."""
    off = np.abs(np.asarray(found) - np.asarray(expected))
    wrong = np.flatnonzero(~(off <= SAME * size + 1e-12))
    assert not len(wrong), (wrong[0], found[wrong[0]], expected[wrong[0]])
    return len(off)


def halves(corners: Floats) -> list[Any]:
    """A convex polygon in two, at the meridian of its middle."""
    middle = corners[:, 0].mean()
    west, east = corners[:, 0].min() - 1, corners[:, 0].max() + 1
    low, high = corners[:, 1].min() - 1, corners[:, 1].max() + 1
    boxes = [shapely.box(*x) for x in ((west, low, middle, high), (middle, low, east, high))]
    return [
        shapely.Polygon([(float(x), float(y)) for x, y in engines.common_corners(own, box)])
        for own, box in ((shapely.Polygon(corners), box) for box in boxes)
    ]


def cases_of(world: World, luck: np.random.Generator) -> int:
    """Everything that must hold in one world; how many cases that were."""
    seen = world.evidence()
    km2, pairs, covered = seen.site_km2, seen.pairs["parks"], seen.covered["parks"]
    edges = [engines.edges_of(own) for own in world.parks.polygons()]
    park_km2 = np.array([engines.strips_km2(own, own) for own in edges])
    count = 0

    # A pair shares no more than either has; land once is between the largest and the sum.
    least = np.minimum(km2[pairs.site_row], park_km2[pairs.feature_row])
    assert (pairs.overlap_km2 <= least * (1 + SAME)).all()
    most, total = np.zeros(len(km2)), np.zeros(len(km2))
    np.maximum.at(most, pairs.site_row, pairs.overlap_km2)
    np.add.at(total, pairs.site_row, pairs.overlap_km2)
    assert (covered >= most - SAME * km2).all()
    assert (covered <= np.minimum(total, km2) + SAME * km2).all()
    count += len(pairs.site_row) + 2 * len(km2)

    # Two halves are the whole; so are the land that is covered and the land that is not.
    parts = [halves(own) for own in world.titles.corners]
    of_halves = world.evidence([half for two in parts for half in two])
    count += near(of_halves.covered["parks"].reshape(-1, 2).sum(axis=1), covered, km2)
    union = shapely.union_all(world.parks.polygons())
    bare = [shapely.difference(own, union) for own in world.titles.polygons()]
    outside = np.array([toy.area_km2(np.array([own], object))[0] for own in bare])
    count += near(covered + outside, km2, km2)

    # The same land told in another way: order, direction and first corner, twice, moved round the
    # earth, or as one shape.
    order = luck.permutation(len(world.parks.corners))
    turned = [np.roll(world.parks.corners[i], luck.integers(9), axis=0)[::-1] for i in order]
    again = world.evidence(parks=[shapely.Polygon(own) for own in turned])
    count += near(again.covered["parks"], covered, km2)
    twice = world.evidence(parks=[*world.parks.polygons(), *world.parks.polygons()])
    count += near(twice.covered["parks"], covered, km2)
    east = [[shapely.affinity.translate(own, 23.0) for own in shapes]
            for shapes in (world.titles.polygons(), world.parks.polygons())]  # fmt: skip
    count += near(world.evidence(*east).covered["parks"], covered, km2)
    as_one = list(shapely.get_parts(union))
    count += near(world.evidence(parks=as_one).covered["parks"], covered, km2)

    # Rings hold no land twice: none is negative, and of a layer without the site no more than that
    # of the parks.
    assert RINGS not in seen.missing
    rings = seen.rings["parks"]
    assert (rings >= 0).all()
    assert (rings.sum(axis=0) + covered <= park_km2.sum() * (1 + SAME)).all()
    return count + rings.size


def test_land_is_counted_once_in_parts_in_any_order_and_anywhere_on_earth() -> None:
    luck = np.random.default_rng(chances("invariants").randrange(2**32))
    count = worlds = 0
    while count < COUNT["cases of what must hold"]:
        count += cases_of(World.some(luck, 150, 200), luck)
        worlds += 1
    print(f"{count} cases in {worlds} worlds")
