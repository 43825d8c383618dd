"""Overlaps and land counted once, on a toy country where truth is arithmetic, and as properties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import distances, measure, outlines, overlay
from cetm_geo.evidence import Evidence, Task, measure_sites
from cetm_geo.ground import Extent, Ground
from cetm_geo.meeting import COUNTED_KM2, met
from cetm_geo.model import Role
from tests import toy

cells = st.integers(-6, 6)
sizes = st.integers(1, 6)
blocks = st.builds(toy.block, cells, cells, sizes, sizes)


@dataclass(frozen=True)
class Land:
    covered_km2: Any
    feature_count: Any


def evidence_of(sites: Any, *layers: Any) -> tuple[Evidence, Ground]:
    ground = Ground.of({layer.spec.id: layer for layer in layers})
    return measure_sites(sites, Task(ground, 100.0)), ground


def covered(sites: Any, layer: Any) -> Land:
    evidence, ground = evidence_of(sites, layer)
    scope = next(s for s in ground.scopes if s.id == layer.spec.id)
    return Land(evidence.covered[scope.id], met(scope, evidence).feature_count)


def test_a_site_half_covered_by_two_overlapping_parks_is_half_covered() -> None:
    site = toy.sites([toy.block(0, 0, 10, 10)])
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, [toy.block(0, 0, 5, 10), toy.block(2, 0, 3, 10)]
    )
    pairs = overlay.measure_overlaps(site, parks)
    assert pairs.overlap_km2 == pytest.approx([50, 30], rel=1e-9)
    assert covered(site, parks).covered_km2 == pytest.approx([50], rel=1e-9)
    assert list(covered(site, parks).feature_count) == [2]


def test_parts_of_one_thing_are_counted_once_and_what_does_not_count_is_not_covered() -> None:
    site = toy.sites([toy.block(0, 0, 10, 10)])
    shapes = [toy.block(0, 0, 2, 2), toy.block(4, 4, 2, 2), toy.block(0, 8, 10, 2)]
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, shapes, groups=["a", "a", "b"], counted=[True, True, False]
    )
    land = covered(site, parks)
    assert land.covered_km2 == pytest.approx([8], rel=1e-9)
    assert list(land.feature_count) == [1]


def test_a_title_does_not_overlap_itself_but_its_twin_does() -> None:
    twins = [toy.block(0, 0, 3, 3), toy.block(0, 0, 3, 3), toy.block(3, 0, 2, 2)]
    register = toy.layer("titles", Role.CONCESSION, twins)
    land = covered(toy.sites(twins), register)
    assert land.covered_km2 == pytest.approx([9, 9, 0], rel=1e-9)
    assert list(land.feature_count) == [1, 1, 0]  # a common edge is no overlap


def test_a_point_counts_where_the_site_holds_it_and_covers_nothing() -> None:
    site = toy.sites([toy.block(0, 0, 4, 4)])
    inside, outside = shapely.Point(0.02, 0.01), shapely.Point(1, 1)
    land = covered(site, toy.layer("places", Role.HERITAGE, [inside, outside]))
    assert (land.covered_km2[0], land.feature_count[0]) == (0, 1)


@pytest.mark.parametrize(
    ("site", "park", "is_sliver"),
    [
        # a strip of 30 m x 300 m along a common border: 0.9 ha of a large park
        (shapely.box(0, 0, 0.1, 0.1), shapely.box(0.0997, 0.05, 0.3, 0.0527), True),
        # as small, but it reaches 1 km into the site: no mapping error does that
        (shapely.box(0, 0, 0.1, 0.1), shapely.box(0.09, 0.05, 0.3, 0.05007), False),
        # as narrow, but more than a hectare
        (shapely.box(0, 0, 0.1, 0.1), shapely.box(0.0997, 0.0, 0.3, 0.1), False),
        # a whole feature of half a hectare inside the site
        (shapely.box(0, 0, 0.1, 0.1), shapely.box(0.0995, 0.05, 0.0999, 0.051), False),
    ],
)
def test_only_a_small_strip_along_both_borders_is_a_sliver(
    site: Any, park: Any, is_sliver: bool
) -> None:
    pairs = overlay.measure_overlaps(toy.sites([site]), toy.layer("p", Role.PROTECTED_AREA, [park]))
    assert list(pairs.sliver) == [is_sliver]


@pytest.mark.parametrize("lat", [0, 60, -75])
def test_a_sliver_is_measured_in_metres_at_its_own_latitude_and_by_its_own_features_outline(
    lat: float,
) -> None:
    """Two parks share a border that a title reaches over by 90, and by 110 m, the error being 100;
    what the other park covers there does not hide the border."""
    metre = 1 / (111_320 * math.cos(math.radians(lat)))  # of longitude, in degrees
    parks = [shapely.box(west, lat, west + 0.2, lat + 0.05) for west in (10.0, 10.2)]
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks)
    for metres, is_sliver in ((90, True), (110, False)):
        title = shapely.box(10.2 - metres * metre, lat + 0.0200, 10.35, lat + 0.0204)
        pairs = overlay.measure_overlaps(toy.sites([title]), layer)
        assert list(pairs.sliver) == [is_sliver, False]


@settings(max_examples=60, deadline=None)
@given(blocks, st.lists(blocks, min_size=1, max_size=6))
def test_land_counted_once_lies_between_the_largest_overlap_and_their_sum(
    site: Any, parks: list[Any]
) -> None:
    sites, layer = toy.sites([site]), toy.layer("parks", Role.PROTECTED_AREA, parks)
    pairs = overlay.measure_overlaps(sites, layer)
    land = covered(sites, layer).covered_km2[0]
    area = sites["area_km2"].iloc[0]
    assert land <= min(pairs.overlap_km2.sum(), area)
    assert land >= pairs.overlap_km2.max(initial=0.0)
    truth = measure.area_km2([shapely.intersection(site, shapely.union_all(parks))])[0]
    assert land == pytest.approx(truth, rel=1e-9, abs=1e-12)
    assert round(land) == pytest.approx(land, abs=1e-8)  # whole cells in, whole cells out


@settings(max_examples=40, deadline=None)
@given(st.lists(blocks, min_size=1, max_size=5), st.integers(1, 5), st.integers(1, 5))
def test_the_parts_of_a_site_together_cover_what_the_whole_site_covers(
    parks: list[Any], across: int, up: int
) -> None:
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks)
    whole = covered(toy.sites([toy.block(-3, -3, 6, 6)]), layer).covered_km2.sum()
    split = [
        toy.block(-3, -3, across, up), toy.block(-3 + across, -3, 6 - across, up),
        toy.block(-3, -3 + up, across, 6 - up), toy.block(-3 + across, -3 + up, 6 - across, 6 - up),
    ]  # fmt: skip
    assert covered(toy.sites(split), layer).covered_km2.sum() == pytest.approx(whole, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(blocks, min_size=1, max_size=4), st.lists(blocks, min_size=2, max_size=5), st.randoms()
)
def test_the_order_of_sites_and_features_changes_no_number(
    titles: list[Any], parks: list[Any], random: Any
) -> None:
    before = covered(toy.sites(titles), toy.layer("p", Role.PROTECTED_AREA, parks))
    order = random.sample(range(len(titles)), len(titles))
    shuffled = random.sample(parks, len(parks))
    after = covered(
        toy.sites([titles[i] for i in order]), toy.layer("p", Role.PROTECTED_AREA, shuffled)
    )
    assert after.covered_km2 == pytest.approx(before.covered_km2[order], rel=1e-9)
    assert list(after.feature_count) == list(before.feature_count[order])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), min_size=1, max_size=12))
def test_the_nearest_feature_is_the_one_no_other_is_nearer_than(
    places: list[tuple[float, float]],
) -> None:
    shapes = [shapely.box(x, y, x + 0.3, y + 0.2) for x, y in places]
    layer = toy.layer("parks", Role.PROTECTED_AREA, shapes)
    sites = toy.sites([shapely.box(-0.2, 44.9, 0.3, 45.2), toy.block(0, 0, 3, 3)])
    km, row = distances.nearest(sites, layer, overlay.measure_overlaps(sites, layer))
    for site, found, which in zip(sites.geometry, km, row, strict=True):
        each = [measure.distance_km(site, shape) for shape in shapes]
        if min(each) > overlay.SEARCH_KM:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(min(each), rel=1e-6)
            assert each[which] == pytest.approx(min(each), rel=1e-6)


def test_a_river_of_many_vertices_is_as_far_as_its_whole_line_measured_at_once() -> None:
    turn = np.linspace(0, 40, 5000)
    rivers = [
        shapely.LineString(np.column_stack([turn / 20 + shift, shift + np.sin(turn) / 4]))
        for shift in (1.0, -3.0)
    ]
    sites = toy.sites([toy.block(0, 0, 9, 9), toy.block(150, 110, 4, 4), toy.block(-300, -250)])
    layer = toy.layer("rivers", Role.RIVER, rivers)
    km, row = distances.nearest(sites, layer, overlay.measure_overlaps(sites, layer))
    each = [[measure.distance_km(site, river) for river in rivers] for site in sites.geometry]
    assert km == pytest.approx(np.min(each, axis=1), rel=1e-6)
    assert list(row) == list(np.argmin(each, axis=1))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 70), st.integers(2, 9))
def test_an_outline_in_pieces_is_the_whole_outline_and_no_piece_is_long(
    corners: int, most: int
) -> None:
    turn = np.linspace(0, 1, corners)
    line = shapely.LineString(np.column_stack([turn, turn**2]))
    ring = (
        shapely.Point(5, 5).buffer(1, quad_segs=corners).difference(shapely.Point(5, 5).buffer(0.5))
    )
    shapes = [line, shapely.Point(9, 9), ring, shapely.MultiLineString([line]), None]
    pieces, owner = outlines.outline_pieces(shapes, most)
    assert shapely.get_num_coordinates(pieces).max() <= most
    assert sorted(set(owner)) == [0, 1, 2, 3]
    for i, whole in ((0, line), (2, shapely.boundary(ring)), (3, line)):
        own = pieces[owner == i]
        assert shapely.length(own).sum() == pytest.approx(shapely.length(whole))
        assert shapely.hausdorff_distance(shapely.union_all(own), whole) < 1e-9


def test_a_park_of_half_a_million_corners_overlaps_as_its_plain_outline_does() -> None:
    rough = shapely.segmentize(toy.block(0, 0, 400, 400), 0.000025)
    assert shapely.get_num_coordinates(rough) > 500_000
    sites = toy.sites([toy.block(-5, 10, 10, 10), toy.block(100, 100, 2, 2)])
    land = covered(sites, toy.layer("park", Role.PROTECTED_AREA, [rough]))
    assert land.covered_km2 == pytest.approx([50, 4], rel=1e-9)


def test_a_strip_beyond_an_extent_is_forgiven_only_within_the_mapping_error() -> None:
    extent = toy.block(0, 0, 100, 100)
    inside, half, outside = toy.block(10, 10, 2, 2), toy.block(95, 50, 10, 10), toy.block(200, 0)
    strip_of_50_m = shapely.box(0.5, 0.5, 1.00045, 0.6)
    lobe_of_1_km = toy.block(1, 1, 99, 98).union(toy.block(100, 50))
    sites = toy.sites([inside, half, outside, strip_of_50_m, lobe_of_1_km])
    found = Extent(extent).holds(sites.geometry.to_numpy(), sites["area_km2"].to_numpy(), 100)
    assert list(found.wholly) == [True, False, False, True, False]
    assert found.share == pytest.approx([1, 0.5, 0, 0.9991, 9702 / 9703], rel=1e-5)


def test_parts_of_one_feature_are_counted_by_what_they_share_together() -> None:
    crumbs = [shapely.box(x, 0.001, x + 0.00008, 0.00108) for x in (0.001, 0.003, 0.005)]
    assert (measure.area_km2(crumbs) < COUNTED_KM2).all()
    site = toy.sites([toy.block(0, 0)])
    parts = toy.layer("p", Role.PROTECTED_AREA, crumbs, groups=["one"] * 3)
    apart = toy.layer("p", Role.PROTECTED_AREA, crumbs)
    assert list(covered(site, parts).feature_count) == [1]
    assert list(covered(site, apart).feature_count) == [0]
