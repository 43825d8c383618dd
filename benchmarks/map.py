"""The map in a real browser: how soon it stands, what a filter costs, what it holds in memory.

    python benchmarks/map.py --store STORE [--rounds 3] [--shots DIR] [--geojson]

STORE: of benchmarks/world_store.py, or any. Starts a server of its own and Chromium (CETM_BROWSER,
else the one on the path), and says which renderer draws: a software renderer is no GPU.

First idle: from the address being asked for to the map's first rest with all signs on it; of a
server that has just started, and of one that was asked the same before, each in a browser without
a cache. A walk then visits dense places at rising zooms. Filters of a tenth, of half and of
nearly all titles are told to the map as the page tells them; tiles asked for meanwhile are
counted. Heap: of the page and of its workers, after garbage is collected, at the end of all that.
--geojson: what one would do at first instead, all titles as one GeoJSON in the same map library.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from map_tiles import places_of
from playwright.sync_api import sync_playwright

from cetm_geo.store import Store, open_store

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CETM_BROWSER") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader-webgl",
]  # fmt: skip
SIZE = {"width": 1440, "height": 900}
MARK = f"cetm-map-{os.getpid()}"
ZOOMS = (3, 4.5, 6, 7.5, 9, 11, 13)
# Times at which the map came to rest; `still` is the last of them.
WATCH = """() => {
    window.rests = [];
    const look = setInterval(() => {
        if (!window.cetm?.map || !window.cetm.signs) return;
        clearInterval(look);
        window.cetm.signs.then(() => { window.signed = performance.now(); });
        window.cetm.map.on('idle', () => window.rests.push(performance.now()));
    }, 5);
}"""
RESTED = "([since]) => window.signed && window.rests.at(-1) > Math.max(since, window.signed)"
RENDERER = """() => {
    const gl = window.cetm.map.getCanvas().getContext('webgl2');
    return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL);
}"""
SIGNS = """() => {
    const found = window.cetm.map.queryRenderedFeatures({layers: ['titles|sign']});
    return [...new Set(found.map((feature) => feature.properties.n))];
}"""
PLAIN_PAGE = """<!DOCTYPE html><link rel="stylesheet" href="maplibre-gl.css">
<div id="map" style="position:fixed;inset:0"></div>
<script type="module">
import * as maplibre from './maplibre-gl.mjs';
maplibre.setWorkerUrl('./maplibre-gl-worker.mjs');
const map = new maplibre.Map({ container: 'map', bounds: BOUNDS, style: {
  version: 8, sources: { titles: { type: 'geojson', data: './titles.geojson' } },
  layers: [
    { id: 'fill', type: 'fill', source: 'titles', paint: { 'fill-color': '#d9561a' } },
    { id: 'line', type: 'line', source: 'titles', paint: { 'line-color': '#8a2c05' } },
  ] } });
map.on('idle', () => { window.rested ??= performance.now(); });
</script>"""


# --- processes -----------------------------------------------------------------------------------


def processor_s(root: int) -> float:
    """Seconds of the processor that a process and all below it have used."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            stats[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    ours = {root}
    while more := {pid for pid, (parent, _) in stats.items() if parent in ours} - ours:
        ours |= more
    return sum(stats[pid][1] for pid in ours if pid in stats) / os.sysconf("SC_CLK_TCK")


def marked(word: str) -> int:
    """The process with a word on its command line that was started first."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return min(found)


# --- a server and a browser ----------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    home: str
    pid: int


@contextmanager
def serving(store: Path) -> Iterator[Server]:
    """A server that has just started and was asked for nothing but its health."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "cetm_geo", "serve", "--store", store, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    home = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(f"{home}api/v1/health")
        yield Server(home, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str) -> None:
    for _ in range(3000):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


