"""The page's frame in a browser: new data, a lost server, long work, and texts left in English."""

from __future__ import annotations

import re
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest

from cetm_geo import language, notes
from cetm_geo.dashboard import create_app
from cetm_geo.rulebook import RULES
from cetm_geo.rulebook.minerals import label_of
from cetm_geo.store import StoreReader, write_store
from tests.browsing import DESK, VIEWS, Visit, arrive, served
from tests.test_store import content

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy") / "store"
    write_store(folder, content(2))
    return folder


def check_now(page: Any) -> None:
    """What the page does every half minute."""
    page.evaluate("() => window.cetmWatch.check()")


def said(page: Any) -> str:
    return str(page.locator("#watch [data-watch=text]").inner_text())


def test_new_data_are_offered_and_shown_when_they_are_asked_for(
    browser: Any, toy_store: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(toy_store, tmp_path / "store"))
    with served(create_app(folder).server) as home:
        context = browser.new_context(viewport=DESK)
        page = context.new_page()
        page.goto(home + "?tier=high")
        page.wait_for_selector("#watch", state="attached")
        check_now(page)
        assert said(page) == ""
        write_store(folder, content(5))
        check_now(page)
        page.wait_for_selector("#watch[data-said=new]")
        assert said(page).startswith("New data are there, screened ")
        before = page.locator("#watch").get_attribute("data-generation")
        with page.expect_navigation():
            page.get_by_role("button", name="Show them").click()
        page.wait_for_selector("#watch", state="attached")
        assert page.locator("#watch").get_attribute("data-generation") != before
        assert "tier=high" in page.url
        check_now(page)
        assert said(page) == ""
        context.close()


@pytest.mark.long
def test_a_server_that_is_gone_is_said_and_so_is_its_return(browser: Any, toy_store: Path) -> None:
    flask = create_app(toy_store).server
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    with served(flask) as home:
        port = int(home.rstrip("/").rpartition(":")[2])
        page.goto(home)
        page.wait_for_selector("#watch", state="attached")
        heading = page.locator("h1").first.inner_text()
    check_now(page)
    page.wait_for_selector("#watch[data-said=gone]")
    assert "does not answer" in said(page)
    assert page.locator("h1").first.inner_text() == heading
    with served(flask, port):
        check_now(page)
        page.wait_for_selector("#watch[data-said=back]")
        page.wait_for_function("() => document.getElementById('watch').dataset.said === ''")
    context.close()


