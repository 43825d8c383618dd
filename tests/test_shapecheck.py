"""What is said of a shape while it is drawn: where it crosses itself, its size, where it lies."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from cetm_geo.screening import MAX_VERTICES, proposal
from cetm_geo.web.shapecheck import check_shape

DATA = (102.0, 10.0, 108.0, 15.0)
SQUARE = [[104.0, 12.0], [104.1, 12.0], [104.1, 12.1], [104.0, 12.1], [104.0, 12.0]]
HOLE = [[104.02, 12.02], [104.04, 12.02], [104.04, 12.04], [104.02, 12.04], [104.02, 12.02]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings]}


def moved(ring: Any, east: float, north: float) -> Any:
    return [[x + east, y + north] for x, y in ring]


def test_a_shape_that_can_be_screened_is_told_its_size_alone() -> None:
    (finding,) = check_shape(polygon(SQUARE, HOLE), DATA)
    assert (finding.kind, finding.blocks) == ("area", False)
    wanted = float(proposal(polygon(SQUARE, HOLE))["area_km2"].iloc[0])
    assert f"{wanted:.1f}\u00a0km²" in finding.text


def test_edges_that_cross_are_told_with_the_place_where_they_do() -> None:
    bow = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
    (finding,) = check_shape(polygon(bow), DATA)
    assert (finding.kind, finding.blocks) == ("crosses", True)
    assert finding.place == pytest.approx((104.05, 12.05))
    assert "12.0500 N, 104.0500 E" in finding.text


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (polygon(SQUARE, moved(HOLE, 1, 0)), "crosses"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 0.05, 0)]]}, "crosses"),
        (polygon([SQUARE[0]] * 4), "no_area"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]]), "no_area"),
        (polygon(SQUARE[:2]), "unreadable"),
        (polygon(SQUARE[:4]), "unreadable"),
        (polygon([[500000, 1300000], [510000, 1300000], [510000, 1310000], [500000, 1300000]]),
         "unreadable"),
        (polygon([[0, -60], [100, -60], [100, 60], [0, 60], [0, -60]]), "unreadable"),
        ({"type": "Polygon"}, "unreadable"),
        ({"type": "Polygon", "coordinates": [[["a", None]]]}, "unreadable"),
        ({"type": "Point", "coordinates": [104, 12]}, "unreadable"),
        ({"type": "Feature", "geometry": 5}, "unreadable"),
        (None, "unreadable"),
    ],
    ids=["hole outside", "parts overlap", "one point", "no width", "two corners", "open ring",
         "metres", "half the world", "no coordinates", "words", "a point", "a feature", "nothing"],
)  # fmt: skip
def test_what_cannot_be_screened_is_said_first_and_in_words(geometry: Any, kind: str) -> None:
    first = check_shape(geometry, DATA)[0]
    assert (first.kind, first.blocks) == (kind, True)
    assert first.text.endswith(".")


def test_more_corners_than_are_screened_are_too_many() -> None:
    disc = shapely.Point(104, 12).buffer(0.1, quad_segs=MAX_VERTICES // 4 + 1)
    (finding,) = check_shape(shapely.geometry.mapping(disc), DATA)
    assert finding.blocks
    assert str(MAX_VERTICES) in finding.text.replace("\u202f", "")


@pytest.mark.parametrize(
    ("ring", "kinds"),
    [
        (moved(SQUARE, -2.05, 0), ["area", "partly_outside"]),
        (moved(SQUARE, 10, 0), ["area", "outside"]),
        ([[12, 80], [12.1, 80], [12.1, 80.1], [12, 80.1], [12, 80]], ["area", "swapped"]),
    ],
)
def test_where_it_lies_beside_the_data_is_told_and_does_not_block(
    ring: Any, kinds: list[str]
) -> None:
    area = (70.0, 10.0, 82.0, 15.0) if "swapped" in kinds else DATA
    found = check_shape(polygon(ring), area)
    assert [finding.kind for finding in found] == kinds
    assert not any(finding.blocks for finding in found)
    assert [finding.kind for finding in check_shape(polygon(ring))] == ["area"]


def test_a_multipolygon_of_parts_that_only_lie_apart_is_no_problem() -> None:
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 1, 0)]]}
    assert [finding.kind for finding in check_shape(parts, DATA)] == ["area"]
