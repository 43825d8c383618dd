"""From a drawing's last click to its first flags, in a real browser; and of many at once.

    python benchmarks/drawing.py --store STORE [--drawings 30] [--people 8] [--hostile] [--apart]

STORE: of benchmarks/world_store.py, or any. Starts a server of its own, with as many processes as
`cetm-geo serve` has, and Chromium (CETM_BROWSER, else the one on the path). Browser and server
share this machine's cores; with --apart the browser has the first alone and the server the others,
as it is where the reader's machine is not the server's (Linux).

First: the first drawing of a server that has just started. Warm: drawings of a title's size, each
beside a title taken by lot, so that none was screened before; from the last click, which closes the
ring, to the verdict in the page; rasters answer after that and are not waited for. Then what one
frame of the map takes, which is drawn meanwhile. At once: PEOPLE of the API's callers, first each
drawing anew every few seconds as people do, then without a pause.
--hostile: a continent, 20,000 corners, a point, across 180 degrees, over the pole: how soon each is
answered or refused, and what another's drawing takes meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from map import CHROMIUM, FLAGS, SIZE, Server, serving
from playwright.sync_api import sync_playwright

from cetm_geo.store import open_store

PAUSE_S = 4.0  # between two drawings of one person
# The time of the last click, which closes a ring, and of the first verdict after it.
WATCH = """() => {
    window.drawnAt = 0; window.saidAt = 0;
    document.addEventListener('pointerup', () => {
        window.drawnAt = performance.now(); window.saidAt = 0;
    }, true);
    new MutationObserver((changes) => {
        if (!window.drawnAt || window.saidAt) return;
        const isNew = changes.some(({ addedNodes }) => [...addedNodes].some((one) =>
            one.closest?.('.verdict') || one.querySelector?.('.verdict')));
        if (isNew) window.saidAt = performance.now();
    }).observe(document.querySelector('.panel-propose'), { childList: true, subtree: true });
}"""
LOOK = """([lon, lat]) => {
    const map = window.cetm.map;
    map.jumpTo({ center: [lon, lat], zoom: 12 });
    return new Promise((resolve) => map.once('idle', () => resolve()));
}"""


# Milliseconds of one frame of the map, drawn to its end, without the layers named.
FRAME = """async (hidden) => {
    const map = window.cetm.map;
    const set = (word) => hidden.forEach((id) => map.setLayoutProperty(id, 'visibility', word));
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const frame = () => new Promise((resolve) => {
        const since = performance.now();
        map.once('render', () => {
            const gl = map.getCanvas().getContext('webgl2');
            gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
            resolve(performance.now() - since);
        });
        map.triggerRepaint();
    });
    set('none');
    await wait(1000);
    const found = [];
    for (let i = 0; i < 9; i += 1) found.push(await frame());
    set('visible');
    await wait(500);
    return found.sort((a, b) => a - b)[4];
}"""
SHOWN = """() => window.cetm.map.getStyle().layers
    .filter(({ layout }) => (layout?.visibility ?? 'visible') !== 'none').map(({ id }) => id)"""


class Places:
    """Rings of about a title's size beside titles taken by lot."""

    def __init__(self, store: Path, seed: int = 1) -> None:
        boxes = open_store(store).shapes("all_sites").geometry.bounds.to_numpy(float)
        self._boxes = boxes[np.isfinite(boxes).all(axis=1)]
        self._random = np.random.default_rng(seed)

    def ring(self, corners: int = 5) -> np.ndarray:
        """Corners (n, 2), longitude and latitude, not closed."""
        west, south, east, north = self._boxes[self._random.integers(len(self._boxes))]
        centre = np.array([(west + east) / 2, (south + north) / 2])
        centre += self._random.uniform(-0.02, 0.02, 2)
        steps = np.arange(corners) + self._random.uniform(-0.25, 0.25, corners)
        turn = 2 * np.pi * (steps / corners + self._random.random())
        return centre + 0.02 * np.column_stack([np.cos(turn), np.sin(turn)])


def polygon(ring: np.ndarray) -> dict[str, Any]:
    """GeoJSON of a ring."""
    closed = [*ring.round(7).tolist(), ring[0].round(7).tolist()]
    return {"type": "Polygon", "coordinates": [closed]}


def told(seconds: list[float]) -> str:
    """Median, 95th percentile and the slowest, in ms."""
    median, high = np.percentile(seconds, [50, 95]) * 1e3
    return f"median {median:.0f} ms, p95 {high:.0f} ms, slowest {max(seconds) * 1e3:.0f} ms"


# --- in the browser ------------------------------------------------------------------------------


class Drawer:
    """One person who draws in a browser."""

    def __init__(self, browser: Any, server: Server, places: Places) -> None:
        self.page = browser.new_context(viewport=SIZE, reduced_motion="reduce").new_page()
        self.page.goto(f"{server.home}?view=propose")
        self.page.wait_for_function("() => window.cetm?.map?.loaded()", timeout=600_000)
        self.page.evaluate(WATCH)
        self.places = places

    def draw(self) -> float:
        """Seconds from the last click to the verdict."""
        ring = self.places.ring()
        self.page.evaluate(LOOK, ring.mean(axis=0).tolist())
        self.page.locator(".toolbar [data-tool=draw]").click()
        for lon, lat in [*ring.tolist(), ring[0].tolist()]:
            x, y = self.page.evaluate(
                "([lon, lat]) => { const at = window.cetm.map.project([lon, lat]);"
                "const box = window.cetm.map.getCanvas().getBoundingClientRect();"
                "return [box.left + at.x, box.top + at.y]; }",
                [lon, lat],
            )
            self.page.mouse.move(x, y)
            self.page.wait_for_timeout(60)
            self.page.mouse.click(x, y)
            self.page.wait_for_timeout(320)
        self.page.wait_for_function("() => window.saidAt > window.drawnAt", timeout=60_000)
        said, closed = self.page.evaluate("() => [window.saidAt, window.drawnAt]")
        return float(said - closed) / 1e3


