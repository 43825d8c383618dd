"""The profile of a country: what can be counted on one hand, and a whole one of the sample."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo import country, tables
from cetm_geo.catalogues import placeholders
from cetm_geo.country import CountryTables
from cetm_geo.country.access import corridor_of, distance_of
from cetm_geo.country.figures import Known
from cetm_geo.country.land import basins_of, land_of, mined_of, people_of
from cetm_geo.country.layout import Layout, cell
from cetm_geo.country.register import holders_of, normalised, register_of
from cetm_geo.country.stated import consents_of, export_stages_of, strategies_of
from cetm_geo.country.titles import minerals_of, titles_of
from cetm_geo.errors import ExportError
from cetm_geo.language import NAMES, SOURCE
from cetm_geo.model.rules import Pillar, Severity, Tier
from cetm_geo.rulebook import read_rulebook
from cetm_geo.store import open_store
from tests.toy import block, sites

BOOK = read_rulebook()
NAN = float("nan")
IDS = [f"titles:f{i}" for i in range(1, 5)]  # in force, in force, applied for, expired
STATUS = ["active", "unknown", "application", "expired"]


def source(layer_id: str, role: str, publish: str = "public") -> dict[str, Any]:
    return {
        "layer_id": layer_id, "role": role, "label": layer_id, "publish": publish, "as_of": "2026",
        "stale": False, "licence": "CC0", "licence_url": None, "attribution": None,
        "complete_within": "world", "problem": None,
    }  # fmt: skip


def measured(indicator_id: str, values: list[float], status: Any = "ok", **more: Any) -> Any:
    columns = {"site_id": IDS, "indicator_id": indicator_id, "value": values, "status": status}
    return pd.DataFrame({"value_text": None, **columns, **more})


def given(*indicators: Any, **other: Any) -> CountryTables:
    """Four titles of 1, 2, 3 and 4 km2."""
    titles = sites([block(0, 9 * i, 1, i) for i in range(1, 5)])
    titles["status"] = STATUS
    titles["area_km2"] = [1.0, 2.0, 3.0, 4.0]
    frame = pd.DataFrame(titles.drop(columns="geometry"))
    tiers = tables.build(tables.TIERS, {
        "site_id": IDS, "tier": ["critical", "moderate", "critical", "not_fully_screened"],
        "fully_screened": [True, False, True, False], "countries": ["XTY", "XTY;XTZ", "XTY", "XTY"],
        "critical_count": 1, "high_count": 0, "moderate_count": 0, "info_count": 0,
        "score_coverage_share": 1.0,
    })  # fmt: skip
    totals = tables.build(tables.TOTALS, {
        "scope_id": "concession", "scope_kind": "role",
        "status_group": ["all", "in_force_or_unknown", "application", "expired_or_refused"],
        "sites": [4.0, 2, 1, 1], "sum_km2": [10.0, 3, 3, 4], "union_km2": [9.0, 3, 3, 4],
    })  # fmt: skip
    empty = measured("none", [NAN] * 4, "layer_missing")
    pressed = {**tables.build(tables.PRESSURE), "group_id": [], "name": [], "iso3": [],
               "area_km2": []}  # fmt: skip
    base: dict[str, Any] = {
        "sites": frame,
        "tiers": tiers,
        "raised": pd.DataFrame({"site_id": [], "rule_id": [], "severity": [], "verify": []}),
        "answers": pd.DataFrame({"rule_id": [], "status": [], "titles": []}),
        "indicators": pd.concat([empty, *indicators], ignore_index=True),
        "totals": totals,
        "pressed": pd.DataFrame(pressed),
        "mined": pd.DataFrame({"layer_id": [], "features": [], "area_km2": []}),
        "statements": None,
        "sources": pd.DataFrame([source("titles", "concession")]),
        "meta": {"as_of": "2026-11-22", "label": "Toyland"},
    }
    return CountryTables(**{**base, **other})


def numbers(figure: dict[str, Any]) -> list[Any]:
    """All, in force or unknown, applications, expired or refused."""
    return [figure[g] for g in ("all", "in_force_or_unknown", "application", "expired_or_refused")]


# --- titles --------------------------------------------------------------------------------------


def test_titles_are_counted_in_all_and_in_three_groups_and_land_once_and_added() -> None:
    said = titles_of(given())
    assert numbers(said["titles_count"]) == [4, 2, 1, 1]
    assert numbers(said["land_union_km2"]) == [9, 3, 3, 4]
    assert numbers(said["land_sum_km2"]) == [10, 3, 3, 4]
    assert numbers(said["fully_screened_count"]) == [2, 1, 1, 0]
    assert numbers(said["in_other_countries_too_count"]) == [1, 1, 0, 0]
    tiers = {row["tier"]: numbers(row["titles_count"]) for row in said["by_tier"]}
    assert tiers == {"critical": [2, 1, 1, 0], "moderate": [1, 1, 0, 0],
                     "not_fully_screened": [1, 0, 0, 1]}  # fmt: skip


def test_a_title_counts_for_each_of_its_minerals_and_once_for_a_list() -> None:
    tables_ = given()
    tables_.sites["minerals"] = [["copper", "cobalt"], ["copper"], [], ["gold"]]
    said = minerals_of(tables_, BOOK)
    by_mineral = {row["mineral"]: row["titles_count"]["all"] for row in said["by_mineral"]}
    assert by_mineral == {"copper": 2, "cobalt": 1, "gold": 1}
    assert numbers(said["not_stated_count"]) == [1, 0, 1, 0]
    iea = next(row for row in said["by_list"] if row["list"] == "iea")
    assert numbers(iea["titles_count"]) == [2, 2, 0, 0]


def test_flags_are_counted_by_rule_and_the_worst_of_each_pillar_by_title() -> None:
    rule = "protected_area_near"
    tables_ = given(
        raised=pd.DataFrame({
            "site_id": [IDS[0], IDS[3], IDS[3]], "severity": ["moderate", "moderate", "critical"],
            "rule_id": [rule, rule, "strict_protected_area_overlap"],
            "verify": [False, True, False],
        }),
        answers=pd.DataFrame({"rule_id": rule, "status": ["raised", "clear", "not_assessed"],
                              "titles": [2, 1, 1]}),
    )  # fmt: skip
    said = country.profile_of(tables_, BOOK, "XTY")["pillars"]["stewardship"]
    worst = {row["severity"]: numbers(row["titles_count"]) for row in said["worst_severity"]}
    assert worst["critical"] == [1, 0, 0, 1]
    assert worst["moderate"] == [1, 1, 0, 0]
    assert worst["none_raised"] == [2, 1, 1, 0]
    near = next(r for t in said["flags"] for r in t["rules"] if r["rule_id"] == rule)
    assert numbers(near["raised_count"]) == [2, 1, 0, 1]
    assert (near["asked_count"], near["not_assessed_count"], near["verify_count"]) == (4, 1, 1)


# --- land ----------------------------------------------------------------------------------------


def test_land_is_given_per_role_and_a_layer_that_is_missing_is_not_zero() -> None:
    found = measured("protected_area_overlap_km2", [0.5, 0.0, NAN, 2.0],
                     ["ok", "ok", "outside_layer_extent", "ok"])  # fmt: skip
    totals = tables.build(tables.TOTALS, {
        "scope_id": "protected_area", "scope_kind": "role",
        "status_group": ["all", "in_force_or_unknown", "application", "expired_or_refused"],
        "sites": [2.0, 1, 0, 1], "sum_km2": [2.5, 0.5, 0, 2], "union_km2": [2.2, 0.5, 0, 2],
    })  # fmt: skip
    rows = {row["scope_id"]: row for row in land_of(given(found, totals=totals), BOOK)}
    protected = rows["protected_area"]
    assert numbers(protected["union_km2"]) == [2.2, 0.5, 0, 2]
    assert numbers(protected["titles_count"]) == [2, 1, 0, 1]
    assert numbers(protected["sum_km2"]) == [2.5, 0.5, None, 2]
    assert (protected["sum_km2"]["status"], protected["sum_km2"]["not_known_count"]) == (
        "partial", 1)  # fmt: skip
    missing = rows["community_land"]
    for name in ("titles_count", "union_km2", "sum_km2"):
        assert numbers(missing[name]) == [None] * 4
    assert missing["titles_count"]["status"] == Known.LAYER_MISSING
    assert rows["indigenous_land"]["union_km2"]["status"] == Known.NOT_MEASURED


def pressed(layer_id: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"layer_id": layer_id, "title_count": 1, "iso3": None, **columns})


def test_basins_are_counted_whole_and_their_names_withheld_where_the_licence_asks() -> None:
    under = pressed(
        "basins", feature_id=["a1", "a2", "b", "a1"], group_id=["a", "a", "b", "a"],
        name=["Upper", None, "Lower", "Upper"], area_km2=[10.0, 10, 100, 10],
        status_group=["all", "all", "all", "application"], covered_km2=[10.0, 2, 1, 3],
        covered_share=[1.0, 0.2, 0.01, 0.3],
    )  # fmt: skip
    held = [source("basins", "water_basin"), source("local", "water_basin", "local_only")]
    under = pd.concat([under, under.assign(layer_id="local")])
    open_, local = basins_of(given(pressed=under, sources=pd.DataFrame(held)))
    assert numbers(open_["basins_count"]) == [2, 0, 1, 0]
    assert numbers(open_["basins_from_a_half_count"]) == [1, 0, 0, 0]
    assert numbers(open_["largest_covered_share"]) == [0.6, 0, 0.3, 0]
    assert [row["name"] for row in open_["largest"]] == ["Upper", "Lower"]
    assert [row["name"] for row in local["largest"]] == [None, None]
    assert {row["status"] for row in local["largest"]} == {"withheld"}


def test_mined_land_of_other_countries_is_left_out() -> None:
    under = pressed("mines", feature_id=["a", "b"], group_id=["a", "b"], name=None,
                    iso3=["XTY", "XTZ"], area_km2=[5.0, 5], status_group="all",
                    covered_km2=[2.0, 4], covered_share=0.4)  # fmt: skip
    mined = pd.DataFrame({"layer_id": ["mines"], "features": [3], "area_km2": [8.0]})
    (row,) = mined_of(given(pressed=under, mined=mined), "XTY")
    assert (row["mined_km2"], row["under_titles_km2"], row["outside_titles_km2"]) == (8, 2, 6)


def test_people_below_are_never_added_up() -> None:
    said = people_of(given(
        measured("population_count", [10.0, 0, 5, 1]),
        measured("downstream_basins_50km_population_count", [1000.0, 900, 1000, 0]),
    ))  # fmt: skip
    assert numbers(said["people_inside_sum"]) == [16, 10, 5, 1]
    assert numbers(said["titles_with_people_count"]) == [3, 1, 1, 1]
    assert numbers(said["people_downstream_50km_max"]) == [1000, 1000, 1000, 0]
    assert numbers(said["titles_with_1000_people_downstream_50km_count"]) == [2, 1, 1, 0]
    assert not any("downstream" in name and name.endswith("_sum") for name in said)


# --- governance, production, trade ---------------------------------------------------------------


def test_holders_are_told_apart_by_text_and_land_without_one_stands_apart() -> None:
    tables_ = given()
    tables_.sites["holder"] = ["Other Ltd.", "Société X (60 %)", "SOCIETE  X", None]
    said = holders_of(tables_)
    assert numbers(said["holders_count"]) == [2, 2, 1, 0]
    assert said["top_holder_share"]["all"] == pytest.approx(5 / 6)
    assert said["herfindahl_index"]["all"] == pytest.approx(26 / 36)
    assert numbers(said["holder_not_stated_share"]) == [pytest.approx(0.4), 0, 0, 1]
    assert said["top_holder"]["all"] == "Société X"
    assert normalised("Société X (15 %)") == normalised("SOCIETE-X") == "societe x"


def test_a_register_of_this_machine_alone_names_no_holder() -> None:
    local = pd.DataFrame([source("titles", "concession", "local_only")])
    tables_ = given(sources=local)
    tables_.sites["holder"] = "Someone"
    said = holders_of(tables_)
    assert numbers(said["top_holder"]) == [None] * 4
    assert said["top_holder"]["status"] == Known.WITHHELD
    assert said["top_holder_share"]["all"] == 1


def test_a_title_registered_twice_holds_its_land_once() -> None:
    tables_ = given()
    tables_.sites["holder"] = ["A", "A", "B", "B"]
    tables_.sites["duplicate_of"] = [None, IDS[0], None, None]
    assert holders_of(tables_)["top_holder_share"]["all"] == pytest.approx(7 / 8)


def statements(*rows: tuple[Any, ...]) -> pd.DataFrame:
    names = ("site_id", "topic", "value_text", "value", "year")
    frame = pd.DataFrame(rows, columns=names)
    return pd.DataFrame(tables.build(tables.STATEMENTS, frame.assign(unit="jobs", source="a book")))


def test_what_is_published_is_as_stated_last_and_else_not_stated() -> None:
    said = statements(
        (IDS[0], "contract", "no", 0.0, 2020), (IDS[0], "contract", "yes", 1.0, 2024),
        (IDS[1], "contract", "no", 0.0, 2024), (IDS[0], "export_stage", "ore", NAN, 2024),
    )  # fmt: skip
    contract = register_of(given(statements=said))["disclosure"][0]
    assert numbers(contract["published_count"]) == [1, 1, 0, 0]
    assert numbers(contract["not_published_count"]) == [1, 1, 0, 0]
    assert numbers(contract["not_stated_count"]) == [2, 0, 1, 1]
    stages = {
        r["stage"]: r["titles_count"]["all"] for r in export_stages_of(given(statements=said))
    }
    assert stages == {"ore": 1, "concentrate": 0, "refined": 0, "product": 0, "not_stated": 3}
    nothing = register_of(given())["disclosure"][0]
    assert numbers(nothing["published_count"]) == [None] * 4
    assert nothing["published_count"]["status"] == Known.NOT_STATED


def test_strategies_of_the_framework_stay_in_sight_where_nobody_states_them() -> None:
    said = statements(
        (None, "jobs_count", "100", 100.0, 2020), (None, "jobs_count", "120", 120.0, 2024)
    )
    rows = {row["topic"]: row for row in strategies_of(given(statements=said))}
    assert len(rows) == 6
    jobs = rows["jobs_count"]
    assert (jobs["value"], jobs["unit"], jobs["year"], jobs["source"]) == (
        120,
        "jobs",
        2024,
        "a book",
    )
    assert [other["year"] for other in jobs["others"]] == [2020]
    for name in rows.keys() - {"jobs_count"}:
        assert (rows[name]["status"], rows[name]["value"]) == (Known.NOT_STATED, None)


def test_what_is_farther_than_is_looked_counts_as_farthest_and_is_counted() -> None:
    said = distance_of(given(measured(
        "port_nearest_km", [10.0, 20.0, NAN, NAN], ["ok", "ok", "beyond_search", "no_data"]
    )), "port_nearest_km")  # fmt: skip
    assert numbers(said["median_km"]) == [20, 15, None, None]
    assert numbers(said["max_km"]) == [20, 20, None, None]
    assert numbers(said["beyond_500_km_count"]) == [1, 0, 1, 0]
    assert numbers(said["not_known_count"]) == [1, 0, 0, 1]
    missing = distance_of(given(), "port_nearest_km")
    assert numbers(missing["beyond_500_km_count"]) == [None] * 4


def test_borders_to_the_sea_are_asked_of_land_locked_countries_alone() -> None:
    tables_ = given(measured("corridor_border_count", [1.0, 2, 1, 1],
                             value_text=["A", "A, B", "A", "A"]))  # fmt: skip
    said = corridor_of(tables_, landlocked=True)
    assert numbers(said["borders_max"]) == [2, 2, 1, 1]
    assert [(w["countries"], w["titles_count"]) for w in said["ways"]] == [("A", 3), ("A, B", 1)]
    assert corridor_of(tables_, landlocked=False)["borders_max"]["status"] == "not_applicable"


def test_consent_that_is_not_recorded_is_not_consent_that_was_not_sought() -> None:
    status = ["ok", "no_data", "ok", "not_applicable"]
    rows = consents_of(given(measured("consent_status", [0.0, 3, 4, NAN], status)))
    counts = {row["consent"]: row["titles_count"]["all"] for row in rows}
    assert counts == {
        "obtained": 1, "not_applicable": 0, "in_progress": 0, "unknown": 1, "not_sought": 1,
        "sought_refused": 0, "no_territory_met": 1,
    }  # fmt: skip


# --- the page ------------------------------------------------------------------------------------


def test_every_word_that_a_profile_uses_has_a_text() -> None:
    for language in country.languages():
        texts = Layout(language).texts
        assert {tier.value for tier in Tier} == texts["tier"].keys()
        assert {s.value for s in Severity} | {"none_raised"} == texts["severity"].keys()
        assert {pillar.value for pillar in Pillar} <= texts["section"].keys()
        assert {known.value for known in Known} == texts["status"].keys()


@pytest.mark.parametrize("tongue", [name for name in NAMES if name != SOURCE])
def test_each_language_says_all_that_english_says_with_the_same_places(tongue: str) -> None:
    english, texts = Layout(SOURCE).texts, Layout(tongue).texts
    assert texts.keys() == english.keys()
    for section, told in english.items():
        assert texts[section].keys() == told.keys(), section
        for name, text in told.items():
            assert placeholders(texts[section][name]) == placeholders(text), (section, name)


def test_texts_of_data_stay_what_they_are_on_a_page() -> None:
    assert cell("A|B <i>*x*\n y_z") == r"A\|B \<i\>\*x\* y\_z"


def test_a_language_without_texts_is_said() -> None:
    said = country.profile_of(given(), BOOK, "XTY")
    with pytest.raises(ExportError, match="no texts of a profile in 'xx'"):
        country.markdown(said, BOOK, "xx")


def test_a_profile_of_almost_nothing_can_be_written() -> None:
    said = country.profile_of(given(), BOOK, "XTY")
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    page = country.markdown(said, BOOK)
    assert "4 titles" in page
    assert page.count("not stated") >= 6
    assert not re.search(r"\bnan\b|None \||\{\w+\}", page)


@pytest.fixture(scope="module")
def karvela(sample_store: Path) -> dict[str, Any]:
    opened = open_store(sample_store)
    return country.profile_of(country.read_country(opened, "XKV"), opened.rulebook, "XKV")


def test_the_sample_country_has_a_whole_profile(
    karvela: dict[str, Any], sample_store: Path
) -> None:
    opened = open_store(sample_store)
    titles = karvela["titles"]
    every = opened.frame("sites_of_country", iso3="XKV")
    assert titles["titles_count"]["all"] == len(every)
    for row in (titles["titles_count"], titles["land_sum_km2"]):
        assert sum(numbers(row)[1:]) == pytest.approx(row["all"])
    land = {row["scope_id"]: row for row in karvela["pillars"]["stewardship"]["land"]}
    protected = land["protected_area"]
    assert 0 < protected["union_km2"]["all"] <= protected["sum_km2"]["all"]
    assert karvela["memberships"][1]["is_member"]  # land-locked
    assert karvela["pillars"]["trade"]["corridor"]["ways"]
    assert {row["status"] for row in karvela["strategies"]} == {"ok"}
    page = country.markdown(karvela, opened.rulebook)
    assert not re.search(r"\bnan\b|\bNone\b \||\{\w+\}", page)


def test_land_of_one_of_two_countries_is_measured_again_and_adds_up(
    karvela: dict[str, Any], sample_store: Path
) -> None:
    opened = open_store(sample_store)
    tiers = opened.frame("all_tiers")
    beyond = ~tiers["countries"].str.split(";").map(lambda own: "XKV" in own)
    assert beyond.any(), "the sample has a title that lies wholly beyond the border"
    areas = opened.shapes("all_sites")
    others = float(areas["area_km2"].to_numpy(np.float64)[beyond.to_numpy(bool)].sum())
    whole = opened.frame("all_totals").iloc[0]["union_km2"]
    assert karvela["titles"]["land_union_km2"]["all"] == pytest.approx(whole - others, rel=1e-6)


def test_a_country_without_titles_is_said_with_those_that_have_some(sample_store: Path) -> None:
    opened = open_store(sample_store)
    with pytest.raises(ExportError, match=r"PHL: no title.*XKV"):
        country.read_country(opened, "PHL")
    with pytest.raises(ExportError, match="no code of a country"):
        country.read_country(opened, "ZZ")
