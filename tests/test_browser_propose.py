"""Proposing in a real browser: a file, a licence, what it is to be, leaving out, keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from cetm_geo.dashboard import create_app
from cetm_geo.web import Service
from tests.browsing import PHONE, WCAG, Visit, served, violations
from tests.test_uploads import BAD, GOOD

pytestmark = pytest.mark.browser
VERDICT = ".panel-propose .verdict"
WHOLE = "() => document.querySelector('#land')?.innerText.includes('from rasters')"
TARGETS = """() => [...document.querySelectorAll(
    '.panel-propose :is(button, summary, input, textarea)')]
    .filter((one) => one.getClientRects().length && !one.closest('.folded, .cards, .other-flags'))
    .map((one) => [one, one.closest('.mantine-Input-wrapper') || one])
    .map(([one, box]) => [one.id || one.textContent, box.getBoundingClientRect().height])
    .filter(([, height]) => height < 43.5)"""


@pytest.fixture(scope="module")
def home(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page where proposals are kept."""
    folder = tmp_path_factory.mktemp("kept") / "proposals"
    with served(create_app(sample_store, proposals=folder).server) as address:
        yield address


@pytest.fixture(scope="module")
def critical(sample_store: Path) -> dict[str, Any]:
    """A title, with its outline, that is critical by overlap."""
    service = Service(sample_store)
    store = service.store()
    flags = store.frame("all_flags")
    rule = flags["rule_id"] == "strict_protected_area_overlap"
    site_id = str(flags[rule & (flags["severity"] == "critical")]["site_id"].iloc[0])
    outline = store.shapes("site_with_outline", site_id=site_id).geometry.iloc[0]
    return {
        "site_id": site_id,
        "number": site_id.partition(":")[2],
        "name": service.answer(site_id)["site"]["name"],
        "geojson": shapely.to_geojson(outline),
    }


def open_fold(page: Any, name: str) -> None:
    """A fold of the ways to give a shape, which themselves fold away once there is one."""
    ways = page.locator("#shape-ways")
    if ways.get_attribute("open") is None:
        ways.locator("> summary").press("Enter")
    fold = ways.get_by_text(name, exact=True)
    if fold.locator("xpath=..").get_attribute("open") is None:
        fold.press("Enter")


def give(page: Any, name: str, content: bytes | str) -> None:
    open_fold(page, "Give a file")
    content = content.encode() if isinstance(content, str) else content
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("#shape-file").set_input_files(file)


def begin(trip: Visit, critical: dict[str, Any], more: str = "") -> Any:
    """The page with a critical title's outline given as a file, used and answered in whole."""
    page = trip.open(f"?view=propose{more}")
    give(page, "outline.geojson", critical["geojson"])
    page.get_by_role("button", name="Use this shape").first.press("Enter")
    page.wait_for_selector(VERDICT, timeout=60_000)
    page.wait_for_function(WHOLE, timeout=60_000)
    return page


