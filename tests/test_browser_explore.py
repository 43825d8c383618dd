"""Explore in a real browser: one address for column, map and table; by keyboard; on a phone."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from tests.browsing import PHONE, Visit

pytestmark = pytest.mark.browser

COUNT = "() => document.querySelector('.headline .big')?.textContent.replace(/\\D/g, '')"
FILLED = ".explore-results[aria-busy=false]"
ROWS = ".ag-center-cols-container .ag-row"


def said(page: Any) -> dict[str, str]:
    """The words of the address."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def begin(trip: Visit, address: str = "") -> Any:
    """The page with its column filled, without a map: what needs none need not wait for one."""
    empty = {"body": "", "content_type": "text/javascript"}
    trip.page.route("**/assets/map.mjs*", lambda route: route.fulfill(**empty))
    trip.page.goto(trip.home + address)
    trip.page.wait_for_selector(FILLED, state="attached", timeout=60_000)
    # Hears what the map is told.
    trip.page.evaluate(
        """() => {
            const { call } = window.cetm;
            window.cetm.call = (name, ...given) => {
                if (name === 'filter') [window.onMap] = given;
                call(name, ...given);
            };
        }"""
    )
    return trip.page


def wait_for_count(page: Any, count: int) -> None:
    page.wait_for_function(f"() => ({COUNT})() === '{count}'", timeout=30_000)


def open_table(page: Any) -> None:
    page.locator(".drawer-toggle").click()
    page.wait_for_selector(f"{ROWS} .tier-cell", timeout=30_000)


def column_of(page: Any, field: str) -> list[str]:
    """Texts of a column of the rows that are drawn, from the top."""
    rows = page.locator(ROWS)
    order = rows.evaluate_all("rows => rows.map(row => Number(row.getAttribute('row-index')))")
    texts = page.locator(f'{ROWS} [col-id="{field}"]').all_inner_texts()
    return [text for _index, text in sorted(zip(order, texts, strict=True))]


