"""What registers and the user's tables say of titles, as sums that a reader does in the head."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import tables
from cetm_geo.confidence import confidence_indicators
from cetm_geo.consent_indicators import consent_status
from cetm_geo.evidence import Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.indicators import coverage_of_scope
from cetm_geo.mineral_indicators import mineral_indicators
from cetm_geo.model import Layer, Role, Tenure
from cetm_geo.model.rules import Mineral
from cetm_geo.register_indicators import register_facts, register_indicators
from tests import toy

ON = date(2026, 11, 30)
FULL = {
    "holder": "Mutundu Mining", "stage": "mining", "stage_text": "ML", "status": "active",
    "status_text": "Granted", "granted_on": "2020-01-01", "expires_on": "2030-01-01",
    "commodity_text": "Cu", "declared_area_km2": 4.0,
}  # fmt: skip


def titles(*changes: Mapping[str, Any]) -> Any:
    """Titles of 4 km2 side by side whose register says all of FULL, but for the changes."""
    sites = toy.sites([toy.block(10 * i, 0, 2, 2) for i in range(len(changes))])
    fixed = [{"kind": "concession", "placeholder": False, "feature_id": f"f{i + 1}"}
             for i in range(len(changes))]  # fmt: skip
    rows = pd.DataFrame([FULL | own | dict(c) for own, c in zip(fixed, changes, strict=True)])
    return tables.validate(sites.assign(**{c: rows[c] for c in rows}), tables.SITES)


def answers(found: Sequence[Mapping[str, Any]], name: str) -> list[tuple[Any, str]]:
    """Value (None for null) and status of an indicator, per site."""
    frame = tables.stack(found, tables.INDICATORS)
    mine = frame[frame["indicator_id"] == name]
    values = [None if math.isnan(v) else v for v in mine["value"]]
    return list(zip(values, mine["status"], strict=True))


def one(change: Mapping[str, Any], name: str) -> tuple[Any, str]:
    """The same of a register's only title."""
    return answers(register_facts(titles(change), ON), name)[0]


def said(found: Sequence[Mapping[str, Any]], name: str, column: str = "value_text") -> list[Any]:
    frame = tables.stack(found, tables.INDICATORS)
    texts = frame[frame["indicator_id"] == name][column]
    return [text if isinstance(text, str) else None for text in texts]


# --- the licence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expires_on", "state", "word"),
    [
        ("active", "2030-01-01", 0, "in force"),
        ("active", "2026-11-30", 0, "in force"),  # its last day is today
        ("active", "2026-11-29", 3, "expired"),
        ("active", None, 0, "in force"),
        ("application", "2020-01-01", 1, "application"),
        ("unknown", None, 2, "unknown"),
        ("unknown", "2020-01-01", 3, "expired"),
        ("expired", None, 3, "expired"),
        ("expired", "2030-01-01", 3, "expired"),
        ("refused", "2030-01-01", 4, "refused"),
        ("withdrawn", None, 4, "withdrawn"),
    ],
)
def test_a_licence_is_what_its_status_and_its_last_day_say(
    status: str, expires_on: str | None, state: int, word: str
) -> None:
    found = register_facts(titles({"status": status, "expires_on": expires_on}), ON)
    assert answers(found, "licence_state") == [(state, "ok")]
    assert said(found, "licence_state") == [word]


def test_where_status_and_day_disagree_a_note_says_so() -> None:
    late, early = {"expires_on": "2025-12-31"}, {"status": "expired"}
    notes = said(register_facts(titles({}, late, early), ON), "licence_state", "note")
    assert notes == [
        None,
        "its last day was 2025-12-31; the register's status is in force",
        "expired by its status; its last day is stated as 2030-01-01",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"expires_on": "2026-12-10"}, (10, "ok")),
        ({"expires_on": "2026-11-30"}, (0, "ok")),
        ({"expires_on": "2025-11-30"}, (-365, "ok")),
        ({"expires_on": None}, (None, "no_data")),
        ({"expires_on": None, "status": "application"}, (None, "not_applicable")),
        ({"expires_on": "9999-12-31", "kind": "proposal"}, (None, "not_applicable")),
    ],
)
def test_days_to_expiry_are_counted_from_the_day_of_the_screening(
    change: Mapping[str, Any], expected: tuple[Any, str]
) -> None:
    assert one(change, "licence_days_to_expiry") == expected


