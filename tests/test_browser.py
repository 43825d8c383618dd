"""The page in a real browser: click a title, draw a polygon, read what each touches."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.answer import shown_overlaps
from cetm_geo.web import Service
from cetm_geo.web.titles import ALL_TITLES, Filters, find_titles

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CETM_BROWSER") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader-webgl",
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
DRAWN = "() => window.cetm?.map && window.cetm.map.loaded() && window.cetm.map.areTilesLoaded()"
PIXEL = """([lng, lat]) => {
    const at = window.cetm.map.project([lng, lat]);
    const box = window.cetm.map.getCanvas().getBoundingClientRect();
    return [box.left + at.x, box.top + at.y];
}"""
# What the driver of a software renderer says of itself is not ours to mend.
NOT_OURS = ("GL Driver Message", "WebGL")


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """A line a tile would bury what a failing test says."""


class Visit:
    """A page with a record of everything it asked for and complained of."""

    def __init__(self, page: Any, home: str) -> None:
        self.page, self.home = page, home
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        ours = not any(word in message.text for word in NOT_OURS)
        if message.type in ("error", "warning") and ours:
            self.complaints.append(message.text)

    def open(self, address: str = "") -> Any:
        self.page.goto(self.home + address)
        self.settle()
        return self.page

    def settle(self) -> None:
        self.page.wait_for_function(DRAWN, timeout=60_000)
        self.page.wait_for_timeout(500)

    def click_at(self, lng: float, lat: float) -> None:
        x, y = self.page.evaluate(PIXEL, [lng, lat])
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(80)
        self.page.mouse.click(x, y)
        # Two clicks in quick succession would be a double click, which zooms.
        self.page.wait_for_timeout(350)


@pytest.fixture(scope="module")
def home(sample_store: Path) -> Iterator[str]:
    flask = create_app(sample_store).server
    server = make_server("127.0.0.1", 0, flask, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no chromium on the path: the page was not tried in a browser")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any, home: str) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def begin(size: dict[str, int] = DESK, **options: Any) -> Visit:
        contexts.append(browser.new_context(viewport=size, **options))
        return Visit(contexts[-1].new_page(), home)

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def title(sample_store: Path) -> dict[str, Any]:
    """The answer of the largest title that overlaps a protected area."""
    service = Service(sample_store)
    parks = Filters(layers=("wdpa_protected_areas",))
    rows = find_titles(service.store(), parks, ALL_TITLES).rows
    return service.answer(max(rows, key=lambda row: row["area_km2"])["site_id"])


def sign_of(page: Any, site_id: str) -> list[float]:
    """Longitude and latitude of a title's sign on the map."""
    layer = site_id.partition(":")[0]
    found = page.evaluate(
        """([layer, id]) => window.cetm.map.querySourceFeatures(layer, {sourceLayer: 'marks'})
            .filter((feature) => feature.properties.id === id)
            .map((feature) => feature.geometry.coordinates)""",
        [layer, site_id],
    )
    assert found, f"no sign of {site_id} on the map"
    return list(found[0])


