"""Numbers of a layer whose catalogue asks for rounding, by arithmetic a reader can do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Publish, Role, Screening
from cetm_geo.rounding import Rounding
from cetm_geo.screening import screen
from tests import toy

TITLES = [toy.block(0, 0, 10, 3), toy.block(20, 0, 1, 1), toy.block(40, 0, 2, 2)]  # 30, 1, 4 km2
LANDS = [toy.block(5, 0, 16, 1)]  # 5 km2 of the first, all of the second, 19 columns off the third
PARKS = [toy.block(0, 0, 1, 3)]


def screened(step: float | None) -> Screening:
    lands = toy.layer("lands", Role.COMMUNITY_LAND, LANDS, publish=Publish.LOCAL_ONLY)
    lands = replace(lands, spec=replace(lands.spec, rounded_to_km2=step))
    layers: dict[str, Layer] = {
        "titles": toy.layer("titles", Role.CONCESSION, TITLES),
        "lands": lands,
        "parks": toy.layer("parks", Role.PROTECTED_AREA, PARKS),
        "land": toy.layer("land", Role.COUNTRY, [toy.block(-10, -10, 90, 30)]),
    }
    return screen(toy.sites(TITLES), Ground.of(layers), toy.ON)


@pytest.fixture(scope="module")
def exact() -> Screening:
    return screened(None)


@pytest.fixture(scope="module")
def rounded() -> Screening:
    return screened(4.0)


def values(found: Screening, indicator_id: str) -> list[float]:
    rows = found.indicators[found.indicators["indicator_id"] == indicator_id]
    return [round(value, 4) for value in rows["value"]]


@pytest.mark.parametrize(
    ("indicator_id", "before", "after"),
    [
        ("lands_overlap_km2", [5, 1, 0], [4, 1, 0]),  # 4, or all of a site that is smaller
        ("community_land_overlap_km2", [5, 1, 0], [4, 1, 0]),
        ("customary_land_overlap_km2", [5, 1, 0], [4, 1, 0]),
        ("lands_overlap_share", [0.1667, 1, 0], [0.2, 1, 0]),
        ("community_land_cumulative_share", [0.375, 0.375, 0], [0.4, 0.4, 0]),
        ("community_land_count", [1, 1, 0], [1, 1, 0]),
        ("protected_area_overlap_km2", [3, 0, 0], [3, 0, 0]),  # rests on no such layer
        ("area_km2", [30, 1, 4], [30, 1, 4]),
    ],
)
def test_an_indicator_that_rests_on_the_layer_is_rounded_and_no_other(
    exact: Screening, rounded: Screening, indicator_id: str, before: Any, after: Any
) -> None:
    assert values(exact, indicator_id) == pytest.approx(before, abs=1e-3)
    assert values(rounded, indicator_id) == pytest.approx(after, abs=1e-3)


def test_what_is_apart_is_a_multiple_of_the_root_of_the_step(
    exact: Screening, rounded: Screening
) -> None:
    _, _, far = values(exact, "lands_nearest_km")  # 19 columns of 0.01 degrees, about 21.2 km
    assert far == pytest.approx(19 * 1.11319, rel=1e-4)
    assert values(rounded, "lands_nearest_km") == [0, 0, 22]  # the nearest of 20, 22


def test_no_table_has_an_exact_number_of_it_and_states_stay(
    exact: Screening, rounded: Screening
) -> None:
    for name in ("overlaps", "flag_features", "pressure"):
        table: pd.DataFrame = getattr(rounded, name)
        own = table[table["layer_id"] == "lands"]
        assert len(own) > 0, name
        areas = own.filter(regex="_km2$").to_numpy(float)
        assert np.isin(areas.round(6), [0, 1, 4, 8]).all(), name  # 1: all of the smallest site
    before, after = (
        found.coverage.set_index(["site_id", "scope_id"]) for found in (exact, rounded)
    )
    pd.testing.assert_series_equal(before["state"], after["state"])
    rings = after.loc[after.index.get_level_values("scope_id") == "lands"].filter(regex="^ring_")
    assert np.isin(rings.to_numpy(float) % 4, [0]).all()
    for column in ("status", "severity"):  # rules were asked of the exact numbers
        pd.testing.assert_series_equal(exact.flags[column], rounded.flags[column])
    shown = rounded.flags[rounded.flags["indicator_id"] == "community_land_overlap_share"]["value"]
    assert set(shown.round(3)) <= {0.0, 0.1, 0.2, 1.0}
    pd.testing.assert_frame_equal(exact.tiers, rounded.tiers)


def test_what_is_met_is_never_nothing_and_what_is_not_whole_never_all() -> None:
    totals = pd.DataFrame(
        {"scope_id": ["lands"] * 6, "sum_km2": [0, 1e-9, 5.9, 6.1, 99, np.nan], "union_km2": 0.0,
         "sites": 1.0}
    )  # fmt: skip
    rounding = Rounding({"lands": 4.0}, {"lands": 4.0})
    assert rounding.totals(totals)["sum_km2"].tolist()[:5] == [0, 4, 4, 8, 100]
    pressure = pd.DataFrame(
        {"layer_id": "lands", "covered_km2": 8.0, "covered_share": [0, 1e-9, 0.26, 0.999, 1]}
    )
    assert rounding.pressure(pressure)["covered_share"].tolist() == [0, 0.1, 0.3, 0.9, 1]
    others = totals.assign(scope_id="highlands")  # a word within another is none
    assert rounding.totals(others) is others
