"""Overlaps, covered land, rings and titles against truths that share nothing with the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import atanh, pi, radians, sin, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from cetm_geo import measure, overlay, resources, screening, tables
from cetm_geo.catalog import read_catalog
from cetm_geo.evidence import Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.loading import read_layers
from cetm_geo.model import STATUS_GROUPS, Layer, Role, Tenure
from tests import made, toy
from tests.test_rings import plane_at, site

GEOD = pyproj.Geod(ellps="WGS84")
A_KM, E2 = 6378.137, (1 / 298.257223563) * (2 - 1 / 298.257223563)


def evidence_of(sites: Any, *layers: Layer) -> Evidence:
    return measure_sites(sites, Task(Ground.of({x.spec.id: x for x in layers}), 100.0))


def overlaps(sites: Any, layer: Layer) -> dict[tuple[int, int], float]:
    """Land of each pair that shares some."""
    pairs = overlay.measure_overlaps(sites, layer)
    rows = zip(pairs.site_row.tolist(), pairs.feature_row.tolist(), strict=True)
    return {pair: km2 for pair, km2 in zip(rows, pairs.overlap_km2.tolist(), strict=True) if km2}


# --- shapes whose common land has a formula ------------------------------------------------------


@dataclass
class Trapezoids:
    """Shapes between two parallels, as arrays: where their two sides begin and end, in degrees."""

    south: Any
    north: Any
    west: Any  # (n, 2): longitude at the south and at the north
    east: Any

    def sides(self, latitude: Any) -> tuple[Any, Any]:
        share = (latitude - self.south[:, None]) / (self.north - self.south)[:, None]
        west, east = (a[:, :1] + (a[:, 1:] - a[:, :1]) * share for a in (self.west, self.east))
        return west, east

    def polygons(self) -> list[Any]:
        corners = np.stack(
            [
                np.column_stack([self.west[:, 0], self.south]),
                np.column_stack([self.east[:, 0], self.south]),
                np.column_stack([self.east[:, 1], self.north]),
                np.column_stack([self.west[:, 1], self.north]),
            ],
            axis=1,
        )
        return list(shapely.polygons(corners))


def some_trapezoids(random: Any, lon: Any, lat: Any) -> Trapezoids:
    """Rectangles, right triangles and trapezoids, some upside down."""
    count = len(lon)
    size, shift = random.uniform(0.4, 2, (2, count)), random.uniform(-0.15, 0.15, (2, count))
    west, south = lon + shift[0] - size[0] / 2, lat + shift[1] - size[1] / 2
    at_south, at_north = np.zeros((2, 2, count))
    at_south[1] = at_north[1] = size[0]
    kind = random.integers(0, 3, count)
    at_north[1, kind == 1] = 0
    leaning = kind == 2
    at_north[:, leaning] += random.uniform(-0.15, 0.15, (2, leaning.sum()))
    turned = random.random(count) < 0.5
    at_south[:, turned], at_north[:, turned] = at_north[:, turned], at_south[:, turned].copy()
    west_side, east_side = (
        np.column_stack([west + at_south[i], west + at_north[i]]) for i in range(2)
    )
    return Trapezoids(south, south + size[1], west_side, east_side)


def common_km2(a: Trapezoids, b: Trapezoids) -> Any:
    """Land two share: what lies between the inner sides, added up over latitude.

    Between the latitudes where sides cross their distance is straight, and 24 nodes of Gauss and
    Legendre take the ellipsoid's land to the last digits.
    """
    low, high = np.maximum(a.south, b.south), np.minimum(a.north, b.north)
    ends = np.column_stack([low, np.maximum(high, low)])
    knots = [ends]
    lines = [side for shape in (a, b) for side in shape.sides(ends)]
    for i in range(4):
        for j in range(i):
            apart = lines[i] - lines[j]
            with np.errstate(divide="ignore", invalid="ignore"):
                share = apart[:, 0] / (apart[:, 0] - apart[:, 1])
            at = ends[:, 0] + np.where(np.isfinite(share), share, 0) * np.ptp(ends, axis=1)
            knots.append(np.clip(at, ends[:, 0], ends[:, 1])[:, None])
    nodes, weights = np.polynomial.legendre.leggauss(24)
    out = np.zeros(len(low))
    for start, end in pairwise(np.sort(np.hstack(knots), axis=1).T):
        half = (end - start)[:, None] / 2
        latitude = start[:, None] + half * (nodes + 1)
        (west, east), (other_west, other_east) = a.sides(latitude), b.sides(latitude)
        wide = np.maximum(np.minimum(east, other_east) - np.maximum(west, other_west), 0)
        phi = np.radians(latitude)
        per_radian = A_KM**2 * (1 - E2) * np.cos(phi) / (1 - E2 * np.sin(phi) ** 2) ** 2
        out += (weights * np.radians(half) * np.radians(wide) * per_radian).sum(axis=1)
    return out


def box_km2(west: float, south: float, east: float, north: float) -> float:
    """A lon/lat rectangle, by Snyder's closed form."""

    def to(latitude: float) -> float:
        s, e = sin(radians(latitude)), sqrt(E2)
        return A_KM**2 / 2 * (1 - E2) * (s / (1 - E2 * s * s) + atanh(e * s) / e)

    return (to(north) - to(south)) * radians(east - west)