def test_a_click_on_a_title_shows_what_it_overlaps(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open()
    trip.click_at(*sign_of(page, title["site"]["site_id"]))
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == title["site"]["name"]
    shown = page.locator(".panel-site .table").first.inner_text()
    listed = [row for row in shown_overlaps(title["overlaps"]) if row["overlap_km2"]]
    named = [row["name"] for row in listed if row["name"]]
    assert named
    assert all(name in shown for name in named)
    assert "site=" in page.url
    trip.settle()
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


def test_a_link_restores_the_title_that_was_open(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    page = visit().open(f"?site={title['site']['site_id']}")
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == title["site"]["name"]


def test_a_drawn_polygon_shows_what_it_overlaps(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    middle = f"{(site['south'] + site['north']) / 2}/{(site['west'] + site['east']) / 2}"
    page = trip.open(f"?view=propose#map=9/{middle}")
    page.wait_for_selector('[data-tool="draw"][aria-pressed="true"]')
    west, south, east, north = (site[side] for side in ("west", "south", "east", "north"))
    corners = [(west, south), (west, north), (east, north), (east, south)]
    for corner in [*corners, corners[-1]]:
        trip.click_at(*corner)
    page.wait_for_selector(".panel-propose .verdict")
    assert "4 corners" in " ".join(page.locator(".panel-propose").inner_text().split())
    place = next(row["name"] for row in title["overlaps"] if row["overlap_km2"] > 1)
    assert place in page.locator(".panel-propose .table").first.inner_text()
    trip.settle()
    page.locator('.toolbar [data-tool="clear"]').click()
    page.wait_for_selector(".panel-propose .verdict", state="detached")
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


def test_a_drawn_polygon_hears_of_land_and_people_after_the_rest_as_a_title_does(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open(f"?site={site['site_id']}")
    page.wait_for_selector(".panel-site .land")
    assert "People inside" in page.locator(".panel-site .land").inner_text()
    page = trip.open("?view=propose")
    type_corners(page, site)
    page.wait_for_selector("#land .land")  # rows that wait, with the first answer
    page.wait_for_function(
        "() => document.querySelector('#land')?.innerText.includes('from rasters')",
        timeout=60_000,
    )
    assert "…" not in page.locator("#land").inner_text()
    assert page.locator("#land .years li").count() > 0
    page.locator('.toolbar [data-tool="clear"]').click()
    page.wait_for_selector("#land", state="detached")
    assert trip.complaints == []


def test_when_rasters_have_answered_a_drawings_flags_tier_and_pillars_count_them_in(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open("?view=propose")
    type_corners(page, title["site"])
    page.wait_for_function(
        "() => document.querySelector('#land')?.innerText.includes('from rasters')",
        timeout=60_000,
    )
    page.wait_for_selector("#proposal-verdict .verdict >> text=are counted in.")
    assert "being measured" not in page.locator("#proposal-flags").inner_text()
    assert "Score" in page.locator("#proposal-pillars").inner_text()
    assert trip.complaints == []


def test_a_flags_sentence_is_read_in_the_language_that_is_chosen_and_stays_so(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open(f"?site={title['site']['site_id']}")
    card = page.locator(".panel-site .card").first
    said = title["flags"][0]
    assert said["message"]["en"] in card.inner_text()
    page.locator(".panel-site .languages label", has_text="Français").click()
    for _ in range(2):
        page.wait_for_selector('.panel-site .card .said[lang="fr"]:visible')
        assert said["message"]["fr"] in card.inner_text()
        assert said["message"]["en"] not in card.inner_text()
        assert "translation not yet reviewed" in card.inner_text()
        page.reload()
        trip.settle()
    assert trip.complaints == []


def test_the_order_is_ranked_again_on_demand(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open(f"?site={title['site']['site_id']}")
    page.locator(".asked summary").press("Enter")
    page.locator("#rank-again").press("Enter")
    page.wait_for_selector(".sureness")
    assert "titles of all tiers" in page.locator(".sureness").inner_text()
    assert trip.complaints == []


def type_corners(page: Any, site: dict[str, Any]) -> None:
    """The box of a site, typed and sent."""
    page.locator(".typing summary").press("Enter")
    west, south, east, north = (site[side] for side in ("west", "south", "east", "north"))
    lines = [f"{south} {west}", f"{north} {west}", f"{north} {east}", f"{south} {east}"]
    page.locator("#typed-corners").fill("\n".join(["Latitude Longitude", *lines]))
    page.locator("#screen-typed").press("Enter")


def test_typed_corners_are_screened_without_a_pointer(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open("?view=propose")
    type_corners(page, site)
    page.wait_for_selector(".panel-propose .verdict")
    assert trip.complaints == []


def test_corners_of_two_readings_are_screened_only_after_one_is_chosen(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open("?view=propose")
    page.locator(".typing summary").press("Enter")
    west, south, east, north = (site[side] for side in ("west", "south", "east", "north"))
    lines = [f"{south} {west}", f"{north} {west}", f"{north} {east}", f"{south} {east}"]
    page.locator("#typed-corners").fill("\n".join(lines))
    page.get_by_role("radio", name="latitude, longitude").wait_for()
    page.locator("#screen-typed").press("Enter")
    page.wait_for_selector("#typed-problem .problem")
    assert page.locator(".panel-propose .verdict").count() == 0
    page.get_by_role("radio", name="latitude, longitude").check()
    page.locator("#screen-typed").press("Enter")
    page.wait_for_selector(".panel-propose .verdict")
    assert trip.complaints == []


def test_an_outline_that_crosses_itself_is_answered_in_words(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open("?view=propose")
    page.locator(".typing summary").click()
    west, south, east, north = (site[side] for side in ("west", "south", "east", "north"))
    crossed = [(west, south), (east, north), (east, south), (west, north)]
    lines = [f"{x} {y}" for x, y in crossed]
    page.locator("#typed-corners").fill("\n".join(["Longitude Latitude", *lines]))
    page.locator("#screen-typed").click()
    page.wait_for_selector(".panel-propose .problem")
    assert page.locator(".panel-propose .verdict").count() == 0
    assert trip.complaints == []


def test_the_list_opens_a_title_by_keyboard(visit: Callable[..., Visit]) -> None:
    trip = visit()
    page = trip.open()
    first = page.locator(".title-row").first
    name = first.locator(".title-name").inner_text()
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == name


def test_a_filter_narrows_the_list_and_the_map(visit: Callable[..., Visit]) -> None:
    trip = visit()
    page = trip.open()
    page.get_by_role("checkbox", name="Moderate").check()
    page.wait_for_function("() => document.querySelectorAll('.title-row').length < 100")
    # The map follows when its filter has come round: waited for, not timed.
    page.wait_for_function(
        """() => {
            const map = window.cetm.map;
            const layers = map.getStyle().layers.map((layer) => layer.id);
            const signs = map.queryRenderedFeatures(
                { layers: layers.filter((id) => id.endsWith('|sign')) });
            return signs.length > 0 && signs.every((sign) => sign.properties.tier === 'moderate');
        }""",
        timeout=60_000,
    )
    assert trip.complaints == []


@pytest.mark.parametrize(
    ("address", "theme"),
    [("", "light"), ("", "dark"), ("?view=propose", "dark"), ("site", "light"), ("site", "dark")],
)
def test_a_phone_shows_the_page_without_scrolling_sideways(
    visit: Callable[..., Visit], title: dict[str, Any], address: str, theme: str
) -> None:
    trip = visit(PHONE, color_scheme=theme)
    where = f"?site={title['site']['site_id']}" if address == "site" else address
    page = trip.open(where)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    column = page.locator("#column-scroll")
    assert column.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    assert "Not a United Nations product." in page.locator(".disclaimer").inner_text()
    assert trip.complaints == []
