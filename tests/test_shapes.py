"""Where on earth shapes are (180 degrees, swapped axes, wrong units), and what lines become."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import identity, measure, meridian, vocabulary
from cetm_geo.location import country_box
from cetm_geo.model import Layer, Role
from cetm_geo.normalize import normalize_layer
from cetm_geo.readers.frames import turned
from cetm_geo.shapes import circles
from tests import made, toy

CAMBODIA = (102.0, 10.0, 108.0, 15.0)


def layer_of(
    shapes: list[Any], expected: Any = None, crs: Any = 4326, axes: str = "", **of_spec: Any
) -> Layer:
    spec = made.spec(**{"role": Role.WATER_BASIN, **of_spec})
    source = replace(spec.source, axes=axes)
    spec = replace(spec, source=source, columns={"feature_id": "code"})
    rows = [{"code": f"F{i}"} for i in range(len(shapes))]
    raw = made.raw_frame(rows, shapes, crs)
    raw = turned(raw) if axes else raw  # as the reader does it
    layer = normalize_layer(raw, spec, made.FACTS, made.ON, expected)
    assert made.balanced(layer)
    return layer


def problems(layer: Layer) -> list[str]:
    return layer.issues["problem"].tolist()


# --- 180 degrees ---------------------------------------------------------------------------------

CUT = "crosses the antimeridian; cut at 180 degrees"


def wrapped(shape: Any) -> Any:
    """The shape as files hold it: longitudes taken back to -180 to 180, edges leaping."""

    def wrap(coords: Any) -> Any:
        lon = np.where(coords[:, 0] > 180, coords[:, 0] - 360, coords[:, 0])
        return np.column_stack([lon, coords[:, 1]])

    return shapely.transform(shape, wrap)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0.05, 9.0), min_size=5, max_size=12),
    st.floats(172, 188),
    st.floats(-70, 70),
    st.booleans(),
)
def test_what_is_cut_at_180_keeps_its_area_however_it_was_written(
    radii: list[float], lon: float, lat: float, hole: bool
) -> None:
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([lon + radii * np.cos(turn), lat + radii * np.sin(turn)])
    inner = ring * 0.3 + np.array((lon, lat)) * 0.7
    original = shapely.Polygon(ring, [inner] if hole else [])
    if not original.is_valid:
        return
    truth = measure.area_km2([original])[0]
    for drawn in (original, wrapped(original), meridian.shifted(np.array([original]), -360.0)[0]):
        layer = layer_of([drawn])
        west, _, east, _ = layer.features.total_bounds
        assert (west >= -180, east <= 180) == (True, True)
        assert layer.features["area_km2"].iloc[0] == pytest.approx(truth, rel=1e-9)
        crosses = original.bounds[0] < 180 < original.bounds[2]
        # What lies beyond by no more than rounding is brought back, and was not cut.
        if 0 < min(abs(original.bounds[side] - 180) for side in (0, 2)) < 1e-8:
            continue
        assert (CUT in problems(layer)) == bool(layer.source["rows_repaired"]) == crosses


def test_both_halves_of_a_title_on_180_lie_on_their_side_and_its_change_of_area_is_null() -> None:
    layer = layer_of([shapely.Polygon([(179.8, 0), (-179.7, 0), (-179.7, 1), (179.8, 1)])])
    parts = {tuple(np.round(part.bounds, 9)) for part in layer.shapes[0].geoms}
    assert parts == {(179.8, 0, 180, 1), (-180, 0, -179.7, 1)}
    assert layer.issues["action"].tolist() == ["repaired"]
    assert layer.issues["area_change_share"].isna().all()


ANTARCTICA = shapely.Polygon([(-180, -90), (180, -90), (180, -80), (0, -70), (-180, -80)])


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(-180, -90, 180, 90),
        shapely.box(-180, -60, 180, 75),
        shapely.box(-180, 60, -170, 70),
        shapely.box(170, 60, 180, 70),
        ANTARCTICA,
        shapely.MultiPolygon([shapely.box(179.8, 0, 180, 1), shapely.box(-180, 0, -179.8, 1)]),
        shapely.MultiPolygon([shapely.box(-170, 0, -160, 1), shapely.box(160, 0, 170, 1)]),
    ],
)
def test_a_shape_that_is_cut_already_or_spans_the_world_is_left_as_it_is(shape: Any) -> None:
    layer = layer_of([shape])
    assert problems(layer) == []
    assert layer.shapes[0].equals(shape)


def test_a_ring_round_a_pole_holds_it_whichever_way_it_turns() -> None:
    lon = np.arange(-170, 180, 20.0)
    truth = measure.area_km2([shapely.box(-180, -90, 180, -80)])[0]
    for order in (lon, lon[::-1]):
        layer = layer_of([shapely.Polygon(np.column_stack([order, np.full(len(lon), -80.0)]))])
        assert layer.features["area_km2"].iloc[0] == pytest.approx(truth, rel=1e-9)
    hole = np.column_stack([lon, np.full(len(lon), -85.0)])
    ring = shapely.Polygon(np.column_stack([lon, np.full(len(lon), -80.0)]), [hole])
    band = measure.area_km2([shapely.box(-180, -85, 180, -80)])[0]
    assert layer_of([ring]).features["area_km2"].iloc[0] == pytest.approx(band, rel=1e-9)
    waves = shapely.Polygon(np.column_stack([lon, 10 * np.cos(np.radians(lon * 3))]))
    assert "which pole it holds is not clear" in problems(layer_of([waves]))[0]


AS_DRAWN = "read as drawn, not as crossing"


@pytest.mark.parametrize(
    ("west", "south", "east", "north", "wide"),
    [
        (-179.5, -60, 179.5, 85, True),  # the world but for a degree, not a wall of a degree
        (-179.999, -90, 179.999, 90, True),
        (-170, -50, 170, 50, True),
        (-179.5, -9, 179.5, 9, False),  # a degree of the Pacific, rather than a belt
        (-179.9, -17, 179.9, -16.8, False),
        (-170, -55, 160, -25, False),  # 30 degrees each way round New Zealand
    ],
)
def test_a_box_that_spans_the_world_never_becomes_a_sliver(
    west: float, south: float, east: float, north: float, wide: bool
) -> None:
    layer = layer_of([shapely.box(west, south, east, north)])
    degrees = east - west if wide else 360 - (east - west)
    truth = measure.area_km2([shapely.box(0, south, degrees, north)])[0]
    assert layer.features["area_km2"].iloc[0] == pytest.approx(truth, rel=1e-9)
    assert [AS_DRAWN in p for p in problems(layer)] == [wide]
    assert layer.issues["action"].tolist() == ["noted" if wide else "repaired"]


def test_the_world_keeps_its_land_around_a_hole_drawn_across_180() -> None:
    hole = shapely.Polygon([(179, -1), (-179, -1), (-179, 1), (179, 1)])
    for world in (shapely.box(-180, -90, 180, 90), shapely.box(-180, -60, 180, 75)):
        layer = layer_of([shapely.Polygon(world.exterior, [hole.exterior])])
        truth = measure.area_km2([world, shapely.box(0, -1, 2, 1)])
        assert layer.features["area_km2"].iloc[0] == pytest.approx(truth[0] - truth[1], rel=1e-9)


def test_a_pole_that_a_ring_is_read_to_hold_is_told() -> None:
    lon = np.arange(-170, 180, 20.0)
    ring = shapely.Polygon(np.column_stack([lon, np.full(len(lon), -80.0)]))
    assert problems(layer_of([ring])) == [
        "goes round the earth; read as holding the pole on its side"
    ]


def test_a_title_on_greenwich_in_longitudes_to_360_is_not_said_to_cross_180() -> None:
    layer = layer_of([shapely.Polygon([(359.5, 5), (0.5, 5), (0.5, 6), (359.5, 6)])])
    assert layer.shapes[0].normalize().equals_exact(shapely.box(-0.5, 5, 0.5, 6).normalize(), 1e-9)
    assert CUT not in problems(layer)


def test_a_disc_drawn_round_a_point_near_180_has_the_area_that_was_stated() -> None:
    raw = made.raw_frame([{"km2": 4.0}], [shapely.Point(179.999, -17)])
    layer = normalize_layer(raw, made.spec(point_area_km2="km2"), made.FACTS, made.ON)
    assert layer.features["area_km2"].tolist() == pytest.approx([4.0], rel=1e-6)
    assert shapely.get_num_geometries(layer.shapes[0]) == 2


def test_a_corner_repeated_on_180_is_no_edge_round_the_world() -> None:
    corners = [(179, 0), (180, 0), (-180, 0), (-179, 0), (-179, 1), (-180, 1), (180, 1), (179, 1)]
    layer = layer_of([shapely.Polygon(corners)])
    expected = measure.area_km2([shapely.box(179, 0, 181, 1)])[0]
    assert layer.features["area_km2"].iloc[0] == pytest.approx(expected, rel=1e-9)


def test_lines_and_points_beyond_180_are_brought_back_too() -> None:
    line = shapely.LineString([(170, 0), (-170, 10), (170, 20)])
    shapes = [line, shapely.Point(190, 5), shapely.MultiPoint([(-190, 5), (10, 5)])]
    layer = layer_of(shapes, role=Role.ROAD)
    assert layer.shapes[0].geom_type == "MultiLineString"
    assert shapely.length(layer.shapes[0]) == pytest.approx(2 * np.hypot(20, 10))
    assert layer.shapes[1].equals(shapely.Point(-170, 5))
    assert layer.shapes[2].equals(shapely.MultiPoint([(170, 5), (10, 5)]))
    assert any("2 of 3 features have longitudes beyond 180 degrees" in p for p in problems(layer))


# --- swapped axes, wrong units, other places -----------------------------------------------------


def test_swapped_axes_are_suggested_and_never_swapped_unasked() -> None:
    nigeria = (2.6, 4.2, 14.7, 13.9)
    swapped = [made.square(13.2, 3.0 + i / 5) for i in range(3)]  # 13 N, 3 E in truth
    layer = layer_of([*swapped, made.square(8, 9)], nigeria, iso3="NGA")
    assert layer.features.total_bounds.tolist() == pytest.approx([8, 3, 13.3, 9.1])
    assert problems(layer) == [
        "3 of 4 features lie outside NGA; with latitude and longitude swapped they would lie "
        'inside: write source.axes = "lat_lon"'
    ]
    mended = layer_of(swapped, nigeria, axes="lat_lon", iso3="NGA")
    assert problems(mended) == []
    assert mended.features.total_bounds.tolist() == pytest.approx([3.0, 13.2, 3.5, 13.3])


def test_latitude_first_is_swapped_before_the_coordinates_are_projected() -> None:
    utm = pyproj.Transformer.from_crs(4326, 32648, always_xy=True)
    east, north = utm.transform(105.0, 12.0)
    layer = layer_of([shapely.box(north, east, north + 1e3, east + 1e3)], crs=32648, axes="lat_lon")
    assert layer.features.total_bounds[:2].tolist() == pytest.approx([105.0, 12.0], abs=1e-3)


def test_latitudes_beyond_90_are_refused_with_the_key_that_mends_them() -> None:
    layer = layer_of([made.square(12, 104)], CAMBODIA, iso3="KHM")
    assert not len(layer.features)
    assert 'source.axes = "lat_lon"' in problems(layer)[0]


@pytest.mark.parametrize(
    ("of_spec", "told"),
    [({"iso3": "KHM"}, True), ({"complete_within": "KHM"}, True), ({"role": Role.CONCESSION}, True),
     ({"complete_within": "world"}, False), ({}, False)],
)  # fmt: skip
def test_features_outside_the_country_a_layer_claims_are_counted_and_kept(
    of_spec: dict[str, Any], told: bool
) -> None:
    far = [made.square(109 + i, 12) for i in range(7)]
    layer = layer_of([made.square(104, 12), *far], CAMBODIA, **of_spec)
    assert len(layer.features) == 8
    found = [p for p in problems(layer) if "outside" in p]
    assert len(found) == told
    if told:
        assert found[0].startswith("7 of 8 features lie outside")
        assert [f"F{i} (" in found[0] for i in range(1, 8)] == [False, False, *[True] * 5]
        assert "F7 (762 km away)" in found[0]  # 7 degrees of longitude at 12 north, 108.9 km each


def test_the_box_is_that_of_the_claimed_country_else_of_the_only_one() -> None:
    land = toy.layer("land", Role.COUNTRY, [shapely.box(1, 2, 3, 4), shapely.box(5, 2, 6, 9)])
    assert country_box(made.spec(), [land]) == (1, 2, 6, 9)
    assert country_box(made.spec(iso3="XTY"), [land]) == (1, 2, 6, 9)
    assert country_box(made.spec(iso3="XTZ"), [land]) is None
    assert country_box(made.spec(role=Role.COUNTRY), [land]) is None
    assert country_box(made.spec(), []) is None


def test_metres_under_a_crs_of_degrees_are_told_once_with_their_cause() -> None:
    layer = layer_of([made.square(500_000, 1_400_000, 100)] * 2)
    assert set(problems(layer)) == {
        "coordinates look like metres (easting, northing) but the CRS says degrees: the file's "
        ".prj is wrong; write the projected CRS they are in as source.crs_override"
    }


def test_null_island_is_noted_for_points_and_for_corners_where_the_country_lies_elsewhere() -> None:
    spike = shapely.Polygon([(104, 12), (105, 12), (0, 0)])
    points = layer_of([shapely.Point(0, 0), shapely.Point(0, 1)], role=Role.FACILITY)
    assert points.issues["feature_id"].tolist() == ["F0"]
    assert "exactly 0, 0" in problems(points)[0]
    assert any("exactly 0, 0" in p for p in problems(layer_of([spike], CAMBODIA)))
    assert problems(layer_of([made.square(0, 0)])) == []


# --- kinds ---------------------------------------------------------------------------------------

SQUARE = made.square(104, 12)
LOOP = shapely.LineString(SQUARE.exterior)
OPEN = shapely.LineString([(104, 12), (105, 12), (105, 13)])


@pytest.mark.parametrize(
    ("shape", "role", "kind", "told"),
    [
        (LOOP, Role.CONCESSION, "Polygon", "a closed line, read as the outline it draws"),
        (shapely.MultiLineString([LOOP]), Role.CONCESSION, "Polygon", "a closed line, read as the"),
        (shapely.MultiLineString([LOOP, shapely.LineString(made.square(106, 12).exterior)]),
         Role.COUNTRY, "MultiPolygon", "a closed line"),
        (LOOP, Role.ROAD, "LineString", ""),
        (OPEN, Role.CONCESSION, "", "a line, not a polygon"),
        (shapely.MultiLineString([LOOP, OPEN]), Role.CONCESSION, "", "a line, not a polygon"),
        (shapely.MultiPolygon([SQUARE, made.square(104.02, 12.02, 0.05)]), Role.CONCESSION,
         "Polygon", "invalid geometry: Nested shells"),
        (shapely.GeometryCollection([SQUARE, OPEN]), Role.CONCESSION, "Polygon", ""),
        (shapely.GeometryCollection([OPEN]), Role.CONCESSION, "", "no area left"),
        (shapely.Polygon([(1, 1), (2, 2), (1, 1)]), Role.FACILITY, "", "no area left"),
    ],
)  # fmt: skip
def test_a_shape_becomes_what_its_role_takes_or_is_refused_by_name(
    shape: Any, role: Role, kind: str, told: str
) -> None:
    layer = layer_of([shape], role=role)
    assert [s.geom_type for s in layer.shapes] == ([kind] if kind else [])
    assert [p.startswith(told) for p in problems(layer)] == ([True] if told else [])
    if kind == "Polygon" and told.startswith("a closed"):
        assert layer.shapes[0].equals(SQUARE)


def test_circles_are_found_among_many_shapes_as_one_by_one() -> None:
    random = np.random.default_rng(5)
    places = zip(random.uniform(0, 90, 30), random.uniform(-60, 60, 30), strict=True)
    shapes = [measure.circle(*place, 2.0, 8 + 2 * i) for i, place in enumerate(places)]
    mixed = np.array([s for c in shapes for s in (c, made.square(1, 1), shapely.Point(1, 1))])
    expected = [kind == 0 and 8 + 2 * i >= 16 for i in range(30) for kind in range(3)]
    assert circles(mixed).tolist() == expected
    assert circles(np.empty(0, object)).tolist() == []


# --- many at once --------------------------------------------------------------------------------


def test_slices_cover_every_shape_once_and_hold_few_vertices() -> None:
    shapes = np.array([made.square(i, 0) for i in range(10)] + [None], object)
    found = list(measure.slices(shapes, 12))
    assert [i for part in found for i in range(part.start, part.stop)] == list(range(11))
    assert max(int(shapely.get_num_coordinates(shapes[part]).sum()) for part in found) <= 12
    assert len(list(measure.slices(shapes, 1))) == 11
    assert measure.area_km2(shapes)[-1] == 0


def test_an_id_by_content_is_the_digest_of_its_texts_and_its_wkb() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": ["x ", None]})
    shapes = np.array([SQUARE, OPEN], object)
    expected = [
        hashlib.sha256(text.encode() + shapely.to_wkb(shape)).hexdigest()[:8]
        for text, shape in (("1\x1f0.5\x1fx", SQUARE), ("2\x1f\x1f", OPEN))
    ]
    found = identity.stable_ids(np.array([None, None], object), table, shapes)
    assert found.tolist() == [f"row-{name}" for name in expected]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text())))
def test_texts_of_a_column_are_those_of_its_values_one_by_one(values: list[Any]) -> None:
    column = pd.Series(values, dtype=object)
    assert vocabulary.texts(column) == [vocabulary.texts([v])[0] for v in column]
