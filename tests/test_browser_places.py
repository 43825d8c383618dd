"""The other side in a browser: a click on a park, the titles on it, and the very pieces of land."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely

from cetm_geo.dashboard.answer.reading import shown_overlaps
from cetm_geo.web import Service
from tests.browsing import PARKS, PHONE, Visit

pytestmark = pytest.mark.browser

PARK = "900010"  # several titles lie on it, and most of it lies under nothing else
SAID = "() => document.querySelector('#map-said').textContent"
STILL = "() => !window.cetm.map.isMoving()"
LISTED = ".place-titles tbody th a"


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def beside_titles(service: Service) -> tuple[float, float]:
    """A point in the park with no title and no other place about it."""
    store = service.store()
    park = store.shapes("place_facts", layer_id=PARKS, feature_id=PARK).geometry.iloc[0]
    lands = [
        store.shapes("features_of_layer", layer_id=row["layer_id"], shapes=True).geometry
        for row in store.rows("sources_of_map")
        if row["role"] in ("protected_area", "oecm", "key_biodiversity_area", "community_land")
    ]
    titles = store.shapes("titles_of_layer", layer_id="mining_cadastre", shapes=True).geometry
    shapes = [shape for land in [*lands, titles] for shape in land if not shape.equals(park)]
    near = [shapely.buffer(shape, 0.02) for shape in shapes if shape.intersects(park)]
    free = shapely.difference(park, shapely.union_all(near))
    assert not free.is_empty
    point = shapely.point_on_surface(max(shapely.get_parts(free), key=lambda part: part.area))
    return point.x, point.y


def patient(trip: Visit) -> Visit:
    """Several browsers may share the machine."""
    trip.page.set_default_timeout(90_000)
    return trip


def at(point: tuple[float, float], zoom: float = 10) -> str:
    return f"#map={zoom}/{point[1]}/{point[0]}"


def centre_in(page: Any, geometry: Any) -> bool:
    page.wait_for_function(STILL)
    centre = page.evaluate("() => window.cetm.map.getCenter().toArray()")
    # A piece of several parts, or a bent one, is centred by its box.
    return bool(shapely.box(*geometry.bounds).contains(shapely.Point(centre)))


@pytest.mark.long
def test_a_click_on_a_park_lists_its_titles_and_back_returns_to_it(
    visit: Callable[..., Visit], service: Service, beside_titles: tuple[float, float]
) -> None:
    titles, _count = service.places.titles(PARKS, PARK)
    trip = patient(visit())
    page = trip.open(at(beside_titles))
    trip.click_at(*beside_titles)
    page.wait_for_selector(LISTED)
    assert "place=wdpa_protected_areas%2F900010" in page.evaluate("() => location.search")
    shown = page.locator(LISTED).all_inner_texts()
    assert sorted(shown) == sorted(row["name"] for row in titles)
    page.wait_for_function("() => window.cetm.map.getLayer('place|line')")
    trip.settle()

    first = titles[0]
    page.locator(LISTED, has_text=first["name"]).first.click()
    page.wait_for_selector(".panel-site .verdict")
    assert page.locator("#site-name").inner_text() == first["name"]
    page.get_by_role("link", name="Back to Marneth").wait_for()
    trip.settle()
    assert not page.evaluate("() => Boolean(window.cetm.map.getLayer('place|line'))")
    page.go_back()
    page.wait_for_selector(f".view-place {LISTED}")
    trip.settle()
    assert page.locator("#place-name").inner_text() == "Marneth"
    page.wait_for_function("() => window.cetm.map.getLayer('place|line')")
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


@pytest.mark.long
def test_titles_of_a_place_can_be_put_in_order_and_their_land_found(
    visit: Callable[..., Visit], service: Service
) -> None:
    pieces = service.places.pieces(PARKS, PARK)["features"]
    trip = patient(visit())
    page = trip.open(f"?place={PARKS}/{PARK}")
    page.wait_for_selector(LISTED)
    before = page.locator(LISTED).all_inner_texts()
    with page.expect_response(lambda answer: "_dash-update-component" in answer.url):
        page.locator("#place-order label", has_text="by tier").click()
    page.wait_for_timeout(600)
    assert sorted(page.locator(LISTED).all_inner_texts()) == sorted(before)

    button = page.locator(".find").first
    site_id = button.get_attribute("data-piece-site")
    own = next(x for x in pieces if x["properties"]["site_id"] == site_id)
    button.press("Enter")
    page.wait_for_function(f"() => ({SAID})().includes('Marneth')")
    assert page.evaluate(SAID) == f"Shown on the map: {own['properties']['said']}"
    assert centre_in(page, shapely.geometry.shape(own["geometry"]))
    assert page.evaluate("() => document.activeElement.dataset.pieceSite") == site_id
    assert trip.complaints == []


@pytest.mark.long
def test_an_overlap_of_a_title_is_brought_into_sight(
    visit: Callable[..., Visit], service: Service, title: dict[str, Any]
) -> None:
    pieces = service.pieces(title["site"]["site_id"])["features"]
    row = next(x for x in shown_overlaps(title["overlaps"]) if x["layer_id"] == PARKS)
    key = f"{row['layer_id']}/{row['feature_id']}"
    own = next(x for x in pieces if x["properties"]["feature_id"] == row["feature_id"])
    for size in ({}, {"size": PHONE, "reduced_motion": "reduce", "has_touch": True}):
        trip = patient(visit(**size))
        page = trip.open(f"?site={title['site']['site_id']}")
        page.wait_for_selector(".panel-site .verdict")
        page.locator(f"[data-piece='{key}']").first.click()
        page.wait_for_function(f"() => ({SAID})() !== ''")
        assert own["properties"]["label"] in page.evaluate(SAID)
        trip.settle()
        assert centre_in(page, shapely.geometry.shape(own["geometry"])) or size
        drawn = page.evaluate("() => window.cetm.map.getFilter('piece|hand')")
        assert row["feature_id"] in str(drawn)
        if size:
            assert "sheet-low" in page.locator("#column").get_attribute("class")
            assert page.locator(".leader.shown").count() == 0
        else:
            assert page.locator(".leader").count() > 0
        assert trip.complaints == []


@pytest.mark.long
def test_rings_lie_round_an_open_title_and_can_be_left_out(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    page = patient(visit()).open(f"?site={title['site']['site_id']}")
    drawn = "() => window.cetm.map.querySourceFeatures('rings').length > 0"
    page.wait_for_function(drawn)
    assert page.locator(".leader.shown").count() > 0
    page.get_by_role("checkbox", name="Rings 1, 5, 10 and 20 km from a title").uncheck()
    page.wait_for_function(
        "() => window.cetm.map.getLayoutProperty('ring|line', 'visibility') === 'none'"
    )


@pytest.mark.long
def test_a_second_click_on_the_same_land_leads_from_the_title_to_the_place(
    visit: Callable[..., Visit], service: Service
) -> None:
    own = service.places.pieces(PARKS, PARK)["features"][0]["properties"]
    trip = patient(visit())
    page = trip.open(at(own["point"], 12))
    trip.click_at(*own["point"])
    page.wait_for_selector(".panel-site .verdict")
    assert "site=mining_cadastre" in page.url
    trip.settle()
    for _turn in range(5):
        page.wait_for_function(STILL)
        trip.click_at(*own["point"])
        if "place=" in page.evaluate("() => window.location.search"):
            break
    page.wait_for_selector(".place-land")
    assert page.locator("#place-name").inner_text()


@pytest.mark.long
def test_a_link_to_a_place_that_is_not_there_says_so(visit: Callable[..., Visit]) -> None:
    page = patient(visit()).open("?place=wdpa_protected_areas/none")
    problem = page.locator(".panel-place .problem")
    problem.wait_for()
    assert "There is no place none" in problem.inner_text()