# --- by the API ----------------------------------------------------------------------------------


def asked(server: Server, body: Any) -> tuple[float, int, str]:
    """Seconds, status and what was said, of screening a body."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(
        f"{server.home}api/v1/screen", data, {"Content-Type": "application/json"}
    )
    since = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            text, status = answer.read().decode(), answer.status
    except urllib.error.HTTPError as error:
        text, status = error.read().decode(), error.code
    return time.perf_counter() - since, status, text


def at_once(server: Server, places: Places, people: int, each: int, pause_s: float) -> list[float]:
    """Seconds of every drawing of so many people."""
    rings = [[polygon(places.ring()) for _ in range(each)] for _ in range(people)]
    found: list[float] = []

    def one(own: list[Any], late: float) -> None:
        time.sleep(late)
        for ring in own:
            since = time.perf_counter()
            found.append(asked(server, ring)[0])
            time.sleep(max(0.0, pause_s - (time.perf_counter() - since)))

    threads = [
        threading.Thread(target=one, args=(own, i * pause_s / people))
        for i, own in enumerate(rings)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def hostile_shapes(lon: float, lat: float) -> dict[str, dict[str, Any]]:
    """Drawings that cost much, or that are none. lon, lat: of the middle of the data."""
    turn = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    wave = 0.3 + 0.02 * np.sin(400 * turn)
    star = np.column_stack([lon + wave * np.cos(turn), lat + wave * np.sin(turn)])
    return {
        "a continent": polygon(np.array([[-17.0, -34.0], [51, -34], [51, 37], [-17, 37]])),
        "20,000 corners": polygon(star),
        "a point": polygon(np.array([[lon, lat]] * 4)),
        "across 180 degrees": polygon(np.array([[179.5, 0], [-179.5, 0], [-179.5, 1], [179.5, 1]])),
        "over the pole": polygon(np.array([[-180.0, 80], [-90, 85], [0, 80], [90, 85], [179, 80]])),
    }


def hostile(server: Server, places: Places, area: Any) -> None:
    """How soon each is answered, and what others wait meanwhile."""
    quiet = [asked(server, polygon(places.ring()))[0] for _ in range(10)]
    print(f"another's drawing on its own: {told(quiet)}")
    middle = shapely.box(*area).centroid
    for name, shape in hostile_shapes(middle.x, middle.y).items():
        beside: list[float] = []
        done = threading.Event()

        def others(beside: list[float] = beside, done: threading.Event = done) -> None:
            while not done.is_set():
                beside.append(asked(server, polygon(places.ring()))[0])

        other = threading.Thread(target=others)
        other.start()
        time.sleep(0.2)
        seconds, status, text = asked(server, shape)
        done.set()
        other.join()
        body = json.loads(text)
        said = body.get("error", {}).get("what") or f"answered, missing: {body.get('missing')}"
        print(f"{name}: {seconds:.2f} s, {status}, {said[:160]}; others {told(beside)}", flush=True)


@contextlib.contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """What is started meanwhile runs on these cores alone; of none, on all."""
    before = os.sched_getaffinity(0) if cores else set()
    if cores:
        os.sched_setaffinity(0, cores)
    yield
    if cores:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def begun(store: Path, cores: set[int]) -> Iterator[Server]:
    """A server that has just started, on these cores; the driver stays where it is."""
    with contextlib.ExitStack() as running:
        with on_cores(cores):
            server = running.enter_context(serving(store))
        yield server


def run(browser: Any, store: Path, given: argparse.Namespace, cores: set[int]) -> None:
    """Every part in turn. cores: of the server."""
    places = Places(store)
    with begun(store, cores) as server:
        drawer = Drawer(browser, server, places)
        print(f"first drawing after the start: {drawer.draw() * 1e3:.0f} ms", flush=True)
        drawer.page.context.close()
    with begun(store, cores) as server:
        drawer = Drawer(browser, server, places)
        drawer.draw()
        found = [drawer.draw() for _ in range(given.drawings)]
        print(f"warm, {len(found)} drawings: {told(found)}", flush=True)
        shown = drawer.page.evaluate(SHOWN)
        whole, bare = (drawer.page.evaluate(FRAME, hidden) for hidden in ([], shown))
        print(f"one frame of the map: {whole:.0f} ms, without its layers {bare:.0f} ms", flush=True)
        drawer.page.context.close()
        steps: list[tuple[str, float]] = [("every few seconds", PAUSE_S), ("without a pause", 0.0)]
        for name, pause_s in steps:
            all_of_them = at_once(server, places, given.people, 8, pause_s)
            print(f"{given.people} at once, {name}: {told(all_of_them)}", flush=True)
        if given.hostile:
            meta = open_store(store).meta
            hostile(server, places, [float(meta[x]) for x in ("west", "south", "east", "north")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--drawings", type=int, default=30)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--apart", action="store_true")
    given = parser.parse_args()
    if not CHROMIUM:
        raise SystemExit("No chromium on the path: set CETM_BROWSER.")
    with sync_playwright() as driver:
        all_cores = sorted(os.sched_getaffinity(0)) if given.apart else []
        with on_cores(set(all_cores[:1])):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        run(browser, given.store, given, set(all_cores[1:]))
        browser.close()


if __name__ == "__main__":
    main()
