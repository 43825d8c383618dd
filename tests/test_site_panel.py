"""The panel of one title: order, honest states, rings, charts, standing, and words by language."""

from __future__ import annotations

import json
from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import shapely
from dash import html

from cetm_geo import language, measure, rings
from cetm_geo.dashboard.answer import charts, reading
from cetm_geo.dashboard.answer.around import RINGS, around_view, cells_of
from cetm_geo.dashboard.answer.column import answer_view
from cetm_geo.dashboard.answer.head import bar_view
from cetm_geo.dashboard.answer.others import others_view
from cetm_geo.dashboard.answer.overlapping import overlaps_view
from cetm_geo.dashboard.answer.sourcing import sources_view
from cetm_geo.dashboard.answer.terrain import loss_said
from cetm_geo.dashboard.answer.touching import group_of, shared_notes, touching_view
from cetm_geo.dashboard.panels import site
from cetm_geo.indicators import RING_COLUMNS
from cetm_geo.language import speaking
from cetm_geo.model import SCREENED_ROLES, LayerState
from cetm_geo.overlay import RINGS_KM
from cetm_geo.web import Service
from cetm_geo.web.around import rings_round
from cetm_geo.web.filters import Filters
from cetm_geo.web.standing import standing_of
from tests.browsing import Visit
from tests.test_dashboard import a_line, an_answer, an_overlap, inside, text_of


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


def classes(view: Any) -> list[str]:
    return [str(getattr(part, "className", "")) for part in inside(view)]


def with_attribute(view: Any, name: str) -> list[Any]:
    return [part for part in inside(view) if getattr(part, name, None) is not None]


# --- what it touches -----------------------------------------------------------------------------


def test_every_layer_of_a_title_is_told_in_one_of_the_groups(service: Service) -> None:
    for row in service.finder().rows(Filters()).rows[::40]:
        answer = service.answer(row["site_id"])
        text = " ".join(text_of(touching_view(answer)).split())
        for line in reading.shown_lines(answer["lines"]):
            if line["scope_kind"] == "layer":
                assert reading.line_label(line) in text
                assert group_of(line, answer) in ("on", "near", "none", "open")


def test_a_layer_without_an_answer_keeps_a_line_of_its_own_and_is_never_among_the_nones() -> None:
    open_ = [
        a_line(state, scope_id=state.value, label=f"Layer {state.value}", gap=True)
        for state in (LayerState.FAILED, LayerState.NOT_COVERED, LayerState.COVERAGE_UNKNOWN)
    ]
    none = a_line(LayerState.CHECKED_NONE, scope_id="zones", label="Zones")
    view = touching_view(an_answer(none, *open_))
    (found,) = (
        part for part in inside(view) if "none-found" in str(getattr(part, "className", ""))
    )
    assert "Zones" in text_of(found)
    assert "Layer" not in text_of(found)
    assert sum(name.startswith("line state-") for name in classes(view)) == len(open_)


def test_none_from_data_that_lack_something_stands_in_a_line_with_its_reason() -> None:
    stale = a_line(LayerState.CHECKED_NONE, gap=True, note="data as of 2013, older than 5 years")
    view = touching_view(an_answer(stale))
    assert "none-found" not in classes(view)
    assert "older than 5 years" in text_of(view)


def test_what_several_answers_lack_alike_is_said_once_with_their_names() -> None:
    note = "where the data are complete is not stated"
    lines = [
        a_line(LayerState.OVERLAPS, scope_id=f"l{i}", label=f"Layer {i}", note=note, gap=True)
        for i in range(3)
    ]
    answer = an_answer(*lines)
    assert shared_notes(lines, answer) == {note: ["Layer 0", "Layer 1", "Layer 2"]}
    text = text_of(touching_view(answer))
    assert text.count("here the data are complete is not stated") == 1
    assert text.count("*") == len(lines) + 1


def test_a_place_leads_to_its_piece_and_not_where_no_shape_may_be_shown() -> None:
    shown, withheld = an_overlap(), an_overlap(feature_id="p:2", name="Hidden", piece=False)
    view = touching_view(an_answer(a_line(LayerState.OVERLAPS), overlaps=[shown, withheld]))
    (button,) = with_attribute(view, "data-piece")
    assert getattr(button, "data-piece") == "parks/p:1"
    assert getattr(button, "aria-label") == "Show on the map: Old Forest"
    assert "Hidden" in text_of(view)