# --- what a register says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "share", "lacking"),
    [
        ({}, 1, None),
        ({"holder": None, "expires_on": None}, 6 / 8, "not stated: holder, day of expiry"),
        ({"status": "application", "granted_on": None, "expires_on": None}, 1, None),
        ({"status": "unknown", "status_text": None}, 5 / 6, "not stated: status"),
        ({"feature_id": "row-0123abcd"}, 7 / 8, "not stated: code"),
        ({"feature_id": "ML-7#0123abcd-2"}, 1, None),
        ({"declared_area_km2": 0.0}, 7 / 8, "not stated: area"),
        (
            {"holder": None, "stage_text": None, "status_text": None, "commodity_text": None,
             "declared_area_km2": None, "status": "unknown"},
            1 / 6,
            "not stated: holder, type, status, minerals, area",
        ),
    ],
)  # fmt: skip
def test_completeness_is_what_is_filled_of_what_a_register_should_say(
    change: Mapping[str, Any], share: float, lacking: str | None
) -> None:
    found = register_facts(titles(change), ON)
    assert answers(found, "register_completeness_share") == [(pytest.approx(share), "ok")]
    assert said(found, "register_completeness_share") == [lacking]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"declared_area_km2": 5.0}, (pytest.approx(0.25), "ok")),
        ({"declared_area_km2": 3.0}, (pytest.approx(0.25), "ok")),
        ({"declared_area_km2": None}, (None, "no_data")),
        ({"declared_area_km2": 0.0}, (None, "no_data")),
        ({"declared_area_km2": 5.0, "placeholder": True}, (None, "not_applicable")),
    ],
)
def test_a_declared_area_is_held_against_the_outline(
    change: Mapping[str, Any], expected: tuple[Any, str]
) -> None:
    assert one(change, "declared_area_mismatch_share") == expected


def test_holder_and_stage_are_what_the_register_states() -> None:
    found = register_facts(titles({}, {"holder": None, "stage": "unknown"}), ON)
    assert answers(found, "holder_recorded") == [(1, "ok"), (0, "ok")]
    assert answers(found, "stage_class") == [(2, "ok"), (None, "no_data")]
    assert said(found, "stage_class") == ["mining", "unknown"]


def test_what_is_asked_of_a_register_does_not_apply_to_a_proposal() -> None:
    found = register_facts(titles({"kind": "proposal"}), ON, stated())
    frame = tables.stack(found, tables.INDICATORS)
    assert len(frame) == 7
    assert set(frame["status"]) == {"not_applicable"}
    assert frame[["value", "value_text", "note"]].isna().all(axis=None)


# --- disclosure ----------------------------------------------------------------------------------


def stated(*rows: tuple[str, str, float, float | None]) -> pd.DataFrame:
    columns = {
        "site_id": [f"titles:{title}" for title, *_ in rows],
        "topic": [row[1] for row in rows],
        "value_text": ["yes" if row[2] else "no" for row in rows],
        "value": [row[2] for row in rows],
        "year": [row[3] for row in rows],
    }
    return pd.DataFrame(tables.build(tables.STATEMENTS, columns if rows else None))


def test_disclosure_is_what_is_published_of_six() -> None:
    said_of = stated(
        *(("f1", topic, 1, None) for topic in ("contract", "esia", "payments")),
        ("f1", "closure_bond", 0, 2024),
        ("f1", "export_stage", 1, None),
        ("f3", "esia", 0, None),
        ("f9", "esia", 1, None),
    )
    found = register_facts(titles({}, {}, {}), ON, said_of)
    assert answers(found, "disclosure_share") == [(0.5, "ok"), (None, "no_data"), (0, "ok")]
    assert said(found, "disclosure_share")[0] == (
        "beneficial_owner: not stated, closure_bond: no, tailings_disclosure: not stated"
    )
    assert (
        said(found, "disclosure_share", "note")[1]
        == "no row of the table of statements speaks of it"
    )


