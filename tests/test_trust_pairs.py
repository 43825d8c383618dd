"""Overlaps, shares and distances against engines and formulas that share nothing with the program.

Shapely, DuckDB and PostGIS are one engine, GEOS: that they agree proves little. What answers here
are strips added up, corners in rational numbers measured by GeographicLib, places at random, and
closed formulas; all are asked through `screen`, as a batch or one drawn polygon is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely

from cetm_geo import overlay, screening
from cetm_geo.arrays import Floats
from cetm_geo.distances import TOUCH_KM
from cetm_geo.measure import area_km2
from cetm_geo.model import Role, Screening
from tests import engines, toy
from tests.engines import KM
from tests.random_pairs import Pair, as_imported, random_pairs
from tests.trusting import COUNT, SEED

# What may lie between the program and the truth, and why.
SAME = 1e-9  # of land shared: accounts.BALANCED, the books' own bound
LAST_BIT_KM = 3e-12  # what the last bit of a longitude is on the ground; times an outline's length
TO_EQUATOR = 1e-15  # of the land between a shape and the equator, which areas are told apart from
SNAPPED_KM = 2.5e-8  # GEOS takes edges within 1e-12 of 180 degrees for one where it must: 20 um
GEODESIC = 1e-4  # of a distance: `nearest_piece`
RING = 1e-3  # of a ring's land: `rings.reaches`
# ... and between the engines themselves.
GEOGRAPHIC_KM2 = 1e-7  # GeographicLib: 0.1 m2 a polygon
SIGMAS, PLACES = 6, 900  # of places at random; one pair in 5e8 is beyond

AT_ONCE = 500  # pairs of one screening


@dataclass(frozen=True)
class Screened:
    """Sites screened over one layer, and both as they are drawn."""

    sites: list[Any]
    features: list[Any]

    @cached_property
    def result(self) -> Screening:
        layer = toy.layer("parks", Role.PROTECTED_AREA, as_imported(self.features))
        found = screening.screen(toy.sites(as_imported(self.sites)), {"parks": layer}, toy.ON)
        rows = found.overlaps
        own = (layer.features.set_index("feature_id"), "feature_id", "feature_share"), (
            found.sites.set_index("site_id"), "site_id", "overlap_share"
        )  # fmt: skip
        for frame, key, share in own:
            km2 = rows[share].to_numpy() * frame["area_km2"][rows[key]].to_numpy()
            assert km2 == pytest.approx(rows["overlap_km2"].to_numpy(), rel=SAME)
        return found

    @cached_property
    def site_km2(self) -> Floats:
        return np.asarray(self.result.sites["area_km2"], dtype=np.float64)

    @cached_property
    def overlap_km2(self) -> Floats:
        """(sites, features)."""
        rows = self.result.overlaps
        out = np.zeros((len(self.sites), len(self.features)))
        site = [int(name.rpartition(":f")[2]) - 1 for name in rows["site_id"]]
        feature = [int(name.removeprefix("f")) - 1 for name in rows["feature_id"]]
        out[site, feature] = rows["overlap_km2"]
        return out

    def coverage(self, column: str) -> Floats:
        """Of the sites, in order, what a column of coverage says of the layer."""
        rows = self.result.coverage
        own = rows[(rows["scope_id"] == "parks") & (rows["class_id"] == "")].set_index("site_id")
        return np.asarray(own[column].reindex(self.result.sites["site_id"]), dtype=np.float64)

    @cached_property
    def edges(self) -> tuple[list[Floats], list[Floats]]:
        return [engines.edges_of(s) for s in self.sites], [
            engines.edges_of(s) for s in self.features
        ]

    @cached_property
    def last_bits_km2(self) -> Floats:
        """What the last bits of coordinates come to, (sites, features)."""
        own = [_last_bits(shapes) for shapes in (self.sites, self.features)]
        return np.minimum(own[0][:, None], own[1])

    @cached_property
    def around_km(self) -> Floats:
        """Round the lesser box of each pair."""
        own = [_around_km(shapes) for shapes in (self.sites, self.features)]
        return np.minimum(own[0][:, None], own[1])

    def agree(self, rows: tuple[Any, Any], truth: Floats) -> Floats:
        """Holds the land of pairs against a truth; what they are off by, in bounds.

        Land narrower than GEOS tells edges apart may be missed.
        """
        found = self.overlap_km2[rows]
        bound = SAME * truth + self.last_bits_km2[rows]
        snapped = SNAPPED_KM * self.around_km[rows]
        off = np.abs(found - truth) / np.where(truth < snapped, np.maximum(bound, snapped), bound)
        wrong = off > 1
        for i, j in zip(*(r[wrong] for r in rows), strict=True):
            self.told(i, j)
        assert not wrong.any(), np.column_stack([found, truth, bound])[wrong]
        print(f"not told from a common edge: {((found == 0) & (truth > bound)).sum()}")
        return off

    def told(self, site: int, feature: int) -> None:
        """Pytest shows what is printed where a test fails."""
        print(self.sites[site].wkt, self.features[feature].wkt, sep="\n")


def _around_km(shapes: Any) -> Floats:
    west, south, east, north = shapely.bounds(np.array(shapes, object)).T
    lowest = np.where(south * north < 0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    return np.asarray(2 * ((east - west) * np.cos(np.radians(lowest)) + north - south) / KM)


def _last_bits(shapes: Any) -> Floats:
    west, south, east, north = shapely.bounds(np.array(shapes, object)).T
    below = np.radians(east - west) * engines.zone_km2(
        0.0, np.maximum(np.abs(south), np.abs(north))
    )
    return np.asarray(TO_EQUATOR * below + LAST_BIT_KM * _around_km(shapes))


def generators(of: str) -> np.random.Generator:
    print(f"CETM_TRUST_SEED={SEED}")
    return np.random.default_rng([SEED, *of.encode()])


def worst(what: str, off: Any, unit: str) -> None:
    """Shown by `pytest -rP`, and where a test fails."""
    print(f"{what}: {np.size(off)}, worst {np.max(off, initial=0.0):.2g} {unit}")


# --- pairs ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return random_pairs(generators("pairs"), COUNT["pairs against other engines"])


@pytest.fixture(scope="module")
def screened(pairs: list[Pair]) -> list[Screened]:
    parts = [pairs[i : i + AT_ONCE] for i in range(0, len(pairs), AT_ONCE)]
    return [Screened([p.site for p in part], [p.feature for p in part]) for part in parts]


def test_land_of_pairs_is_what_strips_between_their_edges_add_up_to(
    screened: list[Screened],
) -> None:
    """All that can meet are tried, not only those drawn to; sizes are 10 m to 500 km."""
    off = []
    for world in screened:
        ours, theirs = world.edges
        rows = engines.boxes_meet(world.sites, world.features)
        truth = np.array([
            engines.strips_km2(ours[i], engines.beside(theirs[j], ours[i]))
            for i, j in zip(*rows, strict=True)
        ])  # fmt: skip
        off.append(world.agree(rows, truth))
        others = np.ones(world.overlap_km2.shape, bool)
        others[rows] = False
        assert not world.overlap_km2[others].any()
        own = [np.array([engines.strips_km2(e, e) for e in edges]) for edges in (ours, theirs)]
        whole = area_km2(as_imported(world.features))
        sides = (world.sites, world.site_km2), (world.features, whole)
        for (shapes, found), km2 in zip(sides, own, strict=True):
            assert (np.abs(found - km2) <= SAME * km2 + _last_bits(shapes)).all()
    worst("pairs whose boxes meet", np.concatenate(off), "of the bound")


def test_convex_pairs_share_land_where_rational_corners_say_so_and_as_geographiclib_measures(
    pairs: list[Pair], screened: list[Screened]
) -> None:
    found = np.concatenate([np.diag(world.overlap_km2) for world in screened])
    narrow = SNAPPED_KM * np.concatenate([np.diag(world.around_km) for world in screened])
    off, touching = [], 0
    for pair, km2, missed in zip(pairs, found, narrow, strict=True):
        if not (engines.is_convex(pair.site) and engines.is_convex(pair.feature)):
            continue
        corners = engines.common_corners(pair.site, pair.feature)
        land = len(corners) > 2 and engines.encloses_land(corners)
        truth = engines.geographic_km2(corners) if land else 0.0
        touching += not land
        off.append(abs(km2 - truth) / (SAME * truth + GEOGRAPHIC_KM2 + missed))
        told = f"{pair.kind}: {km2} is not {truth} km2\n{pair.site.wkt}\n{pair.feature.wkt}"
        assert off[-1] <= 1, told
        # Without common land there may be what rounding a corner to 53 bits makes.
        assert (km2 > 0) == land or max(km2, truth) < missed, told
    assert touching > len(off) / 4 > 0
    worst("convex pairs", np.array(off), "of the bound")


def test_land_once_is_the_share_of_places_in_a_site_that_lie_in_any_feature(
    screened: list[Screened],
) -> None:
    random, off = generators("places"), []
    for world in screened:
        ours, theirs = world.edges
        share = world.coverage("covered_share")
        near: list[list[int]] = [[] for _ in ours]
        for i, j in zip(*engines.boxes_meet(world.sites, world.features), strict=True):
            near[i].append(j)
        for i, own in enumerate(ours):
            places = engines.even_places(random, own, PLACES)
            places = places[engines.holds(own, places)]
            under = np.zeros(len(places), bool)
            for j in near[i]:
                under |= engines.holds(engines.beside(theirs[j], own), places)
            sigma = np.sqrt(share[i] * (1 - share[i]) * len(places))
            off.append(abs(under.sum() - share[i] * len(places)) / (SIGMAS * sigma + 10))
            if off[-1] > 1:
                world.told(i, near[i][0] if near[i] else i)
            assert off[-1] <= 1, (share[i], under.mean(), len(places))
    worst("sites with places in them", np.array(off), "of the bound")


def test_the_nearest_feature_is_as_far_as_the_least_geodesic_between_edges(
    screened: list[Screened],
) -> None:
    off, apart = [], []
    for world in screened:
        (ours, theirs), km = world.edges, world.coverage("nearest_km")
        least = engines.gaps_km(np.array(world.sites), np.array(world.features))
        shares = (world.overlap_km2 > 0).any(axis=1)
        assert (km[shares] == 0).all()
        for i in np.flatnonzero(~shares):
            truth = engines.nearest_km(ours[i], theirs, least[i])
            bound = GEODESIC * truth + TOUCH_KM
            far = truth > overlay.SEARCH_KM * (1 - GEODESIC)
            off.append(0.0 if far and np.isnan(km[i]) else abs(km[i] - truth))
            if not off[-1] <= bound:
                world.told(i, i)
            assert off[-1] <= bound, (i, km[i], truth)
            if km[i] > 10 * TOUCH_KM:
                apart.append(off[-1] / truth)
    worst("sites apart from all, or touching", np.array(off), "km")
    worst("of them beyond a centimetre", np.array(apart), "of the distance")


# --- formulas ------------------------------------------------------------------------------------


def around_the_world(random: np.random.Generator, count: int, highest: float) -> Iterator[Floats]:
    """Longitude and latitude, in all hemispheres by turns."""
    for i in range(count):
        lon, lat = random.uniform(0, 180), random.uniform(0, highest)
        yield np.array([lon * (-1) ** i, lat * (-1) ** (i // 2)])


def test_cells_of_a_graticule_and_their_parts_have_the_land_of_their_zones() -> None:
    """Each cell over its western half, southern part, a quarter, itself, and half of it moved."""
    random = generators("cells")
    cells, features, truth = [], [], []
    for i, (lon, lat) in enumerate(
        around_the_world(random, COUNT["shapes with a formula"] // 2, 89)
    ):
        # Half a degree and less would round; these halves are exact.
        wide, tall = 2.0 ** random.integers(-12, 3), 2.0 ** random.integers(-12, 1)
        west, south = np.floor(lon / wide) * wide, np.floor(lat / tall) * tall
        east, north, x, y = west + wide, south + tall, west + wide / 2, south + tall / 4
        parts = [(west, south, x, north), (west, south, east, y), (x, y, east, north),
                 (west, south, east, north), (x, south, x + wide, north)]  # fmt: skip
        part = parts[i % len(parts)]
        cells.append(shapely.box(west, south, east, north))
        features.append(shapely.box(*part))
        share = (min(part[2], east) - part[0]) / wide
        whole = np.radians(wide) * engines.zone_km2(south, north)
        zone = np.radians(wide) * engines.zone_km2(part[1], part[3])
        truth.append((whole, zone * share))
    world = Screened(cells, features)
    whole, common = np.array(truth).T
    rows = (np.arange(len(cells)),) * 2
    assert (np.abs(world.site_km2 - whole) <= SAME * whole + np.diag(world.last_bits_km2)).all()
    worst("cells", world.agree(rows, common), "of the bound")


def disc_km2(lat: float, km: Any) -> Any:
    """Land within a geodesic distance: the series of Bertrand and Diquet by the curvature there."""
    curved = (1 - toy._E2 * np.sin(np.radians(lat)) ** 2) ** 2 / (toy._A**2 * (1 - toy._E2))
    return np.pi * km**2 * (1 - curved * km**2 / 12 + curved**2 * km**4 / 360)


def disc(middle: Floats, km: float, corners: int = 720) -> Any:
    """A geodesic circle in chords, as many times wider as keeps its land."""
    turn = np.arange(0, -360, -360 / corners)
    step = 2 * np.pi / corners
    wider = 1000 * km * np.sqrt(step / np.sin(step))
    full = np.ones(corners)
    lon, lat, _ = engines.GEOD.fwd(*(full * m for m in middle), turn, full * wider)
    lon = middle[0] + (lon - middle[0] + 180) % 360 - 180
    return shapely.Polygon(np.column_stack([lon, lat]))


def test_discs_have_the_land_of_their_curvature_and_their_meridian_halves_them() -> None:
    """Chords of a disc are straight in degrees: tan(lat) km / 1e10 off at 720 corners."""
    random, discs, halves, truth = generators("discs"), [], [], []
    for middle in around_the_world(random, COUNT["shapes with a formula"] // 4, 84):
        km = 10 ** random.uniform(-2, 1.7)
        discs.append(disc(middle, km))
        half = shapely.box(
            middle[0], middle[1] - 2 * km * KM, middle[0] + 30, middle[1] + 2 * km * KM
        )
        halves.append(half)
        truth.append(disc_km2(middle[1], km))
    world, km2 = Screened(discs, halves), np.array(truth)
    assert world.site_km2 == pytest.approx(km2, rel=1e-6, abs=1e-12)
    rows = (np.arange(len(discs)),) * 2
    assert world.overlap_km2[rows] / world.site_km2 == pytest.approx(0.5, abs=1e-8)
    worst("discs", np.abs(world.site_km2 / km2 - 1), "of their land")


def test_rings_round_a_disc_are_between_two_discs() -> None:
    random, discs, truth = generators("rings"), [], []
    for middle in around_the_world(random, COUNT["shapes with a formula"] // 8, 85):
        km = 10 ** random.uniform(-2, 1)
        discs.append(disc(middle, km))
        within = disc_km2(middle[1], km + np.array([0, *overlay.RINGS_KM]))
        truth.append(np.diff(within))
    world = Screened(discs, [shapely.box(-180, -90, 180, 90)])
    ends = pairwise([0, *map(int, overlay.RINGS_KM)])
    found = np.column_stack([world.coverage(f"ring_{a}_{b}_km2") for a, b in ends])
    assert found == pytest.approx(np.array(truth), rel=RING)
    worst("rings", np.abs(found / np.array(truth) - 1), "of their land")


def meridian_km(south: float, north: float) -> float:
    """Length of a meridian's arc, by 40 nodes of Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    lat = np.radians((south + north) / 2 + (north - south) / 2 * nodes)
    curve = toy._A * (1 - toy._E2) / (1 - toy._E2 * np.sin(lat) ** 2) ** 1.5
    return float(np.radians(north - south) / 2 * (weights * curve).sum())


def test_a_feature_beyond_a_parallel_is_a_meridians_arc_away() -> None:
    random = generators("arcs")
    for middle in around_the_world(random, COUNT["shapes with a formula"] // 8, 80):
        (lon, lat), wide = middle, 10 ** random.uniform(-3, 0)
        gap = 10 ** random.uniform(-4, 0.6)
        site = shapely.box(lon, lat, lon + wide, lat + wide)
        west, south = lon + wide * random.uniform(-0.9, 0.9), lat + wide + gap
        feature = shapely.box(west, south, lon + 2 * wide, south + 1)
        km = Screened([site], [feature]).coverage("nearest_km")
        assert km == pytest.approx(meridian_km(lat + wide, lat + wide + gap), rel=GEODESIC)
