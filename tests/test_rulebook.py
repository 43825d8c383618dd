"""Rules: every mistake of every file at once, what sentences may say, what a country changes."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from cetm_geo.errors import DefinitionError
from cetm_geo.model.rules import (
    LANGUAGES,
    CountryPack,
    Override,
    Rule,
    Rulebook,
    Severity,
    Theme,
    Threshold,
)
from cetm_geo.reference import rules as rules_page
from cetm_geo.rulebook import effective, read_rulebook
from cetm_geo.rulebook.checks import circles
from cetm_geo.rulebook.entries import RULES
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.rulebook.sentences import PLACEHOLDERS

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return read_rulebook()


# --- every mistake at once -----------------------------------------------------------------------

GOOD = """
[[rule]]
id = "ID"
scope = "protected_area"
pillars = ["trade"]
principles = [5]
norms = ["un_framework"]
helpers = ["unctad"]
label = { en = "Far", fr = "Loin", es = "Lejos", pt = "Longe" }

[rule.sentence]
en = { text = "It is {value} away.", reviewed = true }
fr = { text = "C'est à {value}." }
es = { text = "Está a {value}." }
pt = { text = "Fica a {value}." }

[[rule.levels]]
severity = "high"
all = [{ indicator = "protected_area_nearest_km", op = "<=", threshold = "near_km" }]

[[rule.thresholds]]
name = "near_km"
value = 10
unit = "km"
reason = "A choice."
"""
TWO_LEVELS = """
[[rule.levels]]
severity = "critical"
all = [{ indicator = "oecm_contact", op = "overlaps" }]

[[rule.thresholds]]"""
MORE = """
[[rule.thresholds]]
name = "near_km"
value = 12
unit = "km"
reason = "Another."
valid_from = "2026-06-01"
"""
# What is changed in a good rule -> key and text of the problem that it makes.
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "no_such_indicator": (
        "protected_area_nearest_km", "protected_area_nearest",
        "levels.0.all.0", "no indicator 'protected_area_nearest'; did you mean protected_area_",
    ),
    "no_such_norm": ("un_framework", "un_framewrk", "norms", "did you mean un_framework?"),
    "no_such_helper": ('"unctad"', '"unctat"', "helpers", "did you mean unctad?"),
    "no_such_group": ('"protected_area"', '"protected_areas"', "scope", "no role or group"),
    "no_such_rule": (
        '{ indicator = "protected_area_nearest_km", op = "<=", threshold = "near_km" }',
        '{ indicator = "protected_area_nearest_km", op = "<=", threshold = "near_km" }, '
        '{ rule = "flood_prown" }',
        "levels.0.all.1", "no rule 'flood_prown'; did you mean flood_prone?",
    ),
    "no_such_threshold": ('threshold = "near_km"', 'threshold = "nere_km"',
                          "levels.0.all.0", "did you mean near_km?"),
    "unused_threshold": ('threshold = "near_km"', 'threshold = "nere_km"',
                         "thresholds.near_km", "no condition names it"),
    "no_threshold": (', threshold = "near_km"', "", "levels.0.all.0", "<= needs a threshold"),
    "wrong_unit": ('unit = "km"', 'unit = "m"', "levels.0.all.0",
                   "protected_area_nearest_km is in km, near_km in 'm'"),
    "overlapping_dates": ('reason = "A choice."', 'reason = "A choice."\n' + MORE,
                          "thresholds.near_km", "share days: one number at a time"),
    "no_such_day": ('unit = "km"', 'unit = "km"\nvalid_from = "2026-02-30"',
                    "thresholds.near_km.valid_from", "must be a year, year-month or date"),
    "ends_before_it_starts": (
        'unit = "km"', 'unit = "km"\nvalid_from = "2026-06"\nvalid_to = "2025"',
        "thresholds.near_km.valid_to", "2025 comes before valid_from",
    ),
    "overlaps_a_distance": ('op = "<=", threshold = "near_km"', 'op = "overlaps"',
                            "levels.0.all.0", "overlaps asks a contact"),
    "best_first": ("\n[[rule.thresholds]]", TWO_LEVELS, "levels",
                   "each severity once, the worst first, not high, critical"),
    "asks_itself": (
        '{ indicator = "protected_area_nearest_km", op = "<=", threshold = "near_km" }',
        '{ rule = "asks_itself" }',
        "levels", "in a circle: asks_itself -> asks_itself",
    ),
    "no_such_operator": ('"<="', '"=<"', "levels.0.all.0.op", "Input should be '>', '>='"),
    "unknown_key": ("helpers =", "helper =", "helper", "unknown key; did you mean helpers?"),
    "no_spanish": ('es = { text = "Está a {value}." }\n', "", "sentence.es", "required, not given"),
    "unknown_language": ("pt = {", "de = {", "sentence.de", "unknown language"),
    "not_translated": ("Fica a {value}.", "está  a {value}.", "sentence.pt",
                       "the same as in es: it is not translated"),
    "unknown_placeholder": ("C'est à {value}", "C'est à {valeur}", "sentence.fr",
                            "unknown placeholder {valeur}"),
    "placeholder_never_filled": ("C'est à {value}", "C'est à {minerals}", "sentence.fr",
                                 "{minerals} may be empty where the rule is raised"),
    "placeholder_without_scope": (
        'scope = "protected_area"', 'note = ""',
        "sentence.en", "{features} may be empty",
    ),
    "beyond_the_search": ('op = "<="', 'op = ">"', "sentence.en", "{value} may be empty"),
    "stray_brace": ("C'est à {value}", "C'est à {value", "sentence.fr", "a brace that belongs"),
    "no_such_treaty": ("[rule.sentence]", 'applies = { party_to = "Escazu Agreement" }\n'
                       "[rule.sentence]", "applies.party_to", "did you mean Escazú Agreement?"),
    "no_such_principle": ("[5]", "[8]", "principles", "8 is not one of the Panel's seven"),
    "no_norm": ('"un_framework"', "", "norms", "at least one"),
}  # fmt: skip
PACK = """
iso3 = "XKQ"
label = "Quarell"
as_of = "2026-11-30"
requires = ["protected_area", "protected_arae"]