def test_choosing_a_tier_changes_address_column_and_table_alike(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    open_table(page)
    page.get_by_role("checkbox", name="Moderate, ").press("Space")
    page.wait_for_selector(".active-filters:not([hidden])")
    assert said(page)["tier"] == "moderate"
    focus = page.evaluate("() => document.activeElement.dataset.toggle")
    assert focus == "tier=moderate", "the choice was drawn anew and lost the focus"
    page.wait_for_selector(FILLED)
    count = int(page.evaluate(COUNT))
    label = page.get_by_role("checkbox", name="Moderate, ").get_attribute("aria-label")
    assert label.startswith(f"Moderate, {count} title")
    page.wait_for_function(f"() => document.querySelectorAll('{ROWS}').length === {count}")
    assert {text.strip() for text in column_of(page, "tier")} == {"Moderate"}
    assert f"{count} of " in page.locator(".drawer-count").inner_text()
    assert f"Download {count}" in page.locator(".drawer .download-menu > summary").inner_text()
    on_map = page.evaluate("() => window.onMap")
    bits = np.unpackbits(np.frombuffer(b64decode(on_map["bits"]), np.uint8))
    assert on_map["count"] == count == int(bits.sum())
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


def test_a_link_restores_filters_table_and_order_and_back_undoes_them(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    whole = int(page.evaluate(COUNT))
    page.get_by_role("checkbox", name="High, ").check()
    page.wait_for_selector(".active-filters:not([hidden])")
    narrowed = int(page.evaluate(COUNT))
    open_table(page)
    page.locator('.ag-header-cell[col-id="area_km2"]').click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('sort')")
    assert said(page) == {"tier": "high", "table": "1", "sort": "area_km2.desc"}
    page.wait_for_timeout(800)
    first = column_of(page, "area_km2")[:5]
    page.reload()
    page.wait_for_selector(FILLED)
    page.wait_for_selector(f"{ROWS} .tier-cell", timeout=30_000)
    wait_for_count(page, narrowed)
    assert column_of(page, "area_km2")[:5] == first
    assert page.get_by_role("checkbox", name="High, ").get_attribute("aria-checked") == "true"
    for _step in range(3):
        page.go_back()
    wait_for_count(page, whole)
    assert said(page) == {}
    assert page.get_by_role("checkbox", name="High, ").get_attribute("aria-checked") == "false"
    page.go_forward()
    wait_for_count(page, narrowed)
    assert trip.complaints == []


@pytest.mark.long
def test_a_title_is_searched_opened_and_left_again_by_keyboard(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    open_table(page)
    name = column_of(page, "name")[2]
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "search-field"
    page.keyboard.type(name)
    page.wait_for_selector(".suggestion")
    page.keyboard.press("ArrowDown")
    chosen = page.locator('.suggestion[aria-selected="true"]')
    assert name in chosen.inner_text()
    assert page.locator("#search-field").get_attribute("aria-activedescendant") == (
        chosen.get_attribute("id")
    )
    page.keyboard.press("Enter")
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == name
    page.wait_for_selector(f'{ROWS}[aria-selected="true"]')
    page.keyboard.press("Escape")
    page.wait_for_selector(".view-explore")
    assert "site" not in said(page)
    assert trip.complaints == []


@pytest.mark.long
def test_a_title_is_opened_from_the_table_by_keyboard_and_the_focus_comes_back(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    open_table(page)
    page.locator('.ag-header-cell[col-id="name"]').focus()
    for _row in range(4):
        page.keyboard.press("ArrowDown")
    name = page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == name
    page.keyboard.press("Escape")
    page.wait_for_selector(".view-explore")
    page.wait_for_function(f"() => document.activeElement.textContent === {name!r}")
    assert trip.complaints == []


@pytest.mark.long
def test_enter_alone_looks_for_a_text_in_all_titles_and_its_chip_takes_it_away(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    whole = page.evaluate(COUNT)
    page.locator("#search-field").fill("gold")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove the filter “gold”").wait_for()
    assert said(page) == {"q": "gold"}
    assert page.evaluate(COUNT) != whole
    page.get_by_role("button", name="Remove the filter “gold”").press("Enter")
    wait_for_count(page, int(whole))
    assert page.locator("#search-field").input_value() == ""
    assert trip.complaints == []


@pytest.mark.long
def test_typed_bounds_replace_each_other_and_stay_in_their_fields(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = begin(trip)
    page.locator('.fold[data-key="area"] summary').click()
    least = page.locator('[data-range="area"][data-end="from"]')
    least.press_sequentially("10")
    page.wait_for_function("() => new URLSearchParams(location.search).get('area') === '10-'")
    page.locator('[data-range="area"][data-end="to"]').press_sequentially("50")
    page.wait_for_function("() => new URLSearchParams(location.search).get('area') === '10-50'")
    page.get_by_role("button", name="Remove the filter 10 to 50 km²").click()
    page.wait_for_function("() => !new URLSearchParams(location.search).has('area')")
    page.wait_for_function("() => !document.querySelector('[data-range=area]').value")
    assert least.input_value() == ""
    assert trip.complaints == []


@pytest.mark.long
def test_a_filter_in_force_is_open_when_a_link_is_opened(visit: Callable[..., Visit]) -> None:
    page = begin(visit(), "?granted=2015..2020&stage=mining")
    page.wait_for_selector('.fold[data-key="granted"][open] [data-range="granted"]')
    assert page.locator('[data-range="granted"][data-end="from"]').input_value() == "2015"
    assert page.locator('.fold[data-key="stage"]').get_attribute("open") is not None
    assert page.locator('.fold[data-key="rule"]').get_attribute("open") is None


@pytest.mark.long
def test_the_switch_keeps_titles_to_the_maps_view_and_a_link_keeps_its_box(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = trip.open()
    whole = int(page.evaluate(COUNT))
    page.get_by_role("switch", name="Only inside the map's view").click()
    page.wait_for_function("() => new URLSearchParams(location.search).has('box')")
    box = said(page)["box"]
    page.locator('[data-map-action="in"]').click()
    page.wait_for_function(
        f"() => new URLSearchParams(location.search).get('box') !== {box!r}", timeout=20_000
    )
    page.wait_for_function(f"() => Number(({COUNT})()) < {whole}", timeout=30_000)
    link, box, narrowed = page.url.split("#")[0], said(page)["box"], page.evaluate(COUNT)
    page.close()
    # In a window of another size, without the hash that says where the map was.
    other = visit({"width": 1100, "height": 800})
    page = other.open(link.removeprefix(trip.home))
    page.wait_for_timeout(1500)
    assert said(page)["box"] == box
    assert page.evaluate(COUNT) == narrowed
    page.get_by_role("switch", name="Only inside the map's view").click()
    wait_for_count(page, whole)
    assert trip.complaints == other.complaints == []


@pytest.mark.long
def test_an_empty_result_says_which_filter_to_drop(visit: Callable[..., Visit]) -> None:
    trip = visit()
    page = begin(trip, "?tier=clear&mineral=gold")
    box = page.locator(".nothing-found")
    box.wait_for()
    assert "Tier Checked, none, Gold: 0 of " in box.inner_text()
    box.get_by_role("button", name="Drop").click()
    page.wait_for_selector(".nothing-found", state="detached")
    assert said(page) == {"mineral": "gold"}
    assert trip.complaints == []


@pytest.mark.long
def test_filters_that_cannot_be_read_are_said_and_can_be_cleared(
    visit: Callable[..., Visit],
) -> None:
    page = begin(visit(), "?area=ten")
    page.wait_for_selector(".explore-problem .problem")
    assert "area=ten" in page.locator(".explore-problem").inner_text()
    page.get_by_role("button", name="Clear all filters").click()
    page.wait_for_selector(".explore-problem", state="detached")
    assert said(page) == {}


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_on_a_phone_search_filters_and_table_fit_and_scroll_within_themselves(
    visit: Callable[..., Visit], theme: str
) -> None:
    trip = visit(PHONE, color_scheme=theme)
    page = begin(trip)
    page.wait_for_selector(".quick .chip")
    search, column = page.locator(".search-box").bounding_box(), page.locator("#column")
    assert search["y"] + search["height"] < column.bounding_box()["y"]
    heights = page.locator(".quick .chip").evaluate_all("all => all.map(e => e.offsetHeight)")
    assert min(heights) >= 44
    page.locator(".quick [data-raise-filters]").click()
    page.wait_for_selector(".column.sheet-high")
    assert page.locator("#column-scroll").evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    page.locator("#sheet-handle").click()
    page.locator(".quick [data-go='table=1']").click()
    page.wait_for_selector(f"{ROWS} .tier-cell", timeout=30_000)
    assert page.locator(ROWS).first.bounding_box()["height"] >= 44
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(ROWS).first.click()
    page.wait_for_selector(".panel-site .verdict")
    assert not page.locator("#drawer").is_visible()
    assert trip.complaints == []
