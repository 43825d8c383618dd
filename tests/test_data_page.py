"""The page of the data and rules: the books as the store keeps them, and what each rule answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cetm_geo import words
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.data.issues import PAGE_ROWS, issues_view, pages_of
from cetm_geo.dashboard.data.key import key_view
from cetm_geo.dashboard.data.limits import cannot_see, missing_view, verdict, why
from cetm_geo.dashboard.data.norms import norms_page
from cetm_geo.dashboard.data.rules import Book, rules_view
from cetm_geo.dashboard.data.view import failed_view, layers_view, rasters_view, tables_view
from cetm_geo.dashboard.panels import data
from cetm_geo.model import FlagStatus, LayerState, Tier
from cetm_geo.store import Store, open_store
from cetm_geo.web.stocktaking import Stock, stock_of
from tests.browsing import Visit, arrive
from tests.test_dashboard import HOSTILE, text_of


@pytest.fixture(scope="module")
def built(sample_store: Path) -> Store:
    return open_store(sample_store)


@pytest.fixture(scope="module")
def stock(built: Store) -> Stock:
    return stock_of(built)


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Iterator[FlaskClient]:
    yield create_app(sample_store).server.test_client()  # a with would keep its requests open


def flat(view: Any) -> str:
    return " ".join(text_of(view).split())


def changed(stock: Stock, layer_id: str, **values: Any) -> Stock:
    """The same with one layer's facts changed."""
    rows = [{**row, **values} if row["layer_id"] == layer_id else row for row in stock.sources]
    return replace(stock, sources=rows)


def sent(stock: Stock) -> str:
    """The whole page as it goes to the browser, in order."""
    page = [part.to_plotly_json() for part in data.view(stock, public=False)]
    return json.dumps(page, default=vars, ensure_ascii=False)


# --- the books -----------------------------------------------------------------------------------


def test_features_in_are_accepted_excluded_or_rejected_each_with_its_reason(stock: Stock) -> None:
    for row in stock.sources:
        out = row["rows_excluded"] + row["rows_rejected"]
        assert row["rows_in"] == row["rows_accepted"] + out
        own = [p for p in stock.problems if p["layer_id"] == row["layer_id"]]
        for action, count in (("excluded", "rows_excluded"), ("rejected", "rows_rejected")):
            told = sum(p["many"] for p in own if p["action"] == action)
            assert told == row[count], (row["layer_id"], action)


def test_every_layer_and_raster_stands_on_the_page_with_its_numbers(stock: Stock) -> None:
    text = flat(layers_view(stock)) + flat(rasters_view(stock))
    for row in stock.sources:
        assert row["label"] in text
        assert row["sha256"][:12] in text
        assert row["licence"] in text
    oecm = next(row for row in stock.sources if row["layer_id"] == "wdpa_oecms")
    assert (oecm["rows_in"], oecm["rows_accepted"], oecm["rows_excluded"]) == (39, 4, 35)
    assert "35 excluded" in text
    assert "34 Excluded by rule : a protected area, not an OECM" in text


def test_a_layer_that_does_not_say_where_it_is_complete_is_never_called_complete(
    stock: Stock,
) -> None:
    silent = changed(stock, "kbas", complete_within=None, stale=True)
    text = flat(layers_view(silent))
    assert "coverage unknown" in text
    assert "older than it may be" in text
    assert "older than it may be" not in flat(layers_view(stock))


def test_a_layer_that_could_not_be_read_stands_first_with_what_it_means(stock: Stock) -> None:
    assert failed_view(stock) is None
    broken = changed(stock, "kbas", problem="the file is cut short.")
    text = flat(failed_view(broken))
    assert "Key biodiversity areas the file is cut short" in text
    assert "no title can read “checked, none”" in text
    roads = flat(failed_view(changed(stock, "roads", problem="gone")))
    assert "What is measured from it has no number" in roads
    page = sent(broken)
    assert page.index("the file is cut short") < page.index("Features in =")


def test_tables_that_did_not_come_are_said_not_to_have_come(stock: Stock) -> None:
    assert "70" in flat(tables_view(stock))
    bare = flat(tables_view(replace(stock, tables={})))
    assert "No table came with the data of: Consent of communities" in bare


def test_texts_of_the_data_stay_texts(stock: Stock) -> None:
    hostile = changed(stock, "kbas", label=HOSTILE, licence_url="javascript:alert(1)")
    page = sent(hostile)
    assert HOSTILE in page
    assert "dangerously" not in page
    assert "javascript:alert(1)" not in page.replace(HOSTILE, "")


# --- the list of problems ------------------------------------------------------------------------


