"""The page of what is new: the numbers of `cetm-geo diff`, compared once, bounded, honest."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cetm_geo import changes, language
from cetm_geo.changes import excerpts
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.news.kinds import GROUPS
from cetm_geo.dashboard.news.view import news_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import ExportError
from cetm_geo.store import Store, open_state, open_store
from cetm_geo.web.news import Comparing, News, Newsroom
from tests import toy
from tests.browsing import PHONE, WCAG, Visit, served, violations
from tests.states import parks, state, titles
from tests.test_accessibility import SIDEWAYS
from tests.test_changes import rules_with

WEST, EAST = toy.block(0, 0, 4, 4), toy.block(40, 0, 4, 4)
NORTH = toy.block(0, 40, 4, 4)
FORMS = ("json", "csv", "md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two generations: a title gone, two new, one of another holder, status and outline,
    a park that grew, a rule that asks for less."""
    to = tmp_path_factory.mktemp("two")
    state(to / "store", titles({"a": WEST, "b": EAST, "n": NORTH}), parks([toy.block(9, 0, 4, 4)]))
    later = titles(
        {"a": WEST, "n": toy.block(0, 40, 5, 4), "c": toy.block(80, 0, 2, 2), "d": EAST},
        holder={"n": "Another"},
        status={"n": "expired"},
        name={"c": "<b>New</b>"},
    )
    rules = rules_with(to / "rules", "value = 10", "value = 5")
    state(to / "store", later, parks([toy.block(2, 0, 11, 4)], "b"), rules=rules)
    return to / "store"


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    """As `cetm-geo diff` has it."""
    old, new = sorted((folder / "generations").iterdir())
    return changes.changes_between(open_state(old), open_state(new))


def room(folder: Path, files: Path) -> Newsroom:
    return Newsroom(lambda: open_store(folder), files)


def told(asked: News | Comparing) -> News:
    assert isinstance(asked, News)
    return asked


# --- the numbers ---------------------------------------------------------------------------------


def test_the_pages_numbers_are_those_of_the_command(found: dict[str, Any]) -> None:
    page, summary = changes.excerpt(found), found["summary"]
    count = {kind.part: kind.count(page) for _name, kinds in GROUPS.values() for kind in kinds}
    assert count.keys() == excerpts.PARTS.keys()
    assert page["summary"] == summary
    of_titles, flags = summary["titles"], summary["flags"]
    assert [count[x] for x in ("new", "gone", "shape", "holder", "status")] == [
        of_titles["new"], of_titles["gone"], of_titles["shape"],
        of_titles["facts"]["holder"], of_titles["facts"]["status"],
    ] == [2, 1, 1, 1, 1]  # fmt: skip
    for part, name in (
        ("came", "came"), ("went", "went"), ("worsened", "worsened"), ("eased", "eased"),
        ("otherwise", "otherwise_changed"), ("known", "known"), ("unknown", "unknown"),
    ):  # fmt: skip
        assert count[f"flags_{part}"] == flags[name], part
    for kind, number in summary["overlaps"].items():
        assert count[f"overlaps_{kind}"] == number
    for way, number in summary["tiers"].items():
        assert count[f"tier_{way}"] == number
    assert count["flags_came"]
    assert count["overlaps_came"]


def test_a_page_is_bounded_and_says_how_much_it_leaves_out(
    found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpts, "TITLES", 1)
    monkeypatch.setattr(excerpts, "LINES", 1)
    page = changes.excerpt(found)
    for name, part in page["parts"].items():
        assert len(part["titles"]) == min(1, part["titles_count"]), name
        assert all(len(row["flags"]) <= 1 and len(row["overlaps"]) <= 1 for row in part["titles"])
    assert "features" not in json.dumps(page["parts"])
    text = _text(news_view(_with_generations(page)))
    assert "and 1 more title:" in text
    assert "and 1 more change" in text


