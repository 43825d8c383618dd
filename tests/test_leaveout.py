"""Leaving out what is no-go: books that balance, and a remainder that raises it no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import leaveout, measure, screening
from cetm_geo.assessment import Assessment
from cetm_geo.leaveout import Outcome, Remainder, Why
from cetm_geo.model import Role
from cetm_geo.rulebook.groups import shipped_groups
from cetm_geo.web import Service
from tests import toy

SITE = toy.block(0, 0, 10, 10)


def strict_classes() -> tuple[str, ...]:
    return shipped_groups()["strict_protected_area"].classes


def protected(shapes: list[Any], classes: list[str] | None = None, **more: Any) -> Any:
    names = classes or [strict_classes()[0]] * len(shapes)
    every = shipped_class_names()
    return toy.layer(
        "parks", Role.PROTECTED_AREA, shapes, classes=names,
        tells=" ".join(f"class:{name}" for name in every), **more,
    )  # fmt: skip


def shipped_class_names() -> list[str]:
    groups = shipped_groups().values()
    return sorted({name for g in groups if g.role == Role.PROTECTED_AREA for name in g.classes})


def screened(shape: Any, *layers: Any) -> Any:
    sites = screening.sites_from_shapes([shape], ["a proposal"])
    return screening.screen(sites, {x.spec.id: x for x in layers}, toy.ON)


def left(result: Any, **how: Any) -> Remainder:
    judged = Assessment(result.flags, result.flag_features, result.tiers, result.theme_scores)
    return leaveout.leave_out(result.basis, judged, "proposal-1", **how)


def critical(result: Any) -> set[str]:
    flags = result.flags.query("status == 'raised' and severity == 'critical'")
    return set(flags["rule_id"])


def assert_balanced(found: Remainder) -> None:
    total = found.remaining_km2 + found.left_out_km2 + found.crumbs_km2
    assert total == pytest.approx(found.whole_km2, rel=1e-9)
    assert sum(found.by_rule().values()) == pytest.approx(found.left_out_km2, rel=1e-12)
    if found.shape is not None:
        assert found.shape.is_valid
        assert found.shape.geom_type in ("Polygon", "MultiPolygon")
        assert measure.area_km2([found.shape])[0] == pytest.approx(found.remaining_km2, rel=1e-12)


def test_a_park_in_a_corner_is_left_out_to_the_square_kilometre_and_raises_nothing_again() -> None:
    park = protected([toy.block(8, 7, 5, 5)])
    before = screened(SITE, park)
    assert critical(before) == {"strict_protected_area_overlap"}
    found = left(before)
    assert_balanced(found)
    assert found.outcome is Outcome.REMAINS
    assert found.remaining_km2 == pytest.approx(94, rel=1e-9)
    assert found.remaining_share == pytest.approx(0.94, rel=1e-9)
    (row,) = found.left_out
    assert (row.layer_id, row.feature_id, row.rule_ids) == (
        "parks", "f1", ("strict_protected_area_overlap",)
    )  # fmt: skip
    assert row.km2 == pytest.approx(6, rel=1e-9)
    after = screened(found.shape, park)
    assert critical(after) == set()
    touch = after.flags.query("rule_id == 'strict_protected_area_overlap'").iloc[0]
    assert touch["verify"]  # it still touches, and says so


def test_land_under_two_features_is_left_out_once() -> None:
    found = left(screened(SITE, protected([toy.block(0, 0, 4, 10), toy.block(2, 0, 4, 10)])))
    assert_balanced(found)
    assert [row.km2 for row in found.left_out] == pytest.approx([40, 20], rel=1e-9)
    assert found.remaining_km2 == pytest.approx(40, rel=1e-9)


def test_what_is_cut_off_and_narrower_than_maps_are_true_is_a_crumb_with_its_area() -> None:
    """A park across the site leaves 4 columns on one side, and a strip of 50 m on the other."""
    cross = shapely.box(4 * toy.COLUMN, -1, 10 * toy.COLUMN - 0.00045, 1)
    found = left(screened(SITE, protected([cross])))
    assert_balanced(found)
    assert found.remaining_km2 == pytest.approx(40, rel=1e-9)
    assert len(found.crumbs) == 1
    assert found.crumbs_km2 == pytest.approx(10 * 0.045, rel=1e-9)


def test_parts_that_were_drawn_so_are_no_crumbs() -> None:
    narrow = shapely.box(0.5, 0, 0.5002, 0.01)
    found = left(
        screened(shapely.MultiPolygon([SITE, narrow]), protected([toy.block(0, 0, 1, 10)]))
    )
    assert_balanced(found)
    assert found.crumbs == ()
    assert len(found.shape.geoms) == 2


def test_where_nothing_remains_that_is_the_answer() -> None:
    found = left(screened(SITE, protected([toy.block(-1, -1, 12, 12)])))
    assert_balanced(found)
    assert found.outcome is Outcome.NOTHING_REMAINS
    assert found.shape is None
    assert (found.remaining_km2, found.remaining_share) == (0, 0)


def test_where_no_critical_flag_is_raised_by_land_the_outline_stays_as_it_is() -> None:
    found = left(screened(SITE, protected([toy.block(20, 20)])))
    assert found.outcome is Outcome.NOTHING_TO_LEAVE_OUT
    assert found.shape.equals_exact(SITE)
    assert found.remaining_km2 == found.whole_km2


def test_a_critical_flag_that_asks_for_a_distance_is_cured_by_the_second_step_alone() -> None:
    """Land of isolated peoples, of which a rule asks for 10 km, 5 km east of a wide site."""
    wide = toy.block(0, 0, 30, 10)
    lands = toy.layer(
        "lands", Role.COMMUNITY_LAND, [toy.block(35, 0, 2, 10)], classes=["isolated_peoples"],
        tells="class:isolated_peoples",
    )  # fmt: skip
    before = screened(wide, lands)
    assert "isolated_peoples_near" in critical(before)
    first = left(before)
    assert first.outcome is Outcome.NOTHING_TO_LEAVE_OUT
    assert ("isolated_peoples_near", Why.DISTANCE) in [(x.rule_id, x.why) for x in first.uncured]
    second = left(before, distances=True)
    assert_balanced(second)
    assert {row.distance_km for row in second.left_out} == {10}
    # 10 km of 35 to 30: some 5 columns of 1.11 km, less what is round at the corners.
    assert 30 < second.left_out_km2 < 60
    after = screened(second.shape, lands)
    assert "isolated_peoples_near" not in critical(after)
    near = after.indicators.query("indicator_id == 'isolated_peoples_nearest_km'").iloc[0]
    assert 10 < near["value"] < 10.03


def test_critical_rules_without_data_are_named_and_never_called_cured() -> None:
    found = left(screened(SITE, protected([toy.block(0, 0)])))
    why = {row.rule_id: row.why for row in found.uncured}
    assert why["moratorium_overlap"] is Why.NOT_ASSESSED
    assert "strict_protected_area_overlap" not in why


def test_shapes_that_may_not_be_shown_are_not_drawn_by_leaving_them_out() -> None:
    found = left(screened(SITE, protected([toy.block(0, 0)])), withheld={"parks"})
    assert found.outcome is Outcome.NOTHING_TO_LEAVE_OUT
    assert ("strict_protected_area_overlap", Why.LICENCE) in [
        (row.rule_id, row.why) for row in found.uncured
    ]


def test_a_place_without_extent_is_left_out_as_far_as_its_layer_may_be_off() -> None:
    place = toy.block(5, 5).centroid
    found = left(screened(SITE, protected([place], error_m=200)))
    assert_balanced(found)

    assert found.left_out_km2 == pytest.approx(3.1416 * 0.04, rel=0.01)


def hundredths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least * 100, most * 100).map(lambda n: n / 100)


squares = st.tuples(
    hundredths(-2, 10), hundredths(-2, 10), hundredths(1, 6), hundredths(1, 6), hundredths(0, 1)
)


@settings(max_examples=12, deadline=None)
@given(st.lists(squares, min_size=1, max_size=4))
def test_whatever_parks_lie_there_books_balance_and_no_park_is_critical_again(
    drawn: list[tuple[float, ...]],
) -> None:
    shapes = [
        shapely.affinity.rotate(
            shapely.box(x * 0.01, y * 0.009, (x + w) * 0.01, (y + h) * 0.009), turn * 90
        )
        for x, y, w, h, turn in drawn
    ]
    park = protected(shapes)
    before = screened(SITE, park)
    found = left(before)
    assert_balanced(found)
    if found.shape is not None:
        assert "strict_protected_area_overlap" not in critical(screened(found.shape, park))


def test_of_the_sample_no_title_redrawn_raises_by_overlap_what_was_left_out(
    sample_store: Path,
) -> None:
    service = Service(sample_store)
    opened = service.store()
    resident = service.resident(opened)
    flags = opened.frame("all_flags")
    sites = opened.shapes("all_sites")
    own = flags.query("status == 'raised' and severity == 'critical'")
    own = own[own["indicator_id"].astype(str).str.endswith("_overlap_km2")]
    km2 = own["site_id"].astype(str).map(sites.set_index("site_id")["area_km2"])
    part = own[own["value"] < 0.9 * km2].drop_duplicates("rule_id")  # some of it lies outside
    assert len(part) >= 3
    redrawn = 0
    for name in part["site_id"].astype(str).unique():
        shape = sites[sites["site_id"] == name].geometry.iloc[0]
        again = screening.sites_from_shapes([shape], ["again"])
        before = screening.screen(again, resident.ground, toy.ON, under=resident.under)
        found = left(before)
        assert_balanced(found)
        if found.outcome is not Outcome.REMAINS:
            continue
        redrawn += 1
        once_more = screening.sites_from_shapes([found.shape], ["once more"])
        after = screening.screen(once_more, resident.ground, toy.ON, under=resident.under)
        cured = critical(before) - {row.rule_id for row in found.uncured}
        assert cured
        assert not cured & critical(after)
    assert redrawn >= 2
