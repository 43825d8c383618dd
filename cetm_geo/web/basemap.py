"""A base map by the operator's choice: a PMTiles file of this machine, or a style of another host.

Without one the map stands on the world's outline, and nothing is asked of any other host.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, send_file

from cetm_geo.errors import CetmError

ADDRESS = "basemap.pmtiles"  # below the page's own address
VECTOR, RASTER, STYLE = "vector", "raster", "style"
# By the numbers of PMTiles version 3.
_TILES = {1: VECTOR, 2: RASTER, 3: RASTER, 4: RASTER, 5: RASTER}
_COMPRESSIONS = {0: "unknown", 1: "none", 2: "gzip", 3: "brotli", 4: "zstd"}
_HEAD_BYTES = 127
_MOST_METADATA = 8 << 20
_HINT = "Give a .pmtiles file (version 3), or the https:// address of a style."


@dataclass(frozen=True)
class Basemap:
    """What lies under the catalogue's layers.

    kind: VECTOR or RASTER tiles of `file`, or a STYLE at `url`. bounds: west, south, east, north in
    degrees. layers: of vector tiles, the names of their layers. attribution: plain text.
    """

    kind: str
    file: Path | None = None
    url: str = ""
    attribution: str = ""
    minzoom: int = 0
    maxzoom: int = 0
    bounds: tuple[float, float, float, float] = (-180.0, -85.05, 180.0, 85.05)
    layers: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The origin that browsers ask for it, as https://tiles.example.org; '' for a file."""
        there = urlsplit(self.url)
        return f"{there.scheme}://{there.netloc}" if self.url else ""

    def config(self, prefix: str) -> dict[str, Any]:
        """What map.mjs is told of it; prefix: of the page's own address."""
        return {
            "kind": self.kind,
            "url": self.url or f"{prefix}{ADDRESS}",
            "minzoom": self.minzoom,
            "maxzoom": self.maxzoom,
            "bounds": list(self.bounds),
            "layers": list(self.layers),
        }


def basemap_of(given: str) -> Basemap | None:
    """The base map that a setting names, None for an empty one. Raises CetmError in words."""
    given = given.strip()
    if not given:
        return None
    if "://" in given:
        return Basemap(STYLE, url=_checked(given))
    return _read(Path(given))


def _checked(url: str) -> str:
    there = urlsplit(url)
    local = there.hostname in ("localhost", "127.0.0.1", "::1")
    plain = re.fullmatch(r"[\w.\-:\[\]]+", there.netloc)
    if not plain or there.scheme not in (("http", "https") if local else ("https",)):
        raise CetmError(f"{url}: is no address that a base map may have.", _HINT)
    return url


def _read(path: Path) -> Basemap:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if len(head) < _HEAD_BYTES or head[:7] != b"PMTiles" or head[7] != 3:
                raise CetmError(f"{path}: is no PMTiles file of version 3.", _HINT)
            start, length = struct.unpack_from("<2Q", head, 24)
            file.seek(start)
            told = file.read(min(length, _MOST_METADATA))
    except OSError as error:
        why = error.strerror or str(error)
        raise CetmError(f"{path}: the base map cannot be read ({why}).", _HINT) from error
    packed, tiles_packed, kind, minzoom, maxzoom = head[97:102]
    for code in (packed, tiles_packed):
        if code > 2:
            name = _COMPRESSIONS.get(code, str(code))
            raise CetmError(
                f"{path}: is compressed with {name}, which browsers cannot read.",
                "Write it again with gzip (pmtiles convert).",
            )
    if kind not in _TILES:
        raise CetmError(f"{path}: holds tiles of a kind that is not drawn ({kind}).", _HINT)
    west, south, east, north = (x / 1e7 for x in struct.unpack_from("<4i", head, 102))
    about = _metadata(path, told, packed)
    return Basemap(
        kind=_TILES[kind],
        file=path.resolve(),
        attribution=_plain(about.get("attribution")),
        minzoom=minzoom,
        maxzoom=maxzoom,
        bounds=(west, max(south, -85.05), east, min(north, 85.05)),
        layers=_names(about.get("vector_layers")),
    )


def _metadata(path: Path, told: bytes, packed: int) -> Mapping[str, Any]:
    try:
        text = gzip.decompress(told) if packed == 2 else told
        about = json.loads(text or b"{}")
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise CetmError(f"{path}: is damaged, or was not fetched to its end.", _HINT) from error
    return about if isinstance(about, dict) else {}


def _plain(text: Any) -> str:
    """An attribution, which is often a piece of HTML, as text."""
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip() if isinstance(text, str) else ""


def _names(layers: Any) -> tuple[str, ...]:
    found = layers if isinstance(layers, list) else []
    return tuple(x["id"] for x in found if isinstance(x, dict) and isinstance(x.get("id"), str))


def blueprint(basemap: Basemap | None) -> Blueprint:
    """GET /basemap.pmtiles: the one file that was configured, whole or in parts."""
    routes = Blueprint("basemap", __name__)
    if basemap and basemap.file:
        file = basemap.file

        @routes.get(f"/{ADDRESS}")
        def tiles() -> Response:
            answer = send_file(file, mimetype="application/vnd.pmtiles", conditional=True)
            answer.headers["Cache-Control"] = "public, no-cache"
            return answer

    return routes
