"""OGC API - Tiles and TileJSON: the page's own tiles, as GDAL and MapLibre ask for them."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from flask import Flask

from cetm_geo import measure, store
from cetm_geo.dashboard import create_app
from cetm_geo.web import vendor
from tests import made, mvt
from tests.browsing import PARKS, served

TILES = f"/api/collections/{PARKS}/tiles/WebMercatorQuad"


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> store.Store:
    return store.open_store(sample_store)


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Any:
    return create_app(sample_store).server.test_client()


@pytest.fixture(scope="module")
def address(sample_store: Path) -> Iterator[str]:
    with served(create_app(sample_store).server) as home:
        yield f"{home.rstrip('/')}/api"


def tile_over(told: Any, zoom: int) -> tuple[int, int]:
    """Column and row of the tile in the middle of a TileJSON's bounds."""
    lon, lat = told["center"][:2]
    north = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * 2**zoom), int((1 - north / math.pi) / 2 * 2**zoom)


def test_a_tile_is_the_one_of_the_page(client: Any, sample: store.Store) -> None:
    told = client.get(f"{TILES}/tilejson.json").json
    column, row = tile_over(told, 7)
    packed = client.get(f"{TILES}/7/{row}/{column}", headers={"Accept-Encoding": "gzip"})
    pages = client.get(f"/tiles/{sample.generation}/{PARKS}/7/{column}/{row}.mvt")
    assert packed.content_type == "application/vnd.mapbox-vector-tile"
    assert packed.data == pages.data
    assert client.get(f"{TILES}/7/{row}/{column}").data == gzip.decompress(pages.data)
    assert packed.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get(
        f"{TILES}/7/{row}/{column}",
        headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")


def test_tilejson_says_what_tiles_hold(client: Any, sample: store.Store) -> None:
    for one in client.get("/api/tiles").json["tilesets"]:
        here = one["links"][0]["href"]
        told = client.get(f"{here}/tilejson.json").json
        assert told["tilejson"] == "3.0.0"
        west, south, east, north = told["bounds"]
        assert -180 <= west < east <= 180
        assert -86 < south < north < 86
        fields = {x["id"]: x["fields"] for x in told["vector_layers"]}
        column, row = tile_over(told, 5)
        href = told["tiles"][0]
        for key, value in {"z": 5, "y": row, "x": column}.items():
            href = href.replace(f"{{{key}}}", str(value))
        for name, features in mvt.layers_of(client.get(href).data).items():
            assert {key for x in features for key in x.properties} <= set(fields[name])


def test_a_tileset_leads_to_how_its_tiles_are_cut(client: Any) -> None:
    told = client.get(TILES).json
    links = {link["rel"].rsplit("/", 1)[-1]: link for link in told["links"]}
    assert links["item"]["templated"] is True
    assert links["item"]["href"].endswith("/{tileMatrix}/{tileRow}/{tileCol}")
    cut = client.get(links["tiling-scheme"]["href"]).json
    first = cut["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717)
    assert first["cellSize"] == pytest.approx(156543.033928041)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert [x["tileMatrix"] for x in told["tileMatrixSetLimits"]] == [str(z) for z in range(21)]
    conforms = client.get("/api/conformance").json["conformsTo"]
    assert {x.rsplit("/", 1)[-1] for x in conforms if "ogcapi-tiles" in x} == {
        "core", "tileset", "tilesets-list", "geodata-tilesets", "mvt"
    }  # fmt: skip


@pytest.mark.parametrize("tile", ["21/0/0", "3/8/0", "3/0/8", "3/0/x", "3/-1/0", "99999999999/0/0"])
def test_a_tile_outside_of_the_matrix_set_is_a_404(client: Any, tile: str) -> None:
    answer = client.get(f"{TILES}/{tile}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert "tile" in json.loads(answer.text)["title"]


@pytest.mark.parametrize("licence", ["derived_only", "local_only"])
def test_a_layer_that_may_not_leave_has_no_tiles_whoever_asks(tmp_path: Path, licence: str) -> None:
    made.toy_store(tmp_path, {"parks": licence, "register": licence})
    client = create_app(tmp_path / "store").server.test_client()
    for name in ("parks", "register"):
        for path in ("", "/WebMercatorQuad", "/WebMercatorQuad/0/0/0"):
            assert client.get(f"/api/collections/{name}/tiles{path}").status_code == 404
    listed = client.get("/api/tiles").json["tilesets"]
    assert [one["title"] for one in listed] == ["lands"]


# In a process of its own: within this program GDAL reaches no host.
_GDAL = """
import sys, pyogrio
source, file, *box = sys.argv[1:]
named = dict(zip(("MINX", "MINY", "MAXX", "MAXY"), box))
frame = pyogrio.read_dataframe(source, layer="Zoom level 7", API="TILES", **named)
pyogrio.write_dataframe(frame, file)
"""


def test_gdal_reads_tiles_by_the_address_of_their_collection(
    address: str, sample: store.Store, tmp_path: Path
) -> None:
    if "OGCAPI" not in pyogrio.list_drivers():
        pytest.skip("this GDAL was built without OGC API - Tiles")
    parks = sample.shapes("features_of_layer", layer_id=PARKS, shapes=True).geometry
    land = shapely.union_all(measure.to_web_mercator(parks.to_numpy()))
    # GDAL takes the collection's box, in degrees, for one in metres; so it is told in metres.
    box = [str(side) for side in land.bounds]
    source, file = f"OGCAPI:{address}/collections/{PARKS}", tmp_path / "tiles.gpkg"
    command = [sys.executable, "-c", _GDAL, source, str(file), *box]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found = shapely.union_all(shapely.make_valid(pyogrio.read_dataframe(file).geometry.to_numpy()))
    pixel = 2 * measure.MERCATOR_M / 2**7 / 512
    assert found.intersection(land).area > 0.98 * land.area
    assert found.difference(land.buffer(2 * pixel)).area < 0.001 * land.area


_PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"maplibre-gl": "/vendor/maplibre-gl.mjs"}}</script>
<div id="map" style="width: 600px; height: 400px"></div>
<script type="module">
import * as maplibre from 'maplibre-gl';
maplibre.setWorkerUrl(new URL('/vendor/maplibre-gl-worker.mjs', location.href).href);
const [tiles, items] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const fill = (id, source, more) => ({
    id, source, type: 'fill', paint: { 'fill-opacity': 0.5 }, ...more,
});
const map = new maplibre.Map({
    container: 'map', center: [-15.1, -26.2], zoom: 6,
    style: {
        version: 8,
        sources: {
            tiled: { type: 'vector', url: tiles },
            whole: { type: 'geojson', data: items },
        },
        layers: [
            fill('tiled', 'tiled', { 'source-layer': 'shapes' }),
            fill('whole', 'whole', {}),
        ],
    },
});
window.wrong = [];
map.on('error', (event) => window.wrong.push(String(event.error)));
map.once('idle', () => { window.drawn = true; });
window.names = (layer) => [...new Set(
    map.queryRenderedFeatures({ layers: [layer] }).map((one) => one.properties.name))].sort();
window.tiled = () => map.querySourceFeatures('tiled', { sourceLayer: 'shapes' }).length;
</script>"""


@pytest.mark.browser
def test_maplibre_on_a_page_of_another_host_draws_tiles_and_items(
    address: str, browser: Any, sample: store.Store
) -> None:
    elsewhere = Flask("elsewhere")
    elsewhere.register_blueprint(vendor.blueprint())
    elsewhere.add_url_rule("/", "page", lambda: _PAGE)
    asked = [f"{address}/collections/{PARKS}/tiles/WebMercatorQuad/tilejson.json",
             f"{address}/collections/{PARKS}/items?limit=1000"]  # fmt: skip
    with served(elsewhere) as home:
        assert home.split("/")[2] != address.split("/")[2]
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.goto(f"{home}#{json.dumps(asked)}")
        page.wait_for_function("() => window.drawn", timeout=60_000)
        tiled, whole = (page.evaluate("(id) => window.names(id)", x) for x in ("tiled", "whole"))
        held = set(sample.frame("features_of_layer", layer_id=PARKS, shapes=False)["name"])
        assert page.evaluate("() => window.wrong") == []
        assert page.evaluate("() => window.tiled()") > 10
        page.close()
    assert [text for text in said if "WebGL" not in text and "GL Driver" not in text] == []
    assert len(tiled) > 10
    assert set(whole) - {""} <= held
    assert set(tiled) - {""} <= set(whole)