def test_the_latest_year_speaks_and_of_one_year_the_less_favourable() -> None:
    later = stated(("f1", "esia", 0, 2020), ("f1", "esia", 1, 2024), ("f1", "esia", 0, None))
    at_once = stated(("f1", "esia", 0, 2024), ("f1", "esia", 1, 2024))
    for said_of, share in ((later, 1 / 6), (at_once, 0)):
        found = register_facts(titles({}), ON, said_of)
        assert answers(found, "disclosure_share") == [(pytest.approx(share), "ok")]


def test_without_a_table_nothing_is_said_of_disclosure() -> None:
    assert answers(register_facts(titles({}), ON), "disclosure_share") == [(None, "no_data")]


# --- minerals ------------------------------------------------------------------------------------


def mineral(name: str, *lists: str, of: tuple[str, ...] = ()) -> Mineral:
    return Mineral(name, name[:2], {"en": (name.capitalize(),)}, lists, of)


MINERALS = {
    m.id: m
    for m in (
        mineral("copper", "un", "eu"),
        mineral("cobalt", "un", of=("copper", "nickel")),
        mineral("nickel", "eu"),
        mineral("rhenium", of=("copper",)),
        mineral("sand"),
    )
}


def test_minerals_are_counted_on_each_list_and_on_any() -> None:
    sites = titles({}, {}, {})
    mixes = [["copper", "cobalt"], ["nickel", "nickel"], ["sand"]]
    sites["minerals"] = pd.Series(mixes, index=sites.index)
    sites["commodity_text"] = ["Cu, Co", "Ni", "sand"]
    found = mineral_indicators(sites, MINERALS, ["un", "eu"])
    for name, counts in (
        ("minerals_un_count", (2, 0, 0)),
        ("minerals_eu_count", (1, 1, 0)),
        ("minerals_listed_count", (2, 1, 0)),
        ("by_product_count", (1, 1, 0)),
    ):
        assert answers(found, name) == [(count, "ok") for count in counts]
    assert said(found, "minerals_listed_count") == ["Copper, Cobalt", "Nickel", None]
    assert said(found, "by_product_count") == ["Rhenium", "Cobalt", None]


@pytest.mark.parametrize(
    ("text", "ids", "value", "note"),
    [
        (None, [], None, "the minerals are not stated"),
        ("Unobtainium", [], None, "not known: Unobtainium"),
        ("metallic", [], None, "the text tells no mineral"),
        ("Unobtainium, copper", ["copper"], 1, "not known: Unobtainium"),
    ],
)
def test_minerals_that_nobody_knows_are_never_counted_as_none(
    text: str | None, ids: list[str], value: int | None, note: str
) -> None:
    sites = titles({"commodity_text": text})
    sites["minerals"] = pd.Series([ids], index=sites.index)
    found = mineral_indicators(sites, MINERALS, ["un"])
    assert answers(found, "minerals_un_count") == [(value, "no_data")]
    assert said(found, "minerals_un_count", "note") == [note]


def test_minerals_that_are_null_or_arrays_are_read_like_lists() -> None:
    sites = titles({}, {})
    sites["minerals"] = pd.Series([None, np.array(["copper"], object)], index=sites.index)
    found = mineral_indicators(sites, MINERALS, ["un"])
    assert answers(found, "minerals_un_count") == [(None, "no_data"), (1, "ok")]


# --- consent -------------------------------------------------------------------------------------


