"""Given values of indicators, what is the flag? The cases of tests/cases, named as sentences."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo.cards import CardMaker, Flags
from cetm_geo.flags import Fact, Facts
from cetm_geo.flags.facts import codes_of
from cetm_geo.flags.flagging import judgement
from cetm_geo.flags.judged import NOT_ASKED, SEVERITIES, STATUS_WORDS, Flagged
from cetm_geo.flags.tabled import flags_table
from cetm_geo.model import LANGUAGES, Role, Rulebook
from cetm_geo.rulebook import read_rulebook

FOLDER = Path(__file__).parent / "cases"
CASES = [
    case
    for file in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]
KEYS = {
    "name", "rule", "country", "as_of", "given", "expect", "statuses", "text", "rules", "stage",
    "method", "placeholder",
}  # fmt: skip
EXPECTED = {"status", "severity", "verify", "at_least"}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return read_rulebook()


def facts_of(case: dict[str, Any], rulebook: Rulebook) -> dict[str, tuple[float, str]]:
    """What the case gives, and a value that raises each of the other rules it says are raised."""
    given = {name: (float(value), "ok") for name, value in case["given"].items()}
    for other in case.get("rules", ()):
        for level in rulebook.rules[other].levels[:1]:
            for condition in (*level.all, *level.any[:1]):
                given.setdefault(condition.indicator, (_raising(condition, other, rulebook), "ok"))
    for name, status in case.get("statuses", {}).items():
        given[name] = (given.get(name, (np.nan, ""))[0], status)
    return given


def _raising(condition: Any, rule_id: str, rulebook: Rulebook) -> float:
    if condition.op == "overlaps":
        return 3.0
    own = [t for t in rulebook.rules[rule_id].thresholds if t.name == condition.threshold]
    step = {">": 1.0, "<": -0.1, "!=": 1.0}.get(condition.op, 0.0)
    return own[0].value + step


def judged(case: dict[str, Any], rulebook: Rulebook) -> tuple[Flagged, pd.DataFrame, Any]:
    site = pd.DataFrame(
        {
            "site_id": ["s"],
            "stage": [case.get("stage", "unknown")],
            "method": [case.get("method", "unknown")],
            "placeholder": [bool(case.get("placeholder", False))],
        }
    )
    given = facts_of(case, rulebook)
    of = {
        name: Fact(np.array([value]), codes_of(np.array([status], object), 1))
        for name, (value, status) in given.items()
    }
    facts = Facts(np.array(["s"], object), of)
    countries = [(case["country"],)] if case.get("country") else [()]
    gaps = {role.value: np.zeros(1, bool) for role in Role}
    day = date.fromisoformat(case["as_of"])
    found = judgement(site, facts, gaps, countries, rulebook, day)
    return found.flagged, flags_table(found.flagged, facts.site_ids), given


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], rulebook: Rulebook) -> None:
    assert set(case) <= KEYS, set(case) - KEYS
    assert set(case["expect"]) <= EXPECTED
    flagged, table, given = judged(case, rulebook)
    row = flagged.row_of(case["rule"])
    status = int(flagged.status[row, 0])
    expect = case["expect"]
    said = "not_asked" if status == NOT_ASKED else STATUS_WORDS[status]
    assert said == expect["status"]
    if "severity" in expect:
        assert SEVERITIES[flagged.severity[row, 0]] == expect["severity"]
    for mark in ("verify", "at_least"):
        if mark in expect:
            assert bool(getattr(flagged, mark)[row, 0]) is expect[mark]
    if said == "raised":
        _reads_well(case, table, given, rulebook)


def _reads_well(case: dict[str, Any], table: pd.DataFrame, given: Any, rulebook: Rulebook) -> None:
    """The sentence of a raised flag holds no placeholder, in any language, and no gap."""
    record = table[table["rule_id"] == case["rule"]].to_dict("records")[0]
    row = {key: None if pd.isna(value) else value for key, value in record.items()}
    texts = case.get("text", {})
    measured = [
        {"indicator_id": name, "value": value, "value_text": texts.get(name), "unit": ""}
        for name, (value, _) in given.items()
    ]
    features = [{"rule_id": case["rule"], "layer_id": "x", "feature_id": "1", "name": "A place"}]
    flags = Flags({"minerals": ["cobalt"]}, [row], features, measured, [], (case["country"],))
    day = date.fromisoformat(case["as_of"])
    messages = CardMaker(rulebook, day).messages(row, flags)
    assert set(messages) == set(LANGUAGES)
    for language, text in messages.items():
        assert "{" not in text and "}" not in text, (language, text)
        assert "nan" not in text.split(), (language, text)


def test_every_rule_has_a_case_raised_one_clear_and_one_not_assessed() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        found[case["rule"]].add(case["expect"]["status"])
    rules = read_rulebook().rules
    assert set(found) == set(rules)
    for name in rules:
        assert {"raised", "clear", "not_assessed"} <= found[name], name


def test_the_names_of_cases_are_sentences_and_all_differ() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)
    assert all(len(name.split()) >= 5 for name in names)
