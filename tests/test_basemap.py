"""What the map stands on: the world's outline, relief, base maps, and letters of many scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from flask import Flask, Response, jsonify
from rasterio.io import MemoryFile

from cetm_geo import kept_rasters
from cetm_geo.cli import app as commands
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.groundconfig import ground_config, numeric_codes
from cetm_geo.errors import CetmError
from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers.rasters import Raster, open_raster
from cetm_geo.web import Service, heights, outline, relief, security, vendor
from cetm_geo.web.basemap import RASTER, STYLE, VECTOR, basemap_of
from tests import pmtiles
from tests.browsing import PHONE, Visit, served
from tests.grids import geotiff

# --- the world's outline -------------------------------------------------------------------------


def edges(shape: Any) -> Iterator[tuple[Any, Any]]:
    """Edges of all rings and lines of a geometry's coordinates."""
    if isinstance(shape[0][0], int | float):
        yield from pairwise(shape)
    else:
        for part in shape:
            yield from edges(part)


@pytest.fixture(scope="module")
def world() -> list[dict[str, Any]]:
    file = vendor.FOLDER / "world.json"
    return list(json.loads(file.read_text(encoding="utf-8"))["features"])


def of_kind(world: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [feature for feature in world if feature["properties"]["kind"] == kind]


def test_no_edge_of_the_world_spans_half_of_it_and_no_border_runs_along_the_180th_meridian(
    world: list[dict[str, Any]],
) -> None:
    (land,) = of_kind(world, "land")
    borders = of_kind(world, "border")
    assert len(borders) > 300
    for shape in (land, *borders):
        spans = [abs(a[0] - b[0]) for a, b in edges(shape["geometry"]["coordinates"])]
        assert max(spans) < 180
    on_it = [
        pair
        for line in borders
        for pair in edges(line["geometry"]["coordinates"])
        if all(abs(abs(x) - 180) < 0.01 for x, _ in pair)
    ]
    assert not on_it


def test_land_beyond_the_180th_meridian_is_one_with_the_land_before_it(
    world: list[dict[str, Any]],
) -> None:
    (land,) = of_kind(world, "land")
    parts = [[x for x, _ in part[0]] for part in land["geometry"]["coordinates"]]
    reaching = [xs for xs in parts if max(xs) > 185]
    assert [min(xs) < 0 for xs in reaching] == [True]  # Eurasia, from Portugal to the Chukchi Sea


def test_each_country_is_named_once_from_afar_and_one_without_a_code_never(
    world: list[dict[str, Any]],
) -> None:
    names = [feature["properties"] for feature in of_kind(world, "name")]
    first = [name["id"] for name in names if name["zoom"] < 3]
    assert len(first) == len(set(first)) > 50
    assert len({name["id"] for name in names}) > 200
    assert all(name["id"] for name in names)
    assert not {"Somaliland", "N. Cyprus"} & {name["name"] for name in names}


def test_a_ring_across_the_180th_meridian_is_unrolled() -> None:
    # From 179 degrees east to 179 west, which the file has as a step of nearly the whole world.
    arc = [[3590, 0], [-3580, 0], [0, 10], [3580, 0], [0, -10]]
    topology = {
        "transform": {"scale": [0.1, 0.1], "translate": [-180, 0]},
        "arcs": [arc],
        "objects": {
            "countries": {"geometries": [_country([[0]])]},
            "land": {"geometries": [{"type": "Polygon", "arcs": [[0]]}]},
        },
    }
    land, name = outline.world(topology)["features"]
    ring = land["geometry"]["coordinates"][0][0]
    assert {x for x, _ in ring} == {179.0, 181.0}
    assert name["properties"]["name"] == "Toyland"


def _country(arcs: Any) -> dict[str, Any]:
    return {"type": "Polygon", "id": "999", "properties": {"name": "Toyland"}, "arcs": arcs}


def test_an_outline_of_the_catalogue_takes_the_place_of_the_worlds_by_its_code() -> None:
    assert numeric_codes(["KHM", "XKV", "COD"]) == ["116", "180"]


# --- relief --------------------------------------------------------------------------------------

CELLS = RasterSpec(measure=Measure.VALUE, unit="m", valid_min=-500, valid_max=9000)


def opened(path: Path) -> Raster:
    return open_raster(path.parent, Source(path.name), "geotiff", None)


@pytest.fixture
def plateau(tmp_path: Path) -> Raster:
    """Land at 1,000 m that ends in the middle of its raster, with a hole and a cell of nonsense."""
    cells = np.full((400, 400), 1000.0)
    cells[:, 200:] = -9999
    cells[100:140, 60:100] = -9999
    cells[300, 50] = -10640
    return opened(geotiff(tmp_path / "made.tif", cells, nodata=-9999))


def test_relief_has_no_wall_where_its_heights_end_no_pit_and_no_spike(plateau: Raster) -> None:
    far = heights.far_of(plateau, CELLS)
    assert far is not None
    for z, x, y in ((6, 50, 29), (7, 101, 59), (9, 404, 239)):
        square = heights.square(plateau, CELLS, far, z, x, y)
        assert square is not None
        assert square == pytest.approx(np.full((heights.PX, heights.PX), 1000.0), abs=1)


def test_squares_beside_each_other_meet_without_a_step(tmp_path: Path) -> None:
    slope = np.linspace(0, 3000, 400)[None, :] * np.ones((400, 1))
    raster = opened(geotiff(tmp_path / "made.tif", slope))
    far = heights.far_of(raster, CELLS)
    left, right = (heights.square(raster, CELLS, far, 8, x, 119) for x in (203, 204))
    assert left is not None
    assert right is not None
    step = np.abs(right[:, 0] - left[:, -1]).max()
    assert step <= 2 * np.abs(np.diff(left, axis=1)).max() + 1


def test_cells_averaged_as_they_are_read_lie_where_they_lay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slope = np.add.outer(np.linspace(0, 3000, 6000), np.linspace(0, 5000, 6000))
    raster = opened(geotiff(tmp_path / "made.tif", slope, cell=0.0004, tiled=True))
    averaged = heights.square(raster, CELLS, None, 8, 202, 119)
    monkeypatch.setattr(heights, "FINE", 10**6)
    whole = heights.square(raster, CELLS, None, 8, 202, 119)
    assert averaged is not None
    assert whole is not None
    assert np.ptp(whole) > 3000
    a_cell = 0.9  # m, between neighbours
    assert averaged == pytest.approx(whole, abs=a_cell / 2)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_picture_of_heights_gives_them_back_to_a_quarter_of_a_metre() -> None:
    square = np.random.default_rng(1).uniform(-450, 8800, (256, 256)).astype(np.float32)
    with MemoryFile(relief.png_of(square)) as file, file.open() as picture:
        red, green, blue = picture.read().astype(float)
    assert red * 256 + green + blue / 256 - 32768 == pytest.approx(square, abs=0.126)


def test_overviews_stand_for_a_raster_with_too_many_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slope = np.linspace(0, 3000, 2048)[None, :] * np.ones((2048, 1))
    path = geotiff(tmp_path / "made.tif", slope, cell=0.001, tiled=True)
    whole = heights.far_of(opened(path), CELLS)
    monkeypatch.setattr(heights, "FAR_CELLS", 1000)
    assert heights.far_of(opened(path), CELLS) is None
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4])
    drawn = heights.far_of(opened(path), CELLS)
    assert whole is not None
    assert drawn is not None
    assert drawn.heights == pytest.approx(whole.heights, abs=10)