@pytest.mark.long
def test_without_data_the_page_says_so_and_then_that_they_are_there(
    browser: Any, toy_store: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    with served(create_app(folder).server) as home:
        context = browser.new_context(viewport=DESK)
        page = context.new_page()
        page.goto(home)
        page.wait_for_selector(".plain-page .problem")
        check_now(page)
        assert said(page) == ""
        shutil.copytree(toy_store, folder)
        check_now(page)
        page.wait_for_selector("#watch[data-said=new]")
        context.close()


@pytest.mark.long
def test_what_takes_longer_than_a_second_shows_that_it_is_under_way(
    browser: Any, toy_store: Path
) -> None:
    flask = create_app(toy_store).server
    waits = {"s": 0.0}

    def slowly() -> None:
        time.sleep(waits["s"])

    with served(flask) as home:
        context = browser.new_context(viewport=DESK)
        page = context.new_page()
        page.goto(home)
        page.wait_for_selector("#progress", state="attached")
        page.wait_for_function("() => window.cetm.map && window.cetm.map.loaded()")
        page.wait_for_selector("#progress", state="hidden")
        flask.before_request_funcs.setdefault(None, []).append(slowly)
        waits["s"] = 3.0
        page.locator("#navigation a").nth(2).click()
        page.wait_for_selector("#progress", state="visible")
        waits["s"] = 0.0
        page.wait_for_selector("#progress", state="hidden", timeout=30_000)
        context.close()


# --- texts left in English -----------------------------------------------------------------------

SHOWN = """() => {
    const BLOCKS = 'p, li, h1, h2, h3, h4, td, th, dt, dd, figcaption, summary, button, a, label';
    const out = new Set();
    const parts = new Map();
    for (const folded of document.querySelectorAll('details')) folded.open = true;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const isNoText = parent?.closest('script, style, textarea, .command');
        if (!parent?.checkVisibility() || isNoText) continue;
        // A text may have parts of it in elements of their own: it is read as a whole.
        const whole = parent.closest(BLOCKS) || parent;
        parts.set(whole, [...(parts.get(whole) || []), walker.currentNode.textContent.trim()]);
    }
    for (const texts of parts.values()) out.add(texts.filter(Boolean).join('\\n'));
    for (const part of document.querySelectorAll('[aria-label],[title],[placeholder]')) {
        for (const name of ['aria-label', 'title', 'placeholder']) {
            const text = part.getAttribute(name);
            if (text && part.checkVisibility()) out.add(text);
        }
    }
    return [...out];
}"""
# The same in every language: names, symbols, formats and codes.
SAME = """CETM-Geo GeoJSON CSV JSON Markdown PDF SHA-256 km km² ha deg English Français Español
    Português EN FR ES PT NW NE SW SE UTM WGS EPSG IUCN ISO OECM KBA GDAL HydroBASINS /
    Natural Earth points sur SIDS"""
WORDS, CODE = re.compile(r"[^\W\d_]{2}"), re.compile(r"\w*_\w*|-?[0-9a-f]{5,}")


class Pseudo(NullTranslations):
    """A language in which every text that is looked up stands between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "_catalogue", lambda spoken: Pseudo())
    notes._said.cache_clear()
    yield
    notes._said.cache_clear()


@pytest.fixture(scope="module")
def data_texts(sample_store: Path) -> str:
    """The store's own texts, what the rulebook says in French, and names of months."""
    store = StoreReader(sample_store).current()
    cursor = store._cursor()  # nobody but a test asks for every text
    columns = cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE data_type = 'VARCHAR' AND column_name <> 'problem'"
    ).fetchall()
    texts = [
        str(row[0])
        for table, column in columns
        if (table, column) not in (("coverage", "note"), ("indicators", "note"))
        for row in cursor.execute(f'SELECT DISTINCT "{column}" FROM "{table}"').fetchall()
    ]
    of_rules = [tomllib.loads(file.read_text()) for file in sorted(RULES.rglob("*.toml"))]
    minerals = [label_of(name, "fr") for name in store.rulebook.minerals]
    with language.speaking("fr"):
        months = [str(name) for name in language.locale().months["format"]["abbreviated"].values()]
    return "\n".join([*texts, *french_of(of_rules), *minerals, *months, SAME]).casefold()


def french_of(held: Any) -> Iterator[str]:
    """Every text in French, and what is said in one language alone."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict):
        for value in [held["fr"]] if "fr" in held else held.values():
            yield from french_of(value)
    elif isinstance(held, list):
        for value in held:
            yield from french_of(value)


def fragments(text: str) -> list[str]:
    """The parts of a text that hold words, without numbers, units and what parts them."""
    parts = re.split(
        r"\. |\b[A-Z]\d\d|\bet ?(?=\n)|[·,;:()\[\]|“”«»→…\n]|[\d\u00a0\u202f]+(?:km²?|ha|m)?\b",
        text,
    )
    bare = [part.strip(" .\u00a0\u202f–+%<>≤≥?/") for part in parts]
    # An identifier is the same in every language.
    return [part for part in bare if WORDS.search(part) and not CODE.fullmatch(part)]


def outside_brackets(text: str) -> str:
    """What of a text was not looked up; brackets stand in brackets, and about several elements."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "\n", text)) != text:
        text = inner
    return re.sub(r"⟦[^⟧]*$|^[^⟦]*⟧", "\n", text)


@pytest.mark.long
@pytest.mark.parametrize("view", VIEWS)
def test_whatever_is_shown_was_looked_up_or_comes_from_the_data(
    visit: Callable[..., Visit],
    title: dict[str, Any],
    pseudo: None,
    data_texts: str,
    view: str,
) -> None:
    page = arrive(visit(), view, title, "lang=fr")
    left = {
        part: text
        for text in page.evaluate(SHOWN)
        for part in fragments(outside_brackets(text))
        if part.casefold() not in data_texts
    }
    assert "\n".join(f"{part!r} of {text!r}" for part, text in sorted(left.items())) == ""
