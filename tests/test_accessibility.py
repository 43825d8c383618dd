"""Every view keeps WCAG 2.2 AA as axe-core sees it, works by keyboard, mirrors from the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cetm_geo.dashboard import create_app
from tests.browsing import (
    DESK,
    PHONE,
    VIEWS,
    WCAG,
    WITHOUT_MAP,
    Visit,
    arrive,
    served,
    violations,
)

pytestmark = pytest.mark.browser
SIZES = [
    pytest.param(DESK, id="desk"),
    pytest.param(PHONE, id="phone", marks=pytest.mark.long),
]
# The views that hold most of the page's parts; the others are as many again.
OF_VIEWS = [
    pytest.param(view, marks=() if view in ("explore", "site", "propose") else pytest.mark.long)
    for view in VIEWS
]
# What depends on the theme alone; everything else is the same in both.
OF_THEME = ["color-contrast", "link-in-text-block"]
SIDEWAYS = """() => [document.documentElement.scrollWidth - window.innerWidth,
    ...[...document.querySelectorAll('.column, #column-scroll, .page, .bar')]
        .map((part) => part.scrollWidth - part.clientWidth)]"""
FOCUSED = """() => {
    const at = document.activeElement;
    const box = at.getBoundingClientRect();
    return { tag: at.tagName, id: at.id, text: (at.ariaLabel || at.textContent || '').trim(),
        go: at.dataset?.go || '', width: box.width, height: box.height,
        seen: getComputedStyle(at).outlineStyle !== 'none' };
}"""


def switch_theme(page: Any) -> None:
    before = page.locator("html").get_attribute("data-mantine-color-scheme")
    page.locator("#theme-switch").click()
    page.wait_for_function(
        "(was) => document.documentElement.dataset.mantineColorScheme !== was", arg=before
    )
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", OF_VIEWS)
def test_axe_finds_no_violation_of_wcag_2_2_aa_in_either_theme(
    visit: Callable[..., Visit], title: dict[str, Any], view: str, size: dict[str, int]
) -> None:
    trip = visit(size, bypass_csp=True)
    page = arrive(trip, view, title)
    found = violations(page, WCAG)
    switch_theme(page)
    found += [f"dark: {line}" for line in violations(page, {"type": "rule", "values": OF_THEME})]
    assert found == []


@pytest.mark.long
def test_axe_finds_no_violation_on_the_page_without_a_store(browser: Any, tmp_path: Any) -> None:
    with served(create_app(tmp_path / "none").server) as address:
        context = browser.new_context(viewport=DESK, bypass_csp=True)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".plain-page h1")
        assert violations(page, WCAG) == []
        context.close()


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_read_from_the_right_the_page_mirrors_and_does_not_run_over(
    visit: Callable[..., Visit], title: dict[str, Any], view: str, size: dict[str, int]
) -> None:
    page = arrive(visit(size), view, title)
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    page.wait_for_timeout(400)
    assert max(page.evaluate(SIDEWAYS)) <= 1
    if size is DESK and view not in WITHOUT_MAP:
        column, canvas = (page.locator(part).bounding_box() for part in (".column", ".map"))
        assert column["x"] > canvas["x"]
        assert column["x"] + column["width"] == pytest.approx(size["width"], abs=1)


def test_a_keyboard_alone_filters_opens_a_title_in_the_table_and_goes_back(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = trip.open()
    keys, focused = page.keyboard, lambda: page.evaluate(FOCUSED)
    keys.press("Tab")
    assert focused()["text"] == "Skip to the filters and answers"
    keys.press("Enter")
    assert page.evaluate("() => document.activeElement.closest('#column') !== null")
    keys.press("Tab")
    assert focused()["text"].startswith("Critical")
    assert focused()["seen"]
    keys.press("Enter")
    page.wait_for_function("() => location.search.includes('tier=critical')")
    page.locator(".skip").nth(1).focus()
    keys.press("Enter")
    keys.press("Tab")
    assert focused()["text"] == "Table"
    keys.press("Enter")
    page.wait_for_selector(".drawer.open .ag-row")
    trip.settle()
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("() => document.activeElement.closest('.ag-header, .ag-row') !== null"):
            break
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    page.wait_for_function("() => document.activeElement.closest('.ag-row') !== null")
    keys.press("Enter")
    page.wait_for_selector(".panel-site .verdict")
    page.wait_for_function("() => document.activeElement.tagName === 'H1'")
    assert page.title() == f"{focused()['text']} – CETM-Geo"
    keys.press("Escape")
    page.wait_for_selector(".panel-explore:visible")
    page.wait_for_function("() => document.activeElement.closest('.ag-row') !== null")
    assert "site=" not in page.url
    assert "tier=critical" in page.url
    assert trip.complaints == []


@pytest.mark.long
def test_a_keyboard_alone_changes_language_and_theme(visit: Callable[..., Visit]) -> None:
    trip = visit()
    page = trip.open("?tier=high")
    button = page.locator(".languages-menu .menu-button")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.className") == "menu-button"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["text"] == "Français"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    trip.settle()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "tier=high" in page.url
    page.locator("#theme-switch").press("Enter")
    page.wait_for_selector("html[data-mantine-color-scheme=dark]")
    assert trip.complaints == []


@pytest.mark.long
@pytest.mark.parametrize("view", ["explore", "site", "propose"])
def test_on_a_phone_what_is_pressed_is_large_enough_for_a_finger(
    visit: Callable[..., Visit], title: dict[str, Any], view: str
) -> None:
    page = arrive(visit(PHONE), view, title)
    # The handle of the sheet takes presses above and below itself.
    small = page.evaluate(
        """() => [...document.querySelectorAll(
                '.bar button, .bar a, .map-buttons button, .toolbar button, #column button, '
                + '#column summary, #column .back')]
            .filter((part) => part.getClientRects().length && !part.closest('[hidden]')
                && part.clientHeight > 1 && !part.closest('p, .sources, .table, .sheet-handle'))
            .map((part) => [part.className || part.tagName, part.textContent.trim().slice(0, 30),
                Math.round(part.getBoundingClientRect().height)])
            .filter(([, , height]) => height < 44)"""
    )
    assert small == []


@pytest.mark.long
def test_nothing_moves_for_a_reader_who_asked_for_less_motion(
    visit: Callable[..., Visit],
) -> None:
    page = visit(PHONE, reduced_motion="reduce").open()
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.column, .bar *, .drawer, .menu')]
            .filter((part) => parseFloat(getComputedStyle(part).transitionDuration) > 0.001)
            .map((part) => part.className)"""
    )
    assert moving == []


@pytest.mark.long
def test_signs_and_chosen_tiers_stay_visible_in_forced_colours(
    visit: Callable[..., Visit],
) -> None:
    page = visit(forced_colors="active").open()
    shown = page.evaluate(
        """() => {
            const ground = (part) => getComputedStyle(part).backgroundColor;
            return [document.querySelector('.brand .sign'), document.body].map(ground);
        }"""
    )
    assert shown[0] != shown[1]
