"""Two answers of one site: what came, went and changed, and what nobody can say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cetm_geo.differences import Kind, Way, differences, is_same, of_kind

SEVERITIES = ("info", "moderate", "high", "critical")
TIERS = ("critical", "high", "moderate", "not_fully_screened", "info", "clear")


def flag(rule_id: str, status: str, severity: str | None = None, value: Any = None) -> Any:
    return {
        "rule_id": rule_id,
        "status": status,
        "severity": severity,
        "value": value,
        "threshold": 10.0,
        "unit": "km",
        "indicator_id": f"{rule_id}_km",
        "verify": False,
        "at_least": False,
        "stale": False,
        "lack": None,
        "iso3": "XTY",
        "label": {"en": rule_id},
    }


def line(role: str, km2: float | None, state: str = "overlaps") -> Any:
    share = None if km2 is None else km2 / 100
    return {
        "scope_kind": "role",
        "scope_id": role,
        "state": state,
        "covered_km2": km2,
        "covered_share": share,
        "feature_count": None,
        "nearest_km": 0.0,
        "gap": km2 is None,
    }


def answer(
    flags: Any = (), lines: Any = (), tier: str = "high", day: str = "2024", **more: Any
) -> Any:
    return {
        "site": {"area_km2": 100.0},
        "tier": {"tier": tier, "fully_screened": False},
        "flags": list(flags),
        "lines": list(lines),
        "sources": [{"layer_id": "parks", "label": "Parks", "as_of": day, "problem": None}],
        "missing": [],
        **more,
    }


def kinds(found: Any) -> dict[str, str]:
    return {row["rule_id"]: row["kind"] for row in found["flags"]}


def test_a_flag_came_went_or_changed_with_its_numbers_before_and_after() -> None:
    before = answer(
        [
            flag("a", "clear", None, 12.0),
            flag("b", "raised", "high", 3.0),
            flag("c", "raised", "critical", 1.0),
            flag("d", "raised", "high", 2.0),
        ]
    )
    after = answer(
        [
            flag("a", "raised", "high", 8.0),
            flag("b", "clear", None, 11.0),
            flag("c", "raised", "high", 4.0),
            flag("d", "raised", "high", 2.0),
        ]
    )
    found = differences(before, after)
    assert kinds(found) == {"c": "changed", "a": "came", "b": "went"}  # the worst first
    (changed,) = of_kind(found, Kind.CHANGED)
    assert changed["way"] == Way.BETTER
    assert [
        (changed[s]["severity"], changed[s]["value"], changed[s]["unit"])
        for s in ("before", "after")
    ] == [("critical", 1.0, "km"), ("high", 4.0, "km")]


def test_what_is_not_assessed_on_a_side_neither_came_nor_went() -> None:
    words = ("raised", "clear")
    one = answer([flag(word, word, "high" if word == "raised" else None, 1.0) for word in words])
    none = answer([flag(word, "not_assessed") for word in words])
    assert set(kinds(differences(one, none)).values()) == {"unknown"}
    assert set(kinds(differences(none, one)).values()) == {"known"}
    assert {row["way"] for row in differences(one, none)["flags"]} == {"unsure"}


def test_a_rule_that_is_not_asked_any_more_is_said_to_be_so() -> None:
    (row,) = differences(answer([flag("a", "raised", "high", 1.0)]), answer())["flags"]
    assert (row["kind"], row["after"]["status"]) == ("went", "not_asked")


def test_land_per_role_is_compared_and_unknown_land_is_no_zero() -> None:
    found = differences(
        answer(lines=[line("river", 4.0), line("oecm", 1.0), line("heritage", 2.0)]),
        answer(lines=[line("river", 1.5), line("oecm", None, "failed"), line("heritage", 2.0)]),
    )
    rows = {row["role"]: row for row in found["roles"]}
    assert set(rows) == {"river", "oecm"}
    assert rows["river"]["added_km2"] == -2.5
    assert rows["oecm"]["added_km2"] is None
    assert rows["oecm"]["after"]["state"] == "failed"


def test_newer_data_are_named_with_their_dates() -> None:
    (row,) = differences(answer(day="2021"), answer(day="2025"))["layers"]
    assert (row["before"]["as_of"], row["after"]["as_of"]) == ("2021", "2025")


def test_a_tier_that_rests_on_less_than_was_asked_is_neither_better_nor_worse() -> None:
    def way(one: str, other: str) -> str:
        return str(differences(answer(tier=one), answer(tier=other))["tier"]["way"])

    assert way("critical", "high") == "better"
    assert way("high", "not_fully_screened") == "unsure"
    assert way("not_fully_screened", "clear") == "unsure"


flags = st.dictionaries(
    st.sampled_from("abcdef"),
    st.one_of(
        st.sampled_from([("clear", None), ("not_assessed", None)]),
        st.tuples(st.just("raised"), st.sampled_from(SEVERITIES)),
    ),
).map(lambda d: [flag(name, *said, 5.0) for name, said in d.items()])
lines = st.dictionaries(
    st.sampled_from(["river", "oecm"]), st.one_of(st.none(), st.floats(0, 50))
).map(lambda d: [line(name, km2) for name, km2 in d.items()])
answers = st.builds(answer, flags, lines, st.sampled_from(TIERS), st.sampled_from(["2020", "2021"]))
OTHER = {
    "came": "went",
    "went": "came",
    "known": "unknown",
    "unknown": "known",
    "worse": "better",
    "better": "worse",
}


def swapped(found: Any) -> Any:
    """What stands in a row of both sides, the other way round."""
    if isinstance(found, list):
        return [swapped(row) for row in found]
    if not isinstance(found, dict):
        return found
    out = {key: swapped(value) for key, value in found.items()}
    if "before" in found:
        out |= {"before": found["after"], "after": found["before"]}
    for key in ("kind", "way"):
        if key in found:
            out[key] = OTHER.get(found[key], found[key])
    if found.get("added_km2") is not None:
        out["added_km2"] = -found["added_km2"]
    return out


@given(answers, answers)
def test_swapping_the_sides_swaps_what_came_and_what_went(one: Any, other: Any) -> None:
    assert differences(other, one) == swapped(differences(one, other))


@given(answers)
def test_an_answer_does_not_differ_from_itself(one: Any) -> None:
    assert is_same(differences(one, one))
