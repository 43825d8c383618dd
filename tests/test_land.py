"""Land and people on the page: figures are pure, nothing unknown looks like nothing."""

from __future__ import annotations

from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from cetm_geo.dashboard.answer.terrain import Land, land_view, pending, people
from cetm_geo.dashboard.panels import land as panel
from cetm_geo.model import NOT_REACHED, RASTER_ROLES, Role
from tests.test_dashboard import HOSTILE, inside, text_of

GPW = "People per km2 of land; nothing is scaled down."


def a_source(role: str, **more: Any) -> dict[str, Any]:
    row = {
        "layer_id": f"{role}_map", "role": role, "label": role.title(), "as_of": "2020",
        "licence": "CC BY 4.0", "attribution": "Somebody", "note": "", "problem": None,
        "stale": False,
    }  # fmt: skip
    return {**row, **more}


def a_row(name: str, value: float | None, status: str = "ok", **more: Any) -> dict[str, Any]:
    row = {"indicator_id": name, "value": value, "value_text": None, "unit": "", "note": None}
    return {**row, "status": status, **more}


def a_land(*rows: dict[str, Any], **more: Any) -> Land:
    sources = more.pop("sources", [a_source(role) for role in RASTER_ROLES])
    site = {"site_id": "s", "kind": "title"}
    return Land.of({"indicators": rows, "series": [], "sources": sources, "site": site, **more})


def words_of(land: Land) -> str:
    return " ".join(text_of(land_view(land)).split())


def test_each_role_that_is_loaded_has_a_row_and_the_others_are_named() -> None:
    said = words_of(a_land(sources=[a_source("population"), a_source("elevation")]))
    assert "People inside" in said
    assert "Slope" in said
    assert "Tree cover lost" not in said
    assert "No raster is loaded of: Tree cover, Tree loss, Land cover" in said
    assert "No raster is loaded of" not in words_of(a_land())


@pytest.mark.parametrize(
    ("status", "note", "said"),
    [
        ("no_data", None, "no data"),
        ("layer_missing", NOT_REACHED, "no answer"),
        ("outside_layer_extent", "the raster does not reach the site", "not covered"),
        ("not_applicable", "there was no tree cover", "not applicable"),
    ],
)
def test_a_value_that_is_not_known_says_why_and_is_never_none(
    status: str, note: str | None, said: str
) -> None:
    row = a_row("surface_water_share", None, status, note=note)
    told = words_of(a_land(row, sources=[a_source("surface_water")]))
    assert f"Under water {said}" in told
    assert (note or said).lower() in told.lower()
    assert "none" not in told.replace("No raster", "")
    assert "Under water none" in words_of(a_land(a_row("surface_water_share", 0.0)))


def test_the_note_of_a_layer_stands_with_its_source_and_once() -> None:
    note = f"the raster reaches 50.0 % of the site; {GPW.rstrip('.')}"
    row = a_row("population_count", 10.0, "outside_layer_extent", note=note)
    source = a_source("population", note=f"{GPW} Raster of 4 x 2 cells.")
    said = words_of(a_land(row, sources=[source]))
    assert said.count("nothing is scaled down") == 1
    assert "The raster reaches 50.0 % of the site" in said


def test_people_are_whole_and_a_part_of_one_is_not_none() -> None:
    assert [people(x) for x in (0, 0.2, 0.6, 1234.4)] == ["none", "<\u00a01", "1", "1\u202f234"]


def test_years_that_were_not_seen_are_not_years_without_loss() -> None:
    series = [{"indicator_id": "tree_loss_ha", "year": y, "value": None} for y in (2001, 2002)]
    said = words_of(a_land(a_row("tree_loss_ha", None, "outside_layer_extent"), series=series))
    assert "2001 to 2002: not known" in said
    assert "none found" not in said


def test_the_mix_of_land_cover_is_shown_from_the_largest_and_the_rest_in_one() -> None:
    shares = [0.3, 0.2, 0.15, 0.12, 0.1, 0.06, 0.04, 0.03, 0.0]
    rows = [
        a_row(f"land_cover_class_{i}_share", share, value_text=f"Class {i}")
        for i, share in enumerate(shares)
    ]
    said = words_of(a_land(*rows, a_row("land_cover_main_class", 0.0, value_text="Class 0")))
    assert said.index("Class 0") < said.index("Class 5") < said.index("2 more")
    assert "7.0 %" in said
    assert "Class 8" not in said


def test_what_is_being_measured_keeps_its_rows_and_asks_for_its_answer() -> None:
    sources = [a_source(role) for role in RASTER_ROLES]
    waiting = [x for x in inside(land_view(pending(sources))) if isinstance(x, html.Li)]
    rows = [x for x in waiting if getattr(x, "className", "") == "land-fact"]
    assert len(rows) == len(RASTER_ROLES) + 1  # and the tailings screen
    assert all("…" in text_of(row) for row in rows)
    asked = [x for x in inside(panel.land_place(sources)) if isinstance(x, dcc.Store)]
    assert len(asked) == 1
    assert not [x for x in inside(panel.land_place([])) if isinstance(x, dcc.Store)]


def test_the_tailings_screen_says_what_it_is_not_and_what_it_rests_on() -> None:
    note = "rests on 2 of 4 inputs; between 1 and 6; not known: flood class, people downstream"
    said = words_of(a_land(a_row("tailings_screen", 1.0, note=note)))
    assert "Tailings screen 1 of 7" in said
    assert "not a GISTM consequence class" in said
    assert "between 1 and 6" in said
    assert "Tailings" not in words_of(a_land())


def test_hostile_texts_of_rasters_stay_text() -> None:
    row = a_row("land_cover_main_class", 1.0, value_text=HOSTILE, note=HOSTILE)
    source = a_source("land_cover", label=HOSTILE, note=HOSTILE, attribution=HOSTILE)
    parts = list(inside(land_view(a_land(row, sources=[source]))))
    assert sum(HOSTILE in part for part in parts if isinstance(part, str)) >= 3
    assert not {x._type for x in parts if isinstance(x, Component)} & {"Markdown", "Iframe"}


def test_the_first_raster_that_could_be_read_speaks() -> None:
    sources = [a_source("population", problem="gone", note="A"), a_source("population", note="B")]
    assert a_land(sources=sources).source(Role.POPULATION)["note"] == "B"
