"""Reaches of sites against an azimuthal projection by pyproj, geodesics, and themselves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from cetm_geo import measure, meridian, rings

GEOD = pyproj.Geod(ellps="WGS84")
RADII = (1, 5, 10, 20, 50)
KM = 1 / 111.2  # degrees of latitude


def rough(corners: int, seed: int = 5) -> np.ndarray:
    """A rough outline round (0, 0), 1 wide and 1 tall."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    wave = sum(np.sin(k * turn + random.uniform(0, 7)) / k for k in range(2, 7)) / 5
    outline = (1 + wave)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return (outline - outline.mean(axis=0)) / np.ptp(outline, axis=0)


def site(lon: float, lat: float, wide: float, tall: float, turned: float = 0.0) -> shapely.Polygon:
    """A rough site of so many km, turned by degrees."""
    sin, cos = np.sin(np.radians(turned)), np.cos(np.radians(turned))
    km = (rough(40) * (wide, tall)) @ np.array([[cos, sin], [-sin, cos]])
    return shapely.Polygon(km * KM / (np.cos(np.radians(lat)), 1) + (lon, lat))


def reach_of(shape: Any, radii: tuple[float, ...] = RADII) -> list[Any]:
    return list(rings.reaches(np.array([shape], object), radii)[:, 0])


def plane_at(lon: float, lat: float, step: float = 0.003) -> Callable[[Any], Any]:
    """Draws lon/lat shapes on the azimuthal equidistant plane round a point, in km.

    Edges are cut to `step` degrees first.
    """
    project = pyproj.Proj(proj="aeqd", lon_0=lon, lat_0=lat, ellps="WGS84", units="km")

    def flatten(shape: Any) -> Any:
        return shapely.make_valid(
            shapely.transform(
                shapely.segmentize(shape, step), lambda c: np.column_stack(project(*c.T))
            ),
            method="structure",
        )

    return flatten


def off_shares(shape: Any, lon: float, lat: float, step: float = 0.003) -> list[float]:
    """Of each ring: land on the wrong side of our outlines, as a share of the ring."""
    flatten = plane_at(lon, lat, step)
    flat = flatten(shape)
    ours, truth = [flat], [flat]
    ours += [flatten(reach) for reach in reach_of(shape)]
    truth += [flat.buffer(radius, quad_segs=256) for radius in RADII]
    out = []
    for inner, outer, true_inner, true_outer in zip(ours, ours[1:], truth, truth[1:], strict=False):
        ring = true_outer.difference(true_inner)
        out.append(outer.difference(inner).symmetric_difference(ring).area / ring.area)
    return out


@pytest.mark.parametrize("lat", [0, 30, 45, 60, 70, 80, -80])
def test_rings_are_those_of_a_projection_of_each_site_own(lat: int) -> None:
    shapes = {
        "a speck": site(20, lat, 0.03, 0.03),
        "a concession": site(20, lat, 30, 25),
        "a corner in the middle": shapely.box(19.5, lat - 0.5, 20.5, lat + 0.5)
        - shapely.box(20, lat, 21, lat + 1),
        "long, east": site(20, lat, 100, 1),
        "long, aslant": site(20, lat, 80, 0.5, turned=40),
        "one degree": shapely.box(19.5, lat - 0.5, 20.5, lat + 0.5),
        "three degrees, cut in parts": shapely.box(18.5, lat - 1.5, 21.5, lat + 1.5),
    }
    for name, shape in shapes.items():
        assert max(off_shares(shape, 20, lat)) < 5e-4, name


def test_the_circle_whose_corners_suit_chords_least_is_held_too() -> None:
    turn = np.linspace(0, 2 * np.pi, 108, endpoint=False)
    outline = np.column_stack([20 + 0.2 * KM * np.cos(turn), 0.2 * KM * np.sin(turn)])
    assert max(off_shares(shapely.Polygon(outline), 20, 0)) < 7e-4


@pytest.mark.parametrize("lat", [0, 50, -75])
def test_what_a_speck_reaches_is_a_geodesic_disc(lat: int) -> None:
    azimuth = np.arange(0, 360, 0.1)
    for radius, reach in zip(RADII, reach_of(shapely.Point(7, lat).buffer(1e-7)), strict=True):
        full = np.full(len(azimuth), 1.0)
        lons, lats, _ = GEOD.fwd(7 * full, lat * full, azimuth, radius * 1000 * full)
        disc = abs(GEOD.polygon_area_perimeter(lons, lats)[0]) / 1e6
        assert measure.area_km2([reach])[0] == pytest.approx(disc, rel=1e-4)