def test_a_thousand_pairs_share_the_land_that_their_formulas_give() -> None:
    random = np.random.default_rng(20)
    latitude = np.array([-80, -62, -45, -20, 0.05, 12, 33, 58, 80])
    lat, lon = (x.ravel() for x in np.meshgrid(latitude, np.arange(-178, 179, 3)))
    titles, parks = some_trapezoids(random, lon, lat), some_trapezoids(random, lon, lat)
    truth = common_km2(titles, parks)
    assert (truth > 100).sum() > 1000
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks.polygons())
    found = overlaps(toy.sites(titles.polygons()), layer)
    assert set(found) == {(i, i) for i in np.flatnonzero(truth > 0)}
    assert [found.get((i, i), 0.0) for i in range(len(truth))] == pytest.approx(truth, rel=1e-9)


def test_rectangles_share_the_rectangle_of_their_inner_sides() -> None:
    random = np.random.default_rng(21)
    for lat in (-80, -1, 0, 40, 79):
        corner = random.uniform((29, lat - 1), (31, lat + 1), (60, 2))
        boxes = np.hstack([corner, corner + random.uniform(0.01, 2, (60, 2))])
        titles, parks = boxes[:20], boxes[20:]
        inner = np.dstack([np.maximum(titles[:, None, :2], parks[:, :2]),
                           np.minimum(titles[:, None, 2:], parks[:, 2:])])  # fmt: skip
        meet = (inner[..., :2] < inner[..., 2:]).all(axis=2)
        truth = {(i, j): box_km2(*inner[i, j]) for i, j in np.argwhere(meet).tolist()}
        layer = toy.layer("parks", Role.PROTECTED_AREA, list(shapely.box(*parks.T)))
        found = overlaps(toy.sites(list(shapely.box(*titles.T))), layer)
        assert found == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("lat", [0, -35, 60, 80])
@pytest.mark.parametrize("km", [2, 100])
def test_a_disc_in_a_larger_one_is_a_geodesic_disc_and_its_meridian_halves_it(
    lat: float, km: float
) -> None:
    """5,000 chords leave out 2 pi^2 / 3 / 5,000^2 of a disc: 2.6e-7."""

    def disc(radius_km: float, corners: int = 5000) -> Any:
        full = np.ones(corners)
        around = np.arange(corners) * 360 / corners
        return np.column_stack(GEOD.fwd(20 * full, lat * full, around, 1000 * radius_km * full)[:2])

    truth = abs(GEOD.polygon_area_perimeter(*disc(km, 50_000).T)[0]) / 1e6
    east = shapely.box(20, lat - 3, 60, lat + 3)
    layer = toy.layer("parks", Role.PROTECTED_AREA, [shapely.Polygon(disc(1.5 * km)), east])
    found = overlaps(toy.sites([shapely.Polygon(disc(km))]), layer)
    assert found[0, 0] == pytest.approx(truth, rel=1e-6)
    assert found[0, 1] == pytest.approx(found[0, 0] / 2, rel=1e-9)
    assert pi * km**2 == pytest.approx(truth, rel=1e-4)


# --- what lines and points an intersection leaves ------------------------------------------------