def test_a_file_shows_its_shapes_and_a_bad_one_says_what_is_wrong(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open("?view=propose")
    open_fold(page, "Give a file")
    assert "At most 10" in page.locator(".limits").inner_text()
    give(page, "outline.geojson", critical["geojson"])
    page.wait_for_selector(".shapes li")
    assert page.locator(VERDICT).count() == 0
    page.get_by_role("button", name="Use this shape").first.press("Enter")
    page.wait_for_selector(VERDICT, timeout=60_000)
    assert trip.complaints == []
    give(page, "outline.geojson", "{ this is no GeoJSON")
    page.wait_for_selector("#shape-given-body .problem")
    # That the browser logs the refusal is no complaint of the page's own.
    assert all("422" in one for one in trip.complaints)
    assert page.locator(VERDICT).count() == 1


@pytest.mark.long
def test_a_licence_number_becomes_a_shape_by_the_keyboard_alone(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open("?view=propose")
    open_fold(page, "Start from a licence")
    field = page.locator("#licence-start")
    field.press_sequentially(critical["name"], delay=20)
    page.locator("#licence-start-list .suggestion").first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_selector(VERDICT, timeout=60_000)
    assert "view=propose" in page.url
    assert trip.complaints == []


@pytest.mark.long
def test_what_it_is_to_be_stands_in_the_address_and_says_what_changed(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    trip = visit()
    page = begin(trip, critical)
    page.locator("#proposal-stage").click()
    page.get_by_role("option", name="Exploration").click()
    page.wait_for_url("**p_stage=exploration**")
    page.wait_for_selector("#proposal-changes >> text=Held against")
    page.locator("#proposal-minerals").fill("cobal")
    page.get_by_role("option", name="Cobalt").first.click()
    page.wait_for_url("**p_mineral=cobalt**")
    page.wait_for_function(WHOLE, timeout=60_000)
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('#proposal-stage')?.value === 'Exploration'"
    )
    assert trip.complaints == []


@pytest.mark.long
def test_what_is_no_go_is_left_out_shown_and_then_used(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    trip = visit(bypass_csp=True)
    page = begin(trip, critical)
    page.locator("#leave-out-ask").press("Enter")
    page.wait_for_selector("#leave-out-body b", timeout=60_000)
    assert "remain" in page.locator("#leave-out-body").inner_text()
    page.locator("#leave-out-use").press("Enter")
    page.wait_for_selector("#proposal-changes >> text=Against Draft A", timeout=60_000)
    drafts = page.locator(".drafts .draft")
    assert drafts.count() == 2
    assert "A without the no-go" in drafts.nth(1).inner_text()
    page.wait_for_selector("#compare >> text=Change", timeout=60_000)
    table = page.locator("#compare").inner_text()
    assert "\u2212" in table.split("Area", 1)[1].split("\n", 1)[0]
    drafts.first.press("Enter")
    page.wait_for_selector("#proposal-changes >> text=Against Draft B", timeout=60_000)
    assert drafts.first.get_attribute("aria-pressed") == "true"
    assert violations(page, WCAG) == []
    assert trip.complaints == []


@pytest.mark.long
def test_every_kind_of_file_is_shown_and_a_bad_one_of_each_says_its_reason(
    visit: Callable[..., Visit],
) -> None:
    trip = visit()
    page = trip.open("?view=propose")
    for number, (name, content) in enumerate(GOOD.values()):
        give(page, f"{number}-{name}", content())
        page.wait_for_selector(f"#shape-given-body >> text={number}-{name}", timeout=60_000)
        assert page.locator("#shape-given-body :is(.shapes li, [role=radiogroup])").count() >= 1
    for number, (name, content, reason) in enumerate(BAD.values()):
        give(page, f"bad{number}-{name}", content())
        page.wait_for_selector(f"#shape-given-body .problem >> text={reason}", timeout=60_000)
        assert page.locator("#shape-given-body .shapes").count() == 0
    assert all("422" in one for one in trip.complaints)


@pytest.mark.long
def test_a_proposal_is_saved_opened_contested_and_deleted(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    trip = visit()
    page = begin(trip, critical, "&p_mineral=cobalt")
    page.locator("#keep-name").fill("Ridge")
    page.locator("#keep-new").press("Enter")
    page.wait_for_selector(".kept >> text=Ridge", timeout=60_000)
    card = page.locator(".panel-propose .card").first
    card.get_by_text("Contest this finding").press("Enter")
    card.locator("textarea").fill("The outline is old.")
    card.get_by_role("button", name="Record it").press("Enter")
    page.wait_for_selector(".card .contests >> text=The outline is old.", timeout=60_000)
    page = trip.open("?view=propose")
    page.get_by_role("button", name="Open Ridge").press("Enter")
    page.wait_for_selector(VERDICT, timeout=60_000)
    page.wait_for_url("**p_mineral=cobalt**")
    page.wait_for_selector(".card .contests >> text=The outline is old.")
    page.locator(".kept summary").press("Enter")
    page.get_by_role("button", name="Delete for good: Ridge").press("Enter")
    page.wait_for_selector("text=Nothing is kept yet.")
    assert trip.complaints == []


@pytest.mark.long
def test_on_a_phone_targets_are_large_and_nothing_scrolls_sideways(
    visit: Callable[..., Visit], critical: dict[str, Any]
) -> None:
    page = begin(visit(PHONE), critical)
    column = page.locator("#column-scroll")
    assert column.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    assert page.evaluate(TARGETS) == []