def test_the_list_is_turned_page_by_page_and_never_beyond_its_ends(stock: Stock) -> None:
    many = replace(stock, problems=[*stock.problems] * 3)
    assert pages_of(many) == -(-len(many.problems) // PAGE_ROWS) == 3
    assert "1 to 20 of 54 kinds" in flat(issues_view(many, 0))
    assert "41 to 54 of 54 kinds" in flat(issues_view(many, 2)) == flat(issues_view(many, 99))
    assert pages_of(replace(stock, problems=[])) == 1


def test_titles_that_differ_from_their_register_are_one_kind_each_a_way_to_itself(
    stock: Stock,
) -> None:
    kind = next(p for p in stock.problems if p["problem"].startswith("the register states"))
    assert kind["many"] == 6
    assert len(kind["features"]) == 5
    assert all(f["site_id"].startswith("mining_cadastre:") for f in kind["features"])
    shown = flat(issues_view(stock, 0))
    assert "and 1 more" in shown
    assert kind["features"][0]["feature_id"] in shown


def test_a_public_page_tells_nothing_of_a_layer_that_stays_on_this_machine(stock: Stock) -> None:
    local = changed(stock, "mining_cadastre", publish="local_only")
    assert "Sub Judice" in flat(issues_view(local, 0, public=False))
    public = flat(issues_view(local, 0, public=True))
    assert "Sub Judice" not in public
    assert "withheld: licence" in public


# --- what is missing, and what cannot be seen ----------------------------------------------------


def test_missing_answers_explain_every_title_that_is_not_fully_screened(stock: Stock) -> None:
    assert stock.fully_screened < stock.titles
    most = max(one.titles for one in stock.missing)
    assert most <= stock.titles - stock.fully_screened
    assert most >= (stock.titles - stock.fully_screened) / 2
    assert verdict(stock).startswith(f"{stock.titles - stock.fully_screened} titles cannot read")


def test_no_title_of_cambodia_can_read_checked_none_and_the_page_says_why(
    cambodian_store: Path,
) -> None:
    stock = stock_of(open_store(cambodian_store))
    text = flat(missing_view(stock))
    assert "No title can read “checked, none” yet." in text
    held = {one.name: why(one, stock, every=True) for one in stock.missing}
    assert held["heritage"] == "No layer is loaded."
    assert held["indigenous_land"] == "No layer that can tell them apart is loaded."
    assert "older than 5 years" in held["protected_area"]
    assert len({one.name for one in stock.missing}) == len(stock.missing)


def test_the_page_says_in_plain_words_what_the_program_cannot_see() -> None:
    told = " ".join(cannot_see())
    for word in ("not absence of a community", "register", "mapping error", "under the ground",
                 "emitted", "free, prior and informed"):  # fmt: skip
        assert word in told
    assert "safe" not in told.replace("safeguard", "")


# --- signs, rules, norms -------------------------------------------------------------------------


def test_the_key_holds_every_tier_and_every_state() -> None:
    text = flat(key_view())
    for tier in Tier:
        assert words.TIERS[tier].label in text
    for state in LayerState:
        assert words.STATES[state].meaning in text


def test_each_rule_stands_under_its_theme_with_the_counts_of_the_store(
    stock: Stock, built: Store
) -> None:
    flags = built.frame("all_flags")
    counted = flags.groupby(["rule_id", "status"], observed=True).size()
    for rule_id, answered in stock.answers.items():
        own: Any = counted[rule_id]
        assert answered.raised == own.get(FlagStatus.RAISED.value, 0)
        assert answered.clear == own.get(FlagStatus.CLEAR.value, 0)
        assert answered.not_assessed == own.get(FlagStatus.NOT_ASSESSED.value, 0)
        assert sum((answered.severities or {}).values()) == answered.raised
    text = flat(rules_view(Book.of(stock)))
    for rule in stock.rulebook.rules.values():
        assert rule.label["en"] in text
        assert rule.id in text
        for threshold in rule.thresholds:
            assert threshold.reason in text
    assert "See the 41 titles that raise it" in text


def test_norms_are_of_everyone_and_of_this_country_with_their_seals(stock: Stock) -> None:
    text = flat(norms_page(Book.of(stock)))
    assert "text verified" in text
    assert "not yet verified" in text
    others = stock.rulebook.packs["KHM"].norms
    assert all(norm.paraphrase not in text for norm in others)
    assert all(norm.paraphrase in text for norm in stock.rulebook.packs["XKV"].norms)


# --- through the app -----------------------------------------------------------------------------


def posted(client: FlaskClient, body: dict[str, Any]) -> Any:
    return client.post("/_dash-update-component", json=body)


def test_the_page_is_made_when_it_is_opened_and_not_before(client: FlaskClient) -> None:
    def body(view: str) -> dict[str, Any]:
        return {
            "output": "data-body.children",
            "outputs": {"id": "data-body", "property": "children"},
            "inputs": [{"id": "route", "property": "data", "value": {"view": view}}],
            "changedPropIds": ["route.data"], "state": [],
        }  # fmt: skip

    assert "cannot see" not in posted(client, body("explore")).text
    assert "What this program cannot see" in posted(client, body("data")).text


def test_the_buttons_of_the_list_turn_its_pages(client: FlaskClient, stock: Stock) -> None:
    outputs = [
        {"id": "data-issues", "property": "children"},
        {"id": "issues-page", "property": "data"},
        {"id": "issues-before", "property": "disabled"},
        {"id": "issues-next", "property": "disabled"},
    ]
    body = {
        "output": ".." + "...".join(f"{o['id']}.{o['property']}" for o in outputs) + "..",
        "outputs": outputs,
        "inputs": [
            {"id": "issues-before", "property": "n_clicks", "value": None},
            {"id": "issues-next", "property": "n_clicks", "value": 1},
        ],
        "changedPropIds": ["issues-next.n_clicks"],
        "state": [{"id": "issues-page", "property": "data", "value": 0}],
    }
    told = posted(client, body).json["response"]
    last = pages_of(stock) - 1
    assert told["issues-page"]["data"] == min(1, last)
    assert told["issues-next"]["disabled"] == (last <= 1)


@pytest.mark.browser
def test_the_index_leads_to_a_part_and_gives_it_the_focus(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    page = arrive(visit(), "data", title)
    page.locator('[data-jump="norms"]').press("Enter")
    page.wait_for_function("() => document.activeElement?.textContent.startsWith('Norms')")
    part = page.locator('[data-part="norms"]')
    page.wait_for_function(
        "(e) => Math.abs(e.getBoundingClientRect().top - 66) < 40", arg=part.element_handle()
    )
    assert "view=data" in page.url