# --- overlaps ------------------------------------------------------------------------------------


def test_a_place_opens_the_titles_on_it_and_another_title_opens_itself() -> None:
    title = an_overlap(layer_id="register", role="concession", feature_id="T#1", name="Other")
    view = overlaps_view(an_answer(overlaps=[an_overlap(), title]))
    goes = [getattr(part, "data-go") for part in with_attribute(view, "data-go")]
    assert goes == ["place=parks%2Fp%3A1&site=&view=", "site=register%3AT%231&place=&view="]


def test_what_a_title_adds_is_drawn_and_said_beside_what_is_there_already() -> None:
    row = an_overlap(added_km2=0.4, already_km2=0.2)  # of a place of 2 km2
    view = overlaps_view(an_answer(overlaps=[row]))
    widths = {
        part.className: part.style["width"]
        for part in inside(view)
        if getattr(part, "className", "") in ("added", "already")
    }
    assert widths == {"already": "10.00%", "added": "20.00%"}
    assert "add 20.0\u00a0% to the 10.0\u00a0% under titles in force" in text_of(view)


def test_places_beyond_the_first_are_folded_and_none_is_lost() -> None:
    rows = [an_overlap(feature_id=f"p:{i}", name=f"Park {i}") for i in range(9)]
    view = overlaps_view(an_answer(overlaps=rows))
    assert "Show 3 more places" in text_of(view)
    assert all(f"Park {i}" in text_of(view) for i in range(9))


# --- around it -----------------------------------------------------------------------------------


def ringed(covered: list[float | None], **more: Any) -> dict[str, Any]:
    columns = dict(zip(RING_COLUMNS, covered, strict=True))
    line = {"scope_kind": "role", "scope_id": "protected_area", **columns, **more}
    return a_line(LayerState.WITHIN_RING, **line)


def test_a_ring_is_none_only_where_the_data_reach_all_of_it() -> None:
    found = {"km2": [10.0] * 5, "seen": {"protected_area": [1.0, 1.0, 1.0, 0.4, 0.4]}}
    line = ringed([0.0, 0.005, 5.0, 0.0, 2.0], nearest_km=0.0)
    view = around_view(an_answer(line, rings=found))
    cells = [text_of(part).strip() for part in inside(view) if isinstance(part, html.Td)][1:]
    assert cells == ["none", "<\u00a00.1\u00a0%", "50.0\u00a0%", "?", "≥\u00a020.0\u00a0%"]
    hatched = [name for name in classes(view) if "partly" in name.split()]
    assert len(hatched) == 2


def test_a_ring_that_holds_a_place_without_land_is_not_said_to_hold_none() -> None:
    found = {"km2": [10.0] * 5, "seen": {"protected_area": [1.0] * 5}}
    cells = cells_of(ringed([0.0] * 5, nearest_km=7.0), found)
    assert [cell.near for cell in cells] == [False, False, True, False, False]


def test_a_role_that_could_not_be_read_is_unknown_in_every_ring() -> None:
    found = {"km2": [10.0] * 5, "seen": {"protected_area": None}}
    line = ringed([None] * 5, nearest_km=None) | {"state": LayerState.FAILED.value}
    view = around_view(an_answer(line, rings=found))
    assert text_of(view).split().count("?") >= len(RINGS)


def test_rings_of_a_title_hold_what_is_covered_in_them(service: Service) -> None:
    for row in service.finder().rows(Filters()).rows[::60]:
        answer = service.answer(row["site_id"])
        found = answer["rings"]
        assert found["km2"] == sorted(found["km2"])
        assert set(found["seen"]) == set(SCREENED_ROLES)
        for shares in found["seen"].values():
            assert shares is None or all(0 <= share <= 1 for share in shares)
        for line in answer["lines"]:
            if line["role"] in SCREENED_ROLES:
                for column, km2 in zip(RING_COLUMNS, found["km2"], strict=True):
                    assert (line[column] or 0) <= km2 * 1.001