def lands(*tenures: str | None, complete_within: str = "world", rejected: int = 0) -> Layer:
    """A territory of 1 km2 in each title of `titles` in turn, of the tenure that a column says."""
    shapes = [toy.block(10 * i, 0) for i in range(len(tenures))]
    layer = toy.layer(
        "lands", Role.COMMUNITY_LAND, shapes, complete_within=complete_within, rejected=rejected
    )
    features = layer.features.assign(tenure=pd.array(list(tenures), dtype="str"))
    words = {"tenure": {tenure.value: (tenure.value,) for tenure in Tenure}}
    spec = replace(layer.spec, tenure=None, columns={"tenure": "T"}, values=words)
    return replace(layer, spec=spec, features=features)


def recorded(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    columns = {
        "site_id": [f"titles:{row[0]}" for row in rows],
        "layer_id": ["lands"] * len(rows),
        "feature_id": [row[1] for row in rows],
        "state": [row[2] for row in rows],
        "date": [row[3] for row in rows],
    }
    return pd.DataFrame(tables.build(tables.CONSENT, columns if rows else None))


def consents(sites: Any, layers: Sequence[Layer], consent: pd.DataFrame | None) -> list[Any]:
    """Value, status and text per site."""
    ground = Ground.of({layer.spec.id: layer for layer in layers})
    evidence = measure_sites(sites, Task(ground, 100.0, proposals=True))
    found = [consent_status(evidence, ground.asked, consent)]
    return [
        (*answer, text)
        for answer, text in zip(
            answers(found, "consent_status"), said(found, "consent_status"), strict=True
        )
    ]


@pytest.mark.parametrize("tenure", ["indigenous", "claimed", "customary"])
@pytest.mark.parametrize(
    ("state", "value"),
    [
        ("obtained", 0),
        ("not_applicable", 1),
        ("in_progress", 2),
        ("unknown", 3),
        ("not_sought", 4),
        ("sought_refused", 5),
    ],
)
def test_what_is_recorded_of_a_territory_is_the_status(tenure: str, state: str, value: int) -> None:
    found = consents(titles({}), [lands(tenure)], recorded(("f1", "f1", state, None)))
    assert found == [(value, "ok", state)]


def test_the_worst_of_the_territories_counts_and_days_are_told() -> None:
    both = toy.sites([toy.block(0, 0, 12, 2)])
    layer = lands("indigenous", "customary")
    good = ("f1", "f1", "obtained", "2024-05-01")
    assert consents(both, [layer], recorded(good, ("f1", "f2", "not_sought", "2021-01-01"))) == [
        (4, "ok", "not_sought (2021-01-01)")
    ]
    assert consents(both, [layer], recorded(good, ("f1", "f2", "obtained", "2023-01-01"))) == [
        (0, "ok", "obtained (2023-01-01, 2024-05-01)")
    ]
    assert consents(both, [layer], recorded(good)) == [(3, "no_data", "unknown")]
    bad = recorded(("f1", "f1", "sought_refused", None))
    assert consents(both, [layer], bad) == [(5, "ok", "sought_refused")]


def test_silence_is_unknown_and_not_a_recorded_unknown() -> None:
    layer = lands("indigenous")
    assert consents(titles({}), [layer], None) == [(3, "no_data", "unknown")]
    assert consents(titles({}), [layer], recorded()) == [(3, "no_data", "unknown")]


def test_where_no_such_territory_is_met_consent_does_not_apply() -> None:
    layer = lands("use_agreement")
    nothing = (None, "not_applicable", None)
    assert consents(titles({}, {}), [layer], recorded()) == [nothing, nothing]
    beside = toy.sites([toy.block(1, 0, 2, 2)])  # only their edges meet
    assert consents(beside, [lands("indigenous")], recorded()) == [nothing]


def test_a_strip_within_the_mapping_error_counts() -> None:
    strip = toy.sites([shapely.box(0.00999, 0, 0.03, toy.row_edge(2))])  # about a metre wide
    assert consents(strip, [lands("indigenous")], None) == [(3, "no_data", "unknown")]


def test_a_territory_of_which_the_tenure_is_not_stated_is_asked_too() -> None:
    layer = lands(None, "customary")
    assert consents(titles({}), [layer], recorded()) == [(3, "no_data", "unknown")]


@pytest.mark.parametrize(
    ("layers", "status"),
    [
        ([], "layer_missing"),
        ([toy.layer("lands", Role.COMMUNITY_LAND, [], problem="gone")], "layer_missing"),
        ([lands(complete_within="")], "no_data"),
        ([lands(rejected=1)], "no_data"),
    ],
)
def test_where_no_layer_can_say_it_the_status_is_null(layers: list[Layer], status: str) -> None:
    land = toy.layer("land", Role.COUNTRY, [toy.block(-9, -9, 90, 90)])
    assert consents(titles({}), [*layers, land], recorded()) == [(None, status, None)]


def test_all_indicators_of_registers_come_once_for_every_site() -> None:
    sites = titles({}, {"kind": "proposal"})
    ground = Ground.of({"lands": lands("indigenous")})
    evidence = measure_sites(sites, Task(ground, 100.0, proposals=True))
    found = register_indicators(evidence, ground.asked, ON, MINERALS, ["un", "eu"])
    frame = tables.stack(found, tables.INDICATORS)
    assert len(frame) == 2 * 12
    assert not frame.duplicated(["site_id", "indicator_id"]).any()
    assert set(frame["indicator_id"]) == {
        "licence_state", "licence_days_to_expiry", "register_completeness_share",
        "holder_recorded", "declared_area_mismatch_share", "stage_class", "disclosure_share",
        "consent_status", "minerals_un_count", "minerals_eu_count", "minerals_listed_count",
        "by_product_count",
    }  # fmt: skip


# --- confidence ----------------------------------------------------------------------------------


def confidence(sites: Any, layers: Sequence[Layer], *required: str) -> Any:
    ground = Ground.of({layer.spec.id: layer for layer in layers})
    evidence = measure_sites(sites, Task(ground, 100.0, proposals=True))
    coverage = [coverage_of_scope(scope, evidence) for scope in ground.scopes]
    return confidence_indicators(sites, required, coverage, ground.sources)


def parks(**more: Any) -> Layer:
    return toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0)], **more)