@pytest.mark.parametrize("shape", [shapely.box(20, 60, 23, 63), shapely.box(20, 40, 25, 40.05)])
def test_outlines_round_large_sites_run_at_the_distance(shape: shapely.Polygon) -> None:
    edge = shapely.get_coordinates(shapely.segmentize(shape, 0.002))
    for radius, reach in zip((10, 50), reach_of(shape, (10, 50)), strict=True):
        outline = reach.segmentize(0.01).exterior
        for distance in np.linspace(0, outline.length, 40):
            lon, lat = outline.interpolate(distance).coords[0]
            near = edge[np.argsort(np.hypot((edge[:, 0] - lon) / 2, edge[:, 1] - lat))[:400]]
            km = GEOD.inv(*near.T, np.full(400, lon), np.full(400, lat))[2].min() / 1000
            assert km == pytest.approx(radius, rel=6e-4)


@pytest.mark.parametrize("lat", [0, 60, -80])
def test_stripes_of_a_layer_have_their_land_in_each_ring(lat: int) -> None:
    shape, flatten = site(20, lat, 12, 8), plane_at(20, lat)
    width = 4 * KM / np.cos(np.radians(lat))
    west = 20 + np.arange(-20, 20) * width
    stripes = shapely.multipolygons(shapely.box(west, lat - 1, west + width / 2, lat + 1))
    flat, flat_stripes = flatten(shape), flatten(stripes)
    ours, truth = shape, flat
    for radius, reach in zip(RADII, reach_of(shape), strict=True):
        wider = flat.buffer(radius, quad_segs=256)
        within = wider.difference(truth).intersection(flat_stripes).area
        found = measure.area_km2([reach.difference(ours).intersection(stripes)])[0]
        assert found == pytest.approx(within, rel=5e-4)
        ours, truth = reach, wider


def test_a_reach_across_180_degrees_is_cut_there() -> None:
    here, there = site(0, 40, 30, 20), meridian.cut(site(179.9, 40, 30, 20))
    assert there.geom_type == "MultiPolygon"
    beside = site(-179.5, 40, 30, 20)  # reaches across, but does not lie across
    for shape in (there, beside):
        assert max(off_shares(shape, shapely.bounds(shape)[2], 40)) < 5e-4
    for first, second, third in zip(*map(reach_of, (here, there, beside)), strict=True):
        assert np.abs(shapely.bounds([second, third])[:, [0, 2]]).max() <= 180
        assert shapely.is_valid([second, third]).all()
        areas = measure.area_km2([first, second, third])
        assert areas[1:] == pytest.approx(areas[0], rel=1e-4)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(10, 89.7, 20, 89.8),  # 22 km from the pole: 50 km reach over it
        shapely.box(0, 89.5, 30, 90),
        shapely.box(-180, 89.9, 180, 90),
        shapely.box(-150, 89.8, 150, 89.9),  # nearly closed round it: a hole, then none
    ],
)
@pytest.mark.parametrize("side", [1, -1])
def test_a_reach_that_holds_a_pole_is_led_over_it(shape: shapely.Polygon, side: int) -> None:
    shape = shapely.transform(shape, lambda c: c * (1, side))
    assert max(off_shares(shape, 0, 90 * side, step=0.02)) < 6e-4
    widest = reach_of(shape)[-1]
    assert widest.covers(shapely.box(-180, 89.95 * side, 180, 90 * side))


def world_of_sites(count: int = 60) -> np.ndarray:
    """Sites of all sizes, many near the poles and near 180 degrees."""
    random = np.random.default_rng(2)
    lats = random.uniform(-89, 89, count)
    lats[:10] = random.uniform(88, 89.5, 10) * random.choice([-1, 1], 10)
    lons = random.choice([-179.95, 0, 90, 179.9], count)
    shapes = [
        site(lon, lat, *10 ** random.uniform(-1, 1.6, 2), turned=random.uniform(0, 360))
        for lon, lat in zip(lons, lats, strict=True)
    ]
    whole = [shape for shape in shapes if np.abs(shapely.bounds(shape)[[1, 3]]).max() < 90]
    large = [shapely.box(20, 40, 24, 41), shapely.MultiPolygon([toward(0, 0), toward(9, 3)])]
    return np.array([meridian.cut(shape) for shape in [*whole, *large]], object)