def test_a_drawn_shape_has_the_rings_of_the_title_it_repeats(service: Service) -> None:
    site_id = service.finder().rows(Filters(), end=1).rows[0]["site_id"]
    answer = service.answer(site_id)
    store = service.store()
    outline = store.shapes("site_with_outline", site_id=site_id).geometry.iloc[0]
    drawn = service.screener.propose(outline.__geo_interface__).answer
    assert drawn["rings"]["km2"] == pytest.approx(answer["rings"]["km2"], rel=1e-6)


def test_rings_of_an_outline_of_very_many_corners_are_drawn_with_fewer_and_stay_true(
    service: Service,
) -> None:
    turn = np.linspace(0, 2 * np.pi, 6000, endpoint=False)
    radius = 0.1 + 0.004 * np.sin(40 * turn)
    outline = shapely.polygons(
        np.column_stack([-15 + radius * np.cos(turn), -26 + radius * np.sin(turn)])
    )
    found = rings_round(outline, service.resident(service.store()).ground)
    assert found is not None
    reaches = rings.reaches(np.array([outline], object), RINGS_KM)[:, 0]
    km2 = measure.area_km2(np.array([outline, *reaches], object))
    assert found["km2"] == pytest.approx(np.diff(km2), rel=3e-3)


# --- charts --------------------------------------------------------------------------------------


def test_a_chart_of_years_is_one_that_plotly_takes_and_hatches_what_is_not_known() -> None:
    rows = [{"year": 2001, "value": 250.0}, {"year": 2002, "value": None}]
    drawn = go.Figure(charts.yearly(rows))
    known, unknown = drawn.data
    assert (list(known.x), list(known.y)) == ([2001], [2.5])  # km2 from 1 up
    assert unknown.marker.pattern.shape == "/"
    assert list(unknown.customdata) == ["not known"]
    assert loss_said(rows) == (
        "Loss by year, 2001 to 2002: most in 2001, 2.50\u00a0km². 1 year is not known."
    )


def test_numbers_of_a_chart_follow_the_language() -> None:
    with speaking("fr"):
        drawn = charts.yearly([{"year": 2001, "value": 25.5}])
    assert drawn["layout"]["separators"].startswith(",")
    assert drawn["data"][0]["customdata"] == ["25,5\u00a0ha"]


def test_a_chart_says_what_it_shows_and_carries_its_numbers_as_a_table() -> None:
    rows = [{"year": 2001, "value": 250.0}, {"year": 2002, "value": None}]
    said = "Loss by year"
    view = charts.graph("x", charts.yearly(rows), said, charts.table(rows, ("Year", "Lost")))
    (figure,) = with_attribute(view, "data-figure")
    assert getattr(figure, "aria-label") == said
    held = json.loads(getattr(figure, "data-figure"))
    assert held["config"]["displayModeBar"] is False
    assert "2.50\u00a0km²" in text_of(view)
    assert "not known" in text_of(view)


# --- where it stands -----------------------------------------------------------------------------


def test_a_title_stands_between_its_neighbours_among_those_found(service: Service) -> None:
    finder = service.finder()
    wanted = Filters(statuses=("expired",))
    found = finder.rows(wanted).rows
    third = found[2]
    standing = standing_of(finder, third["site_id"], wanted)
    assert standing is not None
    assert (standing.place, standing.found) == (3, len(found))
    assert standing.before == (found[1]["site_id"], found[1]["name"])
    assert standing.after == (found[3]["site_id"], found[3]["name"])
    assert f"3 of {len(found)} by tier" in text_of(bar_view(standing))
    first = standing_of(finder, found[0]["site_id"], wanted)
    assert first is not None
    assert first.before is None


def test_a_title_that_the_filters_do_not_find_says_so(service: Service) -> None:
    finder = service.finder()
    other = finder.rows(Filters(statuses=("active",)), end=1).rows[0]
    standing = standing_of(finder, other["site_id"], Filters(statuses=("expired",)))
    assert standing is not None
    assert standing.place is None
    assert "not among those found" in text_of(bar_view(standing))
    assert standing_of(finder, "no:such", Filters()) is None


# --- the rest ------------------------------------------------------------------------------------