def test_lists_name_tier_cause_and_a_way_to_the_title_and_no_way_to_what_is_gone(
    found: dict[str, Any],
) -> None:
    text = _text(news_view(_with_generations(changes.excerpt(found))))
    assert "site=titles%3Ac" in text
    assert "site=titles%3Ab&" not in text
    assert "title b" in text
    for said in (
        "Why: the layer changed (parks)", "Why: the title is new", "near_km: 10 → 5",
        "Holder: holder of n → Another", "Status: in force → expired", "Renumbered?",
        "16.00", "20.00", "gen-before", "gen-after",
    ):  # fmt: skip
        assert said in text, said
    assert "<b>New</b>" in text  # a text, which the browser does not read as markup


def test_no_english_is_left_in_the_other_languages(found: dict[str, Any]) -> None:
    page = _with_generations(changes.excerpt(found))
    said = {}
    for tongue in language.NAMES:
        with language.speaking(tongue):
            said[tongue] = set(_read(lean(news_view(page))))
    from_data = set(_read([[*_values(page)]]))
    for tongue in ("fr", "es", "pt"):
        same = {text for text in said[tongue] & said["en"] if any(map(str.isalpha, text))}
        same -= from_data | {"CSV", "JSON", "Markdown"}
        assert not {t for t in same if not t.startswith("CETM-Geo ")}, tongue