def test_lines_and_points_of_an_intersection_cover_nothing_and_are_counted() -> None:
    """A title of 4 x 4 cells; a park in one of its cells and along two sides, one at a corner."""
    around = shapely.union_all(
        [toy.block(3, 0, 2, 1), toy.block(4, 1, 1, 4), toy.block(0, 4, 4, 1)]
    )
    at_corner = toy.block(-1, -1)
    title = toy.block(0, 0, 4, 4)
    assert shapely.intersection(title, around).geom_type == "GeometryCollection"
    layer = toy.layer("parks", Role.PROTECTED_AREA, [around, at_corner, toy.block(9, 9)])
    sites = toy.sites([title, toy.block(2, 2, 9, 9)])
    found = evidence_of(sites, layer)
    assert found.covered["parks"] == pytest.approx([1, 1 + 3 + 2], rel=1e-9)
    land = found.pairs["parks"].overlap_km2
    assert land[land > 0] == pytest.approx([1, 5, 1], rel=1e-9)
    shapes = found.shapes["parks"]
    kinds = [None if s is None else s.geom_type for s in shapes]
    assert sorted(map(str, kinds)) == ["None", "Polygon", "Polygon", "Polygon"]
    assert found.accounts.dropped == 2  # the sides of the first title, and its corner


# --- real layers ---------------------------------------------------------------------------------


def points_in(random: Any, shape: Any, count: int) -> Any:
    """Random places inside a shape, as many on each km2 of the ellipsoid."""
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        lon, lat = random.uniform((west, south), (east, north), (4 * count, 2)).T
        phi = np.radians(lat)
        land = np.cos(phi) / (1 - E2 * np.sin(phi) ** 2) ** 2
        kept = random.uniform(0, land.max(), len(land)) < land
        kept[kept] = shapely.contains_xy(shape, lon[kept], lat[kept])
        found = np.vstack([found, np.column_stack([lon, lat])[kept]])
    return found[:count]


def share_under(places: Any, features: Any) -> float:
    """The share of places that lie in some feature."""
    inside = np.zeros(len(places), bool)
    for feature in features:
        inside |= shapely.contains_xy(feature, places)
    return float(inside.mean())


def titles_of(register: Layer) -> Any:
    return tables.build(tables.SITES, register.features[tables.columns(tables.SITES)])


def agrees_with_its_own_outlines(sites: Any, *layers: Layer) -> None:
    """Pairs against plain intersections of whole features, covered land against random places."""
    random, evidence = np.random.default_rng(30), evidence_of(sites, *layers)
    outlines = sites.geometry.to_numpy()
    for layer in layers:
        pairs = evidence.pairs[layer.spec.id]
        tree = shapely.STRtree(layer.shapes)
        site_row, feature_row = tree.query(outlines, predicate="intersects")
        order = np.lexsort((feature_row, site_row))
        assert pairs.site_row.tolist() == site_row[order].tolist()
        assert pairs.feature_row.tolist() == feature_row[order].tolist()
        land = measure.area_km2(
            shapely.intersection(outlines[pairs.site_row], layer.shapes[pairs.feature_row])
        )
        assert pairs.overlap_km2 == pytest.approx(land, rel=1e-9, abs=1e-10)
        assert (land > 1).sum() > 10
        share = evidence.covered[layer.spec.id] / evidence.site_km2
        own, tried = shapely.from_wkb(shapely.to_wkb(layer.shapes[layer.is_counted])), 3000
        shapely.prepare(own)
        for row in np.flatnonzero((share > 0) & (share < 1)):
            near = own[shapely.intersects(own, outlines[row])]
            sampled = share_under(points_in(random, outlines[row], tried), near)
            sigma = np.sqrt(share[row] * (1 - share[row]) / tried)
            assert abs(sampled - share[row]) <= 5 * sigma + 5 / tried


def test_the_layers_of_cambodia_agree_with_plain_intersections_and_random_places(
    cambodia: Path,
) -> None:
    catalog = read_catalog(resources.folder("layers") / "cambodia")
    names = ("mining_concessions", "protected_areas", "key_biodiversity_areas", "community_forests")
    asked = replace(catalog, layers={name: catalog.layers[name] for name in names})
    titles, *others = read_layers(asked, cambodia, made.ON).values()
    agrees_with_its_own_outlines(titles_of(titles), *others)


def test_the_layers_of_the_philippines_agree_with_plain_intersections_and_random_places(
    nasty: Path,
) -> None:
    def read(name: str, role: Role, **more: Any) -> Layer:
        spec = made.spec(f"ph_{name}.geojson", role, id=name.lower(), **more)
        return made.read(nasty / "philippines", spec)

    titles = read("MPSA_2023", Role.CONCESSION)
    areas = read("KBA", Role.KEY_BIODIVERSITY_AREA)
    domains = read("CADT_ancestral_domains", Role.COMMUNITY_LAND, tenure=Tenure.INDIGENOUS)
    agrees_with_its_own_outlines(titles_of(titles), areas, domains)


