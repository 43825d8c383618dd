"""Areas and distances against closed forms, an independent engine and dense sampling."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import measure
from tests import toy

GEOD = pyproj.Geod(ellps="WGS84")
degrees = st.floats(-1, 1, allow_nan=False)


@pytest.mark.parametrize(
    ("latitude", "km2"), [(0, 12308.463893975), (30, 10642.393438883), (60, 6123.140878746)]
)
def test_a_cell_of_one_degree_has_its_published_area(latitude: float, km2: float) -> None:
    cell = shapely.box(10, latitude, 11, latitude + 1)
    assert measure.area_km2([cell])[0] == pytest.approx(km2, rel=1e-9)
    mirrored = shapely.box(-11, -latitude - 1, -10, -latitude)
    assert measure.area_km2([mirrored])[0] == pytest.approx(km2, rel=1e-9)


def test_the_whole_earth_has_the_area_of_the_ellipsoid() -> None:
    # Closed form of the oblate spheroid's surface with WGS 84's a and f.
    a, e2 = 6378.137, (1 / 298.257223563) * (2 - 1 / 298.257223563)
    e = math.sqrt(e2)
    surface = 2 * math.pi * a * a * (1 + (1 - e2) / e * math.atanh(e))
    assert measure.area_km2([shapely.box(-180, -90, 180, 90)])[0] == pytest.approx(
        surface, rel=1e-12
    )


def test_a_toy_block_has_as_many_square_kilometres_as_cells() -> None:
    blocks = [toy.block(0, 0), toy.block(3, -7, 4, 2), toy.block(-50, -20, 100, 40)]
    assert measure.area_km2(blocks) == pytest.approx([1, 8, 4000], rel=1e-11)


@given(st.integers(-60, 60), st.lists(st.tuples(degrees, degrees), min_size=3, max_size=8))
def test_long_straight_edges_measure_as_when_cut_short_and_walked_geodesically(
    latitude: int, corners: list[tuple[float, float]]
) -> None:
    hull = shapely.MultiPoint([(20 + 5 * x, latitude + 5 * y) for x, y in corners]).convex_hull
    if hull.geom_type != "Polygon" or hull.area < 1e-3:
        return
    area = measure.area_km2([hull])[0]
    fine = shapely.segmentize(hull, 0.02)
    # abs: of a long sliver, the rounding of the land between it and the equator.
    assert measure.area_km2([fine])[0] == pytest.approx(area, rel=1e-10, abs=1e-8)
    geodesic = abs(GEOD.geometry_area_perimeter(fine)[0]) / 1e6
    assert area == pytest.approx(geodesic, rel=1e-5)


def test_ring_order_does_not_matter_and_holes_are_taken_out() -> None:
    outer, hole = toy.block(0, 0, 10, 10), toy.block(2, 2, 3, 3)
    ring = shapely.Polygon(outer.exterior, [hole.exterior])
    turned = shapely.Polygon(outer.exterior.reverse(), [hole.exterior])
    assert measure.area_km2([ring, turned]) == pytest.approx([91, 91], rel=1e-11)


def test_what_is_not_a_polygon_has_no_area() -> None:
    line, square = shapely.LineString([(0, 0), (1, 1)]), toy.block(0, 0)
    mixed = shapely.GeometryCollection([line, square, shapely.GeometryCollection([square])])
    shapes = [None, shapely.Point(0, 0), line, shapely.Polygon(), mixed]
    assert measure.area_km2(shapes) == pytest.approx([0, 0, 0, 0, 2], rel=1e-11)


@settings(max_examples=30)
@given(st.integers(-68, 68), st.floats(0.1, 4.5), st.floats(0.05, 1.5), st.floats(-1.5, 1.5))
def test_the_distance_is_that_of_the_closest_of_densely_sampled_points(
    latitude: int, gap: float, size: float, shift: float
) -> None:
    a = shapely.box(0, latitude, 0.7, latitude + 0.5)
    b = shapely.Polygon(
        [
            (0.7 + gap, latitude + shift),
            (0.7 + gap + size, latitude + shift + size),
            (0.9 + gap + size, latitude + shift - size),
        ]
    )
    ends_a, ends_b = (shapely.get_coordinates(shapely.segmentize(s.exterior, 0.02)) for s in (a, b))
    n, m = len(ends_a), len(ends_b)
    far = GEOD.inv(
        np.repeat(ends_a[:, 0], m), np.repeat(ends_a[:, 1], m),
        np.tile(ends_b[:, 0], n), np.tile(ends_b[:, 1], n),
    )[2]  # fmt: skip
    # The samples are up to 2 km apart along the edges, so they can only be farther, not nearer.
    sampled = float(np.min(far)) / 1000
    step = 0.02 * 111.0
    assert measure.distance_km(a, b) <= sampled * (1 + 1e-3)
    assert measure.distance_km(a, b) >= math.sqrt(max(sampled**2 - step**2, 0)) * (1 - 1e-3)


def test_shapes_that_meet_are_at_distance_zero_and_empty_ones_at_none() -> None:
    square = toy.block(0, 0)
    assert measure.distance_km(square, toy.block(1, 0)) == 0
    assert measure.distance_km(square, shapely.Polygon()) == math.inf


@given(st.integers(-75, 75), st.floats(0.01, 40))
def test_a_circle_has_the_area_it_stands_for(latitude: int, radius: float) -> None:
    drawn = measure.area_km2([measure.circle(30, latitude, radius)])[0]
    assert drawn == pytest.approx(math.pi * radius**2, rel=2e-4)


@given(st.integers(-70, 70), st.floats(0.5, 400), st.floats(0, 360))
def test_the_search_box_holds_every_point_within_the_distance(
    latitude: int, reach: float, azimuth: float
) -> None:
    lon, lat, _ = GEOD.fwd(15, latitude, azimuth, reach * 1000)
    west, south, east, north = measure.search_box(np.array([15, latitude] * 2, float), reach)
    assert west <= lon <= east
    assert south <= lat <= north


def test_the_map_ends_where_its_square_does_and_places_beyond_lie_on_its_edge() -> None:
    edge = math.pi * 6_378_137
    lonlat = np.array([[-180.0, -90.0], [0.0, 0.0], [180.0, 90.0]])
    assert measure.mercator(lonlat) == pytest.approx(
        np.array([[-edge, -edge], [0, 0], [edge, edge]]), rel=1e-9, abs=1e-6
    )


@pytest.mark.parametrize("latitude", [0, 60, -80])
def test_a_circle_goes_round_its_middle_counter_clockwise(latitude: float) -> None:
    assert shapely.is_ccw(measure.circle(30.0, latitude, 50.0).exterior)
