"""Vector tiles from the store: GET /tiles/<generation>/<layer_id>/<z>/<x>/<y>.mvt.

The generation stands in the address, so a tile never changes and is cached for good. A tile has
two layers: `shapes`, and `marks` (one point a feature, for labels and dots). Titles have no marks:
their signs come whole (`web/signs.py`), and names and reasons a title at a time.
"""

from __future__ import annotations

import gzip
import math
import threading
from collections.abc import Callable, Hashable

from flask import Blueprint, Response

from cetm_geo.drawn import LEAST_PX, LEVELS, TOLERANCE_PX, level_of, pixel_m
from cetm_geo.errors import CetmError
from cetm_geo.language import chosen
from cetm_geo.measure import MERCATOR_M
from cetm_geo.store import Store
from cetm_geo.web.cache import BytesCache
from cetm_geo.web.problems import json_problem, of_error
from cetm_geo.web.service import Service
from cetm_geo.web.signs import card_of_title, signs_of_layer

MAX_ZOOM = LEVELS[-1]
EXTENT = 4096
LABEL_PX = 6  # of the longer side: what is smaller gets its label further in
CELL_PX, CELL_PX_CLOSE = 14, 2  # one label or dot a cell, up to zoom 8 and beyond
SHAPES_BYTES, MARKS_BYTES = 380_000, 90_000  # about what the parts of a tile weigh at most
TILES_BYTES = 32 << 20  # of tiles a process remembers
# Tiles and callbacks share a server's threads: the map may not take them all.
TILES_AT_ONCE = 2
TILE = "application/vnd.mapbox-vector-tile"
SIGNS, CARD = "application/octet-stream", "application/json"


def tile_frame(z: int, x: int, y: int) -> dict[str, float]:
    """A tile's bounds, buffers and scales in metres of EPSG:3857, as tile_of_layer.sql asks."""
    size = 2 * MERCATOR_M / 2**z
    west, north = x * size - MERCATOR_M, MERCATOR_M - y * size
    east, south = west + size, north - size
    buffer = size / 32  # 16 pixels: lines along what is cut stay out of sight
    pixel, level = pixel_m(z), level_of(z)
    return {
        "level": level,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        # Whole numbers, as boxes are: DuckDB then skips blocks by the least and the most in them.
        "near_west": math.floor(west - buffer),
        "near_south": math.floor(south - buffer),
        "near_east": math.ceil(east + buffer),
        "near_north": math.ceil(north + buffer),
        # The browser holds at most two tiles' reach either side; beyond it a shape must be cut.
        "reach": size * 0.9,
        "scale": EXTENT / size,
        # A level is simplified for its own zoom already.
        "tolerance": 0.0 if z == level else pixel * TOLERANCE_PX,
        "least": pixel * LEAST_PX,
        "least_label": pixel * LABEL_PX,
        "cell": pixel * (CELL_PX if z <= 8 else CELL_PX_CLOSE),
    }


def read_tile(store: Store, layer_id: str, z: int, x: int, y: int) -> bytes:
    """One tile; empty where the layer has nothing there."""
    asked = tile_frame(z, x, y) | {"shapes_bytes": SHAPES_BYTES, "marks_bytes": MARKS_BYTES}
    return bytes(store.value("tile_of_layer", layer_id=layer_id, **asked) or b"")


class Packed:
    """What is read once and kept in gzip, whoever asks for it."""

    def __init__(self) -> None:
        self._cache = BytesCache(TILES_BYTES)
        self._places = threading.BoundedSemaphore(TILES_AT_ONCE)

    def of(self, store: Store, key: Hashable, read: Callable[[Store], bytes]) -> bytes:
        """What `read` gives of a store, in gzip."""
        body = self._cache.get((store.generation, key))
        if body is None:
            with self._places:
                body = gzip.compress(read(store), compresslevel=5, mtime=0)
            self._cache.put((store.generation, key), body)
        return body

    def tile(self, store: Store, layer_id: str, z: int, x: int, y: int) -> bytes:
        """One tile, in gzip."""
        key = (layer_id, z, x, y)
        return self.of(store, key, lambda current: read_tile(current, *key))


def blueprint(service: Service, packed: Packed) -> Blueprint:
    """Routes of the map: tiles, the signs of a layer's titles, what is said of a title."""
    routes = Blueprint("tiles", __name__)

    def answer(
        generation: str, layer_id: str, kind: str, read: Callable[[Store], bytes]
    ) -> Response:
        """What `read` gives, if the layer may be seen."""
        try:
            store = service.store()
            refused = _refusal(service, store, generation, layer_id)
            return refused or _answer(read(store), kind)
        except CetmError as error:
            return of_error(error)

    @routes.get("/tiles/<generation>/<layer_id>/<int:z>/<int:x>/<int:y>.mvt")
    def tile(generation: str, layer_id: str, z: int, x: int, y: int) -> Response:
        if z > MAX_ZOOM or x >= 2**z or y >= 2**z:
            hint = f"z is 0 to {MAX_ZOOM}, x and y are below 2^z."
            return json_problem(400, f"There is no tile {z}/{x}/{y}.", hint)
        return answer(
            generation, layer_id, TILE, lambda store: packed.tile(store, layer_id, z, x, y)
        )

    @routes.get("/tiles/<generation>/<layer_id>/signs.bin")
    def signs(generation: str, layer_id: str) -> Response:
        def read(store: Store) -> bytes:
            return packed.of(
                store, (layer_id, "signs"), lambda current: signs_of_layer(current, layer_id)
            )

        return answer(generation, layer_id, SIGNS, read)

    @routes.get("/tiles/<generation>/card/<int:n>.json")
    def card(generation: str, n: int) -> Response:
        try:
            store = service.store()
            found = card_of_title(store, n, store.rulebook.rules)
        except CetmError as error:
            return of_error(error)
        if found is None:
            return json_problem(404, f"There is no title {n}.", "Reload the page.")
        key = ("card", n, chosen())
        return answer(
            generation,
            found.layer_id,
            CARD,
            lambda current: packed.of(current, key, lambda _: found.body),
        )

    return routes


def _refusal(service: Service, store: Store, generation: str, layer_id: str) -> Response | None:
    if generation != store.generation:
        what = f"The data of generation {generation} are no longer served."
        return json_problem(404, what, "Reload the page: the data were rebuilt.")
    if layer_id not in service.resident(store).sources:
        return json_problem(404, f"There is no layer {layer_id}.", "See /api/v1/health for ids.")
    reason = service.withheld(store, layer_id)
    if reason:
        return json_problem(403, f"Layer {layer_id}: {reason}.", "Its figures are still given.")
    return None


def _answer(body: bytes, kind: str) -> Response:
    answer = Response(body, mimetype=kind)
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
