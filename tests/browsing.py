"""The page in a real browser: a server over the sample's store, and visits that hear complaints.

conftest.py offers the fixtures `home`, `browser`, `visit` and `title` to every test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

CHROMIUM = os.environ.get("CETM_BROWSER") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader-webgl",
]  # fmt: skip
# What axe-core checks of WCAG 2.2 at level AA.
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
DRAWN = "() => window.cetm?.map && window.cetm.map.loaded() && window.cetm.map.areTilesLoaded()"
PIXEL = """([lng, lat]) => {
    const at = window.cetm.map.project([lng, lat]);
    const box = window.cetm.map.getCanvas().getBoundingClientRect();
    return [box.left + at.x, box.top + at.y];
}"""
PARKS = "wdpa_protected_areas"
# Every view of the page, and what is there once it is drawn.
VIEWS = {
    "explore": ".panel-explore .headline",
    "table": ".drawer.open .ag-row",
    "site": ".panel-site .verdict",
    "place": ".panel-place h1",
    "propose": ".panel-propose .verdict",
    "country": ".page-country .story",
    "news": ".page-news .story",
    "data": ".page-data h1",
}
WITHOUT_MAP = ("country", "news", "data")
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


def type_corners(page: Any, site: dict[str, Any]) -> None:
    """The box of a site as typed corners, sent by keyboard."""
    page.locator(".typing summary").press("Enter")
    west, south, east, north = (site[side] for side in ("west", "south", "east", "north"))
    lines = [f"{south} {west}", f"{north} {west}", f"{north} {east}", f"{south} {east}"]
    page.locator("#typed-corners").fill("\n".join(["Latitude Longitude", *lines]))
    page.locator("#screen-typed").press("Enter")


def arrive(trip: Visit, view: str, title: dict[str, Any], more: str = "") -> Any:
    """The page with one of VIEWS open and drawn. more: of the query, such as lang=fr."""
    address = address_of(view, title)
    trip.page.goto(trip.home + address + (("&" if address else "?") + more if more else ""))
    if view not in WITHOUT_MAP:
        trip.settle()
    if view == "propose":
        type_corners(trip.page, title["site"])
    trip.page.wait_for_selector(VIEWS[view], timeout=60_000)
    trip.page.wait_for_timeout(600)
    return trip.page


def address_of(view: str, title: dict[str, Any]) -> str:
    """The query that opens a view."""
    place = next(row for row in title["overlaps"] if row["layer_id"] == PARKS)
    return {
        "explore": "",
        "table": "?table=1",
        "site": f"?site={title['site']['site_id']}",
        "place": f"?place={PARKS}/{place['feature_id']}",
    }.get(view, f"?view={view}")


def title_in_a_park(store: Path) -> dict[str, Any]:
    """The answer of the largest title that overlaps a protected area."""
    from cetm_geo.web import Service  # noqa: PLC0415
    from cetm_geo.web.filters import Filters  # noqa: PLC0415

    service = Service(store)
    found = service.finder().rows(Filters(layers=(PARKS,)), [("area_km2", "desc")], 0, 1)
    return service.answer(found.rows[0]["site_id"])


@contextmanager
def served(flask: Flask, port: int = 0) -> Iterator[str]:
    """The address under which `flask` answers on this machine, until the block ends."""
    server = make_server("127.0.0.1", port, flask, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def home(sample_store: Path) -> Iterator[str]:
    """Address of the page over the sample's store."""
    from cetm_geo.dashboard import create_app  # noqa: PLC0415  # tests without a page need no Dash

    with served(create_app(sample_store).server) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a page yet."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on the path: the page was not tried in a browser")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any, home: str) -> Iterator[Callable[..., Visit]]:
    """Begins a visit in a browser context of its own: visit(PHONE, color_scheme="dark")."""
    contexts = []

    def begin(size: dict[str, int] = DESK, **options: Any) -> Visit:
        # A software renderer would draw each step of a flight: jumps are as good to test by.
        settings = {"reduced_motion": "reduce", **options}
        contexts.append(browser.new_context(viewport=size, **settings))
        return Visit(contexts[-1].new_page(), options.get("base_url", home))

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def title(sample_store: Path) -> dict[str, Any]:
    """The answer of the largest title that overlaps a protected area."""
    return title_in_a_park(sample_store)


def violations(page: Any, run_only: dict[str, Any]) -> list[str]:
    """What axe finds, a line each: rule, element, what is wrong."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # A shape that stands in the page without words of its own is a picture of the map's labels.
    found = axe.Axe().run(page, options={"runOnly": run_only, "resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: "
        + "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
