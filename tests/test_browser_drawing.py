"""Drawing in a real browser: corners that land on titles, taking back, the toolbar by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cetm_geo.web import Service
from cetm_geo.web.filters import Filters
from tests.browsing import PIXEL, Visit

pytestmark = pytest.mark.browser
Corner = tuple[float, float]
HEARD = """() => {
    window.heard = [];
    const { set_props: tell } = window.dash_clientside;
    window.dash_clientside.set_props = (id, said) => {
        if (id === 'drawn') window.heard.push(said.data && said.data.geometry);
        tell(id, said);
    };
}"""
WHOLE = "() => document.querySelector('#land')?.innerText.includes('from rasters')"
DRAWING = '.toolbar [data-tool="draw"][aria-pressed="true"]'
EDITING = '.toolbar [data-tool="edit"][aria-pressed="true"]'
OFF_PX = (5, 4)  # beside a corner: near enough to snap, too far to be it


@pytest.fixture(scope="module")
def outline(sample_store: Path) -> list[Corner]:
    """The corners of a title that the register draws with four."""
    service = Service(sample_store)
    for row in service.titles(Filters(), 400).rows:
        shape = service.outline_of(row["site_id"])
        if shape["type"] != "Polygon" or len(shape["coordinates"][0]) != 5:
            continue
        ring = shape["coordinates"][0][:4]
        if 0.05 < max(x for x, _ in ring) - min(x for x, _ in ring) < 0.2:
            return [(x, y) for x, y in ring]
    raise AssertionError("The sample country has no title of four corners.")


def begin(trip: Visit, outline: list[Corner]) -> Any:
    """The page ready to draw round a title, with a record of the shapes that Dash is told."""
    x, y = (sum(corner[i] for corner in outline) / 4 for i in (0, 1))
    page = trip.open(f"?view=propose#map=11/{y}/{x}")
    page.wait_for_selector(DRAWING)
    page.evaluate(HEARD)
    return page


def beside(page: Any, corner: Corner) -> tuple[float, float]:
    x, y = page.evaluate(PIXEL, corner)
    return x + OFF_PX[0], y + OFF_PX[1]


def click(page: Any, place: tuple[float, float]) -> None:
    page.mouse.move(*place)
    page.wait_for_timeout(150)
    page.mouse.click(*place)
    page.wait_for_timeout(350)  # two in quick succession would be a double click


def draw(page: Any, corners: list[Corner]) -> None:
    """Corners a little beside those given, closed by a click on the first."""
    places = [beside(page, corner) for corner in corners]
    for place in [*places, places[0]]:
        click(page, place)
    page.wait_for_selector(EDITING)


def drag(page: Any, corner: Corner, goal: tuple[float, float]) -> None:
    page.mouse.move(*page.evaluate(PIXEL, corner))
    page.mouse.down()
    page.mouse.move(*goal, steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)


def know(page: Any, corner: Corner) -> None:
    """The title at a corner is known to the page once the pointer has been there."""
    with page.expect_response("**/outline.geojson", timeout=60_000):
        page.mouse.move(*beside(page, corner))
    page.wait_for_timeout(500)


def told(page: Any) -> list[Corner]:
    """The corners of the last shape that Dash was told, from the least; none where that is none."""
    shape = page.evaluate("() => window.heard.at(-1)")
    return sorted((x, y) for x, y in shape["coordinates"][0][:-1]) if shape else []


@pytest.mark.long
def test_corners_land_on_the_registers_own_unless_snapping_is_off(
    visit: Callable[..., Visit], outline: list[Corner]
) -> None:
    trip = visit()
    page = begin(trip, outline)
    know(page, outline[0])
    draw(page, outline)
    exact = sorted(outline)
    for drawn, corner in zip(told(page), exact, strict=True):
        assert drawn == pytest.approx(corner, abs=1e-9, rel=0)
    # So does one that is dragged, but not while Alt is held.
    x, y = page.evaluate(PIXEL, exact[0])
    drag(page, exact[0], (x - 60, y - 40))
    assert told(page)[0] != pytest.approx(exact[0], abs=1e-4, rel=0)
    drag(page, told(page)[0], (x + 6, y + 4))
    assert told(page)[0] == pytest.approx(exact[0], abs=1e-9, rel=0)
    page.keyboard.down("Alt")
    drag(page, exact[0], (x + 6, y + 4))
    page.keyboard.up("Alt")
    assert told(page)[0] != pytest.approx(exact[0], abs=1e-6, rel=0)

    page.locator('.toolbar [data-tool="snap"]').press("Enter")
    page.wait_for_selector('[data-tool="snap"][aria-pressed="false"]')
    page.locator('.toolbar [data-tool="draw"]').click()
    draw(page, outline)
    for drawn, corner in zip(told(page), exact, strict=True):
        assert max(abs(drawn[i] - corner[i]) for i in (0, 1)) > 1e-6
    assert trip.complaints == []


@pytest.mark.long
def test_what_was_done_is_taken_back_and_done_again(
    visit: Callable[..., Visit], outline: list[Corner]
) -> None:
    trip = visit()
    page = begin(trip, outline)
    undo = page.locator('.toolbar [data-tool="undo"]')
    assert undo.get_attribute("aria-disabled") == "true"
    know(page, outline[0])
    # A corner too many is taken back while the shape is drawn.
    places = [beside(page, corner) for corner in outline]
    for place in places[:2]:
        click(page, place)
    click(page, (places[1][0] - 60, places[1][1] + 60))
    assert undo.get_attribute("aria-disabled") == "false"
    page.keyboard.press("Control+z")
    for place in [*places[2:], places[0]]:
        click(page, place)
    page.wait_for_selector(EDITING)
    whole = told(page)
    assert len(whole) == 4
    # Afterwards the last change: a corner that went, a shape that was cleared.
    page.mouse.click(*page.evaluate(PIXEL, whole[0]), button="right")
    page.wait_for_function("() => window.heard.at(-1)?.coordinates[0].length === 4")
    page.keyboard.press("Control+z")
    assert told(page) == whole
    page.keyboard.press("Shift+Control+z")
    assert len(told(page)) == 3
    undo.click()
    assert told(page) == whole
    click(page, page.evaluate(PIXEL, whole[1]))
    page.keyboard.press("Delete")
    assert len(told(page)) == 3
    page.locator('.toolbar [data-tool="clear"]').click()
    assert told(page) == []
    undo.press("Enter")
    undo.press("Enter")
    assert told(page) == whole
    assert trip.complaints == []


@pytest.mark.long
def test_what_is_typed_is_taken_back_in_its_field_and_folds_open_by_keyboard(
    visit: Callable[..., Visit], outline: list[Corner]
) -> None:
    trip = visit()
    page = begin(trip, outline)
    for name, field in (
        ("Upload", "shape-file"),
        ("Licence no.", "licence-start"),
        ("Paste coordinates", "typed-corners"),
    ):
        page.locator(".toolbar").get_by_role("button", name=name).press("Enter")
        page.wait_for_function("id => document.activeElement?.id === id", arg=field)
    west, south = (min(corner[i] for corner in outline) for i in (0, 1))
    lines = [f"{south + y} {west + x}" for x, y in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1))]
    page.keyboard.type("\n".join(["Latitude Longitude", *lines]))
    page.locator("#screen-typed").press("Enter")
    page.wait_for_function(WHOLE, timeout=60_000)
    assert page.evaluate("() => window.heard") == []  # Dash knows it already
    page.locator(".toolbar").get_by_role("button", name="Paste coordinates").press("Enter")
    page.locator("#typed-corners").press("Control+z")
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.heard.length") == 0
    page.locator('.toolbar [data-tool="undo"]').press("Enter")
    assert page.evaluate("() => window.heard") == [None]
    page.wait_for_selector(".panel-propose .verdict", state="detached")
    assert trip.complaints == []