def test_the_relief_of_a_store_is_a_lasting_picture(sample_store: Path) -> None:
    service = Service(sample_store)
    store = service.store()
    config = ground_config(service, store, None)
    assert config["relief"]["maxzoom"] >= 8
    client = create_app(sample_store).server.test_client()
    where = config["relief"]["tiles"].format(z=7, x=58, y=73)
    answer = client.get(where)
    assert answer.status_code == 200
    assert answer.mimetype == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(where.replace(store.generation, "old")).status_code == 404
    assert client.get(f"/tiles/{store.generation}/relief/7/999/73.png").status_code == 204


@pytest.mark.parametrize("why", ["withheld", "changed"])
def test_without_heights_that_may_be_shown_the_map_goes_on_without_relief(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    service = Service(sample_store)
    if why == "withheld":
        monkeypatch.setattr(Service, "withheld", lambda *_: "geometry withheld: licence")
    else:
        monkeypatch.setattr(kept_rasters._Held, "_lost", lambda _: "its files have changed")
    client = create_app(sample_store).server.test_client()
    store = service.store()
    config = ground_config(service, store, None)
    assert config["relief"] is None
    assert [part["id"] for part in config["parts"]] == ["ground:world"]
    assert client.get(f"/tiles/{store.generation}/relief/7/58/73.png").status_code == 204
    assert client.get("/_dash-layout").status_code == 200


# --- base maps -----------------------------------------------------------------------------------


def test_no_setting_is_no_base_map_and_opens_no_other_host() -> None:
    assert basemap_of(" ") is None
    assert "http" not in security.policy([])


def test_a_file_of_tiles_says_what_it_is(tmp_path: Path) -> None:
    about = {
        "attribution": '<a href="https://example.org">© Some &amp; others</a>',
        "vector_layers": [{"id": "water"}, {"id": "roads"}, "nonsense"],
    }
    tile = pmtiles.square_tile("water", "lake")
    found = basemap_of(str(pmtiles.archive(tmp_path / "a.pmtiles", tile, pmtiles.MVT, about)))
    assert found is not None
    assert (found.kind, found.layers, found.host) == (VECTOR, ("water", "roads"), "")
    assert found.attribution == "© Some & others"
    picture = basemap_of(str(pmtiles.archive(tmp_path / "b.pmtiles", b"png", pmtiles.PNG)))
    assert picture is not None
    assert picture.kind == RASTER


def test_a_style_of_another_host_opens_that_host_alone(sample_store: Path) -> None:
    found = basemap_of("https://tiles.example.org/styles/quiet.json?key=1")
    assert found is not None
    assert (found.kind, found.host) == (STYLE, "https://tiles.example.org")
    client = create_app(sample_store, basemap=found).server.test_client()
    told = client.get("/").headers["Content-Security-Policy"]
    asked = dict(rule.split(" ", 1) for rule in told.split("; "))
    assert asked["connect-src"] == "'self' https://tiles.example.org"
    assert asked["img-src"].endswith(" https://tiles.example.org")
    assert [rule for rule in asked.values() if "https:" in rule] == [
        asked["img-src"],
        asked["connect-src"],
    ]


def _broken(path: Path) -> Path:
    file = pmtiles.archive(path, b"", pmtiles.MVT, {"attribution": "x" * 99}, packed=pmtiles.NONE)
    file.write_bytes(file.read_bytes()[:160])
    return file


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path, "cannot be read"),
        (lambda path: path.parent, "cannot be read"),
        (lambda path: path.write_text("{}") and path, "no PMTiles file"),
        (_broken, "damaged"),
        (
            lambda path: pmtiles.archive(path, b"", pmtiles.MVT, packed=pmtiles.BROTLI),
            "compressed with brotli",
        ),
        (lambda path: pmtiles.archive(path, b"", 9), "not drawn"),
        (lambda path: "http://tiles.example.org/style.json", "no address"),
        (lambda path: "https://tiles.example.org;script-src *", "no address"),
        (lambda path: "https:///style.json", "no address"),
    ],
)
def test_a_base_map_that_is_none_is_said_in_words_at_the_start(
    tmp_path: Path, make: Callable[[Path], Any], said: str
) -> None:
    with pytest.raises(CetmError, match=said):
        basemap_of(str(make(tmp_path / "map.pmtiles")))


