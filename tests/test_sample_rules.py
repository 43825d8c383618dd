"""The rules on the sample country: flags against what its generator reckoned of every title."""

from __future__ import annotations

import csv
import importlib.util
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cetm_geo import resources, store

TRUTH = Path(__file__).resolve().parents[1] / "sample_data" / "truth" / "rules.csv"
RULES = Path(store.__file__).resolve().parents[1] / "rules"
LAYER = "mining_cadastre"
CLEAR, NOT_ASSESSED, VERIFY = "clear", "not_assessed", "verify"


class Verdict(NamedTuple):
    """What a rule says of a title."""

    status: str
    severity: str = ""
    verify: bool = False


def verdict(word: str) -> Verdict:
    """A verdict from the table: a severity, perhaps with `verify`, is a flag that is raised."""
    if word in (CLEAR, NOT_ASSESSED):
        return Verdict(word)
    severity, *more = word.split()
    return Verdict("raised", severity, more == [VERIFY])


def table() -> list[dict[str, str]]:
    """The rows of the truth, a title each."""
    with TRUTH.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def rules_told() -> list[str]:
    """The rules that the truth tells of."""
    return [name for name in table()[0] if name not in ("row", "Code")]


def expected() -> Mapping[tuple[str, str], Verdict]:
    """By title and rule; of titles whose code is given twice nothing is compared."""
    rows = table()
    codes = Counter(row["Code"] for row in rows)
    return {
        (row["Code"], rule): verdict(row[rule])
        for row in rows
        if codes[row["Code"]] == 1
        for rule in rules_told()
        if row[rule]
    }


def found(folder: Path) -> Iterator[tuple[tuple[str, str], Verdict]]:
    """The flags of a store, by title and rule."""
    flags: Any = store.open_store(folder).frame("all_flags")
    columns = ("site_id", "rule_id", "status", "severity", "verify")
    for site, rule, status, severity, verify in flags[list(columns)].itertuples(index=False):
        raised = status == "raised"
        own = Verdict(status, severity if raised else "", bool(verify) if raised else False)
        yield (site.removeprefix(f"{LAYER}:"), rule), own


def test_every_rule_of_the_rulebook_is_told_of() -> None:
    written = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(RULES.glob("*.toml"))]
    ids = [rule["id"] for text in written for rule in text.get("rule", [])]
    assert sorted(rules_told()) == sorted(ids)


@pytest.mark.parametrize("rule", rules_told())
def test_the_sample_country_raises_and_clears_the_rule(rule: str) -> None:
    said = {verdict(row[rule]).status for row in table() if row[rule]}
    assert {"raised", CLEAR} <= said


def test_hardly_anything_lies_too_near_a_threshold_to_be_told() -> None:
    blank = sum(not row[rule] for row in table() for rule in rules_told())
    assert blank < 0.1 * len(table()) * len(rules_told())


def test_every_flag_of_the_sample_is_the_one_that_its_generator_reckoned(
    sample_store: Path,
) -> None:
    if importlib.util.find_spec("cetm_geo.flags") is None:
        pytest.skip("the room cetm_geo.flags is not there yet")
    given = dict(found(sample_store))
    wrong = {key: (own, given.get(key)) for key, own in expected().items() if given.get(key) != own}
    assert wrong == {}


def test_the_levels_of_the_water_risk_follow_from_its_own_numbers(sample_store: Path) -> None:
    issues = store.open_store(sample_store).frame("all_issues")
    assert issues[issues["layer_id"] == "water_risk"].empty


@pytest.mark.parametrize("name", ["consent", "statements"])
def test_the_small_tables_of_the_sample_hold_no_row_that_cannot_be_used(
    name: str, sample_store: Path
) -> None:
    head = tomllib.loads((resources.folder("layers") / "sample/catalogue.toml").read_text("utf-8"))
    assert (resources.folder("sample_data") / head["tables"][name]).is_file()
    issues = store.open_store(sample_store).frame("all_issues")
    assert issues[issues["layer_id"] == name].empty