def test_titles_are_told_together_with_the_land_they_cover_once() -> None:
    line = a_line(
        LayerState.OVERLAPS, scope_kind="role", scope_id="concession", role="concession",
        covered_km2=2.0, covered_share=0.5, feature_count=3.0,
    )  # fmt: skip
    land = [{"status_group": "all", "sites": 403, "union_km2": 15944.0}]
    text = text_of(others_view(an_answer(line), land))
    assert "3 other titles lie over 2.00\u00a0km² (50.0\u00a0%) of this title" in text
    assert "403 titles on 15\u202f944\u00a0km²" in text


def test_a_source_says_its_day_error_checksum_and_what_it_lacks() -> None:
    source = {
        "label": "Parks", "role": "protected_area", "as_of": "2013", "licence": "CC0",
        "positional_error_m": 100.0, "sha256": "0123456789abcdef", "stale": True,
        "problem": "the file could not be read", "attribution": "An office",
    }  # fmt: skip
    view = sources_view(an_answer(a_line(LayerState.OVERLAPS), sources=[source]))
    text = text_of(view)
    for said in ("An office", "CC0", "±\u00a0100\u00a0m", "01234567", "2013", "older than its"):
        assert said in text
    assert "not read: the file could not be read" in text
    assert any("0123456789abcdef" in str(getattr(part, "title", "")) for part in inside(view))


def test_a_part_that_fails_says_so_and_leaves_the_others() -> None:
    def failing() -> Any:
        raise ValueError("a row of another shape")

    answer = an_answer(a_line(LayerState.OVERLAPS))
    text = text_of(answer_view(answer, html.P("the verdict"), failing, html.P("the water")))
    assert "This part of the answer could not be shown." in text
    assert "What it touches" in text
    assert "the water" in text


def test_there_is_a_way_to_each_part_that_there_is(service: Service) -> None:
    site_id = service.finder().rows(Filters(), end=1).rows[0]["site_id"]
    rulebook = service.store().rulebook
    view = site.view(service.answer(site_id), rulebook)
    text = json.dumps([part.nodes for part in inside(view) if hasattr(part, "nodes")])
    for name in ("touches", "flags", "overlaps", "around", "downstream", "pillars", "sources"):
        assert f'"data-jump": "{name}"' in text
        assert f'"data-part": "{name}"' in text


class _Marked(NullTranslations):
    """Every text that is said through gettext, between marks."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def test_no_heading_term_or_button_of_the_panel_is_said_past_the_catalogues(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda _language: _Marked())
    for row in service.finder().rows(Filters()).rows[::90]:
        answer = service.answer(row["site_id"])
        with speaking("fr"):
            parts = site.view(answer, service.store().rulebook)
        trees = [node for part in inside(parts) if hasattr(part, "nodes") for node in part.nodes]
        tags = {"h2", "h3", "dt", "summary", "button"}
        said = [text for node in trees for text in _texts_in(node, tags) if text.strip(" *·")]
        own = {reading.in_language(card["label"]) for card in answer["flags"]}
        norms = {str(norm["short"]) for norm in answer["norms"].values()}
        names = {str(helper["name"]) for helper in answer["helpers"].values()}
        known = own | norms | names | {card["label"]["fr"] for card in answer["flags"]}
        missed = [x for x in said if "⟦" not in x and not any(name in x for name in known)]
        assert missed == []


def _texts_in(node: Any, tags: set[str], within: bool = False) -> list[str]:
    if isinstance(node, str):
        return [node] if within else []
    tag, _properties, *children = node
    return [text for child in children for text in _texts_in(child, tags, within or tag in tags)]


# --- in a browser --------------------------------------------------------------------------------


def test_plotly_comes_with_the_first_chart_in_sight_and_parts_are_reached_by_keyboard(
    visit: Callable[..., Visit], service: Service
) -> None:
    loss = service.store().frame("all_series")
    lost = loss[loss["indicator_id"] == "tree_loss_ha"].groupby("site_id")["value"].sum()
    trip = visit()
    asked: list[str] = []
    trip.page.on("request", lambda request: asked.append(request.url))
    page = trip.open(f"?site={lost.idxmax()}")
    page.wait_for_selector(".panel-site .verdict")
    assert not any("plotly" in url for url in asked)
    page.locator('.panel-site [data-jump="land"]').press("Enter")
    page.wait_for_selector(".panel-site .chart .bars .point", timeout=60_000)
    assert page.evaluate("document.activeElement.textContent").startswith("Land and people")
    assert any("plotly" in url for url in asked)
    assert trip.complaints == []
