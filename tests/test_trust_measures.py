"""Areas of overlap against an engine that shares no code with ours, and what must hold of any.

The other engine cuts convex polygons by half planes in plain arithmetic and integrates the
ellipsoid's land along their edges; GEOS, which most engines are built on, is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cetm_geo import overlay
from cetm_geo.arrays import Floats
from cetm_geo.evidence import RINGS, Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from tests import toy
from tests.trusting import COUNT, chances

A_KM, E2 = 6378.137, (1 / 298.257223563) * (2 - 1 / 298.257223563)
E = E2**0.5
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
# How far two engines may be apart: of the smaller area, and, as corners are told to the last bit of
# a degree (3e-9 m at 180 degrees), of a strip of that width along the outline.
SHARE, STRIP_KM = 1e-9, 2e-11
# Sums over parts, and the same shape told in another way.
SAME = 1e-9
AT_ONCE = 500  # pairs in one overlay
KM_PER_DEGREE = 111.2


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
        axes = size * luck.uniform(0.3, 1, 2) / KM_PER_DEGREE
        lean = luck.uniform(0, np.pi)
        x, y = axes[0] * np.cos(turn), axes[1] * np.sin(turn)
        along = np.cos(lean) * x - np.sin(lean) * y
        across = np.sin(lean) * x + np.cos(lean) * y
        wide = np.cos(np.radians(lat))
        out.append(np.column_stack([lon + along / wide, lat + across]))
    return Ellipses(out)


def some_pairs(luck: np.random.Generator, count: int) -> tuple[Ellipses, Ellipses]:
    """Pairs that mostly meet, from 20 m to 200 km across, at all latitudes of land."""
    km = 10 ** luck.uniform(-2, 2, count)
    reach = 2 * km / KM_PER_DEGREE
    lat = luck.uniform(-83, 83, count)
    wide = np.cos(np.radians(lat))
    lon = luck.uniform(-176, 176, count) * (1 - reach / wide / 200)
    middle = np.column_stack([lon, lat])
    off = luck.normal(0, 0.5, (count, 2)) * (km / KM_PER_DEGREE)[:, None]
    off[:, 0] /= wide
    return ellipses(luck, middle, km), ellipses(
        luck, middle + off, km * luck.uniform(0.3, 2, count)
    )


def cut(corners: Floats, by: Floats) -> Floats:
    """What of a convex polygon lies left of every edge of another."""
    for start, end in zip(by, np.roll(by, -1, axis=0), strict=True):
        if not len(corners):
            break
        edge = end - start
        side = edge[0] * (corners[:, 1] - start[1]) - edge[1] * (corners[:, 0] - start[0])
        kept = []
        for i, own in enumerate(side):
            j = (i + 1) % len(side)
            if own >= 0:
                kept.append(corners[i])
            if own * side[j] < 0:
                kept.append(corners[i] + (corners[j] - corners[i]) * own / (own - side[j]))
        corners = np.array(kept).reshape(-1, 2)
    return corners


def land_km2(corners: Floats) -> float:
    """Land within straight edges in longitude and latitude on the WGS 84 ellipsoid, by Green's
    theorem from Snyder's closed form of a zone."""
    if len(corners) < 3:
        return 0.0
    ahead = np.roll(corners, -1, axis=0)
    lat = corners[:, 1:] + (ahead[:, 1:] - corners[:, 1:]) * (NODES + 1) / 2
    # From the first corner's latitude, or all digits of a small shape are spent on the zone below.
    base = corners[0, 1]
    zone = _zone(lat) - _zone(np.array(base)) if np.ptp(corners[:, 1]) > 1 else _strip(lat, base)
    per_edge = (zone * WEIGHTS).sum(axis=1) / 2 * np.radians(ahead[:, 0] - corners[:, 0])
    return abs(float(per_edge.sum()))


def _zone(lat: Floats) -> Floats:
    s = np.sin(np.radians(lat))
    return np.asarray(A_KM**2 * (1 - E2) / 2 * (s / (1 - E2 * s * s) + np.arctanh(E * s) / E))


def _strip(lat: Floats, base: float) -> Floats:
    """The same between two latitudes that are near, by the density of land."""
    half = np.radians(lat - base)[..., None] / 2
    phi = np.radians(base) + half * (NODES + 1)
    density = A_KM**2 * (1 - E2) * np.cos(phi) / (1 - E2 * np.sin(phi) ** 2) ** 2
    return np.asarray((density * WEIGHTS).sum(axis=-1) * half[..., 0])


def outline_km(corners: Floats) -> float:
    return float(np.abs(np.diff(np.vstack([corners, corners[:1]]), axis=0)).sum()) * KM_PER_DEGREE


def test_pairs_share_the_land_that_an_engine_without_geos_finds() -> None:
    luck = np.random.default_rng(chances("pairs").randrange(2**32))
    worst, met = 0.0, 0
    for _ in range(-(-COUNT["pairs of convex polygons"] // AT_ONCE)):
        titles, parks = some_pairs(luck, AT_ONCE)
        layer = toy.layer("parks", Role.PROTECTED_AREA, parks.polygons())
        pairs = overlay.measure_overlaps(toy.sites(titles.polygons()), layer)
        own = pairs.site_row == pairs.feature_row
        ours = np.zeros(AT_ONCE)
        ours[pairs.site_row[own]] = pairs.overlap_km2[own]
        for title, park, km2 in zip(titles.corners, parks.corners, ours, strict=True):
            truth = land_km2(cut(title, park))
            least = min(land_km2(title), land_km2(park))
            bound = SHARE * least + STRIP_KM * (outline_km(title) + outline_km(park))
            assert abs(km2 - truth) <= bound, (title.tolist(), park.tolist(), km2, truth)
            worst = max(worst, abs(km2 - truth) / bound)
            met += truth > 0
    print(f"{met} pairs share land; the worst difference was {worst:.2g} of the bound")
    assert met > 0.5 * COUNT["pairs of convex polygons"]


# --- what must hold of any land ------------------------------------------------------------------


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
    boxes = [
        np.array([[a, low], [b, low], [b, high], [a, high]])
        for a, b in ((west, middle), (middle, east))
    ]
    return [shapely.Polygon(cut(corners, box)) for box in boxes]


def cases_of(world: World, luck: np.random.Generator) -> int:
    """Everything that must hold in one world; how many cases that were."""
    seen = world.evidence()
    km2, pairs, covered = seen.site_km2, seen.pairs["parks"], seen.covered["parks"]
    park_km2 = np.array([land_km2(own) for own in world.parks.corners])
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
        count += cases_of(World.some(luck, 300, 400), luck)
        worlds += 1
    print(f"{count} cases in {worlds} worlds")
