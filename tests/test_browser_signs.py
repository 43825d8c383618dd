"""Signs on the map: every title that matches is stood for, and a filter asks for no tile anew."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cetm_geo.web import Service
from cetm_geo.web.filters import Filters
from tests.browsing import Visit
from tests.test_browser import sign_of

pytestmark = pytest.mark.browser

# The signs that stand of made titles in crowds, and how many each stands for.
STANDING = """async ([spacing, count]) => {
    const { gathered, standing } = await import('/assets/map/cover.mjs');
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const body = new ArrayBuffer(13 * count);
    const n = new Uint32Array(body, 0, count).map((_, i) => i);
    new Uint32Array(body, 0, count).set(n);
    const places = new Uint32Array(body, 4 * count, 2 * count);
    for (let i = 0; i < 2 * count; i += 1) {
        const crowd = i % 3 ? 0.3 + 0.01 * random() ** 2 : random();
        places[i] = crowd * 2 ** 27;
    }
    const signs = gathered([body]);
    const found = standing(signs, signs.n, spacing);
    return { x: [...signs.x], y: [...signs.y], n: [...found.n], more: [...found.more] };
}"""
SHOWN = """() => window.cetm.map.querySourceFeatures('signs').map((sign) => sign.properties.n)"""
STILL = "() => new Promise((done) => { window.cetm.map.once('idle', done); })"
FILTER = "(filter) => window.cetm.call('filter', filter)"
SHAPES = """() => {
    const layers = window.cetm.map.getStyle().layers.map((layer) => layer.id);
    const fills = layers.filter((id) => id.endsWith('|fill') && id.includes('cadastre'));
    const found = window.cetm.map.queryRenderedFeatures({ layers: fills });
    return found.map((feature) => feature.properties.n);
}"""


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


def told(mask: Any) -> dict[str, Any]:
    """A filter as the page tells the map."""
    bits = base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()
    return {"bits": bits, "count": int(mask.sum()), "of": len(mask)}


@pytest.mark.parametrize(
    "spacing",
    [pytest.param(0.1, marks=pytest.mark.long), 0.003, pytest.param(1e-4, marks=pytest.mark.long)],
)
def test_near_each_title_without_a_sign_stands_that_of_one_at_least_as_bad(
    visit: Callable[..., Visit], spacing: float
) -> None:
    count = 3000
    trip = visit()
    page = trip.page
    page.goto(trip.home)
    found = page.evaluate(STANDING, [spacing, count])
    places = np.column_stack([found["x"], found["y"]])
    signs = np.array(found["n"])
    assert (np.diff(signs) > 0).all() and signs[0] == 0
    assert len(signs) + sum(found["more"]) == count
    far = np.linalg.norm(places[:, None] - places[signs][None], axis=2)
    between = far[signs] + np.eye(len(signs))
    assert between.min() > spacing
    worse = np.where(signs[None] <= np.arange(count)[:, None], far, np.inf)
    assert worse.min(axis=1).max() <= spacing * (1 + 1e-9)


@pytest.mark.long
def test_a_filter_asks_for_no_tile_and_leaves_no_title_that_matches_without_a_sign(
    visit: Callable[..., Visit], service: Service
) -> None:
    trip = visit()
    page = trip.open()
    page.evaluate("async () => { await window.cetm.signs; }")
    tiles: list[str] = []
    page.on("request", lambda request: tiles.append(request.url) if ".mvt" in request.url else 0)
    count = len(service.finder())
    rows = service.finder().rows(Filters()).rows
    for mask in (np.arange(count) == count - 1, np.arange(count) % 2 == 1):
        page.evaluate(FILTER, told(mask))
        page.evaluate(STILL)
        shown = set(page.evaluate(SHOWN))
        assert shown and all(mask[n] for n in shown)
        assert all(mask[n] for n in page.evaluate(SHAPES))
        # The worst of those that match has its own sign, whatever stands near it.
        assert min(n for n in range(count) if mask[n]) in shown
    page.evaluate(FILTER, None)
    page.evaluate(STILL)
    assert {row["tier"] for row in rows if row["n"] in set(page.evaluate(SHOWN))} == {
        row["tier"] for row in rows
    }
    assert tiles == []
    assert trip.complaints == []


@pytest.mark.long
def test_the_title_that_is_open_has_its_sign_and_the_card_says_who_it_is(
    visit: Callable[..., Visit], service: Service, title: dict[str, Any]
) -> None:
    trip = visit()
    last = service.finder().rows(Filters()).rows[-1]  # the least: others would stand for it
    page = trip.open(f"?site={last['site_id']}")
    page.wait_for_selector(".panel-site .verdict")
    page.wait_for_function(f"() => ({SHOWN})().includes({last['n']})")
    page = trip.open()
    x, y = page.evaluate(
        "(at) => { const p = window.cetm.map.project(at);"
        " const b = window.cetm.map.getCanvas().getBoundingClientRect();"
        " return [b.left + p.x, b.top + p.y]; }",
        sign_of(page, title["site"]["site_id"]),
    )
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.wait_for_selector(".hover-card:not([hidden]) .card-tier")
    page.wait_for_function(
        "() => document.querySelector('.hover-card h3')?.textContent.trim().length > 1"
    )
    assert trip.complaints == []