class Visit:
    """A page in a browser without a cache, and the tiles it asked for."""

    def __init__(self, browser: Any, server: Server | None = None) -> None:
        self.server = server
        self.page = browser.new_context(viewport=SIZE).new_page()
        self.page.add_init_script(f"({WATCH})()")
        self.tiles = 0
        self.page.on("request", self._hear)
        self.session = self.page.context.new_cdp_session(self.page)
        self._workers: dict[str, Any] = {}
        self.session.on("Target.attachedToTarget", self._attach)
        self.session.on("Target.receivedMessageFromTarget", self._answer)
        asked = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        self.session.send("Target.setAutoAttach", asked)

    def _hear(self, request: Any) -> None:
        self.tiles += request.url.endswith(".mvt")

    def _attach(self, event: Any) -> None:
        self._workers[event["sessionId"]] = None

    def _answer(self, event: Any) -> None:
        said = json.loads(event["message"])
        if said.get("id") == 2:
            self._workers[event["sessionId"]] = said["result"]["usedSize"]

    def open(self, address: str) -> str:
        """Seconds to the first rest."""
        before = self.work()
        self.page.goto(address, wait_until="commit")
        self.rest(0)
        first = self.page.evaluate("() => window.rests.find((at) => at > signed)")
        return self.told(float(first) / 1e3, before)

    def rest(self, since: float) -> float:
        """Seconds from `since` (ms of the page's clock) until the map rested."""
        self.page.wait_for_function(RESTED, arg=[since], timeout=600_000)
        return (float(self.page.evaluate("() => window.rests.at(-1)")) - since) / 1e3

    def does(self, script: str, given: Any = None) -> str:
        """Seconds from a script's start to the map's rest, and those of the processor."""
        since, before = float(self.page.evaluate("() => performance.now()")), self.work()
        self.page.evaluate(script, given)
        return self.told(self.rest(since), before)

    def work(self) -> tuple[float, float]:
        """Seconds of the processor so far: browser, server."""
        browser = processor_s(marked(MARK))
        return browser, processor_s(self.server.pid) if self.server else 0.0

    def told(self, seconds: float, before: tuple[float, float]) -> str:
        browser, server = (b - a for a, b in zip(before, self.work(), strict=True))
        return f"{seconds:.1f} s (processor: browser {browser:.1f}, server {server:.1f})"

    def heap_mb(self) -> tuple[float, float]:
        """Of the page, and of its workers together."""
        self.session.send("HeapProfiler.collectGarbage")
        page = self.session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        for target in self._workers:
            for number, method in ((1, "HeapProfiler.collectGarbage"), (2, "Runtime.getHeapUsage")):
                message = json.dumps({"id": number, "method": method})
                self.session.send(
                    "Target.sendMessageToTarget", {"sessionId": target, "message": message}
                )
        self.page.wait_for_timeout(2000)
        return page, sum(filter(None, self._workers.values())) / 1e6


# --- what is measured ----------------------------------------------------------------------------


def first_idle(browser: Any, store: Path, rounds: int) -> None:
    """Seconds to the first rest."""
    cold, warm = [], []
    for _ in range(rounds):
        with serving(store) as server:
            for found in (cold, warm):
                visit = Visit(browser, server)
                found.append(visit.open(server.home))
                visit.page.context.close()
    for name, found in (("just started", cold), ("asked before", warm)):
        print(f"first idle, server {name}: {'; '.join(found)}", flush=True)


def walk(visit: Visit, places: Any, shots: Path | None) -> None:
    """Dense places at rising zooms: seconds until the map rests, tiles asked for and how long."""
    for zoom in ZOOMS:
        before, (lon, lat) = visit.tiles, densest(places, zoom)
        visit.page.evaluate("() => performance.clearResourceTimings()")
        took = visit.does(
            "([lon, lat, zoom]) => window.cetm.map.jumpTo({center: [lon, lat], zoom})",
            [lon, lat, zoom],
        )
        waited = visit.page.evaluate(
            "() => performance.getEntriesByType('resource')"
            ".filter((e) => e.name.endsWith('.mvt')).map((e) => e.duration)"
        )
        most = f", the slowest {max(waited):.0f} ms" if waited else ""
        tiles = f"{visit.tiles - before} tiles{most}"
        print(f"zoom {zoom}: rest after {took}, {tiles}", flush=True)
        if shots and zoom in (3, 6, 9):
            visit.page.screenshot(path=shots / f"world-z{zoom}.png")


