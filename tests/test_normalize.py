"""Every register brought to the same words and shapes, with each row accounted for."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import days, measure, resources, tables, vocabulary
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import ColumnsNotFound
from cetm_geo.model import FeatureClass, Layer, LayerSpec, Role
from cetm_geo.normalize import is_stale, normalize_layer
from cetm_geo.shapes import circles
from tests import made

NAN, INF = math.nan, math.inf
WDPA = read_catalog(resources.folder("layers") / "sample").layers["wdpa_protected_areas"]
SQUARE, POINT = made.square(104, 12), shapely.Point(104.5, 12.5)
BOW_TIE = shapely.Polygon([(104, 12), (104.3, 12.3), (104.3, 12), (104, 12.1)])


def normalized(
    rows: list[Any], shapes: list[Any], spec: LayerSpec | None = None, crs: Any = 4326
) -> Layer:
    return normalize_layer(
        made.raw_frame(rows, shapes, crs), spec or made.spec(), made.FACTS, made.ON
    )


def one(shape: Any, crs: Any = 4326, **of_spec: Any) -> Layer:
    """A layer of the one shape; its books always balance."""
    layer = normalized([{"a": 1}], [shape], made.spec(**of_spec), crs)
    assert made.balanced(layer)
    return layer


def bent(x: float, y: float) -> Any:
    """A triangle with a corner of any two numbers, as a file may hold it."""
    corners = np.array([(104, 12), (x, y), (105, 13), (104, 12)], float)
    with np.errstate(invalid="ignore"):
        return shapely.from_wkb(struct.pack("<BIII", 1, 3, 1, len(corners)) + corners.tobytes())


def fate(layer: Layer) -> str:
    """What became of the only row: its class and whether it counts, or why it is not there."""
    if len(layer.features):
        row = layer.features.iloc[0]
        return f"{'counted' if row['counted'] else 'shown'} {row['class_id']}"
    row = layer.issues.iloc[-1]
    return f"{row['action']}: {row['problem']}"


# --- the WDPA ------------------------------------------------------------------------------------

SITE = {
    "SITE_ID": 1, "SITE_PID": "1", "SITE_TYPE": "PA", "NAME_ENG": "Park", "IUCN_CAT": "II",
    "DESIG_ENG": "National Park", "REALM": "Terrestrial", "STATUS": "Designated", "REP_AREA": 0,
}  # fmt: skip
MAB = "UNESCO-MAB Biosphere Reserve"


@pytest.mark.parametrize(
    ("changes", "shape", "expected"),
    [
        ({}, SQUARE, "counted iucn_ii"),
        ({"STATUS": "Inscribed"}, SQUARE, "counted iucn_ii"),
        ({"STATUS": "Established"}, SQUARE, "counted iucn_ii"),
        ({"STATUS": "designated "}, SQUARE, "counted iucn_ii"),
        ({"STATUS": "Proposed"}, SQUARE, "shown proposed"),
        ({"STATUS": "Adopted"}, SQUARE, "excluded: status is not"),
        ({"STATUS": "Not Reported"}, SQUARE, "excluded: status is not"),
        ({"STATUS": None}, SQUARE, "excluded: status is not"),
        ({"STATUS": "Not Designated"}, SQUARE, "excluded: status is not"),
        ({"REALM": "Coastal"}, SQUARE, "counted iucn_ii"),
        ({"REALM": "Marine"}, SQUARE, "excluded: wholly marine"),
        ({"REALM": "Marine", "STATUS": "Proposed"}, SQUARE, "excluded: wholly marine"),
        ({"SITE_TYPE": "OECM"}, SQUARE, "excluded: an OECM"),
        ({"DESIG_ENG": MAB}, SQUARE, "shown biosphere_reserve"),
        ({"DESIG_ENG": MAB, "STATUS": "Proposed"}, SQUARE, "shown proposed"),
        ({"DESIG_ENG": MAB, "STATUS": "Adopted"}, SQUARE, "excluded: status is not"),
        ({"DESIG_ENG": "World Heritage Site (natural or mixed)"}, SQUARE, "counted world_heritage"),
        ({"IUCN_CAT": "Not Applicable"}, SQUARE, "counted iucn_not_given"),
        ({"IUCN_CAT": "III"}, SQUARE, "counted iucn_iii"),
        ({"IUCN_CAT": "IIb"}, SQUARE, "counted "),
        ({"REP_AREA": 100}, POINT, "counted iucn_ii"),
        ({"REP_AREA": "1,250.5"}, POINT, "counted iucn_ii"),
        ({"REP_AREA": 100, "STATUS": "Proposed"}, POINT, "shown proposed"),
        ({"REP_AREA": 100, "REALM": "Marine"}, POINT, "excluded: wholly marine"),
        ({"REP_AREA": 0}, POINT, "excluded: a point without REP_AREA"),
        ({"REP_AREA": -100}, POINT, "excluded: a point without REP_AREA"),
        ({"REP_AREA": NAN}, POINT, "excluded: a point without REP_AREA"),
        ({"REP_AREA": "Not Reported"}, POINT, "excluded: a point without REP_AREA"),
        ({"REP_AREA": "1e999"}, POINT, "excluded: a point without REP_AREA"),
        ({"REP_AREA": 0}, shapely.MultiPoint([POINT]), "excluded: a point without REP_AREA"),
        ({"REP_AREA": -1}, SQUARE, "counted iucn_ii"),
        ({}, shapely.LineString([(104, 12), (105, 12)]), "rejected: a line, not a polygon"),
    ],
)
def test_a_wdpa_row_counts_is_only_shown_or_is_left_out_with_its_reason(
    changes: Mapping[str, Any], shape: Any, expected: str
) -> None:
    layer = normalized([{**SITE, **changes}], [shape], WDPA)
    assert fate(layer).startswith(expected)
    assert fate(layer) == expected or not expected.startswith(("counted", "shown"))
    assert made.balanced(layer)


@pytest.mark.parametrize("shape", [POINT, shapely.MultiPoint([POINT, shapely.Point(106, 12)])])
def test_a_point_of_the_wdpa_becomes_a_circle_of_the_reported_area(shape: Any) -> None:
    layer = normalized([{**SITE, "REP_AREA": 314.2}], [shape], WDPA)
    assert layer.features["area_km2"].iloc[0] == pytest.approx(314.2, rel=1e-5)
    assert layer.features["circle"].tolist() == ["derived_from_point"]
    assert layer.issues["action"].tolist() == ["noted"]


# --- the books -----------------------------------------------------------------------------------

Z_SQUARE = shapely.force_3d(SQUARE, 250.0)
FLAT = shapely.Polygon([(104, 12), (105, 12), (104, 12)])
KINDS: Mapping[str, tuple[dict[str, Any], Any, str]] = {
    "good": ({}, SQUARE, ""),
    "three-dimensional": ({}, Z_SQUARE, ""),
    "bow-tie": ({}, BOW_TIE, ""),
    "proposed": ({"STATUS": "Proposed"}, SQUARE, ""),
    "point": ({"REP_AREA": 10}, POINT, ""),
    "mixed": ({}, shapely.GeometryCollection([SQUARE, POINT]), ""),
    "bare point": ({}, POINT, "excluded"),
    "marine": ({"REALM": "Marine"}, SQUARE, "excluded"),
    "marine and unreadable": ({"REALM": "Marine"}, "an unclosed ring", "rejected"),
    "marine bow-tie": ({"REALM": "Marine"}, BOW_TIE, "excluded"),
    "unreadable": ({}, "an unclosed ring", "rejected"),
    "null": ({}, None, "rejected"),
    "empty": ({}, shapely.Polygon(), "rejected"),
    "empty point": ({"REP_AREA": 10}, shapely.Point(), "rejected"),
    "not a number": ({}, bent(105, NAN), "rejected"),
    "metres": ({}, made.square(450000, 1200000, 100), "rejected"),
    "line": ({}, shapely.LineString([(104, 12), (105, 12)]), "rejected"),
    "flat": ({}, FLAT, "rejected"),
}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=12))
def test_rows_in_are_accepted_excluded_or_rejected_each_with_one_reason(kinds: list[str]) -> None:
    rows = [{**SITE, "SITE_PID": str(i), **KINDS[kind][0]} for i, kind in enumerate(kinds)]
    frame = made.raw_frame(rows, [KINDS[kind][1] for kind in kinds])
    frame = replace(frame, attributes=frame.attributes.reindex(columns=[*SITE]))
    layer = normalize_layer(frame, WDPA, made.FACTS, made.ON)
    assert layer.source["rows_in"] == len(kinds)
    assert made.balanced(layer)
    found = dict.fromkeys(layer.features["feature_id"], "")
    out = layer.issues[layer.issues["action"].isin(["excluded", "rejected"])]
    found |= dict(zip(out["feature_id"], out["action"], strict=True))
    assert found == {str(i): KINDS[kind][2] for i, kind in enumerate(kinds)}
    assert layer.source["rows_repaired"] == kinds.count("bow-tie")
    assert shapely.is_valid(layer.shapes).all()
    assert not shapely.has_z(layer.shapes).any()


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(8)))
def test_ids_are_unique_and_stay_when_the_file_is_in_another_order(order: list[int]) -> None:
    codes = ["A", "A", "A", "B", None, None, "A#1", "B "]
    rows = [{"code": c, "holder": h} for c, h in zip(codes, "abcdefgh", strict=True)]
    rows[1]["holder"] = "a"  # the second row is the first again, to the last vertex
    spec = made.spec(columns={"feature_id": "code", "name": "holder"})
    shapes = [made.square(i if i != 1 else 0, 0) for i in range(8)]
    first = normalized(rows, shapes, spec).features
    other = normalized([rows[i] for i in order], [shapes[i] for i in order], spec).features
    assert first["feature_id"].is_unique
    pairs = [
        sorted(zip(f["feature_id"], f["name"], f["geometry"].to_wkt(), strict=True))
        for f in (first, other)
    ]
    assert pairs[0] == pairs[1]
    assert "A" not in set(first["feature_id"])  # no row of a repeated code passes for the only one


def test_normalising_what_was_normalised_changes_nothing() -> None:
    kinds = [k for k in KINDS if not KINDS[k][2]]
    rows = [{**SITE, "SITE_PID": str(i), **KINDS[k][0]} for i, k in enumerate(kinds)]
    once = normalized(rows, [KINDS[k][1] for k in kinds], WDPA).features
    names = ["feature_id", "group_id", "name", "designation"]
    again = normalized(
        pd.DataFrame(once[names]).to_dict("records"),
        list(once.geometry),
        made.spec(id=WDPA.id, columns={n: n for n in names}),
    )
    assert not len(again.issues)
    same = [*names, "area_km2", "geometry"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.features[same]), pd.DataFrame(once[same]), check_exact=True
    )


# --- shapes --------------------------------------------------------------------------------------


def test_a_bow_tie_keeps_both_its_lobes_and_its_change_of_area_is_recorded() -> None:
    layer = one(BOW_TIE)
    shape, lobes = layer.shapes[0], list(shapely.get_parts(layer.shapes[0]))
    assert len(lobes) == 2
    assert shape.contains(shapely.Point(104.02, 12.08).buffer(0.001))
    assert shape.contains(shapely.Point(104.25, 12.1).buffer(0.001))
    issue = layer.issues.iloc[0]
    assert (issue["action"], layer.source["rows_repaired"]) == ("repaired", 1)
    large, small = sorted(measure.area_km2(lobes), reverse=True)
    assert issue["area_change_share"] == pytest.approx((large + small) / (large - small) - 1)


@pytest.mark.parametrize(
    ("shape", "crs", "expected"),
    [
        (made.square(450000, 1200000, 100), 4326, "coordinates look like metres"),
        (made.square(450000, 1200000, 100), 4267, "coordinates look like metres"),
        (made.square(104, 12), 32648, "coordinates look like degrees but the CRS says metres"),
        (made.square(12, 104), 4326, "a latitude beyond 90; with latitude and longitude swapped"),
        (made.square(400, 104), 4326, "coordinates are not longitude and latitude"),
        (bent(NAN, 12), 4326, "a coordinate is not a number"),
        (bent(INF, 12), 4326, "a coordinate is not a number"),
        (bent(INF, -INF), 4326, "a coordinate is not a number"),
        (bent(1e308, 1e308), 4326, "coordinates are not longitude and latitude"),
        (made.square(1e12, 1e12), 32648, "a coordinate is not a number"),
        (shapely.Polygon(), 4326, "no geometry"),
        (shapely.GeometryCollection(), 4326, "no geometry"),
        (None, 4326, "no geometry"),
        ("an unclosed ring", 4326, "an unclosed ring"),
        (shapely.LineString([(1, 1), (2, 2)]), 4326, "a line, not a polygon"),
        (shapely.LineString([(1, 1), (2, 2), (1, 1)]), 4326, "a line, not a polygon"),
        (shapely.Point(1, 1), 4326, "a point, not a polygon"),
        (shapely.GeometryCollection([POINT]), 4326, "no area left"),
        (FLAT, 4326, "no area left"),
        (shapely.Polygon([(1, 1), (1, 1), (1, 1), (1, 1)]), 4326, "no area left"),
    ],
)
def test_a_shape_that_has_no_place_or_no_area_is_rejected_for_that_reason(
    shape: Any, crs: int, expected: str
) -> None:
    layer = one(shape, crs, role=Role.WATER_BASIN)
    assert not len(layer.features)
    assert fate(layer).startswith(f"rejected: {expected}")


@settings(deadline=None, max_examples=40)
@given(st.floats(102.5, 107.0), st.floats(10.2, 14.5), st.floats(0.001, 0.3))
def test_a_projected_original_gives_the_land_of_its_longitudes_and_latitudes(
    lon: float, lat: float, size: float
) -> None:
    shape = shapely.Polygon(
        [(lon, lat), (lon + size, lat + size / 3), (lon + size / 2, lat + size)],
        [[(lon + size * a, lat + size * b) for a, b in ((0.4, 0.4), (0.5, 0.4), (0.5, 0.5))]],
    )
    project = pyproj.Transformer.from_crs(4326, 32648, always_xy=True).transform
    # Divided finely, the edges are the same curve in both; the reader itself divides long ones.
    fine = shapely.segmentize(shape, 0.001)
    metres = shapely.transform(fine, lambda c: np.column_stack(project(c[:, 0], c[:, 1])))
    found, original = one(metres, 32648).shapes[0], one(shape).shapes[0]
    difference = measure.area_km2([shapely.symmetric_difference(found, original)])[0]
    assert difference < 1e-6 * measure.area_km2([shape])[0]


def test_a_long_edge_of_a_projected_original_stays_where_it_was() -> None:
    square = shapely.box(400_000, 7_200_000, 500_000, 7_300_000)  # 100 km at 65 degrees north
    lonlat = pyproj.Transformer.from_crs(32648, 4326, always_xy=True).transform
    fine = shapely.transform(
        shapely.segmentize(square, 100), lambda c: np.column_stack(lonlat(c[:, 0], c[:, 1]))
    )
    found = one(square, 32648).shapes[0]
    truth = measure.area_km2([fine])[0]
    assert measure.area_km2([shapely.symmetric_difference(found, fine)])[0] < 1e-4 * truth
    assert measure.area_km2([found])[0] == pytest.approx(truth, rel=1e-5)


@pytest.mark.parametrize("crs", [4326, 4979])
def test_heights_are_dropped_and_nothing_else(crs: int) -> None:
    flat, high = one(SQUARE), one(Z_SQUARE, pyproj.CRS(crs).to_2d())
    assert shapely.equals_exact(flat.shapes, high.shapes).all()
    assert not shapely.has_z(high.shapes).any()
    assert high.issues["problem"].tolist() == ["Z values of 1 features were dropped"]


def _ring(radii: Any, lat: float = 12.0, stretch: float = 1.0) -> shapely.Polygon:
    """A ring of vertices evenly spread round a point, at the given distances in degrees."""
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    x, y = 104 + radii * np.cos(turn) * stretch, lat + radii * np.sin(turn)
    return shapely.Polygon(np.column_stack([x, y]))


@pytest.mark.parametrize("lat", [0.0, 12.0, -35.0, 62.0])
@pytest.mark.parametrize("vertices", [16, 32, 65, 360])
def test_a_circle_drawn_in_metres_or_in_degrees_is_a_placeholder(lat: float, vertices: int) -> None:
    in_metres = measure.circle(104, lat, 2.0, vertices)
    in_degrees = _ring(np.full(vertices, 0.02), lat)
    drawn = [in_metres, in_degrees, shapely.MultiPolygon([in_metres])]
    assert circles(np.array(drawn, object)).all()


def _not_circles() -> Mapping[str, Any]:
    circle, wobble = measure.circle(104, 12, 2.0, 64), np.full(64, 0.02)
    wobble[7] *= 1.05
    star = np.where(np.arange(32) % 2, 0.02, 0.019)
    return {
        "a hexagon": _ring(np.full(6, 0.02)),
        "a fifteen-sided outline": _ring(np.full(15, 0.02)),
        "an outline of sixteen uneven corners": _ring(0.02 + 0.002 * np.sin(np.arange(16) * 2.4)),
        "a circle with one corner out": _ring(wobble),
        "a star": _ring(star),
        "an ellipse": _ring(np.full(64, 0.02), stretch=1.2),
        "a circle with a hole": circle.difference(measure.circle(104, 12, 0.5)),
        "two circles": shapely.union(circle, measure.circle(105, 12, 2.0)),
        "half a circle": shapely.intersection(circle, shapely.box(104, 11, 105, 13)),
        "a square of many vertices": shapely.segmentize(SQUARE, 0.005),
        "a point": POINT,
    }


@pytest.mark.parametrize("name", sorted(_not_circles()))
def test_an_outline_that_only_resembles_a_circle_is_no_placeholder(name: str) -> None:
    assert not circles(np.array([_not_circles()[name]], object)).any()


def test_a_title_drawn_as_a_circle_and_a_title_laid_over_another_are_marked_and_noted() -> None:
    circle = measure.circle(104, 12, 2)
    spec = made.spec(role=Role.CONCESSION, columns={"feature_id": "code"})
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(SQUARE)[:-1], 1, axis=0))
    layer = normalized([{"code": c} for c in "abc"], [circle, SQUARE, turned], spec)
    assert layer.features["placeholder"].tolist() == [True, False, False]
    assert layer.features["duplicate_of"].fillna("").tolist() == ["", "", "made:b"]
    assert layer.issues["action"].tolist() == ["noted", "noted"]
    assert layer.issues["feature_id"].tolist() == ["a", "c"]


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5,430.5088", 5430.5088), ("5.430,5", 5430.5), ("1 234", 1234.0), ("1\u202f234,5", 1234.5),
        ("1'234.5", 1234.5), ("5,430", 5430.0), ("5,43", 5.43), ("5.430", 5.43), ("12", 12.0),
        ("0,125", 0.125), ("-0,430", -0.43),
        ("1,234,567", 1234567.0), ("1,234,567.8", 1234567.8), ("1.234.567,8", 1234567.8),
        ("-3.5", -3.5), ("+3,5", 3.5), ("1e3", 1000.0), (" 7 ", 7.0), (".5", 0.5), ("0", 0.0),
        ("Not found", None), ("", None), (None, None), ("-", None), (",", None), ("n/a", None),
        ("12 ha", None), ("1-2", None), ("nan", None), ("inf", None), ("1e999", None),
        ("5.430,50", 5430.5), ("1 234,5", 1234.5), ("12,5", 12.5), ("(approx) 12 ha", None),
        ("1’234.5", 1234.5), ("١٢٣٤٫٥", 1234.5), ("१२", 12.0),
        ("1.2.3", None), ("1,2,3", None), ("0x10", None),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written_and_nothing_else_is(
    text: str | None, expected: float | None
) -> None:
    assert vocabulary.number(text) == expected


AUGUST, APRIL = "2010-08-04", "2010-04-08"


@pytest.mark.parametrize(
    ("value", "dmy", "mdy", "none"),
    [
        ("04/08/2010", AUGUST, APRIL, None),
        ("04-08-2010", AUGUST, APRIL, None),
        ("04.08.2010", AUGUST, APRIL, None),
        ("4/8/2010", AUGUST, APRIL, None),
        ("2010-08-04", AUGUST, AUGUST, AUGUST),
        ("2010/08/04", AUGUST, AUGUST, AUGUST),
        ("2010-08-04T23:59:59.999", AUGUST, AUGUST, AUGUST),
        ("2010-08-04 00:00:00", AUGUST, AUGUST, AUGUST),
        (1280880000000, AUGUST, AUGUST, AUGUST),
        (1280880000000.0, AUGUST, AUGUST, AUGUST),
        ("1280880000000", AUGUST, AUGUST, AUGUST),
        (0, None, None, None),
        (-1, None, None, None),
        (-2208988800000, None, None, None),
        (NAN, None, None, None),
        (None, None, None, None),
        ("13/25/2010", None, None, None),
        ("31/12/2010", "2010-12-31", None, None),
        ("12/31/2010", None, "2010-12-31", None),
        ("2010-02-30", None, None, None),
        ("2010", None, None, None),
        ("04/08/10", AUGUST, APRIL, None),
        ("4-8-98", "1998-08-04", "1998-04-08", None),
        ("04/08/2010 00:00:00", AUGUST, APRIL, None),
        ("20100804", AUGUST, AUGUST, AUGUST),
        ("20100804235959", AUGUST, AUGUST, AUGUST),
        ("201008042359", AUGUST, AUGUST, AUGUST),  # as milliseconds: a day of May 1976
        ("20108804235959", None, None, None),
        (1280880000, AUGUST, AUGUST, AUGUST),
        ("04-Aug-2010", AUGUST, AUGUST, AUGUST),
        ("4 août 2010", AUGUST, AUGUST, AUGUST),
        ("4 de agosto de 2010", AUGUST, AUGUST, AUGUST),
        ("August 4, 2010", AUGUST, AUGUST, AUGUST),
        ("1er février 2010", "2010-02-01", "2010-02-01", "2010-02-01"),
        ("4 dez. 2010", "2010-12-04", "2010-12-04", "2010-12-04"),
        ("31 Feb 2010", None, None, None),
        ("4 Foo 2010", None, None, None),
        (40394, None, None, None),
        ("Not found", None, None, None),
        ("in 2010-08-04", None, None, None),
    ],
)
def test_a_day_is_read_only_where_it_has_one_meaning(
    value: Any, dmy: str | None, mdy: str | None, none: str | None
) -> None:
    found = [days.dates([value], order)[0] for order in ("dmy", "mdy", "")]
    assert found == [dmy, mdy, none]


@pytest.mark.parametrize(
    ("values", "order", "expected"),
    [
        (["04/08/2010", "31/12/2010", "2010-08-04", None], "dmy", []),
        (["04/08/2010", "31/12/2010", "31/12/2010"], "mdy",
         ["2 dates such as 31/12/2010 do not fit date_order = 'mdy': not read"]),
        (["04/08/2010"] * 3, "",
         ["3 dates such as 04/08/2010 could be read two ways; state date_order"]),
        (["04/08/2010", "31/12/2010", "31/12/2010"], "",
         ["3 dates such as 31/12/2010 could be read two ways; state date_order (dmy fits all of "
          "them)"]),
        ([40394, 40395.5], "dmy",
         ["2 dates such as 40394 look like day numbers of a spreadsheet: not read"]),
        (["soon", -1, 0, NAN, ""], "dmy", ["1 dates such as 'soon' cannot be read"]),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_read_are_told_with_their_count_and_an_example(
    values: list[Any], order: str, expected: list[str]
) -> None:
    assert days.remarks(values, order) == expected


def _titles(declared: list[Any], unit: str = "ha", **of_spec: Any) -> Layer:
    """Squares of 0.1 degrees on the equator, 123.64 km2 each, with stated areas."""
    columns = {"declared_area": "A"} if "columns" not in of_spec else of_spec.pop("columns")
    spec = made.spec(columns=columns, declared_area_unit=unit, **of_spec)
    shapes = [made.square(i, -0.05) for i in range(len(declared))]
    return normalized([{"A": a} for a in declared], shapes, spec)


@pytest.mark.parametrize("role", [Role.CONCESSION, Role.PROTECTED_AREA])
def test_a_stated_area_that_is_off_is_told_with_how_many_times_the_measured(role: Role) -> None:
    area = _titles([None], role=role).features["area_km2"].iloc[0]
    hectares = [f"{area * 100 * times:.4f}" for times in (1, 1.04, 1.06, 0.94, 100)]
    layer = _titles([*hectares, None, "none", 0], role=role)
    assert layer.issues["declared_over_measured"].round(3).tolist() == [1.06, 0.94, 100]
    assert layer.issues["problem"].iloc[2] == (
        f"the register states {area * 100:,.2f} km2, the outline measures {area:,.2f} km2: "
        "100 times"
    )
    assert set(layer.issues["action"]) == {"noted"}


@pytest.mark.parametrize(
    ("stated", "written_in", "fits"),
    [("km2", 100, "ha"), ("ha", 1, "km2"), ("m2", 100, "ha"), ("ha", 247.105, "acre")],
)
def test_a_wrong_unit_is_suspected_where_another_fits_most_areas(
    stated: str, written_in: float, fits: str
) -> None:
    area = _titles([None]).features["area_km2"].iloc[0]
    layer = _titles([area * written_in] * 3 + [7], stated)
    remark = layer.issues[layer.issues["feature_id"].isna()]["problem"]
    assert len(remark) == 1
    assert f'is declared_area_unit = "{stated}" right? {fits} would fit' in remark.iloc[0]
    right = _titles([area * written_in] * 3 + [7], fits).issues
    assert right["feature_id"].notna().all()


@pytest.mark.parametrize(
    ("as_of", "last_fresh_day"),
    [
        ("2024", date(2026, 12, 31)), ("2024-06", date(2026, 6, 30)),
        ("2024-06-30", date(2026, 6, 30)), ("2024-10-31", date(2026, 10, 31)),
        ("2024-02-29", date(2026, 2, 28)),
    ],
)  # fmt: skip
def test_a_layer_is_stale_from_the_day_after_its_years_are_over(
    as_of: str, last_fresh_day: date
) -> None:
    spec = made.spec(as_of=as_of, stale_after_years=2.0)
    after = date.fromordinal(last_fresh_day.toordinal() + 1)
    assert [is_stale(spec, day) for day in (last_fresh_day, after)] == [False, True]
    assert not is_stale(replace(spec, as_of=""), after)
    assert not is_stale(replace(spec, stale_after_years=None), after)


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2026-11-22", "2026-11-22", ""),  # both days are in force themselves
        ("2024-01-01", "2026-11-21", "not in force on 2026-11-22: ended 2026-11-21"),
        ("2026-11-23", "", "not in force on 2026-11-22: begins 2026-11-23"),
        ("", "", ""),
        ("", "2025-12-31", "not in force on 2026-11-22: ended 2025-12-31"),
        ("soon", "for ever", ""),
        ("2027-01-01", "2025-12-31", ""),  # neither is believed
    ],
)
def test_a_feature_that_is_not_in_force_on_the_day_is_left_out_by_rule(
    first: str, last: str, reason: str
) -> None:
    spec = made.spec(role=Role.MORATORIUM, columns={"valid_from": "A", "valid_to": "B"})
    layer = normalized([{"A": first, "B": last}], [SQUARE], spec)
    assert made.balanced(layer)
    out = layer.issues[layer.issues["action"] == "excluded"]
    assert list(out["problem"]) == ([reason] if reason else [])
    noted = set(layer.issues["problem"][layer.issues["action"] == "noted"])
    expected = {
        "soon": {
            "valid_from: 1 dates such as 'soon' cannot be read",
            "valid_to: 1 dates such as 'for ever' cannot be read",
        },
        "2027-01-01": {"valid_to 2025-12-31 lies before valid_from 2027-01-01: neither is used"},
    }
    assert noted == expected.get(first, set())


def test_a_word_no_catalogue_knows_is_unknown_and_is_told_with_its_count() -> None:
    words = {"status": {"active": ("Granted",), "expired": ("Lapsed",)}}
    spec = made.spec(role=Role.CONCESSION, columns={"status": "S"}, values=words)
    rows = [{"S": s} for s in ("granted", "GRANTED ", "Grantd", "Grantd", None, "Lapsed")]
    layer = normalized(rows, [made.square(i, 0) for i in range(6)], spec)
    expected = ["active", "active", "unknown", "unknown", "unknown", "expired"]
    assert layer.features["status"].tolist() == expected
    assert layer.features["status_text"].tolist()[2] == "Grantd"
    assert layer.issues["problem"].str.contains("'Grantd' of 2 titles").tolist() == [True]
    assert list(layer.features.columns[: len(tables.FEATURES)]) == tables.columns(tables.FEATURES)


def test_how_a_title_is_mined_is_read_in_the_registers_words_else_unknown() -> None:
    words = {"method": {"in_situ_leaching": ("ISL", "ISR"), "brine": ("Evaporation",)}}
    spec = made.spec(role=Role.CONCESSION, columns={"method": "M"}, values=words)
    rows = [{"M": text} for text in ("isl", "Evaporation", "Dredge", None)]
    layer = normalized(rows, [made.square(i, 0) for i in range(4)], spec)
    assert layer.features["method"].tolist() == ["in_situ_leaching", "brine", "unknown", "unknown"]
    assert layer.issues["problem"].str.contains("the method 'Dredge' of 1 titles").sum() == 1


def test_a_class_column_of_a_profile_that_a_copy_lacks_is_noted_and_all_is_counted() -> None:
    aze = FeatureClass("aze", "Zero Extinction site", "AzeStatus", ("confirmed",))
    layer = made.spec(classes=(aze,), optional_class_columns=("AzeStatus",))
    raw = made.raw_frame([{"name": "A"}], [made.square(0, 0)])
    read = normalize_layer(raw, layer, made.FACTS, made.ON)
    assert read.features[["class_id", "counted"]].to_numpy().tolist() == [["", True]]
    assert "no column AzeStatus" in "; ".join(read.issues["problem"])
    with pytest.raises(ColumnsNotFound, match="AzeStatus"):
        raw = made.raw_frame([{"name": "A"}], [made.square(0, 0)])
        normalize_layer(raw, replace(layer, optional_class_columns=()), made.FACTS, made.ON)


def test_a_prefix_of_xml_is_no_part_of_a_columns_name() -> None:
    layer = made.spec(columns={"feature_id": "code", "name": "name"})
    rows = [{"mt:code": "A1", "mt:name": "lost", "name": "kept"}]
    raw = made.raw_frame(rows, [made.square(0, 0)])
    features = normalize_layer(raw, layer, made.FACTS, made.ON).features
    assert features[["feature_id", "name"]].to_numpy().tolist() == [["A1", "kept"]]
