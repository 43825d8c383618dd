"""What rules answer: three-valued, never clear by silence, never weaker for being nearer."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import tables
from cetm_geo.flags import Fact, Facts
from cetm_geo.flags.facts import STATUSES, codes_of
from cetm_geo.flags.flagging import Judgement, judgement, wanted
from cetm_geo.flags.judged import CLEAR, NOT_ASSESSED, RAISED, SEVERITIES, known
from cetm_geo.flags.rating import TIERS
from cetm_geo.flags.tabled import flags_table, theme_scores_table, tiers_table
from cetm_geo.flags.truth import compared
from cetm_geo.flags.weighing import points_of, power_mean
from cetm_geo.model import (
    Cut,
    Direction,
    IndicatorStatus,
    Operator,
    Role,
    Rulebook,
    Theme,
    Tier,
)
from cetm_geo.rulebook import read_rulebook
from cetm_geo.rulebook.indicators import Indicators

TODAY = date(2026, 11, 30)
NAN = float("nan")


def sites(count: int, **columns: Any) -> pd.DataFrame:
    given = {"stage": "mining", "method": "open_pit", "placeholder": False} | columns
    ids = [f"s{i}" for i in range(count)]
    return pd.DataFrame({"site_id": ids, **given}, index=range(count))


def fact(values: list[float], status: str | list[str] = "ok") -> Fact:
    words = [status] * len(values) if isinstance(status, str) else status
    return Fact(np.array(values, float), codes_of(np.array(words, object), len(values)))


@cache
def rulebook() -> Rulebook:
    return read_rulebook()


def judged(of: dict[str, Fact], frame: pd.DataFrame, countries: Any = None) -> Judgement:
    facts = Facts(frame["site_id"].to_numpy(object), of)
    no_gap = {role.value: np.zeros(len(frame), bool) for role in Role}
    where = countries or [()] * len(frame)
    return judgement(frame, facts, no_gap, where, rulebook(), TODAY)


def answers(of: Judgement, rule_id: str) -> list[str]:
    row = of.flagged.row_of(rule_id)
    words = {CLEAR: "clear", NOT_ASSESSED: "not assessed", 0: "not asked"}
    return [
        SEVERITIES[severity].value if status == RAISED else words[status]
        for status, severity in zip(of.flagged.status[row], of.flagged.severity[row], strict=True)
    ]


# --- truth ---------------------------------------------------------------------------------------

KNOWN = ("ok", "geometry_repaired", "stale")


@pytest.mark.parametrize("status", [s.value for s in IndicatorStatus])
def test_a_value_found_holds_under_any_status_and_a_comparison_fails_only_when_all_is_known(
    status: str,
) -> None:
    truth = compared(fact([3.0, 1.0, NAN], status), Operator.AT_LEAST, 2.0)
    assert truth.holds.tolist() == [True, False, status == "beyond_search"]
    known = status in (*KNOWN, "beyond_search", "not_applicable")
    silent = status == "not_applicable"
    assert truth.fails.tolist() == [False, known, silent]


def test_what_lies_beyond_the_search_is_farther_than_any_threshold() -> None:
    truth = compared(fact([NAN], "beyond_search"), Operator.AT_MOST, 10.0)
    assert truth.fails.all()
    assert compared(fact([NAN], "beyond_search"), Operator.ABOVE, 100.0).holds.all()


def test_where_the_data_end_a_distance_fails_by_how_near_the_nearest_can_be() -> None:
    """Found 30 km away, while the data end 12 km, and 4 km, from the site."""
    least = np.array([12.0, 4.0, NAN])
    near = Fact(np.full(3, 30.0), codes_of("outside_layer_extent", 3), least)
    truth = compared(near, Operator.AT_MOST, 10.0)
    assert truth.fails.tolist() == [True, False, False]
    assert not truth.holds.any()


def test_an_indicator_that_nobody_measured_is_missing_and_never_zero() -> None:
    facts = Facts(np.array(["a"], object), {})
    truth = compared(facts["protected_area_nearest_km"], Operator.AT_MOST, 10.0)
    assert truth.unknown.all()


# --- flags ---------------------------------------------------------------------------------------


def test_only_what_is_known_from_data_in_date_makes_a_site_fully_screened() -> None:
    words = ["ok", "stale", "no_data", "ok", "not_applicable", "beyond_search"]
    value = np.array([1.0, 1.0, 1.0, np.nan, np.nan, np.nan])
    fact = Fact(value, codes_of(np.array(words, object), len(words)))
    assert known(fact).tolist() == [True, False, False, False, True, True]


def test_slivers_circles_and_placeholders_are_one_severity_lower_and_to_be_verified() -> None:
    frame = sites(6, placeholder=[False] * 4 + [True, True])
    land = fact([0, 0, 1, 5, 5, 0])
    of = {
        "world_heritage_contact": fact([0, 1, 2, 3, 3, 0]),
        "world_heritage_overlap_km2": land,
    }
    found = judged(of, frame)
    row = found.flagged.row_of("world_heritage_overlap")
    said = answers(found, "world_heritage_overlap")
    assert said == ["clear", "high", "high", "critical", "high", "clear"]
    assert found.flagged.verify[row].tolist() == [False, True, True, False, True, False]
    assert found.flagged.value[row].tolist() == [0, 0, 1, 5, 5, 0]


def test_a_worse_level_that_cannot_be_assessed_is_told_beside_the_one_that_is_raised() -> None:
    of = {
        "ramsar_wetland_contact": fact([3, 3]),
        "ramsar_wetland_overlap_km2": fact([1, 1]),
        "ramsar_wetland_overlap_share": fact([NAN, 0.5], ["no_data", "ok"]),
    }
    found = judged(of, sites(2))
    row = found.flagged.row_of("ramsar_wetland_overlap")
    assert answers(found, "ramsar_wetland_overlap") == ["high", "critical"]
    assert found.flagged.at_least[row].tolist() == [True, False]


def test_a_rule_for_other_stages_is_not_asked_and_where_it_is_for_the_unknown_too_it_is() -> None:
    frame = sites(3, stage=["exploration", "mining", "unknown"])
    found = judged({"tailings_screen": fact([5, 5, 5])}, frame)
    assert answers(found, "tailings_siting") == ["not asked", "high", "high"]


def test_where_the_method_is_not_known_a_rule_for_one_method_cannot_be_raised() -> None:
    frame = sites(4, method=["brine", "open_pit", "unknown", "unknown"])
    of = {
        "water_stress_worst_class": fact([4, 4, 4, 0]),
        "water_stress_main_class": fact([4, 4, 4, 0]),
    }
    found = answers(judged(of, frame), "brine_in_dry_land")
    assert found == ["high", "not asked", "not assessed", "clear"]


def test_a_site_across_a_border_is_under_the_rules_of_both_countries() -> None:
    of = {"world_heritage_contact": fact([3, 3]), "world_heritage_overlap_km2": fact([1, 1])}
    found = judged(of, sites(2), [("XKN", "XKV"), ("XKN",)])
    assert found.countries.tolist() == ["XKN;XKV", "XKN"]
    assert answers(found, "world_heritage_overlap")[0] == "critical"


def test_nothing_measured_raises_nothing_and_clears_nothing() -> None:
    found = judged({}, sites(1))
    asked = found.flagged.status[:, 0]
    rules = rulebook().rules
    for name, status in zip(found.flagged.rule_ids, asked, strict=True):
        applies = rules[name].applies
        if not (applies.methods or applies.stages or applies.party_to or applies.group):
            assert status in (NOT_ASSESSED, CLEAR) and (
                status == NOT_ASSESSED
                or all(c.rule for level in rules[name].levels for c in (*level.all, *level.any))
            ), name
    assert TIERS[found.rated.tier[0]] is Tier.NOT_FULLY_SCREENED
    assert not found.rated.fully_screened[0]


# --- properties ----------------------------------------------------------------------------------


def _limits(name: str) -> tuple[float, float]:
    if name.endswith(("_share", "_rate_share")):
        return 0.0, 1.0
    if name.endswith("_contact"):
        return 0.0, 3.0
    if name.endswith("_class") or name == "consent_status":
        return 0.0, 5.0
    return 0.0, 2000.0


@st.composite
def worsened(draw: st.DrawFn) -> tuple[dict[str, Fact], str]:
    """Two sites that differ in one indicator, of which the second is worse; all is known."""
    names = wanted(rulebook())
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    of = {}
    for name in names:
        low, high = _limits(name)
        value = random.uniform(low, high)
        whole = name.endswith(("_contact", "_class", "_count")) or name == "consent_status"
        value = float(round(value)) if whole else value
        of[name] = fact([value, value])
    ranked = [n for n in names if direction(n) is not Direction.CONTEXT]
    chosen = draw(st.sampled_from(sorted(ranked)))
    low, high = _limits(chosen)
    other = random.uniform(low, high)
    if chosen.endswith("_contact"):
        other = float(round(other))
    pair = sorted([of[chosen].value[0], other])
    if direction(chosen) is Direction.LOWER_IS_WORSE:
        pair = pair[::-1]
    of[chosen] = fact(pair)
    return of, chosen


@cache
def direction(name: str) -> Direction:
    spec = Indicators(rulebook().indicators).spec_of(name)
    assert spec is not None, name
    return spec.direction


@given(worsened())
@settings(max_examples=150, deadline=None)
def test_worsening_any_one_value_never_lowers_tier_or_score(case: tuple[Any, str]) -> None:
    of, name = case
    found = judged(of, sites(2))
    better, worse = found.rated.tier
    assert worse <= better, name  # the worst tier comes first
    assert found.weighed.score[1] >= found.weighed.score[0] - 1e-12, name


def test_a_site_has_the_same_answers_alone_and_among_others_in_any_order() -> None:
    random = np.random.default_rng(5)
    names = wanted(rulebook())
    of = {name: fact([float(random.integers(0, 4)) for _ in range(12)]) for name in names}
    frame = sites(12)
    whole = judged(of, frame)
    order = random.permutation(12)
    shuffled = {name: f.take(order) for name, f in of.items()}
    mixed = judged(shuffled, frame.iloc[order].reset_index(drop=True))
    assert (mixed.flagged.status == whole.flagged.status[:, order]).all()
    assert (mixed.flagged.severity == whole.flagged.severity[:, order]).all()
    alone = judged({n: f.take(np.array([7])) for n, f in of.items()}, frame.iloc[[7]])
    assert (alone.flagged.severity[:, 0] == whole.flagged.severity[:, 7]).all()
    assert alone.weighed.score[0] == whole.weighed.score[7]


# --- scores --------------------------------------------------------------------------------------


def test_points_follow_the_cut_points_from_either_side() -> None:
    share = Cut("x_share", Theme.WATER, "share", (1e-9, 0.01, 0.1, 0.5), (2, 3, 4, 5), "a")
    found = points_of(np.array([0, 0.005, 0.01, 0.1, 0.5, 1, NAN]), share)
    assert found.tolist()[:6] == [0, 2, 3, 4, 5, 5]
    assert np.isnan(found[6])
    km = Cut("x_km", Theme.WATER, "km", (50, 20, 10, 1), (1, 2, 3, 4), "a", True, {"0": 5})
    found = points_of(np.array([np.inf, 50, 49.9, 20, 19, 9.9, 0.5, 0]), km)
    assert found.tolist() == [0, 0, 1, 1, 2, 3, 4, 5]


def test_the_power_mean_leaves_out_what_is_missing_and_says_how_much_weight_is_there() -> None:
    points = np.array([[3.0, 5.0], [NAN, 0.0]])
    mean, share = power_mean(points, np.array([1.0, 3.0]))
    assert mean[0] == pytest.approx(3.0)
    assert mean[1] == pytest.approx((5**4 / 4) ** 0.25)
    assert share.tolist() == [0.25, 1.0]


def test_the_interval_holds_whatever_a_missing_theme_could_be() -> None:
    of = {"protected_area_nearest_km": fact([0.0])}
    weighed = judged(of, sites(1)).weighed
    assert weighed.score_low[0] <= weighed.score[0] <= weighed.score_high[0]
    assert 0 < weighed.coverage_share[0] < 1


# --- tables --------------------------------------------------------------------------------------


def test_the_tables_hold_what_was_judged() -> None:
    of = {"world_heritage_contact": fact([3, 0]), "world_heritage_overlap_km2": fact([2, 0])}
    frame = sites(2)
    found = judged(of, frame)
    ids = frame["site_id"].to_numpy(object)
    flags = tables.validate(flags_table(found.flagged, ids), tables.FLAGS)
    row = flags[(flags["site_id"] == "s0") & (flags["rule_id"] == "world_heritage_overlap")]
    assert row[["status", "severity", "value"]].values.tolist() == [["raised", "critical", 2.0]]
    assert set(flags["status"]) <= {"raised", "clear", "not_assessed"}
    lacking = flags[flags["status"] == "not_assessed"]
    assert set(lacking["lack"].dropna()) <= {s.value for s in STATUSES}
    tiers = tiers_table(found.rated, found.weighed, ids, found.countries)
    assert tiers["tier"].tolist() == ["critical", "not_fully_screened"]
    assert len(theme_scores_table(found.weighed, ids)) == 2 * len(found.weighed.themes)
