"""What a tile of the map costs the server, at every zoom, and what it weighs.

    python benchmarks/map_tiles.py --store STORE [--tiles 60] [--seed 1] [--plain]

STORE: of benchmarks/world_store.py, or any. Tiles are drawn by lot among those that hold titles,
the more titles, the likelier. Each is read twice, as if it had never been asked for: nothing is
cached but what the system and DuckDB hold of the file; the second time counts. Prints
milliseconds of the processor and of the clock (p50, p95, the most), and kB as it is and gzipped.
--plain: what one would write at first instead, ST_AsMVTGeom of every exact shape in the tile.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cetm_geo.measure import MERCATOR_M
from cetm_geo.store import Store, open_store
from cetm_geo.web.tiles import read_tile, tile_frame

PLAIN = """
WITH cut AS (
    SELECT feature_id AS id, name, class_id AS class, tier, fully_screened AS screened,
        ST_AsMVTGeom(
            geometry, ST_Extent(ST_MakeEnvelope($west, $south, $east, $north)), 4096, 64, true
        ) AS geom
    FROM drawn
    WHERE level = 20 AND layer_id = $layer_id AND part IS DISTINCT FROM 'edge'
        AND x1 >= $west AND x0 <= $east AND y1 >= $south AND y0 <= $north
)
SELECT ST_AsMVT(cut, 'shapes', 4096, 'geom')
FROM (SELECT * FROM cut WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)) AS cut
"""
Tile = tuple[int, int, int]


def places_of(store: Store) -> Any:
    """Where the titles stand, (n, 2) parts of the world's width from its north-west corner."""
    layers = [r["layer_id"] for r in store.rows("sources_of_map") if r["role"] == "concession"]
    signs = [store.frame("signs_of_layer", layer_id=layer) for layer in layers]
    x = np.concatenate([s["x"] for s in signs]) + MERCATOR_M
    y = MERCATOR_M - np.concatenate([s["y"] for s in signs])
    return np.column_stack([x, y]) / (2 * MERCATOR_M)


def tiles_at(places: Any, zoom: int, count: int, random: np.random.Generator) -> list[Tile]:
    """So many tiles by lot among those that hold titles, none twice."""
    chosen = random.permutation(len(places))[: 50 * count]
    at = (places[chosen] * 2**zoom).astype(int)
    _, first = np.unique(at, axis=0, return_index=True)
    return [(zoom, *map(int, at[i])) for i in sorted(first)[:count]]


def plain_tile(store: Store, layer_id: str, z: int, x: int, y: int) -> bytes:
    """A tile by the plain statement."""
    edges = {k: tile_frame(z, x, y)[k] for k in ("west", "south", "east", "north")}
    found = store._cursor().execute(PLAIN, edges | {"layer_id": layer_id}).fetchone()
    return bytes((found and found[0]) or b"")


def clocked(read: Callable[[], bytes]) -> tuple[bytes, float, float]:
    """A tile, and the processor's and the clock's milliseconds of its second reading."""
    read()
    cpu, clock = time.process_time(), time.perf_counter()
    body = read()
    return body, 1e3 * (time.process_time() - cpu), 1e3 * (time.perf_counter() - clock)


def told(name: str, found: list[tuple[bytes, float, float]]) -> str:
    bodies, *times = zip(*found, strict=True)
    kinds = [f"{np.percentile(t, 50):.0f}, {np.percentile(t, 95):.0f}, {max(t):.0f}" for t in times]
    most = max(map(len, bodies)) / 1e3
    packed = max(len(gzip.compress(b, 5)) for b in bodies) / 1e3
    weight = f"kB {most:.0f}, gzipped {packed:.0f}"
    return f"{name}: processor ms {kinds[0]}; clock ms {kinds[1]}; {weight}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--tiles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zooms", default="0-14")
    parser.add_argument("--plain", action="store_true")
    given = parser.parse_args()
    store, random = open_store(given.store), np.random.default_rng(given.seed)
    places = places_of(store)
    read = plain_tile if given.plain else read_tile
    low, high = map(int, given.zooms.split("-"))
    for layer in (row["layer_id"] for row in store.rows("sources_of_map")):
        for zoom in range(low, high + 1):
            tiles = tiles_at(places, zoom, given.tiles, random)
            found = [clocked(partial(read, store, layer, *at)) for at in tiles]
            print(told(f"{layer} z{zoom}, {len(tiles)} tiles", found), flush=True)


if __name__ == "__main__":
    main()