def test_confidence_is_the_mean_of_what_answers_less_for_old_data_and_circles() -> None:
    sites = titles({}, {"placeholder": True})
    roads = toy.layer("roads", Role.ROAD, [toy.block(90, 0)], as_of="")
    found = confidence(sites, [parks(), roads], "protected_area", "road", "port", "oecm")
    # (1 + 0.5 + 0 + 0) / 4, and half of it for a circle
    assert answers(found, "data_confidence_share") == [(0.375, "ok"), (0.1875, "ok")]
    assert answers(found, "missing_layer_count") == [(2, "ok"), (2, "ok")]
    assert said(found, "missing_layer_count")[0] == "Port, Other conserved areas (OECM)"


@pytest.mark.parametrize(
    ("layer", "share"),
    [
        (parks(), 1.0),
        (parks(stale=True), 0.5),
        (parks(as_of=""), 0.5),
        (parks(problem="gone"), 0.0),
        (toy.layer("parks", Role.PROTECTED_AREA, []), 1.0),
        (toy.layer("parks", Role.PROTECTED_AREA, [], complete_within=""), 0.0),
        (parks(complete_within=""), 1.0),  # it overlaps: that is an answer
    ],
)
def test_a_role_answers_or_not(layer: Layer, share: float) -> None:
    found = confidence(titles({}), [layer], "protected_area", "protected_area")
    assert answers(found, "data_confidence_share") == [(share, "ok")]
    assert answers(found, "missing_layer_count") == [(float(share == 0), "ok")]


def test_where_nothing_is_required_nothing_is_missing() -> None:
    found = confidence(titles({}), [parks()], "indigenous_land")
    assert answers(found, "data_confidence_share") == [(None, "not_applicable")]
    assert answers(found, "missing_layer_count") == [(0, "ok")]
