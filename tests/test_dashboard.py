"""Figures are pure: rows in, components out; words and signs never mislead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

from cetm_geo import resources, words
from cetm_geo.dashboard import answer as reading
from cetm_geo.dashboard import create_app, figures
from cetm_geo.dashboard.corners import corner_count, read_typed
from cetm_geo.dashboard.mapconfig import legend_order, map_config
from cetm_geo.dashboard.panels import download, explore
from cetm_geo.errors import CetmError
from cetm_geo.model import SCREENED_ROLES, LayerState
from cetm_geo.web import Service
from cetm_geo.web.titles import ALL_TITLES, Filters, find_titles

HOSTILE = "<img src=x onerror=alert(1)>[x](javascript:alert(1))"


def a_line(state: LayerState, **more: Any) -> dict[str, Any]:
    line = {
        "scope_id": "parks", "scope_kind": "layer", "role": "protected_area", "label": "Parks",
        "state": state.value, "covered_km2": 0.0, "covered_share": 0.0, "feature_count": 0.0,
        "nearest_km": 12.0, "nearest_name": "Old Forest", "inside_share": 1.0, "note": None,
        "as_of": "2026", "licence": "CC0", "publish": "public",
    }  # fmt: skip
    return {**line, **more}


def an_answer(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    site = {"site_id": "t:1", "name": "A title", "kind": "concession", "area_km2": 4.0}
    return {"site": site, "lines": list(lines), "overlaps": [], "sources": [], **more}


def an_overlap(**more: Any) -> dict[str, Any]:
    row = {
        "layer_id": "parks", "layer_label": "Parks", "role": "protected_area", "feature_id": "p:1",
        "name": "Old Forest", "designation": "Park", "overlap_km2": 1.0, "overlap_share": 0.25,
        "feature_share": 0.5, "distance_km": 0.0, "sliver": False,
    }  # fmt: skip
    return {**row, **more}


def inside(component: Any) -> Iterator[Any]:
    """The component and everything below it, texts included."""
    if isinstance(component, (list, tuple)):
        for part in component:
            yield from inside(part)
        return
    yield component
    if isinstance(component, Component):
        yield from inside(getattr(component, "children", None))


def text_of(component: Any) -> str:
    return " ".join(str(part) for part in inside(component) if isinstance(part, str))


def test_every_state_of_a_layer_has_a_sign_and_a_word_of_its_own() -> None:
    signs = {words.STATES[state].sign for state in LayerState}
    labels = {words.STATES[state].label for state in LayerState}
    assert len(signs) == len(labels) == len(LayerState)


def test_every_sign_that_is_named_is_drawn_and_no_two_drawings_are_alike() -> None:
    folder = resources.folder("assets") / "signs"
    named = [said.sign for said in words.STATES.values()]
    drawn = [(folder / f"{name}.svg").read_text() for name in named]
    assert len(set(drawn)) == len(named)
    assert all((folder / f"{said.sign}.svg").is_file() for said in words.MARKS.values())


@pytest.mark.parametrize("state", LayerState)
def test_a_line_shows_its_state_by_a_sign_and_by_words(state: LayerState) -> None:
    shown = figures.lines_view(an_answer(a_line(state, covered_km2=1.0, covered_share=0.25)))
    classes = [getattr(part, "className", "") for part in inside(shown)]
    assert f"sign sign-{words.STATES[state].sign}" in classes
    assert len(text_of(shown)) > len("What it touches one line a layer, nil results included Parks")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (LayerState.CHECKED_NONE, "none"),
        (LayerState.WITHIN_RING, "12.0\u00a0km"),
        (LayerState.WITHIN_MAPPING_ERROR, "verify"),
        (LayerState.COVERAGE_UNKNOWN, "none recorded"),
        (LayerState.NOT_COVERED, "not covered"),
        (LayerState.FAILED, "failed"),
    ],
)
def test_a_line_without_an_overlap_says_which_kind_of_none(state: LayerState, said: str) -> None:
    assert reading.line_value(a_line(state))[0] == said


def test_a_role_is_a_heading_only_above_several_layers() -> None:
    own = a_line(LayerState.OVERLAPS, scope_kind="role", scope_id="protected_area")
    one, two = a_line(LayerState.OVERLAPS), a_line(LayerState.CHECKED_NONE, scope_id="zones")
    assert reading.shown_lines([one, own]) == [one]
    assert reading.shown_lines([one, two, own]) == [own, one, two]
    assert [reading.place_in(x, [own, one, two]) for x in (own, one)] == ["heading", "under"]


def test_a_role_without_a_layer_stays_listed_as_not_covered() -> None:
    missing = a_line(LayerState.NOT_COVERED, scope_kind="role", scope_id="oecm", role="oecm")
    assert reading.shown_lines([missing]) == [missing]
    assert "not covered" in text_of(figures.lines_view(an_answer(missing)))


def test_distances_stand_in_one_sentence_and_take_no_line() -> None:
    far = [
        a_line(
            LayerState.WITHIN_RING, scope_kind="role", role="road", nearest_km=0.4, label="Roads"
        ),
        a_line(LayerState.CHECKED_NONE, scope_kind="role", role="port", nearest_km=None),
    ]
    view = figures.lines_view(an_answer(a_line(LayerState.CHECKED_NONE), *far))
    said = text_of(view)
    assert "Nearest, in a straight line: road 400\u00a0m, port none within 500\u00a0km." in said
    assert len([part for part in inside(view) if isinstance(part, html.Li)]) == 1


def test_no_component_holds_a_list_within_its_list_of_children() -> None:
    """The browser refuses such a component, and with it the whole panel."""
    far = a_line(LayerState.WITHIN_RING, scope_kind="role", role="road")
    answer = an_answer(a_line(LayerState.OVERLAPS), far, overlaps=[an_overlap()])
    for part in inside(figures.answer_view(answer)):
        children = getattr(part, "children", None)
        assert not isinstance(children, list) or not any(isinstance(c, list) for c in children)


def test_the_verdict_names_the_largest_overlap_with_its_measure_and_share() -> None:
    line = a_line(LayerState.OVERLAPS, covered_km2=1.0, covered_share=0.25)
    said = reading.verdict(an_answer(line, overlaps=[an_overlap()]))
    assert said.headline == "Touches 1 screened layer"
    assert said.reason == "1.00\u00a0km² (25.0\u00a0%) of this title lies inside Old Forest."


def test_a_nil_from_a_layer_that_failed_is_never_said_to_be_clear() -> None:
    role = a_line(LayerState.FAILED, scope_kind="role", scope_id="protected_area")
    assert reading.verdict(an_answer(a_line(LayerState.FAILED), role)).mark == "not_fully_screened"


def test_a_nil_from_stale_data_is_not_fully_screened() -> None:
    role = a_line(LayerState.CHECKED_NONE, scope_kind="role", scope_id="protected_area")
    fresh = an_answer(a_line(LayerState.CHECKED_NONE), role)
    assert reading.verdict(fresh).mark == "checked_none"
    stale = {**fresh, "sources": [{"role": "protected_area", "stale": True}]}
    assert reading.verdict(stale).mark == "not_fully_screened"


def test_the_page_never_speaks_as_a_judge() -> None:
    folder = Path(str(resources.folder("assets"))).parent
    written = [*folder.glob("cetm_geo/dashboard/**/*.py"), *folder.glob("assets/**/*.*js")]
    for file in written:
        said = file.read_text().lower()
        assert not any(word in said for word in ("breach", "violat", "no conflict")), file


def test_hostile_names_stay_text() -> None:
    overlap = an_overlap(name=HOSTILE, designation=HOSTILE, layer_label=HOSTILE)
    answer = an_answer(
        a_line(LayerState.OVERLAPS, label=HOSTILE, nearest_name=HOSTILE), overlaps=[overlap]
    )
    answer["site"] |= {"name": HOSTILE, "holder": HOSTILE, "minerals": [HOSTILE]}
    parts = list(inside([*figures.answer_view(answer), figures.facts_view(answer["site"])]))
    assert sum(HOSTILE in part for part in parts if isinstance(part, str)) >= 5
    kinds = {part._type for part in parts if isinstance(part, Component)}
    assert not kinds & {"Markdown", "Iframe", "Script", "DangerouslySetInnerHTML"}


def test_a_licence_link_that_is_no_web_address_is_not_a_link() -> None:
    source = {"label": "x", "role": "protected_area", "licence": "L", "licence_url": "javascript:1"}
    shown = figures.sources_view(an_answer(a_line(LayerState.OVERLAPS), sources=[source]))
    assert not [part for part in inside(shown) if getattr(part, "href", None)]


def test_a_title_with_any_id_has_an_address_that_brings_it_back() -> None:
    assert figures.site_address("a:b&site=c #1") == "?site=a%3Ab%26site%3Dc%20%231"


def test_typed_corners_become_a_closed_polygon_and_say_how_they_were_read() -> None:
    typed = read_typed("2 N 20 E\n2 N; 21 E\n3 N, 21.5 W\n")
    assert typed.geometry is not None
    assert typed.geometry["coordinates"][0] == [[20, 2], [21, 2], [-21.5, 3], [20, 2]]
    assert corner_count(typed.geometry) == 3
    assert typed.said == (
        "Read as latitude, longitude in decimal degrees; first corner 2.0000 N, 20.0000 E."
    )
    assert typed.choices == ()


def test_corners_of_two_readings_are_no_polygon_before_one_is_confirmed() -> None:
    text = "20 2\n21 2\n21 3"
    typed = read_typed(text, near=(19, 1, 22, 4))
    assert typed.geometry is None
    (lon_first, label), (lat_first, _) = typed.choices
    assert label == "longitude, latitude in decimal degrees: first corner 2.0000 N, 20.0000 E"
    for choice, first in ((lon_first, [20, 2]), (lat_first, [2, 20])):
        taken = read_typed(text, choice, near=(19, 1, 22, 4)).geometry
        assert taken is not None
        assert taken["coordinates"][0][0] == first
    # What was confirmed for one text holds for no other.
    assert read_typed(text + "\n20 3", lon_first).geometry is None


def test_pasted_geojson_is_taken_as_it_is() -> None:
    shape = {"type": "Polygon", "coordinates": [[[20, 2], [21, 2], [21, 3], [20, 2]]]}
    assert read_typed(json.dumps(shape)).geometry == shape


@pytest.mark.parametrize("text", ["", "1 2\n3 4", "1 2\n3 4 5\n6 7", "{", '{"type": "Point"}'])
def test_typed_corners_that_are_no_polygon_are_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(CetmError) as refused:
        read_typed(text)
    assert refused.value.hint


def test_the_map_draws_a_layer_by_its_style_word_and_never_by_its_id() -> None:
    rows = [
        {"layer_id": "x", "role": "community_land", "label": "X", "style": '{"draw": "claimed"}'},
        {"layer_id": "y", "role": "river", "label": "Y", "style": "not json"},
        {"layer_id": "z", "role": "concession", "label": "Z", "style": '{"draw": "kba"}'},
    ]
    bounds = {"west": "0", "south": "0", "east": "1", "north": "1"}
    config = map_config(rows, bounds, "g", lambda name: "withheld" if name == "x" else "")
    drawn = {layer["id"]: layer["draw"] for layer in config["layers"]}
    assert drawn == {"x": "claimed", "y": "river", "z": "site"}
    assert [layer["id"] for layer in legend_order(config["layers"])] == ["z", "x", "y"]
    assert not next(layer for layer in config["layers"] if layer["id"] == "x")["visible"]


def test_filters_go_into_the_download_address() -> None:
    wanted = explore.filters_of("gold", ["overlaps"], None, ["application"], None)
    where = download.address(wanted)
    assert where == "api/v1/sites.geojson?q=gold&mark=overlaps&status=application"


def test_the_verdict_of_every_sample_title_is_the_mark_on_the_map(sample_store: Path) -> None:
    service = Service(sample_store)
    rows = find_titles(service.store(), Filters(), ALL_TITLES).rows
    told = {row["site_id"]: reading.verdict(service.answer(row["site_id"])).mark for row in rows}
    assert told == {row["site_id"]: row["mark"] for row in rows}


def test_every_screened_role_has_a_line_for_every_title(sample_store: Path) -> None:
    service = Service(sample_store)
    row = find_titles(service.store(), Filters(), 1).rows[0]
    shown = reading.shown_lines(service.answer(row["site_id"])["lines"])
    assert {line["role"] for line in shown} >= set(SCREENED_ROLES)


def test_without_a_store_the_page_says_so(tmp_path: Path) -> None:
    app = create_app(tmp_path / "nothing")
    layout = app.server.test_client().get("/_dash-layout")
    assert layout.status_code == 200
    assert "There are no data to show yet" in json.dumps(layout.json)