# --- no site at all ------------------------------------------------------------------------------


def test_no_site_gets_no_answer_and_no_error() -> None:
    parks = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0)])
    found = evidence_of(toy.sites([]), parks)
    assert len(found.covered["parks"]) == len(found.pairs["parks"]) == 0
    result = screening.screen(toy.sites([]), {"parks": parks}, toy.ON)
    assert len(result.coverage) == len(result.pressure) == 0
    assert (result.totals["union_km2"].dropna() == 0).all()


# --- the other side ------------------------------------------------------------------------------

CELLS = 30
GROUPS = {"all": tuple(s for some in STATUS_GROUPS.values() for s in some), **STATUS_GROUPS}


@dataclass
class Blocks:
    """Rectangles of whole cells of the toy country, and the cells of each."""

    shapes: list[Any]
    cells: Any  # (n, CELLS, CELLS)

    @staticmethod
    def some(random: Any, count: int) -> Blocks:
        shapes, cells = [], np.zeros((count, CELLS, CELLS), bool)
        for i in range(count):
            (column, row), (wide, tall) = random.integers(0, 20, 2), random.integers(1, 10, 2)
            if i % 5 == 4:  # the same again
                cells[i] = cells[i - 1]
                shapes.append(shapes[-1])
                continue
            cells[i, column : column + wide, row : row + tall] = True
            shapes.append(toy.block(int(column), int(row), int(wide), int(tall)))
        return Blocks(shapes, cells)


@pytest.mark.parametrize("seed", range(3))
def test_land_of_parks_under_titles_is_the_number_of_cells_under_any_of_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    titles, parks, more = Blocks.some(random, 24), Blocks.some(random, 12), Blocks.some(random, 9)
    counted = (random.random(12) < 0.8, random.random(9) < 0.8)
    layers = [
        toy.layer(name, Role.PROTECTED_AREA, blocks.shapes, counted=list(counts))
        for name, blocks, counts in zip(("parks", "more"), (parks, more), counted, strict=True)
    ]
    sites = toy.sites(titles.shapes)
    sites["status"] = random.choice(["active", "unknown", "application", "expired"], 24)
    result = screening.screen(sites, {x.spec.id: x for x in layers}, toy.ON)
    scopes = {
        "parks": parks.cells[counted[0]].any(axis=0),
        "more": more.cells[counted[1]].any(axis=0),
    }
    scopes["protected_area"] = scopes["parks"] | scopes["more"]
    pressure, totals = {}, {}
    for group, statuses in GROUPS.items():
        chosen = titles.cells[np.isin(sites["status"], [str(s) for s in statuses])]
        under = chosen.any(axis=0)
        for name, blocks in (("parks", parks), ("more", more)):
            for i, cells in enumerate(blocks.cells):
                if (under & cells).any():
                    met = int((chosen & cells).any(axis=(1, 2)).sum())
                    km2 = (under & cells).sum()
                    pressure[name, f"f{i + 1}", group] = (met, km2, km2 / cells.sum())
        for name, land in scopes.items():
            each = (chosen & land).sum(axis=(1, 2))
            totals[name, group] = ((each > 0).sum(), each.sum(), (under & land).sum())
        own = chosen.sum(axis=(1, 2))
        totals["concession", group] = (len(own), own.sum(), under.sum())
    rows = result.pressure.set_index(["layer_id", "feature_id", "status_group"])
    found = {key: tuple(row) for key, row in zip(rows.index, rows.to_numpy(), strict=True)}
    assert found.keys() == pressure.keys()
    for key, truth in pressure.items():
        assert found[key] == pytest.approx(truth, rel=1e-9), key
    rows = result.totals.set_index(["scope_id", "status_group"])
    for key, truth in totals.items():
        numbers = rows.loc[key, ["sites", "sum_km2", "union_km2"]]
        assert tuple(numbers) == pytest.approx(truth, rel=1e-9), key