def toward(lon: float, lat: float) -> shapely.Polygon:
    return site(lon, lat, 10, 8)


def test_reaches_are_valid_and_each_lies_within_the_next() -> None:
    shapes = world_of_sites()
    found = np.vstack([shapes, rings.reaches(shapes, RADII)])
    assert shapely.is_valid(found).all()
    for inner, outer in pairwise(found):
        outside = measure.area_km2(shapely.difference(inner, outer))
        assert (outside <= 1e-9 * measure.area_km2(outer)).all()


def test_a_site_alone_has_the_same_bits_as_among_others() -> None:
    shapes = world_of_sites()
    together = shapely.to_wkb(rings.reaches(shapes, RADII))
    turned = shapely.to_wkb(rings.reaches(shapes[::-1], RADII))[:, ::-1]
    assert (together == turned).all()
    for i in range(len(shapes)):
        alone = shapely.to_wkb(rings.reaches(shapes[i : i + 1], RADII))
        assert (alone[:, 0] == together[:, i]).all()


def test_parts_far_apart_reach_what_each_reaches() -> None:
    parts = [toward(0, 10), toward(3, 12), toward(0.2, 10), toward(140, -50)]
    for radius, reach in zip(RADII, reach_of(shapely.union_all(parts)), strict=True):
        each = shapely.union_all([reach_of(part, (radius,))[0] for part in parts])
        off = measure.area_km2([reach.symmetric_difference(each)])[0]
        assert off < 1e-4 * measure.area_km2([each])[0]


def test_what_has_no_polygon_reaches_nothing_and_radii_are_checked() -> None:
    shapes = np.array([None, shapely.Polygon(), shapely.Point(1, 1), toward(0, 0)], object)
    assert shapely.is_missing(rings.reaches(shapes, (1, 5))).tolist() == [[True] * 3 + [False]] * 2
    assert rings.reaches(shapes[:0], (1, 5)).shape == (2, 0)
    for radius in (0, -1, 1001, float("nan")):
        with pytest.raises(ValueError, match="at most"):
            rings.reaches(shapes, (1, radius))


@pytest.mark.parametrize("lat", [0, 30, 45, 60, 80, 89.5, -90])
@pytest.mark.parametrize(("km", "off_m"), [(1, 1e-4), (50, 0.01), (230, 0.3)])
def test_the_azimuthal_plane_keeps_lengths_and_azimuths(lat: float, km: int, off_m: float) -> None:
    azimuth = np.arange(0, 360, 5.0)
    full = np.full(len(azimuth), 1.0)
    away = km * np.r_[0, full[1:]]  # the centre itself first
    lonlat = np.column_stack(GEOD.fwd(170 * full, lat * full, azimuth, 1000 * away)[:2])
    turn = np.radians(azimuth)
    plane = away[:, None] * np.column_stack([np.sin(turn), np.cos(turn)])
    centre, which = np.array([[170.0, lat]]), np.zeros(len(azimuth), int)
    assert measure.to_azimuthal_km(lonlat, centre, which) * 1000 == pytest.approx(
        plane * 1000, abs=off_m
    )
    back = measure.from_azimuthal_km(plane, centre, which)
    assert GEOD.inv(*back.T, *lonlat.T)[2].max() < off_m


@pytest.mark.parametrize("lat", [0, 30, 60, 80])
@pytest.mark.parametrize("beyond", [0, 0.2, 1])
def test_an_edge_of_the_longest_length_is_off_by_what_was_asked(lat: float, beyond: float) -> None:
    reach_km, off_km = 1 + beyond / KM, 0.001
    longest = measure.longest_edge_km(np.array([lat]), off_km, np.array([reach_km]))[0]
    half = min(longest, 200) / 2 * KM / np.cos(np.radians(lat))
    along = np.column_stack([np.linspace(-half, half, 21), np.full(21, lat)])
    centre, which = np.array([[0.0, lat + beyond]]), np.zeros(21, int)
    north = measure.to_azimuthal_km(along, centre, which)[:, 1]
    sagitta = abs(north[10] - north[0])
    assert sagitta < off_km * 1.02
    if longest < 200:
        assert sagitta > off_km * 0.9
