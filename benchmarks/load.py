"""So many clients at once, without a pause: tiles, screenings, the API; what a worker grows to.

    python benchmarks/load.py --store STORE [--clients 16] [--seconds 60] [--kinds tiles,api]

Starts a server of its own, with as many processes as `cetm-geo serve` has; clients keep their
connections and share this machine's cores with it. Tiles are those where titles stand, at every
zoom; screenings are of a title's size beside a title taken by lot, none twice; of the API one
title, a box of a collection, what is found by words, and health. Prints answers a second, p50, p95,
statuses, and each worker's memory before and after, of its own (`Private`) and with its share of
what all have (`Pss`).
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from drawing import Places, polygon
from map import Server, serving
from map_tiles import places_of, tiles_at

from cetm_geo.store import Store, open_store

Request = tuple[str, str, bytes | None]


def tiles(store: Store, random: np.random.Generator) -> Iterator[Request]:
    layers = [r["layer_id"] for r in store.rows("sources_of_map")]
    places = places_of(store)
    held = [tile for zoom in range(6, 15) for tile in tiles_at(places, zoom, 40, random)]
    while True:
        z, x, y = held[random.integers(len(held))]
        layer = layers[random.integers(len(layers))]
        yield "GET", f"/tiles/{store.generation}/{layer}/{z}/{x}/{y}.mvt", None


def screenings(store: Store, random: np.random.Generator) -> Iterator[Request]:
    places = Places(store.folder.parent.parent, int(random.integers(1 << 30)))
    while True:
        yield "POST", "/api/v1/screen", json.dumps(polygon(places.ring())).encode()


def api(store: Store, random: np.random.Generator) -> Iterator[Request]:
    ids = store.frame("site_ids")["site_id"].tolist()
    bounds = store.shapes("all_sites").geometry.bounds.to_numpy(float)
    while True:
        at = int(random.integers(len(ids)))
        box = ",".join(f"{x:.4f}" for x in bounds[at] + [-0.1, -0.1, 0.1, 0.1])
        yield "GET", f"/api/v1/sites/{quote(ids[at])}", None
        yield "GET", f"/api/collections/sites/items?bbox={box}&limit=10", None
        yield "GET", f"/api/v1/sites.json?tier=critical,high&page={at % 5 + 1}", None
        yield "GET", "/api/v1/health", None


KINDS: dict[str, Callable[[Store, np.random.Generator], Iterator[Request]]] = {
    "tiles": tiles, "api": api, "screenings": screenings,
}  # fmt: skip


def client(
    home: str, asked: Iterator[Request], until: float, found: list[tuple[float, int]]
) -> None:
    """One connection, kept; what each answer took and its status."""
    connection = http.client.HTTPConnection(home, timeout=60)
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
    while time.perf_counter() < until:
        method, path, body = next(asked)
        since = time.perf_counter()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            connection.close()
            status = 0
        found.append((time.perf_counter() - since, status))


def load(server: Server, kind: str, store: Store, clients: int, seconds: float) -> str:
    """What so many clients saw."""
    home = urlsplit(server.home).netloc
    until = time.perf_counter() + seconds
    found: list[list[tuple[float, int]]] = [[] for _ in range(clients)]
    threads = [
        threading.Thread(target=client, args=(
            home, KINDS[kind](store, np.random.default_rng(number)), until, own))
        for number, own in enumerate(found)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = list(itertools.chain(*found))
    ms = np.array([one[0] for one in every]) * 1000
    statuses = dict(Counter(status for _, status in every))
    p50, p95 = np.percentile(ms, [50, 95])
    rate = len(every) / seconds
    return f"{kind}: {rate:.0f} a second, p50 {p50:.0f} ms, p95 {p95:.0f} ms, statuses {statuses}"


def workers_of(server: Server) -> list[str]:
    """Process ids of the workers."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    return children.read_text(encoding="ascii").split()


def memory(server: Server) -> str:
    """MB of each worker: its own, and with its share of what all have."""
    told = []
    for pid in workers_of(server):
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        kb = {row.split(":")[0]: int(row.split()[1]) for row in rows[1:]}
        own = kb["Private_Clean"] + kb["Private_Dirty"]
        told.append(f"{own / 1000:.0f} own, {kb['Pss'] / 1000:.0f} with its share")
    return "; ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kinds", default=",".join(KINDS))
    given = parser.parse_args()
    store = open_store(given.store)
    with serving(given.store) as server:
        for kind in given.kinds.split(","):
            load(server, kind, store, given.clients, 3)  # what is read once
            before = memory(server)
            print(load(server, kind, store, given.clients, given.seconds), flush=True)
            print(f"  MB of workers before: {before}; after: {memory(server)}", flush=True)


if __name__ == "__main__":
    main()