[[overrides]]
rule = "headwatter"
reason = "x"
off = true

[[overrides]]
rule = "area_mismatch"
reason = "x"
law = ["xkq_act_1"]
threshold = { largest_share = 0.05 }

[[overrides]]
rule = "water_stress"
reason = "x"
severity = { high = "moderate", info = "high" }
add_norms = ["ramsar_3_3"]
"""
CUTS = """
[[cut]]
indicator = "area_km2"
theme = "people"
unit = "ha"
at = [1, 2]
points = [3, 2]
reason = "x"

[[cut]]
indicator = "population_cuont"
theme = "people"
unit = "people"
at = [2, 1]
points = [1]
special = { none = 6 }
reason = " "
"""
OTHERS: list[tuple[str, str, str]] = [
    ("scores.toml", "cut.area_km2.unit", "area_km2 is in km2, not 'ha'"),
    ("scores.toml", "cut.area_km2.points", "never fewer than the one before"),
    ("scores.toml", "cut.population_cuont.indicator", "did you mean population_count?"),
    ("scores.toml", "cut.population_cuont.at", "must rise"),
    ("scores.toml", "cut.population_cuont.points", "6 is not from 0 to 5"),
    ("scores.toml", "cut.population_cuont.special", "'none' is no number"),
    ("scores.toml", "cut.population_cuont.reason", "required, not given"),
    ("labels.toml", "area_km2", "a rule or a score shows it, and it has no label"),
    ("labels.toml", "people_inside", "no indicator 'people_inside'"),
    ("labels.toml", "people_inside.fr", "required, not given"),
    ("screening.toml", "requires", "no role 'protected_ares'; did you mean protected_area?"),
    ("screening.toml", "reason", "required, not given"),
    ("watr.toml", "", "no theme is called watr; did you mean water?"),
    ("production.toml", "theme", "must be 'production', as the file is called, not 'prodution'"),
    ("trade.toml", "rule.headwater", "the id stands in water.toml already"),
    ("xkq.toml", "requires", "'protected_arae'; did you mean protected_area?"),
    ("xkq.toml", "overrides.headwatter.rule", "did you mean headwater?"),
    ("xkq.toml", "overrides.area_mismatch.law", "no norm 'xkq_act_1'"),
    ("xkq.toml", "overrides.area_mismatch.threshold", "did you mean large_share?"),
    ("xkq.toml", "overrides.water_stress.severity", "has no level info, only high, moderate"),
    ("xkq.toml", "overrides.water_stress.severity", "would be moderate, moderate"),
    ("xkq.toml", "overrides.water_stress.add_norms", "no norm 'ramsar_3_3'"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """File, key and text of every problem of a folder in which all mistakes are made at once."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(RULES, folder)
    made = [GOOD.replace("ID", "headwater")]
    for name, (old, new, _, _) in MISTAKES.items():
        assert old in GOOD, name
        text = GOOD.replace(old, new).replace("ID", name)
        if name == "placeholder_without_scope":
            text = text.replace("It is {value} away.", "It is {features}.")
        made.append(text)
    with (folder / "trade.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(made))
    with (folder / "scores.toml").open("a", encoding="utf-8") as file:
        file.write(CUTS)
    with (folder / "labels.toml").open("a", encoding="utf-8") as file:
        file.write('\n[people_inside]\nen = "x"\nes = "y"\npt = "z"\n')
    (folder / "screening.toml").write_text('requires = ["protected_ares"]\n', encoding="utf-8")
    (folder / "watr.toml").write_text('theme = "water"\n', encoding="utf-8")
    (folder / "countries" / "xkq.toml").write_text(PACK, encoding="utf-8")
    production = folder / "production.toml"
    text = production.read_text(encoding="utf-8").replace('"production"', '"prodution"', 1)
    production.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_rulebook(folder)
    found = caught.value.problems
    assert str(caught.value).splitlines()[1:] == [f"  {p}" for p in found]
    return [(Path(p.path).name, p.key, p.text) for p in found]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_rule_is_told_with_its_file_and_key(
    name: str, told: list[tuple[str, str, str]]
) -> None:
    _, _, key, text = MISTAKES[name]
    mine = [(k, t) for file, k, t in told if file == "trade.toml" and k.startswith(f"rule.{name}.")]
    assert any(k == f"rule.{name}.{key}" and text in t for k, t in mine), mine


@pytest.mark.parametrize(("file", "key", "text"), OTHERS)
def test_a_mistake_in_another_file_is_told_with_its_file_and_key(
    file: str, key: str, text: str, told: list[tuple[str, str, str]]
) -> None:
    mine = [(k, t) for f, k, t in told if f == file]
    assert any(k == key and text in t for k, t in mine), mine


def test_nothing_is_told_of_what_is_written_well(told: list[tuple[str, str, str]]) -> None:
    names = {f"rule.{name}." for name in MISTAKES}
    expected = {(file, key) for file, key, _ in OTHERS}
    for file, key, text in told:
        of_rule = file == "trade.toml" and any(key.startswith(name) for name in names)
        assert of_rule or (file, key) in expected, (file, key, text)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no such folder of rules"):
        read_rulebook(tmp_path / "rules")


def test_a_circle_of_three_rules_is_found_once_and_from_its_first(book: Rulebook) -> None:
    condition = book.rules["participation_duty"].levels[0].any[0]
    level = book.rules["participation_duty"].levels[0]

    def asking(name: str, other: str) -> Rule:
        asked = replace(level, any=(replace(condition, rule=other),))
        return replace(book.rules["participation_duty"], id=name, levels=(asked,))

    ring = {name: asking(name, other) for name, other in ("ab", "bc", "ca", "da")}
    assert circles(ring) == [("a", "b", "c")]
    assert circles(book.rules) == []


# --- what the rules say --------------------------------------------------------------------------


def sentences(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    for rule in book.rules.values():
        for language, sentence in rule.sentence.items():
            yield rule.id, language, sentence.text


def test_every_theme_has_rules_and_every_rule_its_four_languages(book: Rulebook) -> None:
    assert {rule.theme for rule in book.rules.values()} == set(Theme)
    for rule in book.rules.values():
        assert tuple(rule.sentence) == tuple(rule.label) == LANGUAGES, rule.id
        assert rule.sentence["en"].reviewed, rule.id
        assert not any(rule.sentence[x].reviewed for x in LANGUAGES[1:]), rule.id


def test_no_sentence_is_the_same_in_two_languages_nor_of_two_rules(book: Rulebook) -> None:
    for one, other in combinations(list(sentences(book)), 2):
        assert one[2].casefold() != other[2].casefold(), (one, other)


def test_a_sentence_names_the_same_numbers_in_every_language(book: Rulebook) -> None:
    for rule in book.rules.values():
        named = [sorted(re.findall(r"\{(\w+)\}", s.text)) for s in rule.sentence.values()]
        assert all(names == named[0] for names in named), rule.id
        assert set(named[0]) <= set(PLACEHOLDERS), rule.id


def test_no_sentence_speaks_of_a_breach_and_all_are_short(book: Rulebook) -> None:
    barred = re.compile(
        r"breach|violat|infring|unlawful|illegal|enfrein|illégal|viola[cçr]|infrac|infraç|incumpl"
        r"|ilegal|descumpr|\bviol", re.IGNORECASE,
    )  # fmt: skip
    for rule_id, language, text in sentences(book):
        assert not barred.search(text), (rule_id, language)
        assert len(text) < 290, (rule_id, language, len(text))
        assert re.search(r"[.]$", text), (rule_id, language)


def test_french_puts_a_no_break_space_before_its_double_signs(book: Rulebook) -> None:
    for rule_id, language, text in sentences(book):
        if language == "fr":
            assert not re.search(r"[^\u00a0][:;?!]", text), rule_id


def test_no_norm_on_indigenous_peoples_is_named_for_other_tenure(book: Rulebook) -> None:
    for rule_id in (
        "customary_land_overlap", "use_agreement_land_overlap", "community_land_near",
        "downstream_community_land",
    ):  # fmt: skip
        rule = book.rules[rule_id]
        assert not [n for n in rule.norms if re.match(r"undrip|ilo169|ifc_ps7", n)], rule_id


def test_the_escazu_line_follows_every_grave_flag_but_those_that_whole_basins_decide(
    book: Rulebook,
) -> None:
    others = (Theme.GOVERNANCE, Theme.PRODUCTION, Theme.TRADE)
    grave = {
        rule.id
        for rule in book.rules.values()
        if rule.theme not in others
        and any(x.severity not in (Severity.INFO, Severity.DATA_GAP) for x in rule.levels)
    }
    # They hold of most land, and would add the line everywhere.
    of_basins = {
        "downstream_protected_area", "downstream_community_land", "people_downstream",
        "headwater", "transboundary_water",
    }  # fmt: skip
    named = {c.rule for c in book.rules["participation_duty"].levels[0].any}
    assert named == grave - of_basins


def test_critical_is_explained_where_a_number_decides_it(book: Rulebook) -> None:
    for rule in book.rules.values():
        for level in rule.levels:
            names = {c.threshold for c in (*level.all, *level.any) if c.threshold}
            reasons = " ".join(t.reason for t in rule.thresholds if t.name in names)
            if level.severity == Severity.CRITICAL and rule.id in (
                "people_inside",
                "tailings_siting",
            ):
                assert "review" in reasons and "no-go" in reasons, rule.id


def test_a_distance_never_counts_more_than_the_smallest_overlap(book: Rulebook) -> None:
    cuts = {cut.indicator: cut for cut in book.cuts}
    for name, cut in cuts.items():
        share = cuts.get(name.replace("_nearest_km", "_overlap_share"))
        if name.endswith("_nearest_km") and share is not None:
            assert max(cut.points) <= min(share.points), name
            assert share.special == {"0": 0}, name
    assert {cut.theme for cut in book.cuts} == set(Theme) - {Theme.PRODUCTION, Theme.TRADE}


# --- as they hold in a country on a day ----------------------------------------------------------


def with_pack(book: Rulebook, *overrides: Override) -> Rulebook:
    return replace(book, packs={"XKQ": CountryPack("XKQ", "Q", "2026", overrides=overrides)})


def test_a_country_changes_numbers_severities_and_names_its_law(book: Rulebook) -> None:
    changed = with_pack(
        book,
        Override("area_mismatch", "Law.", law=("x",), threshold={"large_share": 0.05}),
        Override("water_stress", "Law.", severity={Severity.HIGH: Severity.CRITICAL}),
        Override("headwater", "Not here.", off=True),
    )
    own, plain = effective(changed, "XKQ", TODAY), effective(changed, "XKZ", TODAY)
    assert own.number("area_mismatch", "large_share") == 0.05
    assert plain.number("area_mismatch", "large_share") == 0.1
    assert [own.severity("water_stress", i) for i in (0, 1)] == ["critical", "moderate"]
    assert [plain.severity("water_stress", i) for i in (0, 1)] == ["high", "moderate"]
    assert own.norms("area_mismatch") == (*plain.norms("area_mismatch"), "x")
    assert (own.applies("headwater"), plain.applies("headwater")) == (False, True)
    assert own.off == {"headwater": "Not here."}


def test_a_threshold_holds_from_its_day_until_the_day_it_ends(book: Rulebook) -> None:
    rule = book.rules["headwater"]
    old, new = (Threshold("yes", v, "0 or 1", "x") for v in (1, 0.5))
    dated = (
        replace(old, valid_from="2020", valid_to="2026-12-01"),
        replace(new, valid_from="2026-12-01"),
    )
    rules = {**book.rules, "headwater": replace(rule, thresholds=dated)}
    changed = replace(book, rules=rules)
    numbers = [
        effective(changed, "", date(*day)).numbers.get(("headwater", "yes"))
        for day in ((2019, 12, 31), (2020, 1, 1), (2026, 11, 30), (2026, 12, 1))
    ]
    assert numbers == [None, 1, 1, 0.5]
    early = effective(changed, "", date(2019, 12, 31))
    assert early.applies("headwater") is False
    assert early.off["headwater"] == "no number for yes on 2019-12-31"


def test_whether_a_rule_is_asked_follows_the_treaty_and_the_group(book: Rulebook) -> None:
    def asked(iso3: str, rule: str) -> bool | None:
        return effective(book, iso3, TODAY).applies(rule)

    assert asked("XKV", "participation_duty") is True
    assert asked("XKN", "participation_duty") is False  # signed alone
    assert asked("", "participation_duty") is None
    assert asked("LAO", "landlocked_corridor") is True
    assert asked("KHM", "landlocked_corridor") is False
    assert asked("", "landlocked_corridor") is None
    assert asked("", "water_stress") is True


def test_the_rulebook_has_another_version_after_any_change(tmp_path: Path, book: Rulebook) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    assert read_rulebook(folder) == book
    path = folder / "water.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    again = read_rulebook(folder)
    assert again.version != book.version
    assert again.rules == book.rules


# --- cases and the page --------------------------------------------------------------------------


def cases() -> list[dict[str, Any]]:
    found = []
    for path in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            found.append({**case, "theme": path.stem})
    return found


def test_every_severity_of_a_rule_has_a_case_in_the_file_of_its_theme(book: Rulebook) -> None:
    asked = cases()
    for rule in book.rules.values():
        own = [case for case in asked if case["rule"] == rule.id]
        assert {case["theme"] for case in own} == {rule.theme}, rule.id
        severities = {case["expect"].get("severity") for case in own}
        assert {level.severity.value for level in rule.levels} <= severities, rule.id


def test_a_case_speaks_of_indicators_that_exist(book: Rulebook) -> None:
    catalogue = Indicators(book.indicators)
    for case in cases():
        for key in ("given", "statuses", "text"):
            for name in case.get(key, {}):
                assert catalogue.unit_of(name), (case["name"], name)


def test_the_page_of_rules_is_what_the_rules_say(book: Rulebook) -> None:
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert text == rules_page.page(book, rules_page.table_of(text))
    shown = rules_page.page(book, "| rule | A |\n|---|---|\n| x | raised |")
    assert rules_page.table_of(shown) == "| rule | A |\n|---|---|\n| x | raised |"
