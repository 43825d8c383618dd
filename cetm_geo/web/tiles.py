"""Vector tiles from the store: GET /tiles/<generation>/<layer_id>/<z>/<x>/<y>.mvt.

The generation stands in the address, so a tile never changes and is cached for good. A tile has
two layers: `shapes` and `marks` (one point a feature, for signs and labels).
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Hashable

from flask import Blueprint, Response

from cetm_geo.errors import CetmError
from cetm_geo.store import Store
from cetm_geo.web.problems import json_problem, of_error
from cetm_geo.web.service import Service

MAX_ZOOM = 20
WORLD_M = 20037508.342789244
EXTENT = 4096
TILE_PX = 512
SIGN_PX = 14
CACHE_BYTES = 64 * 1024 * 1024
# Tiles and callbacks share a server's threads: the map may not take them all.
TILES_AT_ONCE = 2


class TileCache:
    """The least recently used tiles go first once `limit` bytes are held."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The tile, now the most recently used one."""
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
            return self._tiles.get(key)

    def put(self, key: Hashable, tile: bytes) -> None:
        """Keep a tile; one larger than the whole cache is not kept."""
        with self._lock:
            self._held += len(tile) - len(self._tiles.pop(key, b""))
            self._tiles[key] = tile
            while self._held > self._limit:
                _, dropped = self._tiles.popitem(last=False)
                self._held -= len(dropped)


def tile_frame(z: int, x: int, y: int) -> dict[str, float]:
    """A tile's bounds, buffers and scales in metres of EPSG:3857, as tile_of_layer.sql asks."""
    size = 2 * WORLD_M / 2**z
    west, north = x * size - WORLD_M, WORLD_M - y * size
    east, south = west + size, north - size
    buffer = size / 64
    pixel = size / TILE_PX
    return {
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "near_west": west - buffer,
        "near_south": south - buffer,
        "near_east": east + buffer,
        "near_north": north + buffer,
        # The browser holds at most two tiles' reach either side; beyond it a shape must be cut.
        "reach": size * 0.9,
        "scale": EXTENT / size,
        "tolerance": pixel / 2,
        "pixel": pixel,
        "cell": pixel * (SIGN_PX if z <= 8 else 1),
    }


def read_tile(store: Store, layer_id: str, z: int, x: int, y: int) -> bytes:
    """One tile, gzipped; empty where the layer has nothing there."""
    found = store.value("tile_of_layer", layer_id=layer_id, **tile_frame(z, x, y))
    return gzip.compress(bytes(found or b""), compresslevel=5, mtime=0)


def blueprint(service: Service) -> Blueprint:
    """Routes of the vector tiles."""
    routes = Blueprint("tiles", __name__)
    cache = TileCache()
    places = threading.BoundedSemaphore(TILES_AT_ONCE)

    @routes.get("/tiles/<generation>/<layer_id>/<int:z>/<int:x>/<int:y>.mvt")
    def tile(generation: str, layer_id: str, z: int, x: int, y: int) -> Response:
        try:
            store = service.store()
            refused = _refusal(service, store, generation, layer_id, (z, x, y))
        except CetmError as error:
            return of_error(error)
        if refused:
            return refused
        key = (generation, layer_id, z, x, y)
        body = cache.get(key)
        if body is None:
            with places:
                body = read_tile(store, layer_id, z, x, y)
            cache.put(key, body)
        return _answer(body)

    return routes


def _refusal(
    service: Service, store: Store, generation: str, layer_id: str, place: tuple[int, int, int]
) -> Response | None:
    z, x, y = place
    if z > MAX_ZOOM or x >= 2**z or y >= 2**z:
        hint = f"z is 0 to {MAX_ZOOM}, x and y are below 2^z."
        return json_problem(400, f"There is no tile {z}/{x}/{y}.", hint)
    if generation != store.generation:
        what = f"The data of generation {generation} are no longer served."
        return json_problem(404, what, "Reload the page: the data were rebuilt.")
    if layer_id not in service.resident(store).sources:
        return json_problem(404, f"There is no layer {layer_id}.", "See /api/v1/health for ids.")
    reason = service.withheld(store, layer_id)
    if reason:
        return json_problem(403, f"Layer {layer_id}: {reason}.", "Its figures are still given.")
    return None


def _answer(body: bytes) -> Response:
    answer = Response(body, mimetype="application/vnd.mapbox-vector-tile")
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