@pytest.mark.parametrize("seed", range(2))
def test_land_under_rough_titles_is_that_of_their_union_within_the_union_of_parks(
    seed: int,
) -> None:
    random = np.random.default_rng(seed)

    def some(count: int) -> list[Any]:
        return [site(*random.uniform(9, 10, 2), *random.uniform(5, 60, 2)) for _ in range(count)]

    titles, parks = some(30), some(20)
    sites = toy.sites([*titles, titles[3]])
    sites["status"] = random.choice(["active", "application", "refused"], 31)
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks, counted=[i != 5 for i in range(20)])
    result = screening.screen(sites, {"parks": layer}, toy.ON)
    land = shapely.union_all(layer.shapes[layer.is_counted])
    for group, statuses in GROUPS.items():
        chosen = np.isin(sites["status"], [str(s) for s in statuses])
        under = shapely.union_all(sites.geometry.to_numpy()[chosen])
        total = result.totals.set_index(["scope_id", "status_group"])["union_km2"]
        union, own = total["parks", group], total["concession", group]
        assert union == pytest.approx(measure.area_km2([under & land])[0], rel=1e-9)
        assert own == pytest.approx(measure.area_km2([under])[0], rel=1e-9)
        rows = result.pressure.query("status_group == @group").set_index("feature_id")
        truth = measure.area_km2(shapely.intersection(under, layer.shapes))
        found = rows["covered_km2"].reindex(layer.features["feature_id"]).fillna(0)
        assert found.to_numpy() == pytest.approx(truth, rel=1e-9)


# --- rings ---------------------------------------------------------------------------------------

KM = 1 / 111.2  # degrees of latitude


@pytest.mark.parametrize("lat", [0, 60, -80])
def test_rings_hold_the_land_of_a_layer_and_of_its_role_once(lat: int) -> None:
    """Stripes and blocks that overlap, against a projection round the site by pyproj."""
    shape, flatten = site(20, lat, 12, 8), plane_at(20, lat)
    width = 4 * KM / np.cos(np.radians(lat))
    west = 20 + np.arange(-20, 20) * width
    stripes = list(shapely.box(west, lat - 1, west + width / 2, lat + 1))
    blocks = [shapely.box(20 - width, lat - 1, 20 + 5 * width, lat + 0.3), site(20.1, lat, 9, 40)]
    everywhere = shapely.box(15, lat - 2, 25, lat + 2)
    layers = [
        toy.layer("stripes", Role.PROTECTED_AREA, [*stripes, everywhere],
                  counted=[True] * len(stripes) + [False]),
        toy.layer("blocks", Role.PROTECTED_AREA, blocks),
        toy.layer("all", Role.COMMUNITY_LAND, [everywhere]),
    ]  # fmt: skip
    found = evidence_of(toy.sites([shape]), *layers).rings
    land = {
        "stripes": shapely.union_all([flatten(s) for s in stripes]),
        "blocks": shapely.union_all([flatten(s) for s in blocks]),
        "all": flatten(everywhere),
    }
    land["protected_area"] = land["stripes"].union(land["blocks"])
    land["community_land"] = land["all"]
    flat = flatten(shape)
    within = [flat, *(flat.buffer(km, quad_segs=256) for km in overlay.RINGS_KM)]
    for row, (inner, outer) in enumerate(pairwise(within)):
        ring = outer.difference(inner)
        for scope, truth in land.items():
            share = found[scope][row, 0] / ring.area
            assert share == pytest.approx(ring.intersection(truth).area / ring.area, abs=5e-4)


def test_a_ring_nearer_than_the_nearest_is_empty_and_touching_begins_at_the_first() -> None:
    title = toy.block(0, 0, 4, 4)
    parks = {
        "inside": toy.block(1, 1),
        "around": toy.block(-9, -9, 22, 22),
        "touching": toy.block(4, 0, 2, 4),
        "near": toy.block(10, 0, 2, 4),  # 6 columns: 6.7 km
        "far": toy.block(60, 0),
    }
    layers = [toy.layer(name, Role.PROTECTED_AREA, [park]) for name, park in parks.items()]
    found = evidence_of(toy.sites([title]), *layers)
    rings = {name: found.rings[name][:, 0].round(9) for name in parks}
    assert rings["inside"].tolist() == rings["far"].tolist() == [0] * 5
    assert found.covered["inside"] == pytest.approx([1])
    assert rings["touching"][0] > 3  # 1 km of the 1.1 km wide column
    assert rings["touching"].sum() == pytest.approx(8, rel=1e-9)
    assert (rings["near"] > 0).tolist() == [False, False, True, False, False]
    assert rings["near"].sum() == pytest.approx(8, rel=1e-9)
    assert rings["around"].sum() == pytest.approx(22 * 22 - 16, rel=1e-9)
    assert found.rings["protected_area"].sum() == pytest.approx(22 * 22 - 16, rel=1e-9)
