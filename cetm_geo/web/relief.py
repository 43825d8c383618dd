"""Heights for the map's relief shading: GET /tiles/<generation>/relief/<z>/<x>/<y>.png.

Terrarium encoding: metres = red * 256 + green + blue / 256 - 32768.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import Blueprint, Response
from numpy.typing import NDArray

from cetm_geo.errors import CetmError
from cetm_geo.model import Role
from cetm_geo.store import Store
from cetm_geo.web.cache import BytesCache
from cetm_geo.web.heights import PX, Far, Grid, box_of, deepest_zoom, far_of, square
from cetm_geo.web.problems import json_problem, of_error
from cetm_geo.web.service import Service
from cetm_geo.zonal import RasterLayer

SEA_LEVEL = 32768
# Finer steps than a quarter metre would only make the squares larger.
STEPS = 4
CACHE_BYTES = 24 * 1024 * 1024
# One square takes up to a second the first time; titles and callbacks come first.
SQUARES_AT_ONCE = 1


@dataclass(frozen=True)
class Shading:
    """What the map needs to ask for a relief: its layer, its box (degrees) and its last zoom."""

    layer_id: str
    label: str
    bounds: tuple[float, float, float, float]
    maxzoom: int


def shading_of(service: Service, store: Store) -> Shading | None:
    """The relief of a store; None without heights, or where they may not be shown."""
    layer = elevation_of(service, store)
    if layer is None or layer.raster is None:
        return None
    box, zoom = box_of(layer.raster), deepest_zoom(layer.raster)
    return Shading(layer.spec.id, layer.spec.label, box, zoom)


def elevation_of(service: Service, store: Store) -> RasterLayer | None:
    """The first elevation raster that is as at the build and may be shown here."""
    layers = service.resident(store).rasters.layers(Role.ELEVATION)
    usable = (x for x in layers if not x.failed and not service.withheld(store, x.spec.id))
    return next(usable, None)


def png_of(heights: Grid) -> bytes:
    """A square of heights in metres as a picture in Terrarium encoding."""
    steps = np.rint((heights.astype(np.float64) + SEA_LEVEL) * STEPS)
    whole, part = np.divmod(np.clip(steps, 0, 65536 * STEPS - 1).astype(np.int64), STEPS)
    return png(np.stack([whole >> 8, whole & 255, part * (256 // STEPS)], axis=-1).astype(np.uint8))


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of pixels (height, width, 3), each row as its difference from the one above."""
    high, wide, _ = pixels.shape
    above = np.vstack([np.zeros_like(pixels[:1]), pixels[:-1]])
    rows = (pixels - above).reshape(high, wide * 3)
    filtered = np.hstack([np.full((high, 1), 2, np.uint8), rows])
    head = struct.pack(">2I5B", wide, high, 8, 2, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 6)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class _Squares:
    """Pictures of a service's relief, and of each generation the view from afar."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cache = BytesCache(CACHE_BYTES)
        self._far: tuple[str, Far | None] | None = None
        self._places = threading.BoundedSemaphore(SQUARES_AT_ONCE)

    def picture(self, store: Store, layer: RasterLayer, tile: tuple[int, int, int]) -> bytes:
        """A PNG; empty where the raster says nothing. Raises SourceError."""
        key = (store.generation, *tile)
        found = self._cache.get(key)
        if found is None:
            with self._places:
                found = self._drawn(store, layer, tile)
            self._cache.put(key, found)
        return found

    def _drawn(self, store: Store, layer: RasterLayer, tile: tuple[int, int, int]) -> bytes:
        assert layer.raster is not None
        if self._far is None or self._far[0] != store.generation:
            self._far = (store.generation, far_of(layer.raster, layer.spec.raster))
        heights = square(layer.raster, layer.spec.raster, self._far[1], *tile)
        return b"" if heights is None else png_of(heights)


def blueprint(service: Service) -> Blueprint:
    """Routes of the relief."""
    routes = Blueprint("relief", __name__)
    squares = _Squares(service)

    @routes.get("/tiles/<generation>/relief/<int:z>/<int:x>/<int:y>.png")
    def relief(generation: str, z: int, x: int, y: int) -> Response:
        try:
            store = service.store()
            if generation != store.generation:
                what = f"The data of generation {generation} are no longer served."
                return json_problem(404, what, "Reload the page: the data were rebuilt.")
            layer = elevation_of(service, store)
            if layer is None or layer.raster is None or not _lies_in_map(z, x, y, layer):
                return _answer(b"", lasting=False)
            return _answer(squares.picture(store, layer, (z, x, y)), lasting=True)
        except CetmError as error:
            return of_error(error)

    return routes


def _lies_in_map(z: int, x: int, y: int, layer: RasterLayer) -> bool:
    assert layer.raster is not None
    return z <= deepest_zoom(layer.raster) and max(x, y) < 2**z


def _answer(body: bytes, lasting: bool) -> Response:
    """A picture, or nothing where there is none: the map goes on without."""
    answer = Response(body, status=200 if body else 204, mimetype="image/png")
    kept = "public, max-age=31536000, immutable"
    answer.headers["Cache-Control"] = kept if lasting else "no-store"
    return answer


def config_of(shading: Shading | None, tiles: str) -> dict[str, Any] | None:
    """What map.mjs is told of the relief; tiles: the address of the generation's tiles."""
    if shading is None:
        return None
    bounds: Sequence[float] = shading.bounds
    return {
        "tiles": f"{tiles}/relief/{{z}}/{{x}}/{{y}}.png",
        "bounds": list(bounds),
        "maxzoom": shading.maxzoom,
        "tileSize": PX,
    }
