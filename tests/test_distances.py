"""Distances against geodesics between ever denser samples of both outlines, and as properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import cutting, distances, measure, meridian, overlay
from cetm_geo.arrays import Floats, Geometries, Indices
from cetm_geo.distances import nearest_piece
from cetm_geo.model import Role
from cetm_geo.pieces import OWN, Held, Pieces
from cetm_geo.workers import in_threads
from tests import toy

GEOD = pyproj.Geod(ellps="WGS84")
CLOSE = 2e-4  # of the distance: 1e-4 stated, and what the samples leave


def cut(shapes: Any, rows: Any = None) -> Pieces:
    """Shapes as pieces, each of its own feature unless said."""
    pieces = np.empty(len(shapes), object)
    pieces[:] = shapes
    rows = np.arange(len(shapes)) if rows is None else np.array(rows)
    own = np.full(len(shapes), OWN, np.uint8)
    return Pieces(rows, shapely.bounds(pieces), np.zeros(len(shapes)), own, Held(pieces))


def one(shape: Any) -> Geometries:
    return np.array([shape], object)


# --- truth ---------------------------------------------------------------------------------------


def edges(shape: Any, longest: float = 0.5) -> Floats:
    """Edges no longer than this many degrees: lon, lat, lon, lat."""
    parts = shapely.get_parts(shapely.segmentize(shape, longest))
    chains = [c for p in parts for c in (shapely.get_rings(p) if p.geom_type == "Polygon" else [p])]
    corners = [shapely.get_coordinates(chain) for chain in chains]
    return np.vstack([np.hstack([c[:-1], c[1:]] if len(c) > 1 else [c, c]) for c in corners])


def between(a: Floats, b: Floats) -> Floats:
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]) / 1000


def sampled_km(a: Any, b: Any) -> float:
    """The least geodesic between ends and middles of edges, halved where they are near.

    Only edges are left out that are farther than their length allows. At a corner it is exact, on
    an edge (step / distance)^2 / 2 too long: 5e-5 of it at most.
    """
    ours, theirs = edges(a), edges(b)
    ours, theirs = np.repeat(ours, len(theirs), 0), np.tile(theirs, (len(ours), 1))
    least = np.inf
    while True:
        x, y = (np.stack([e[:, :2], (e[:, :2] + e[:, 2:]) / 2, e[:, 2:]]) for e in (ours, theirs))
        km = np.stack([between(p, q) for p in x for q in y])
        # A twentieth more than half the geodesic, for what an edge straight in lon/lat is longer.
        reach = 0.525 * (between(x[0], x[2]) + between(y[0], y[2]))
        least = min(least, float(km.min()))
        near = km[4] - reach <= least
        if reach[near].max(initial=0) <= max(5e-3 * least, 1e-6):
            return least
        ours, theirs = (
            [np.hstack([e[0], e[1]])[near], np.hstack([e[1], e[2]])[near]] for e in (x, y)
        )
        ours = np.vstack([ours[0], ours[0], ours[1], ours[1]])
        theirs = np.vstack(theirs * 2)


def rough(random: np.random.Generator, lon: float, lat: float, size: float, corners: int) -> Any:
    """A polygon of so many degrees, as wide as tall on the ground, cut at 180 degrees."""
    turn = np.sort(random.uniform(0, 2 * np.pi, corners))
    reach = size * random.uniform(0.4, 1, corners)
    wide = max(np.cos(np.radians(lat)), 0.05)
    lats = np.clip(lat + reach * np.sin(turn), -89.99, 89.99)
    shape = shapely.Polygon(np.column_stack([lon + reach * np.cos(turn) / wide, lats]))
    return meridian.cut(shapely.make_valid(shape, method="structure", keep_collapsed=False))


def random_pair(random: np.random.Generator, lon: float, lat: float) -> tuple[Any, Any]:
    """A site, and a feature of small or of long edges, whose middle is 1 to 500 km away."""
    away_m = 1000 * 10 ** random.uniform(0, 2.7)
    x, y, _ = GEOD.fwd(lon, lat, random.uniform(0, 360), away_m)
    x = lon + (x - lon + 180) % 360 - 180
    site = rough(random, lon, lat, random.choice([0.01, 0.05, 0.3]), 8)
    return site, rough(random, x, y, random.choice([0.02, 0.5, 3]), random.choice([4, 8, 30]))


# --- how far -------------------------------------------------------------------------------------


@pytest.mark.parametrize("latitude", [0, 45, 70, 80, -80, 89.5])
@pytest.mark.parametrize("longitude", [20, 180])
def test_the_distance_is_the_geodesic_between_densely_sampled_outlines(
    latitude: float, longitude: float
) -> None:
    random = np.random.default_rng([int(latitude) + 90, longitude])
    apart = 0
    while apart < 9:
        site, feature = random_pair(random, longitude, latitude)
        if any(s is None or s.is_empty for s in (site, feature)) or site.intersects(feature):
            continue
        km, piece = nearest_piece(one(site), cut(shapely.get_parts(feature)))
        truth = sampled_km(site, feature)
        apart += 1
        if truth > overlay.SEARCH_KM:
            assert np.isnan(km[0])
            assert piece[0] == -1
        else:
            assert km[0] == pytest.approx(truth, rel=CLOSE, abs=1e-5)


@pytest.mark.parametrize("latitude", [0, 30, 60, 75, -85])
def test_a_border_of_several_degrees_without_a_corner_is_as_far_as_its_curve(
    latitude: float,
) -> None:
    random = np.random.default_rng(abs(latitude))
    for _ in range(6):
        wide, tall = random.choice([5, 20, 60]), random.uniform(-4, 4)
        border = shapely.LineString([(-40, latitude - tall), (wide - 40, latitude + tall)])
        x, y = shapely.get_coordinates(
            border.interpolate(random.uniform(0.1, 0.9), normalized=True)
        )[0]
        aside = 10 ** random.uniform(-2, 0.3)
        site = rough(random, x, y + random.choice([-1, 1]) * aside, aside * 0.4, 6)
        if not site.intersects(border):
            km, _ = nearest_piece(one(site), cut([border]))
            assert km[0] == pytest.approx(sampled_km(site, border), rel=CLOSE, abs=1e-5)


@pytest.mark.parametrize(
    ("here", "there"),
    [((0, 89.5), (180, 89.7)), ((-120, -89.9), (75, -88)), ((179.9, 0), (-179, 1))],
)
def test_places_over_a_pole_or_across_180_degrees_are_near(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    others = shapely.points([(there[0] - 90, 80), there, (there[0] - 90, -80)])
    km, piece = nearest_piece(one(shapely.Point(here)), cut(others))
    assert km[0] == pytest.approx(GEOD.inv(*here, *there)[2] / 1000, rel=1e-12)
    assert piece[0] == 1


def test_what_meets_is_at_0_inside_on_the_edge_on_180_degrees_and_on_a_pole() -> None:
    sites = [
        toy.block(0, 0, 9, 9), toy.block(2, 2), toy.block(-5, 0, 5, 5),
        shapely.box(179, 10, 180, 11), shapely.box(0, 89, 5, 90),
    ]  # fmt: skip
    pieces = [
        toy.block(1, 1, 4, 4), shapely.box(-180, 10.5, -179, 12), shapely.box(100, 89.5, 101, 90),
        toy.block(0, 0, 1, 1),
    ]  # fmt: skip
    km, piece = nearest_piece(np.array(sites, object), cut(pieces, [7, 1, 2, 5]))
    assert list(km) == [0, 0, 0, 0, 0]
    assert list(piece) == [3, 0, 3, 1, 2]  # of two that the first site meets, feature 5 before 7


# --- which ---------------------------------------------------------------------------------------

places = st.tuples(st.floats(-3, 3), st.floats(-2, 2), st.sampled_from([0.02, 0.3, 1.5]))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(20, 0), (20, 45), (180, 66), (-180, 80), (0, -80)]),
    st.lists(places, min_size=2, max_size=6),
    st.randoms(use_true_random=False),
)
def test_no_other_piece_is_nearer_than_the_nearest(
    middle: tuple[float, float], others: list[tuple[float, float, float]], luck: Any
) -> None:
    random = np.random.default_rng(luck.getrandbits(32))
    site = rough(random, *middle, 0.05, 8)
    shapes = [rough(random, middle[0] + x, middle[1] + y, size, 7) for x, y, size in others]
    km, piece = nearest_piece(one(site), cut(shapes))
    each = [0 if site.intersects(s) else sampled_km(site, s) for s in shapes]
    if min(each) <= overlay.SEARCH_KM * (1 - CLOSE):
        assert km[0] == pytest.approx(min(each), rel=CLOSE, abs=1e-5)
        assert each[piece[0]] == pytest.approx(min(each), rel=2 * CLOSE, abs=1e-5)


def scattered(seed: int, count: int, sites: int) -> tuple[Geometries, Pieces]:
    """Sites among pieces of every kind and size, and across 180 degrees up to a pole."""
    random = np.random.default_rng(seed)
    lons, lats = 180 + random.uniform(-12, 12, count), random.uniform(60, 89, count)
    shapes = [
        rough(random, lon, lat, 10 ** random.uniform(-2.5, 0.3), int(random.integers(4, 40)))
        for lon, lat in zip(lons, lats, strict=True)
    ]
    shapes[::5] = [shapely.boundary(shape) for shape in shapes[::5]]
    shapes[1::5] = [shapely.centroid(shape) for shape in shapes[1::5]]
    parts, row = shapely.get_parts(np.array(shapes[sites:], object), return_index=True)
    order = cutting.hilbert_order(parts, row)
    return np.array(shapes[:sites], object), cut(parts[order], row[order])


def same_bits(a: tuple[Floats, Indices], b: tuple[Floats, Indices]) -> bool:
    return a[0].tobytes() == b[0].tobytes() and a[1].tolist() == b[1].tolist()


def test_a_piece_among_many_is_found_as_if_there_were_no_others() -> None:
    sites, pieces = scattered(1, 160, 12)
    everyone = np.arange(len(pieces.feature_row))
    alone = np.array([nearest_piece(sites, pieces, everyone == i)[0] for i in everyone])
    alone[np.isnan(alone)] = np.inf
    km, piece = nearest_piece(sites, pieces)
    found = piece >= 0
    assert 0 < found.sum() < len(sites)
    assert np.where(found, km, np.inf).tolist() == alone.min(axis=0).tolist()
    assert alone[piece[found], found].tolist() == km[found].tolist()


def test_a_site_has_the_same_bits_alone_as_among_others_and_in_whatever_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sites, pieces = scattered(2, 500, 90)
    together = nearest_piece(sites, pieces)
    for size in (1, 7, 32):
        groups = [sites[i : i + size] for i in range(0, len(sites), size)]
        parts = in_threads(lambda group: nearest_piece(group, pieces), groups, 3)
        km, piece = (np.concatenate(column) for column in zip(*parts, strict=True))
        assert same_bits((km, piece), together)
    for name, few in (("_PAIRS_AT_ONCE", 64), ("_PIECES_AT_ONCE", 3), ("_VERTICES_AT_ONCE", 50)):
        monkeypatch.setattr(distances, name, few)
    assert same_bits(nearest_piece(sites, pieces), together)
    backwards = nearest_piece(sites[::-1], pieces)
    assert same_bits((backwards[0][::-1], backwards[1][::-1]), together)


def test_of_pieces_as_near_the_lowest_feature_is_taken() -> None:
    site = one(shapely.box(10, 50, 10.1, 50.1))
    shared = [(10.5, 49), (10.5, 51)]
    borders = [shapely.LineString(shared), shapely.Polygon([*shared, (12, 50)])]
    for rows in ([4, 2], [2, 4], [0, 0]):
        km, piece = nearest_piece(site, cut(borders, rows))
        assert piece[0] == np.argmin(rows)
        assert km[0] == nearest_piece(site, cut(borders[:1]))[0][0]


def test_only_pieces_that_may_be_chosen_and_within_reach_are_found() -> None:
    site = one(toy.block(0, 0))
    pieces = cut(shapely.points([(1, 0), (2, 0), (3, 0)]))
    near, far = (GEOD.inv(toy.COLUMN, 0, x, 0)[2] / 1000 for x in (1, 2))
    asked = {
        (True, True, True): (near, 0), (False, True, True): (far, 1), (False,) * 3: (np.nan, -1)
    }  # fmt: skip
    for among, (km, piece) in asked.items():
        found = nearest_piece(site, pieces, np.array(among))
        assert found[0] == pytest.approx([km], rel=1e-9, nan_ok=True)
        assert found[1][0] == piece
    assert np.isnan(nearest_piece(site, pieces, reach_km=near * 0.9999)[0][0])
    assert nearest_piece(site, pieces, reach_km=near * 1.0001)[1][0] == 0


def test_nothing_is_near_what_has_no_place_and_no_piece_is_near_if_there_is_none() -> None:
    sites = np.array([None, shapely.Polygon(), toy.block(0, 0)], object)
    km, piece = nearest_piece(sites, cut([shapely.Point(1, 1)]))
    assert np.isnan(km).tolist() == [True, True, False]
    assert piece.tolist() == [-1, -1, 0]
    assert np.isnan(nearest_piece(sites, cut([]))[0]).all()


def test_pieces_out_of_reach_are_not_even_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    starts = random.uniform(0, 10, (20_000, 1, 2))
    lines = shapely.linestrings(starts + random.normal(0, 0.02, (20_000, 5, 2)))
    pieces = cut(lines)
    monkeypatch.setattr(Pieces, "shapes", None)
    sites = shapely.buffer(shapely.points(random.uniform(20, 30, (50, 2))), 0.1)
    assert np.isnan(nearest_piece(sites, pieces)[0]).all()


# --- sites and features --------------------------------------------------------------------------


def test_a_site_that_meets_features_is_nearest_to_the_one_it_shares_most_land_with() -> None:
    parks = [toy.block(0, 0, 1, 2), toy.block(1, 0, 3, 3), toy.block(8, 0), toy.block(30, 0)]
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks, counted=[True, True, False, True])
    sites = toy.sites([toy.block(0, 0, 4, 4), toy.block(8, 0, 2, 2)])
    km, row = distances.nearest(sites, layer, overlay.measure_overlaps(sites, layer))
    assert list(row) == [1, 1]
    assert km[0] == 0
    assert km[1] == pytest.approx(GEOD.inv(4 * toy.COLUMN, 0, 8 * toy.COLUMN, 0)[2] / 1000)


def test_a_search_box_has_all_longitudes_where_it_holds_a_pole_or_all_but_does() -> None:
    for latitude, reach in ((89.8, 23), (-89.95, 3), (89.7, 40)):
        lon, lat, _ = GEOD.fwd(15, latitude, 0 if latitude > 0 else 180, reach * 1000)
        west, south, east, north = measure.search_box(np.array([15, latitude] * 2), reach)
        assert west <= lon <= east
        assert south <= lat <= north


def test_the_nearest_other_title_is_found_though_a_title_lies_on_itself() -> None:
    """400 titles, some of many pieces, some at their own twin: against each of the others."""
    random = np.random.default_rng(4)
    places = random.uniform(-3, 3, (60, 2))
    shapes = [
        shapely.Point(*p).buffer(0.05, quad_segs=300 if i % 7 == 0 else 2)
        for i, p in enumerate(places)
    ]
    shapes += shapes[:3]
    register = toy.layer("titles", Role.CONCESSION, shapes)
    sites = toy.sites(shapes)
    km, row = distances.nearest(sites, register, overlay.measure_overlaps(sites, register))
    for i, shape in enumerate(shapes):
        each = [measure.distance_km(shape, s) if j != i else np.inf for j, s in enumerate(shapes)]
        assert km[i] == pytest.approx(min(each), rel=1e-4, abs=1e-9)
        assert each[row[i]] == pytest.approx(min(each), rel=1e-4, abs=1e-9)
    alone = toy.layer("titles", Role.CONCESSION, shapes[:1])
    site = toy.sites(shapes[:1])
    assert np.isnan(distances.nearest(site, alone, overlay.measure_overlaps(site, alone))[0]).all()
