"""Outlines that are off: what sites gain and lose by it, on squares of whole km2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from cetm_geo import measure
from cetm_geo.boundaries import boundary_shifts, inputs_of, rims
from cetm_geo.flags.facts import Fact, Facts, codes_of
from cetm_geo.flags.ranked import Shift
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from tests.toy import block, layer, sites

SHARE, NEAREST = "protected_area_overlap_share", "protected_area_nearest_km"


def shifts(
    shapes: list[Any], parks: Layer, share: list[float], km: list[float]
) -> dict[str, Shift]:
    """Shifts of sites whose register is right to 200 m."""
    frame = sites(shapes)
    ground = Ground.of({"titles": layer("titles", Role.CONCESSION, shapes, error_m=200.0),
                        "parks": parks})  # fmt: skip
    of = {
        name: Fact(np.array(values), codes_of("ok", len(values)))
        for name, values in ((SHARE, share), (NEAREST, km))
    }
    facts = Facts(frame["site_id"].to_numpy(object), of)
    return boundary_shifts(frame, ground, facts, [SHARE, NEAREST])


def at(shift: Shift, where: float) -> list[float]:
    out: list[float] = shift.at(np.full(len(shift.best), where)).tolist()
    return out


def test_a_rim_is_as_wide_on_the_ground_as_was_asked() -> None:
    square = block(0, 0, 4, 4)
    west, south, east, north = square.bounds
    outer, inner = rims(np.array([square], object), np.array([0.5]))
    a_column, a_row = measure.scale_km((south + north) / 2)
    wide, tall = (east - west) * a_column, (north - south) * a_row
    assert measure.area_km2(inner)[0] == pytest.approx(16 - (wide - 1) * (tall - 1), rel=1e-4)
    # Four quarters of a disc at the corners, in chords.
    assert measure.area_km2(outer)[0] == pytest.approx(wide + tall + np.pi / 4, rel=0.01)


def test_beside_a_park_a_site_gains_the_strip_it_may_lie_on_and_loses_none() -> None:
    parks = layer("parks", Role.PROTECTED_AREA, [block(4, -4, 8, 12)])
    found = shifts([block(0, 0, 4, 4)], parks, [0.0], [0.0])
    strip = 0.3 * 4 * measure.scale_km(0.02)[1] * (block(0, 0, 4, 4).bounds[3] / 4)
    corners = np.pi * 0.3**2 / 2  # the rim's ends are round
    assert at(found[SHARE], 1.0)[0] == pytest.approx((strip + corners) / 16, rel=0.02)
    assert at(found[SHARE], 0.5) == at(found[SHARE], 0.0) == [0.0]
    assert at(found[NEAREST], 0.0) == pytest.approx([0.3])
    assert at(found[NEAREST], 1.0) == [0.0]


def test_deep_inside_or_far_away_nothing_depends_on_outlines() -> None:
    parks = layer("parks", Role.PROTECTED_AREA, [block(0, 0, 20, 20)])
    found = shifts([block(8, 8, 4, 4), block(60, 0, 4, 4)], parks, [1.0, 0.0], [0.0, 44.5])
    for where in (0.0, 0.5, 1.0):
        assert at(found[SHARE], where) == pytest.approx([1.0, 0.0], abs=1e-9)
    assert at(found[NEAREST], 1.0)[1] == pytest.approx(44.2)
    assert at(found[NEAREST], 0.0)[1] == pytest.approx(44.8)


def test_an_overlap_begins_where_the_distance_ends_and_ends_where_a_distance_begins() -> None:
    column = measure.scale_km(0.0)[0] / 100
    gap, depth = 0.1 * column, 0.1 * column
    park = shapely.box(0.041, -1, 0.5, 1)
    site = block(0, 0, 4, 4)
    away = shifts([site], layer("parks", Role.PROTECTED_AREA, [park]), [0.0], [gap])
    begins = 0.5 + gap / 0.3 / 2
    assert at(away[SHARE], begins - 0.01) == at(away[NEAREST], begins + 0.01) == [0.0]
    assert at(away[SHARE], begins + 0.01)[0] > 0
    assert at(away[NEAREST], begins - 0.01)[0] > 0

    park = shapely.box(0.039, -1, 0.5, 1)
    on_it = shifts([site], layer("parks", Role.PROTECTED_AREA, [park]), [depth / (4 * column)], [0])
    ends = 0.5 - depth / 0.3 / 2
    assert at(on_it[SHARE], 0.5) == pytest.approx([depth / (4 * column)])
    assert at(on_it[SHARE], ends + 0.03)[0] > 0
    assert at(on_it[SHARE], ends - 0.03) == at(on_it[NEAREST], ends + 0.03) == [0.0]
    assert at(on_it[NEAREST], ends - 0.03)[0] > 0


def test_a_wider_error_never_gains_less_and_never_loses_less() -> None:
    shapes = [block(0, 0, 4, 4), block(6, 2, 2, 2), block(3, 3, 1, 1)]
    park = block(2, 2, 5, 5)
    cells = [shapely.intersection(shape, park) for shape in shapes]
    share = (measure.area_km2(np.array(cells, object)) / [16, 4, 1]).tolist()
    before = None
    for error_m in (0.0, 100.0, 300.0, 1000.0, 5000.0):
        parks = layer("parks", Role.PROTECTED_AREA, [park], error_m=error_m)
        found = shifts(shapes, parks, share, [0.0, 0.0, 0.0])[SHARE]
        low, high = at(found, 0.0), at(found, 1.0)
        assert all(a - 1e-9 <= s <= b + 1e-9 for a, s, b in zip(low, share, high, strict=True))
        if before is not None:
            assert all(a <= b + 1e-9 for a, b in zip(low, before[0], strict=True))
            assert all(a >= b - 1e-9 for a, b in zip(high, before[1], strict=True))
        before = low, high


def test_a_circle_drawn_round_a_point_is_off_by_five_km() -> None:
    parks = layer("parks", Role.PROTECTED_AREA, [block(10, 0, 4, 4)])
    parks.features["circle"] = "derived_from_point"
    km = 6 * measure.scale_km(0.0)[0] / 100
    found = shifts([block(0, 0, 4, 4)], parks, [0.0], [km])
    assert at(found[NEAREST], 1.0) == pytest.approx([km - 5.2], rel=1e-3)
    assert at(found[SHARE], 1.0) == [0.0]


def test_only_the_share_and_the_distance_of_a_scope_are_read() -> None:
    asked = ["protected_area_overlap_share", "protected_area_overlap_km2", "population_count"]
    assert inputs_of(asked) == [SHARE, NEAREST]