def test_the_server_does_not_start_with_a_wrong_base_map(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner  # noqa: PLC0415

    monkeypatch.setenv("CETM_BASEMAP", "nowhere.pmtiles")
    done = CliRunner().invoke(commands, ["serve", "--store", str(sample_store), "--port", "1"])
    assert isinstance(done.exception, CetmError)
    assert "nowhere.pmtiles" in str(done.exception)


def test_the_configured_file_is_served_in_parts_and_no_other(
    sample_store: Path, tmp_path: Path
) -> None:
    file = pmtiles.archive(tmp_path / "a.pmtiles", b"0123456789", pmtiles.PNG)
    client = create_app(sample_store, basemap=basemap_of(str(file))).server.test_client()
    with client.get("/basemap.pmtiles", headers={"Range": "bytes=0-6"}) as answer:
        assert (answer.status_code, answer.data) == (206, b"PMTiles")
    other = create_app(sample_store).server.test_client().get("/basemap.pmtiles")
    assert other.mimetype == "text/html"  # the page, as at any address of no file


def test_large_files_of_the_page_are_sent_in_gzip_to_who_takes_it(sample_store: Path) -> None:
    client = create_app(sample_store).server.test_client()
    with client.get("/vendor/world.json", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.mimetype == "application/json"
    with client.get("/vendor/world.json") as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.data.startswith(b'{"type":"FeatureCollection"')


# --- in the browser ------------------------------------------------------------------------------

RENDERED = "(layer) => window.cetm.map.queryRenderedFeatures({ layers: [layer] }).length"
SHOWN = """([layer, how]) =>
    window.cetm.map.getLayoutProperty(layer, 'visibility') === how"""
AT_SEA = "#map=1/10/100"


@pytest.mark.browser
def test_the_world_is_drawn_offline_and_without_a_complaint(visit: Callable[..., Visit]) -> None:
    trip = visit()
    page = trip.open(AT_SEA)
    for part in ("land", "border", "name"):
        assert page.evaluate(RENDERED, f"ground:world|{part}") > 0
    page.goto("about:blank")
    trip.open()
    page.wait_for_function(SHOWN, arg=["ground:relief|shade", "visible"])
    trip.settle()
    assert page.evaluate("() => window.cetm.map.getSource('ground:relief').loaded()")
    assert trip.hosts == {trip.home.split("/")[2]}
    assert trip.complaints == []


INK = """async ([text, size]) => {
    const map = window.cetm.map;
    for (const { id, type } of map.getStyle().layers) {
        if (type !== 'background') map.setLayoutProperty(id, 'visibility', 'none');
    }
    map.setPaintProperty('sea', 'background-color', '#fff');
    const geometry = { type: 'Point', coordinates: map.getCenter().toArray() };
    const data = { type: 'Feature', properties: { text }, geometry };
    map.addSource('tried', { type: 'geojson', data });
    map.addLayer({
        id: 'tried', type: 'symbol', source: 'tried', paint: { 'text-color': '#000' },
        layout: {
            'text-field': ['get', 'text'], 'text-font': ['CETM Map'], 'text-size': size,
            'text-max-width': 99,
        },
    });
    await map.once('idle');
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = `${size}px "Noto Sans Khmer"`;
    await document.fonts.load(pen.font, text);
    const whole = pen.measureText(text).width;
    const apart = [...text].reduce((sum, letter) => sum + pen.measureText(letter).width, 0);
    await new Promise((resolve) => { map.once('render', resolve); map.triggerRepaint(); });
    const gl = map.getCanvas();
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [gl.width, gl.height];
    const ink = copy.getContext('2d');
    ink.drawImage(gl, 0, 0);
    const { data: pixels } = ink.getImageData(0, 0, copy.width, copy.height);
    let [left, right] = [Infinity, -Infinity];
    for (let i = 0; i < pixels.length; i += 4) {
        const x = (i / 4) % copy.width;
        if (pixels[i] > 128 || !pixels[i + 3]) continue;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
    }
    return { drawn: right - left, whole, apart };
}"""


@pytest.mark.long
@pytest.mark.browser
def test_a_khmer_name_is_drawn_in_syllables_as_the_browser_writes_it(
    visit: Callable[..., Visit],
) -> None:
    page = visit().open()
    found = page.evaluate(INK, ["ឧទ្យានជាតិវីរជ័យ", 40])
    assert found["drawn"] == pytest.approx(found["whole"], rel=0.05)
    # Letter by letter, with subscripts and vowels beside what they belong to, it would be longer.
    assert found["apart"] > 1.2 * found["whole"]


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize("kind", [VECTOR, RASTER])
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_file_of_tiles_lies_under_the_catalogues_layers(
    visit: Callable[..., Visit], sample_store: Path, tmp_path: Path, kind: str
) -> None:
    if kind == VECTOR:
        tile, code = pmtiles.square_tile("water", "lake"), pmtiles.MVT
    else:
        tile, code = relief.png(np.full((256, 256, 3), 90, np.uint8)), pmtiles.PNG
    about = {"vector_layers": [{"id": "water"}], "attribution": "© Makers of a toy"}
    file = pmtiles.archive(tmp_path / "a.pmtiles", tile, code, about)
    flask = create_app(sample_store, basemap=basemap_of(str(file))).server
    with served(flask) as home:
        trip = visit(base_url=home)
        page = trip.open(AT_SEA)
        layer = "ground:tiles|water|fill" if kind == VECTOR else "ground:tiles|picture"
        order = [x["id"] for x in page.evaluate("() => window.cetm.map.getStyle().layers")]
        assert order.index("ground:world|land") < order.index(layer)
        assert order.index(layer) < order.index("mining_cadastre|fill")
        assert page.evaluate("() => window.cetm.map.isSourceLoaded('ground:tiles')")
        if kind == VECTOR:
            assert page.evaluate(RENDERED, layer) > 0
        assert "© Makers of a toy" in page.locator(".map-credits").inner_text()
        assert trip.complaints == []
        assert trip.hosts == {home.split("/")[2]}
        page.close()


def a_host() -> Flask:
    """Another host with a style and a tile."""
    host = Flask("elsewhere")
    tile = pmtiles.square_tile("water", "lake")

    @host.get("/style.json")
    def style() -> Response:
        source = {"type": "vector", "tiles": ["{z}/{x}/{y}.mvt"], "maxzoom": 0}
        water = {"id": "lakes", "type": "fill", "source": "all", "source-layer": "water"}
        icons = {**water, "id": "icons", "type": "symbol", "layout": {"icon-image": "star"}}
        return jsonify({"version": 8, "sources": {"all": source}, "layers": [water, icons]})

    @host.get("/<int:z>/<int:x>/<int:y>.mvt")
    def tiles(z: int, x: int, y: int) -> Response:
        return Response(tile, mimetype="application/x-protobuf")

    @host.after_request
    def for_all(answer: Response) -> Response:
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    return host


@pytest.mark.long
@pytest.mark.browser
def test_a_style_of_another_host_is_asked_only_where_the_operator_chose_it(
    visit: Callable[..., Visit], sample_store: Path
) -> None:
    with served(a_host()) as there:
        flask = create_app(sample_store, basemap=basemap_of(f"{there}style.json")).server
        with served(flask) as home:
            trip = visit(base_url=home)
            page = trip.open(AT_SEA)
            assert page.evaluate(RENDERED, "ground:tiles:lakes") > 0
            assert not page.evaluate(
                "() => Boolean(window.cetm.map.getLayer('ground:tiles:icons'))"
            )
            assert trip.hosts == {home.split("/")[2], there.split("/")[2]}
            assert there.split("/")[2] in page.locator("#legend").inner_text()
            assert trip.complaints == []
            page.close()


@pytest.mark.long
@pytest.mark.browser
def test_the_legend_serves_the_keyboard_and_leaves_the_map_its_room(
    visit: Callable[..., Visit],
) -> None:
    page = visit().open()
    legend, whole = page.locator("#legend").bounding_box(), page.locator("#map").bounding_box()
    assert legend["height"] <= 0.42 * whole["height"]
    group = page.get_by_role("checkbox", name="Ground", exact=True)
    assert group.get_attribute("aria-checked") == "mixed"
    group.focus()
    for told, shown in (("true", "visible"), ("false", "none")):
        page.keyboard.press("Space")
        page.wait_for_selector(f".legend-group[id=legend-ground][aria-checked={told}]")
        page.wait_for_function(SHOWN, arg=["power_lines|line", shown])


@pytest.mark.long
@pytest.mark.browser
def test_on_a_phone_the_legend_begins_folded_and_the_scale_stands_above_the_sheet(
    visit: Callable[..., Visit],
) -> None:
    page = visit(PHONE, has_touch=True).open()
    assert page.locator("#legend").get_attribute("open") is None
    scale, sheet = page.locator(".scale").bounding_box(), page.locator("#column").bounding_box()
    assert scale["y"] + scale["height"] <= sheet["y"]


@pytest.mark.long
@pytest.mark.browser
def test_coordinates_and_scale_follow_the_pointer_and_the_readers_language(
    visit: Callable[..., Visit],
) -> None:
    page = visit(locale="fr").open("?lang=fr#map=7/-26/-14")
    page.mouse.move(900, 400)
    page.wait_for_timeout(300)
    shown = page.locator("#coordinates").inner_text()
    assert "," in shown
    assert "." not in shown
    assert "1\u00a0:" in page.locator("#scale-ratio").inner_text()
