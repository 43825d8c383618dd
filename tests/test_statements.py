"""The user's tables: consent by title and territory, statements; every row used or told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo import pipeline, statements, store, tables
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import DefinitionError, SourceError
from cetm_geo.model import Catalog, Layer, Role
from cetm_geo.statements import Statements
from tests import made, toy

CONSENT = "title,layer_id,territory,state,date,document\n"
STATEMENTS = "title,topic,value,unit,year,source\n"


def ground() -> tuple[Any, dict[str, Layer]]:
    """Three titles, of which the register gives two the same code, and two territories."""
    titles = [toy.block(x, 0, 4, 4) for x in (0, 10, 20)]
    sites = toy.sites(titles)
    sites["feature_id"] = ["A-1", "B#0123abcd", "B#0123abce"]
    sites["site_id"] = [f"titles:{code}" for code in sites["feature_id"]]
    sites["group_id"] = sites["feature_id"]
    lands = toy.layer(
        "lands", Role.COMMUNITY_LAND, [toy.block(1, 1), toy.block(12, 1)], groups=["land", "land"]
    )
    roads = toy.layer("roads", Role.ROAD, [toy.block(1, 1)])
    lost = toy.layer("lost", Role.COMMUNITY_LAND, [], problem="no such file")
    return sites, {layer.spec.id: layer for layer in (lands, roads, lost)}


def said(folder: Path, **texts: str) -> Statements:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    catalog = Catalog("made", "Made", {}, "XTY", {name: f"{name}.csv" for name in texts})
    read = statements.read_tables(catalog, folder)
    assert statements.problems_of(read) == []
    sites, layers = ground()
    return statements.stated(read, layers, sites)


def rows(frame: pd.DataFrame | None, *names: str) -> list[tuple[Any, ...]]:
    assert frame is not None
    plain = frame.astype(object).where(frame.notna(), None)
    return list(plain[list(names)].itertuples(index=False, name=None))


def told(found: Statements) -> list[tuple[Any, str, str]]:
    return rows(found.issues, "feature_id", "problem", "action")


# --- consent -------------------------------------------------------------------------------------


def test_a_row_of_consent_is_of_a_title_and_a_territory(tmp_path: Path) -> None:
    found = said(tmp_path, consent=CONSENT + "A-1,lands,f1,Obtained,2024-05-01,minutes.pdf\n")
    assert rows(found.consent, *tables.columns(tables.CONSENT)) == [
        ("titles:A-1", "lands", "f1", "obtained", "2024-05-01", "minutes.pdf")
    ]
    assert told(found) == []
    assert found.facts["consent"]["rows_in"] == 1
    assert found.statements is None


def test_a_code_that_names_several_speaks_of_all_of_them(tmp_path: Path) -> None:
    found = said(tmp_path, consent=CONSENT + "B,lands,land,in_progress,,\n")
    assert rows(found.consent, "site_id", "feature_id") == [
        ("titles:B#0123abcd", "f1"),
        ("titles:B#0123abcd", "f2"),
        ("titles:B#0123abce", "f1"),
        ("titles:B#0123abce", "f2"),
    ]
    one = said(tmp_path, consent=CONSENT + "B#0123abcd,lands,f2,in_progress,,\n")
    assert rows(one.consent, "site_id", "feature_id") == [("titles:B#0123abcd", "f2")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Z-9,lands,f1,obtained,,", "no register holds the title 'Z-9'"),
        (",lands,f1,obtained,,", "no register holds the title ''"),
        ("A-1,land,f1,obtained,,", "no layer named 'land'; did you mean lands?"),
        ("A-1,roads,f1,obtained,,", "the layer roads is of role road, not community_land"),
        ("A-1,lost,f1,obtained,,", "the layer lost could not be read, so that its territories"),
        ("A-1,lands,f9,obtained,,", "the layer lands holds no territory 'f9'"),
        ("A-1,lands,f1,maybe,,", "the state 'maybe' is none of obtained, not_applicable,"),
        ("A-1,lands,f1,obtained", "row 3 of the file has 4 fields where the header names 6"),
    ],
)
def test_a_row_of_consent_that_names_nothing_known_is_an_issue(
    tmp_path: Path, row: str, problem: str
) -> None:
    found = said(tmp_path, consent=CONSENT + f"A-1,lands,f2,unknown,,\n{row}\n")
    assert rows(found.consent, "feature_id", "state") == [("f2", "unknown")]
    [(where, text, action)] = told(found)
    assert (where, action) == ("row 3", "rejected")
    assert text.startswith(problem)
    assert set(found.issues["layer_id"]) == {"consent"}


def test_a_date_that_is_none_is_told_and_the_state_stands(tmp_path: Path) -> None:
    found = said(tmp_path, consent=CONSENT + "A-1,lands,f1,obtained,spring 2024,\n")
    assert rows(found.consent, "state", "date") == [("obtained", None)]
    assert told(found) == [
        ("row 2", "the date 'spring 2024' is not used: write it as 2026-11-22", "noted")
    ]


def test_of_a_title_and_territory_that_stand_twice_the_worse_counts(tmp_path: Path) -> None:
    text = CONSENT + "A-1,lands,f1,obtained,,\nA-1,lands,f1,sought_refused,,\n"
    found = said(tmp_path, consent=text)
    assert rows(found.consent, "state") == [("sought_refused",)]
    assert told(found) == [
        (
            "row 2",
            "the same title and territory stand in row 3, as sought_refused; the worse counts",
            "noted",
        )
    ]


# --- statements ----------------------------------------------------------------------------------


def test_statements_are_of_titles_or_of_the_country(tmp_path: Path) -> None:
    text = STATEMENTS + (
        "A-1,contract,Yes,,2024,register\n"
        "B,esia,no,,,\n"
        "A-1,export_stage,concentrate,,,\n"
        ",local_value_addition_share,35,%,2023,ministry\n"
        ',jobs_count,"12,500",people,,\n'
        ",recycled_share,no,,,\n"
        ",closure_bonds_count,yes,,,\n"
    )
    found = said(tmp_path, statements=text)
    assert told(found) == []
    assert rows(found.statements, "site_id", "topic", "value_text", "value", "unit", "year") == [
        ("titles:A-1", "contract", "yes", 1, None, 2024),
        ("titles:B#0123abcd", "esia", "no", 0, None, None),
        ("titles:B#0123abce", "esia", "no", 0, None, None),
        ("titles:A-1", "export_stage", "concentrate", None, None, None),
        (None, "local_value_addition_share", "35", 0.35, "share", 2023),
        (None, "jobs_count", "12,500", 12500, "people", None),
        (None, "recycled_share", "no", 0, None, None),
        (None, "closure_bonds_count", "yes", None, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A-1,profit,yes,,,", "the topic 'profit' is none of contract, esia,"),
        ("Z-9,contract,yes,,,", "no register holds the title 'Z-9'"),
        (",contract,yes,,,", "this topic is of a title, and the row names none"),
        ("A-1,jobs_count,12,,,", "this topic is of the country: leave the title out"),
        ("A-1,contract,1,,,", "the value '1' is not yes or no"),
        ("A-1,contract,,,,", "the value '' is not yes or no"),
        ("A-1,export_stage,gold,,,", "the value 'gold' is not one of ore, concentrate,"),
        (",recycled_share,35,,,", "the value '35' is not a share of 0 to 1, yes or no"),
        (",recycled_share,110,%,,", "the value '110' is not a share of 0 to 1, yes or no"),
        (",jobs_count,-3,,,", "the value '-3' is not a number from 0 up, yes or no"),
        (",jobs_count,many,,,", "the value 'many' is not a number from 0 up, yes or no"),
        ("A-1,contract,yes,,,,,more", "row 2 of the file has 8 fields where the header names 6"),
    ],
)
def test_a_row_of_statements_that_cannot_be_used_is_an_issue(
    tmp_path: Path, row: str, problem: str
) -> None:
    found = said(tmp_path, statements=STATEMENTS + row + "\n")
    assert rows(found.statements, "topic") == []
    [(where, text, action)] = told(found)
    assert (where, action) == ("row 2", "rejected")
    assert text.startswith(problem)


def test_a_year_that_is_none_and_a_contradiction_are_told(tmp_path: Path) -> None:
    text = STATEMENTS + "A-1,esia,yes,,last,\nA-1,esia,no,,,\nA-1,contract,yes,,2020,\n"
    found = said(tmp_path, statements=text + "A-1,contract,no,,2024,\n")
    assert told(found) == [
        ("row 2", "the year 'last' is not used", "noted"),
        (
            "row 3",
            "a row before it states another value of the same title, topic and year",
            "noted",
        ),
    ]
    assert len(rows(found.statements, "topic")) == 4


def test_texts_in_another_encoding_and_with_semicolons_are_read(tmp_path: Path) -> None:
    text = (STATEMENTS + "A-1,contract,yes,,2024,Ministério da Mineração e Energia\n").encode(
        "cp1252"
    )
    (tmp_path / "statements.csv").write_bytes(text.replace(b",", b";"))
    catalog = Catalog("made", "Made", {}, "", {"statements": "statements.csv"})
    sites, layers = ground()
    found = statements.stated(statements.read_tables(catalog, tmp_path), layers, sites)
    assert rows(found.statements, "source") == [("Ministério da Mineração e Energia",)]
    assert [("a guess" in text) for _, text, _ in told(found)] == [True]


# --- the catalogue, the build and the store ------------------------------------------------------

TITLES = """
role = "concession"
label = "Titles"
complete_within = "world"
source.path = "titles.geojson"
licence = { text = "CC0", publish = "public" }
columns = { feature_id = "code", status = "status" }
"""
LANDS = """
role = "community_land"
label = "Lands"
tenure = "indigenous"
complete_within = "world"
source.path = "lands.geojson"
licence = { text = "CC0", publish = "public" }
columns = { feature_id = "code" }
"""


def country(folder: Path, head: str) -> Path:
    """Two titles, one of them on a territory, and a catalogue that begins with `head`."""
    layers = folder / "layers"
    layers.mkdir()
    for name, text in (("catalogue", head), ("titles", TITLES), ("lands", LANDS)):
        (layers / f"{name}.toml").write_text(text)
    titles = [made.feature(made.square(x, 0), code=f"T-{x}", status="a") for x in (1, 2)]
    made.geojson(folder / "titles.geojson", titles)
    made.geojson(folder / "lands.geojson", [made.feature(made.square(1, 0), code="L")])
    return layers


TABLES = 'country = "XTY"\n[tables]\nconsent = "consent.csv"\nstatements = "said/statements.csv"\n'


def test_the_tables_of_a_catalogue_are_kept_in_the_store(tmp_path: Path) -> None:
    layers = country(tmp_path, TABLES)
    (tmp_path / "said").mkdir()
    (tmp_path / "consent.csv").write_text(
        CONSENT + "T-1,lands,L,not_sought,,\nT-9,lands,L,unknown,,"
    )
    (tmp_path / "said" / "statements.csv").write_text(STATEMENTS + ",jobs_count,120,,,\n")
    pipeline.build(layers, tmp_path, tmp_path / "store", made.ON)
    opened = store.open_store(tmp_path / "store")
    assert opened.meta["country"] == "XTY"
    assert [row["site_id"] for row in opened.rows("all_consent")] == ["titles:T-1"]
    [jobs] = opened.rows("all_statements")
    assert (jobs["site_id"], jobs["topic"], jobs["value"]) == (None, "jobs_count", 120)
    issues = opened.frame("all_issues")
    assert list(issues[issues["layer_id"] == "consent"]["feature_id"]) == ["row 3"]


def test_a_table_that_is_not_there_stops_the_build_unless_it_may_go_on(tmp_path: Path) -> None:
    layers = country(tmp_path, TABLES)
    (tmp_path / "said").mkdir()
    (tmp_path / "said" / "statements.csv").write_text("title,topic,value\n")
    with pytest.raises(SourceError) as caught:
        pipeline.build(layers, tmp_path, tmp_path / "store", made.ON)
    text = str(caught.value)
    assert "2 of 4 layers and tables cannot be read" in text
    assert "table consent: " in text and "no such file" in text
    assert "'unit' (tables.statements.unit)" in text
    pipeline.build(layers, tmp_path, tmp_path / "store", made.ON, keep_going=True)
    opened = store.open_store(tmp_path / "store")
    issues = opened.frame("all_issues")
    assert set(issues["layer_id"]) >= {"consent", "statements"}
    assert opened.rows("all_consent") == []


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("lable = 'A'", "lable"),
        ("label = 3", "label"),
        ("country = 'Kenya'", "country"),
        ("country = 'ken'", "country"),
        ("country = 'ABC'", "country"),
        ("tables = 'consent.csv'", "tables"),
        ("[tables]\nconsents = 'consent.csv'", "tables.consents"),
        ("[tables]\nconsent = '../consent.csv'", "tables.consent"),
        ("[tables]\nconsent = '/tmp/consent.csv'", "tables.consent"),
        ("[tables]\nconsent = 'https://example.org/consent.csv'", "tables.consent"),
        ("[tables]\nconsent = ''", "tables.consent"),
    ],
)
def test_a_mistake_in_the_head_of_a_catalogue_is_told_by_its_key(
    tmp_path: Path, head: str, key: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_catalog(country(tmp_path, head))
    [problem] = caught.value.problems
    assert (Path(problem.path).name, problem.key) == ("catalogue.toml", key)


def test_a_catalogue_without_tables_states_nothing(tmp_path: Path) -> None:
    catalog = read_catalog(country(tmp_path, "label = 'Made'"))
    assert (catalog.country, dict(catalog.tables)) == ("", {})
    sites, layers = ground()
    found = statements.stated(statements.read_tables(catalog, tmp_path), layers, sites)
    assert found.consent is None and found.statements is None
    assert len(found.issues) == 0


def test_a_table_with_a_header_alone_is_not_the_same_as_none(tmp_path: Path) -> None:
    found = said(tmp_path, consent=CONSENT, statements=STATEMENTS)
    assert rows(found.consent, "state") == []
    assert rows(found.statements, "topic") == []


def test_many_rows_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    topics = np.tile(["contract", "esia", "payments"], 50)
    text = STATEMENTS + "".join(f"A-1,{t},yes,,{1950 + i},\n" for i, t in enumerate(topics))
    assert rows(said(tmp_path, statements=text).statements, "year") == [
        (1950 + i,) for i in range(150)
    ]
