"""Explore: filters in words, choices with counts, the table's rows, and what the page answers."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from dash.development.base_component import Component

from cetm_geo import words
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.explore import choices, filterwords, finding, titletable
from cetm_geo.dashboard.explore.choices import Found, Offered
from cetm_geo.dashboard.explore.explorer import Explorer
from cetm_geo.dashboard.explore.filterwords import Chip, Names
from cetm_geo.dashboard.explore.finding import Choice
from cetm_geo.dashboard.panels import search, table
from cetm_geo.dashboard.tree import drawn
from cetm_geo.language import NAMES, speaking
from cetm_geo.model import Role, Tier
from cetm_geo.web import Service
from cetm_geo.web.filters import WORDS, Filters, filters_of, query_of
from cetm_geo.web.finding import SORTABLE, Suggestion

HOSTILE = "<img src=x onerror=alert(1)>"


def inside(component: Any) -> Iterator[Any]:
    """The component and everything below it, texts included."""
    if isinstance(component, list | tuple):
        for part in component:
            yield from inside(part)
        return
    yield component
    if isinstance(component, Component):
        yield from inside(getattr(component, "children", None))


def text_of(component: Any) -> str:
    return " ".join(str(part) for part in inside(component) if isinstance(part, str))


def buttons(component: Any) -> dict[str, Any]:
    """Choices by what they put into the address."""
    found = {getattr(part, "data-toggle", None): part for part in inside(component)}
    return {key: part for key, part in found.items() if key}


# --- filters in words ----------------------------------------------------------------------------

EVERYTHING = Filters(
    text="a, b & c",
    tiers=("critical", "high"),
    screened="partly",
    rules=("parks",),
    statuses=("application",),
    stages=("mining",),
    holders=("Smith, Jones & Co",),
    minerals=("gold", "copper"),
    lists=("un",),
    layers=("wdpa",),
    places=(("wdpa", "1"),),
    area_km2=(0.05, 250.0),
    granted=("2010", ""),
    box=(-10.5, 1.0, 2.0, 3.0),
    ids=("t:1",),
)
NAMED = Names(
    layers={"wdpa": "Parks"},
    rules={"parks": "Inside a park"},
    lists={"un": "UN"},
    places={("wdpa", "1"): "Old Forest"},
)


def test_a_query_is_said_in_one_sentence_with_the_names_of_what_it_asks_for() -> None:
    said = filterwords.sentence(EVERYTHING, NAMED)
    assert said == (
        "“a, b & c”, tier Critical or High, Not fully screened, flag: Inside a park, "
        "Applications, Mining, held by Smith, Jones & Co, Gold or Copper, on the list: UN, "
        "overlapping Parks, on Old Forest, 0.05 to 250 km², granted from 2010 on, "
        "inside the map's view, 1 chosen title"
    )


def test_every_word_of_the_address_can_be_said_and_taken_away() -> None:
    assert set(query_of(EVERYTHING)) == set(WORDS)
    for chip in filterwords.chips(EVERYTHING, NAMED):
        changes = dict(parse_qsl(chip.go, keep_blank_values=True))
        assert set(changes) == {chip.word}
        left = filters_of({**query_of(EVERYTHING), **changes})
        assert left != EVERYTHING
        assert left.without(chip.word) == EVERYTHING.without(chip.word)


def test_a_chip_takes_away_its_own_value_and_leaves_the_others() -> None:
    gold = next(x for x in filterwords.chips(EVERYTHING, NAMED) if x.label == "Gold")
    left = filters_of(dict(parse_qsl(gold.go, keep_blank_values=True)))
    assert left.minerals == ("copper",)


def test_the_changes_that_clear_all_name_every_word() -> None:
    changes = dict(parse_qsl(filterwords.CLEAR, keep_blank_values=True))
    assert set(changes) == set(WORDS)
    assert not any(changes.values())


def test_a_value_with_commas_stays_one_value_on_its_way_through_the_address() -> None:
    given = filterwords.with_value("holder", "Smith, Jones & Co")
    assert filters_of(dict(parse_qsl(given))).holders == ("Smith, Jones & Co",)


@pytest.mark.parametrize("language", NAMES)
def test_filters_are_said_in_every_language_without_a_gap(language: str) -> None:
    with speaking(language):
        said = filterwords.sentence(EVERYTHING, NAMED)
    assert "{" not in said
    assert "Old Forest" in said


# --- choices -------------------------------------------------------------------------------------


def test_a_choice_nobody_matches_stays_listed_and_says_so() -> None:
    shown = finding.row(Choice("tier", "clear", "Checked, none", 0))
    assert "zero" in shown.className
    assert getattr(shown, "aria-label") == "Checked, none, 0 titles"
    assert getattr(shown, "aria-checked") == "false"


def test_what_no_title_has_an_answer_of_is_never_counted_as_none() -> None:
    shown = finding.row(Choice("layer", "x", "Sacred sites", None))
    assert "?" in text_of(shown)
    assert "0" not in text_of(shown)
    assert getattr(shown, "aria-label") == "Sacred sites, no title has an answer"


def test_the_rest_of_a_long_list_is_folded_and_the_fold_says_that_it_is_in_use() -> None:
    many = [Choice("mineral", str(i), f"M{i}", 1, chosen=i == 15) for i in range(20)]
    first, folded = finding.pills(many, "some").children
    assert "mineral=15" in buttons(folded)
    assert getattr(folded, "data-used") == "true"
    assert "+ 12 more" in text_of(folded)
    assert len(buttons([first, folded])) == 20


def test_titles_on_land_that_is_not_known_exactly_show_no_area() -> None:
    land = {"all": {"sites": 9, "union_km2": 81.0}, "application": {"sites": 2, "union_km2": 3.0}}
    assert "81.00" in text_of(finding.headline(9, 9, land))
    assert "km²" not in text_of(finding.headline(4, 9, None))
    one = {"application": land["application"]}
    assert "3.00" in text_of(finding.headline(2, 9, one))


def test_where_nothing_is_found_the_page_says_what_to_drop() -> None:
    shown = finding.nothing_found("Gold, in Kampot", 164, (Chip("in", "on Kampot", "in="), 1))
    text = text_of(shown)
    assert "No title matches these filters" in text
    assert "Gold, in Kampot: 0 of 164." in text
    assert "Without “on Kampot” there is 1." in text
    assert {"in=", filterwords.CLEAR} == {getattr(x, "data-go", None) for x in inside(shown)} - {
        None
    }


# --- rows of the table ---------------------------------------------------------------------------


def a_row(**more: Any) -> dict[str, Any]:
    row = {
        "n": 3, "site_id": "t:1", "number": "A-1", "name": "Old Pit", "holder": "Smith",
        "minerals": ["gold"], "commodity_text": "Gold", "status": "active", "stage": "mining",
        "granted_on": "2020-02-03", "area_km2": 81.3, "tier": "high", "fully_screened": True,
        "flags": 4, "protected_km2": 0.0, "kba_km2": 2.43, "community_km2": None, "gaps": [],
    }  # fmt: skip
    return {**row, **more}


def test_a_row_tells_none_from_no_answer_and_from_what_is_only_not_recorded() -> None:
    shown = titletable.shown(a_row())
    assert (shown["protected_km2"], shown["community_km2"]) == ("none", "no answer")
    gaps = titletable.shown(a_row(gaps=["protected_km2", "kba_km2"]))
    assert (gaps["protected_km2"], gaps["kba_km2"]) == ("none recorded", "≥\u00a02.43")


def test_a_row_says_its_tier_in_words_and_that_it_was_not_fully_screened() -> None:
    assert titletable.shown(a_row())["partly"] == ""
    shown = titletable.shown(a_row(fully_screened=False))
    assert (shown["tier"], shown["sign"]) == ("High", "tier-high")
    assert shown["partly"] == words.NOT_FULLY_SCREENED


def test_what_the_register_does_not_state_is_said() -> None:
    row = a_row(name=None, holder=None, minerals=[], commodity_text=None, granted_on=None)
    shown = titletable.shown(row)
    assert shown["holder"] == shown["minerals"] == shown["granted_on"] == "not stated"
    assert {"name", "holder", "minerals", "granted_on"} <= set(shown["faint"])
    assert titletable.shown(a_row(minerals=[], commodity_text="Zz"))["minerals"] == "“Zz”"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "none"), (0.004, "<\u00a00.01"), (0.5, "0.50"), (81.26, "81.26"), (414.1, "414.1"),
     (1300.2, "1\u202f300"), (None, "?")],
)  # fmt: skip
def test_square_kilometres_under_a_heading_are_never_a_rounded_nought(
    value: float | None, said: str
) -> None:
    assert titletable.km2(value) == said


def test_every_column_can_be_sorted_by_the_finder() -> None:
    shown = titletable.columns([role.value for role in Role])
    assert {column["field"] for column in shown} <= set(SORTABLE)
    assert {column["field"] for column in shown} <= set(titletable.shown(a_row()))


def test_land_in_a_role_has_a_column_only_where_a_layer_of_it_is_loaded() -> None:
    fields = [column["field"] for column in titletable.columns([Role.KEY_BIODIVERSITY_AREA])]
    assert "kba_km2" in fields
    assert "protected_km2" not in fields


def test_a_suggestion_of_all_titles_asks_as_enter_does() -> None:
    said = search.answer([Suggestion("title", HOSTILE, "", "site=x"), search.in_texts("a & b")])
    assert said["said"] == "2 suggestions"
    assert said["suggestions"][0]["label"] == HOSTILE
    assert dict(parse_qsl(said["suggestions"][1]["go"])) == {"q": "a & b"}


# --- the sample ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def explorer(service: Service) -> Explorer:
    return Explorer(service)


def find(explorer: Explorer, **query: str) -> tuple[Offered, Found]:
    offered, found, _finder = explorer.find(query)
    return offered, found


def test_column_map_table_and_download_agree_on_how_many_match(
    service: Service, explorer: Explorer
) -> None:
    query = {"tier": "high", "layer": "wdpa_protected_areas"}
    offered, found = find(explorer, **query)
    count = found.counts.count
    assert 0 < count < found.counts.of
    assert words.number(count) in text_of(finding.headline(count, found.counts.of, None))
    assert table.answer(service, {**query, "end": "5"})["count"] == count
    assert int(service.finder().match(found.filters).sum()) == count
    assert f"Download {count}" in text_of(table.heading(found))
    checked = [x for x in inside(choices.column(offered, found)) if isinstance(x, Component)]
    on = {
        getattr(x, "data-toggle", "") for x in checked if getattr(x, "aria-checked", "") == "true"
    }
    assert on == {"tier=high", "layer=wdpa_protected_areas"}


def test_a_count_beside_a_choice_is_what_choosing_it_leads_to(explorer: Explorer) -> None:
    offered, found = find(explorer, status="application")
    shown = choices.column(offered, found)
    for toggle, button in list(buttons(shown).items())[::5]:
        word = toggle.partition("=")[0]
        if word == "status" or "zero" in button.className:
            continue
        _offered, narrowed = find(explorer, status="application", **dict(parse_qsl(toggle)))
        assert f", {words.number(narrowed.counts.count)} title" in getattr(button, "aria-label")


def test_every_tier_has_a_row_although_no_title_stands_in_it(explorer: Explorer) -> None:
    text = text_of(choices.column(*find(explorer)))
    assert all(said.label in text for said in words.TIERS.values())
    assert " titles are fully screened." in text


def test_choices_keep_their_place_whatever_is_filtered(explorer: Explorer) -> None:
    before = list(buttons(choices.column(*find(explorer))))
    after = list(buttons(choices.column(*find(explorer, tier="moderate"))))
    # Of holders those with most titles found are listed.
    fixed = [[x for x in all_ if not x.startswith("holder=")] for all_ in (before, after)]
    assert fixed[0] == fixed[1]
    assert fixed[0] != before


def test_the_filter_to_drop_is_the_one_that_gives_most(explorer: Explorer) -> None:
    _offered, found = find(explorer, tier="clear", mineral="gold", area="100000-")
    assert found.counts.count == 0
    assert found.drop is None or found.drop[1] > 0
    _offered, found = find(explorer, tier="clear", mineral="gold")
    assert found.drop is not None
    gold = find(explorer, mineral="gold")[1].counts.count
    assert (found.drop[0].word, found.drop[1]) == ("tier", gold)


def test_the_table_says_where_an_open_title_stands_in_any_order(service: Service) -> None:
    sort = {"sort": "area_km2.desc"}
    rows = table.answer(service, {**sort, "start": "0", "end": "30"})["rows"]
    for place in (0, 17, 29):
        assert table.answer(service, {**sort, "of": rows[place]["id"]}) == {"index": place}
    assert table.answer(service, {"tier": "clear", "of": rows[0]["id"]}) == {"index": None}


def test_a_block_of_rows_is_no_longer_than_two_blocks_whatever_is_asked(service: Service) -> None:
    asked = {"start": "-1", "end": "999999999"}
    assert len(table.answer(service, asked)["rows"]) == 2 * titletable.BLOCK


def test_what_is_only_chosen_by_scripts_is_one_component(explorer: Explorer) -> None:
    tree = drawn(choices.column(*find(explorer, holder="Nobody")))
    assert "Nobody" in json.dumps(tree.nodes)
    assert tree.nodes[0][0] == "div"


# --- the page ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Any:
    return create_app(sample_store).server.test_client()


OUTPUTS = ("explore-column.nodes", "quick-filters.nodes", "table-head.nodes",
           "map-filter.data", "found.data", "explore-problem.children")  # fmt: skip


def ask(client: Any, query: dict[str, str], **headers: str) -> dict[str, Any]:
    """What the page hears when the address asks for something."""
    outputs = [dict(zip(("id", "property"), one.split("."), strict=True)) for one in OUTPUTS]
    body = {
        "output": f"..{'...'.join(OUTPUTS)}..",
        "outputs": outputs,
        "inputs": [{"id": "filters", "property": "data", "value": query}],
        "changedPropIds": ["filters.data"],
    }
    answer = client.post("/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == 200, answer.data
    return dict(answer.json["response"])


def test_one_answer_fills_column_map_and_table(client: Any, service: Service) -> None:
    said = ask(client, {"tier": "moderate"})
    on_map = said["map-filter"]["data"]
    bits = np.unpackbits(np.frombuffer(b64decode(on_map["bits"]), np.uint8), bitorder="little")
    moderate = service.finder().match(Filters(tiers=("moderate",)))
    assert (bits[: len(moderate)].astype(bool) == moderate).all()
    assert on_map["count"] == said["found"]["data"]["count"] == int(moderate.sum())
    assert on_map["of"] == len(moderate)
    assert said["explore-problem"]["children"] is None


def test_without_filters_the_map_shows_every_title(client: Any) -> None:
    assert ask(client, {})["map-filter"]["data"] is None


def test_filters_that_cannot_be_read_leave_the_old_results_and_say_what_to_do(client: Any) -> None:
    said = ask(client, {"area": "ten"})
    assert "explore-column" not in said
    assert said["found"]["data"] == {"failed": True}
    shown = json.dumps(said["explore-problem"])
    assert "area=ten" in shown
    assert filterwords.CLEAR in shown


def test_rows_and_suggestions_are_data_and_errors_are_told(client: Any) -> None:
    rows = client.get("/explore/rows?tier=high&end=3").json
    assert len(rows["rows"]) == 3
    assert client.get("/explore/rows?sort=geometry.desc").status_code == 400
    found = client.get("/explore/suggest?q=al").json
    assert found["suggestions"][-1]["kind"] == "text"
    holders = client.get("/explore/suggest?q=min&kind=holder").json["suggestions"]
    assert {one["kind"] for one in holders} == {"holder"}
    assert client.get("/explore/suggest?q=").json["suggestions"] == []


def test_the_grid_is_not_among_the_scripts_of_the_first_page(client: Any) -> None:
    page = client.get("/").text
    assert "dash_mantine_components" in page
    assert "_dash-component-suites/dash_ag_grid" not in page
    script = client.get(table._script_address())
    assert script.status_code == 200
    assert "javascript" in script.headers["Content-Type"]


def test_where_outlines_are_withheld_the_download_says_so(explorer: Explorer) -> None:
    _offered, found = find(explorer, tier="high")
    shown = table.heading(found, "Outlines: withheld by licence")
    links = {getattr(part, "href", "") or "" for part in inside(shown)}
    assert not any("geojson" in link for link in links)
    assert any("sites.csv?tier=high" in link for link in links)
    assert "Outlines: withheld by licence" in text_of(shown)


def test_tiers_in_the_column_have_the_order_of_severity(explorer: Explorer) -> None:
    toggles = [x for x in buttons(choices.column(*find(explorer))) if x.startswith("tier=")]
    assert toggles == [f"tier={tier.value}" for tier in Tier]
