"""The page in a real browser: click a title, draw a polygon, read what each touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from cetm_geo.dashboard.answer.reading import shown_overlaps
from tests.browsing import PHONE, Visit, type_corners

pytestmark = pytest.mark.browser


def sign_of(page: Any, site_id: str) -> list[float]:
    """Longitude and latitude of a title's sign on the map."""
    found = page.evaluate(
        """async (id) => {
            const answer = await fetch(`/api/v1/sites.json?ids=${encodeURIComponent(id)}`);
            const [row] = (await answer.json()).rows;
            return row && (await window.cetm.signs).at(row.n);
        }""",
        site_id,
    )
    assert found, f"no sign of {site_id} on the map"
    return list(found)


def test_a_click_on_a_title_shows_what_it_overlaps(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.open()
    trip.click_at(*sign_of(page, title["site"]["site_id"]))
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == title["site"]["name"]
    shown = page.locator(".panel-site [data-part=overlaps]").text_content()
    listed = [row for row in shown_overlaps(title["overlaps"]) if row["overlap_km2"]]
    named = [row["name"] for row in listed if row["name"]]
    assert named
    assert all(name in shown for name in named)
    assert "site=" in page.url
    trip.settle()
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


def wait_for_map(page: Any) -> None:
    for _ in range(600):
        if page.evaluate("Boolean(window.cetm?.map)"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no map")


def test_the_countrys_picture_stands_where_the_map_draws_it_until_it_does(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip = visit()
    page = trip.page
    held: list[Any] = []
    let_through: list[bool] = []

    def hold(route: Any) -> None:
        if let_through:
            route.continue_()
        else:
            held.append(route)

    page.route("**/*.mvt", hold)
    page.goto(trip.home)
    picture = page.locator(".map-picture")
    picture.wait_for(timeout=60_000)
    wait_for_map(page)
    # The sign of a title in the picture, and where the map has that title.
    apart = page.evaluate(
        """async ([lon, lat]) => {
            const image = document.querySelector('.map-picture');
            const box = image.getBoundingClientRect();
            const text = await (await fetch(image.src)).text();
            const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
            const wide = svg.documentElement.viewBox.baseVal.width;
            const at = window.cetm.map.project([lon, lat]);
            const frame = document.querySelector('.maplibregl-canvas').getBoundingClientRect();
            return Math.min(...[...svg.querySelectorAll('use')].map((sign) => Math.hypot(
                box.left + (sign.x.baseVal.value * box.width) / wide - frame.left - at.x,
                box.top + (sign.y.baseVal.value * box.width) / wide - frame.top - at.y,
            )));
        }""",
        sign_of(page, title["site"]["site_id"]),
    )
    assert apart < 2  # pixels; signs lie some ten of them from each other
    let_through.append(True)
    for route in held:
        route.continue_()
    picture.wait_for(state="detached", timeout=60_000)
    assert trip.complaints == []
    trip.page.goto(f"{trip.home}?tier=critical")
    wait_for_map(page)
    assert picture.count() == 0  # it would show titles that are not asked for


@pytest.mark.long
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
    assert place in page.locator(".panel-propose [data-part=overlaps]").text_content()
    trip.settle()
    page.locator('.toolbar [data-tool="clear"]').click()
    page.wait_for_selector(".panel-propose .verdict", state="detached")
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


@pytest.mark.long
def test_a_drawn_polygon_hears_of_land_and_people_after_the_rest_as_a_title_does(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open(f"?site={site['site_id']}")
    page.wait_for_selector(".panel-site .land")
    assert "People inside" in page.locator(".panel-site .land").inner_text()
    page = trip.open("?view=propose")
    type_corners(page, site)
    # Rows that wait, with the first answer.
    page.wait_for_selector("#land .land", timeout=60_000)
    page.wait_for_function(
        "() => document.querySelector('#land')?.innerText.includes('from rasters')",
        timeout=60_000,
    )
    assert "…" not in page.locator("#land").inner_text()
    assert "Loss by year" in page.locator("#land").inner_text()
    page.locator('.toolbar [data-tool="clear"]').click()
    page.wait_for_selector("#land", state="detached")
    assert trip.complaints == []


@pytest.mark.long
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


@pytest.mark.long
def test_a_flags_sentence_is_read_in_the_language_of_the_page(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    trip, said = visit(), title["flags"][0]
    for query in ("", "&lang=fr", ""):  # the choice is kept
        page = trip.open(f"?site={title['site']['site_id']}{query}")
        page.wait_for_selector(".panel-site .card")
        card = page.locator(".panel-site .card").first.inner_text()
        french = "lang=fr" in query or page.evaluate("document.documentElement.lang") == "fr"
        assert (said["message"]["fr"] in card) is french
        assert (said["message"]["en"] in card) is not french
        assert page.locator(".card .message .unverified").count() == (
            page.locator(".card").count() if french else 0
        )
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert trip.complaints == []


@pytest.mark.long
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


def test_typed_corners_are_screened_without_a_pointer(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    site, trip = title["site"], visit()
    page = trip.open("?view=propose")
    type_corners(page, site)
    page.wait_for_selector(".panel-propose .verdict")
    assert trip.complaints == []


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.parametrize(
    ("address", "theme"),
    [("", "light"), ("?view=propose", "dark"), ("site", "light")],
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