def densest(places: Any, zoom: float) -> tuple[float, float]:
    """Longitude and latitude of the middle of the tile that has most titles."""
    cells, count = np.unique((places * 2 ** int(zoom)).astype(int), axis=0, return_counts=True)
    x, y = (cells[count.argmax()] + 0.5) / 2 ** int(zoom)
    return 360 * x - 180, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y)))))


def filters(visit: Visit, count: int, places: Any, shots: Path | None) -> None:
    """Filters by lot: seconds until the map rests, tiles asked for, signs of titles that match."""
    random = np.random.default_rng(1)
    for zoom in (3, 6, 9):
        lon, lat = densest(places, zoom)
        visit.does(
            "([lon, lat, zoom]) => window.cetm.map.jumpTo({center: [lon, lat], zoom})",
            [lon, lat, zoom],
        )
        for share in (0.1, 0.5, 0.97):
            mask = random.random(count) < share
            bits = base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()
            asked, before = {"bits": bits, "count": int(mask.sum()), "of": count}, visit.tiles
            took = visit.does("(filter) => window.cetm.call('filter', filter)", asked)
            shown = visit.page.evaluate(SIGNS)
            right = all(mask[n] for n in shown)
            print(
                f"filter of {share:.0%} at zoom {zoom}: rest after {took},"
                f" {visit.tiles - before} tiles, {len(shown)} signs, all match: {right}",
                flush=True,
            )
            if shots and zoom == 6 and share == 0.1:
                visit.page.screenshot(path=shots / "world-filtered.png")
        visit.does("() => window.cetm.call('filter', null)")


def as_geojson(browser: Any, store: Store, folder: Path) -> None:
    """All titles as one GeoJSON: what it weighs, seconds to the first rest, heap."""
    sites = store.shapes("all_sites")
    sites["tier"] = sites["site_id"].map(store.frame("all_tiers").set_index("site_id")["tier"])
    sites[["site_id", "name", "tier", "geometry"]].to_file(folder / "titles.geojson")
    vendor = ROOT / "cetm_geo" / "web" / "vendor"
    for file in vendor.glob("maplibre-gl*"):
        shutil.copy(file, folder)
    edges = [float(store.meta[edge]) for edge in ("west", "south", "east", "north")]
    page = PLAIN_PAGE.replace("BOUNDS", json.dumps([edges[:2], edges[2:]]))
    (folder / "index.html").write_text(page, encoding="utf-8")
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    visit = Visit(browser)
    visit.page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="commit")
    visit.page.wait_for_function("() => window.rested", timeout=600_000)
    seconds = float(visit.page.evaluate("() => window.rested")) / 1e3
    size = (folder / "titles.geojson").stat().st_size / 1e6
    page_mb, workers_mb = visit.heap_mb()
    print(
        f"one GeoJSON of {len(sites):,} titles alone: {size:.0f} MB, first idle {seconds:.1f} s,"
        f" heap {page_mb:.0f} MB, of its workers {workers_mb:.0f} MB",
        flush=True,
    )
    server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"
    }  # fmt: skip

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--geojson", action="store_true")
    given = parser.parse_args()
    store = open_store(given.store)
    places, count = places_of(store), len(store.frame("all_tiers"))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, f"--{MARK}"])
        if given.geojson:
            with tempfile.TemporaryDirectory() as folder:
                as_geojson(browser, store, Path(folder))
            return
        first_idle(browser, given.store, given.rounds)
        with serving(given.store) as server:
            visit = Visit(browser, server)
            visit.open(server.home)
            print(f"{count:,} titles; drawn by {visit.page.evaluate(RENDERER)}", flush=True)
            if given.shots:
                visit.page.screenshot(path=given.shots / "world.png")
            walk(visit, places, given.shots)
            filters(visit, count, places, given.shots)
            page_mb, workers_mb = visit.heap_mb()
            print(f"heap {page_mb:.0f} MB, of its workers {workers_mb:.0f} MB", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