def _values(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
        yield held.partition(":")[2]
    elif isinstance(held, dict):
        for one in held.values():
            yield from _values(one)
    elif isinstance(held, list | tuple):
        for one in held:
            yield from _values(one)


def _with_generations(page: dict[str, Any]) -> dict[str, Any]:
    sides = {x: {**page[x], "generation": f"gen-{x}"} for x in ("before", "after")}
    return {**page, **sides}


def _text(view: Any) -> str:
    return json.dumps([part.to_plotly_json() for part in lean(view)], ensure_ascii=False)


def _read(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        yield from _texts_of(part.nodes if hasattr(part, "nodes") else part)


def _texts_of(nodes: Any) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node.strip()
        elif isinstance(node, list):
            yield from _texts_of([n for n in node[2:] if n])


# --- once, for all -------------------------------------------------------------------------------


def test_who_ask_at_once_have_it_compared_once_and_another_worker_finds_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    whole = changes.changes_between

    def slow(*sides: Store) -> dict[str, Any]:
        compared.append(1)
        time.sleep(0.3)
        return whole(*sides)

    monkeypatch.setattr(changes, "changes_between", slow)
    first, answers = room(folder, tmp_path), list[Any]()
    asking = [threading.Thread(target=lambda: answers.append(first.ask(30))) for _ in range(4)]
    assert isinstance(first.ask(0.01), Comparing)
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert {told(news).folder for news in answers} == {told(first.ask(0)).folder}
    assert told(room(folder, tmp_path).ask(0)).page == told(first.ask(0)).page
    assert compared == [1]
    shutil.rmtree(told(first.ask(0)).folder)  # tidied away by somebody
    assert told(first.ask(30)).page["before"]
    assert compared == [1, 1]


def test_two_workers_that_began_at_once_both_find_what_one_of_them_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cetm_geo.web.shared.claimed", lambda _file: None)
    rooms = [room(folder, tmp_path) for _ in range(2)]
    assert all(isinstance(one.ask(0.0), Comparing) for one in rooms)
    first, second = (told(one.ask(30)) for one in rooms)
    assert first.page == second.page
    assert {one.name for one in tmp_path.rglob("*") if one.suffix == ".part"} == set()


def test_what_fails_is_told_and_tried_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = changes.changes_between
    monkeypatch.setattr(changes, "changes_between", lambda *_: 1 / 0)
    held = room(folder, tmp_path)
    with pytest.raises(ExportError, match="could not be compared"):
        held.ask(30)
    monkeypatch.setattr(changes, "changes_between", whole)
    assert told(held.ask(30)).page["before"]


# --- through the app -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[FlaskClient]:
    yield create_app(folder).server.test_client()  # a with would keep its requests open


def opened(client: FlaskClient, view: str) -> str:
    body = {
        "output": "..news-body.children...news-poll.disabled..",
        "outputs": [
            {"id": "news-body", "property": "children"},
            {"id": "news-poll", "property": "disabled"},
        ],
        "inputs": [
            {"id": "route", "property": "data", "value": {"view": view}},
            {"id": "news-poll", "property": "n_intervals", "value": 0},
        ],
        "changedPropIds": ["route.data"], "state": [],
    }  # fmt: skip
    for _ in range(60):
        answer = client.post("/_dash-update-component", json=body)
        if answer.status_code == 204:
            return ""
        said = answer.json["response"]
        if said["news-poll"]["disabled"]:
            return json.dumps(said["news-body"]["children"] if "news-body" in said else "")
        assert "Comparing the two newest states" in answer.text
    raise AssertionError("never compared")


def test_nothing_is_compared_before_the_view_is_opened(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Newsroom, "ask", lambda *_: pytest.fail("asked"))
    assert "titles are new" not in opened(client, "explore")


def test_the_page_tells_it_and_the_files_hold_the_same(
    client: FlaskClient, found: dict[str, Any]
) -> None:
    assert "2 titles are new, 1 is gone and 1 has changed." in opened(client, "news")
    for form in FORMS:
        with client.get(f"/api/v1/changes.{form}?lang=en") as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Disposition"].endswith(f'.{form}"')
            expected = {
                "json": changes.as_json, "csv": changes.as_csv,
                "md": lambda one: changes.as_markdown(one, "high"),
            }[form](found)  # fmt: skip
            assert answer.data.decode() == expected
            assert json.loads(changes.as_json(found)) == json.loads(json.dumps(found))
        held = {"If-None-Match": answer.headers["ETag"]}
        with client.get(f"/api/v1/changes.{form}?lang=en", headers=held) as again:
            assert (again.status_code, again.data) == (304, b"")
    with client.get("/api/v1/changes.md?lang=fr") as french:
        assert french.headers["Content-Language"] == "fr"


def test_a_store_of_one_generation_says_that_there_is_nothing_to_compare_with(
    sample_store: Path,
) -> None:
    with create_app(sample_store).server.test_client() as asking:
        said = opened(asking, "news")
        assert "No earlier generation is kept" in said
        for form in FORMS:
            assert asking.get(f"/api/v1/changes.{form}").status_code == 404


def test_two_states_that_do_not_differ_are_said_not_to(folder: Path) -> None:
    [_old, new] = sorted((folder / "generations").iterdir())
    page = changes.excerpt(changes.changes_between(open_state(new), open_state(new)))
    text = _text(news_view(_with_generations(page)))
    assert "Nothing differs between the two states." in text
    assert "0 title" not in text


# --- in a browser --------------------------------------------------------------------------------


@pytest.mark.browser
def test_news_are_reached_from_the_bar_of_a_phone_and_a_title_opens_on_the_map(
    folder: Path, visit: Callable[..., Visit]
) -> None:
    with served(create_app(folder).server) as home:
        trip = visit(PHONE, bypass_csp=True, base_url=home)
        page = trip.page
        page.goto(home)
        page.locator(".places-menu .menu-button").click()
        page.locator('#navigation a[data-view="news"]').click()
        page.wait_for_selector(".page-news .news-list", timeout=60_000)
        assert page.title() == "What is new – CETM-Geo"
        assert max(page.evaluate(SIDEWAYS)) <= 0
        assert violations(page, WCAG) == []
        page.locator('[data-jump="new"]').click()
        page.wait_for_function("() => document.activeElement?.textContent.startsWith('New titles')")
        page.locator('.news-kind[data-part="new"] a', has_text="<b>New</b>").click()
        page.wait_for_selector(".panel-site .verdict", timeout=60_000)
        assert "site=titles%3Ac" in page.url
        assert "view=" not in page.url
        assert trip.complaints == []
