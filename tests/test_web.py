"""The HTTP face: tiles, the JSON API, headers, and what is withheld in public."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cetm_geo import pipeline, store
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.answer.lacking import lacking
from cetm_geo.dashboard.answer.tiers import verdict
from cetm_geo.dashboard.corners import read_typed
from cetm_geo.dashboard.panels.site import focus_of
from cetm_geo.errors import SiteError
from cetm_geo.model import Tier
from cetm_geo.serving import is_public
from cetm_geo.web import Service
from cetm_geo.web.filters import Filters
from cetm_geo.web.service import NAME_WITHHELD, WITHHELD
from cetm_geo.web.sureness import Sureness
from tests import made


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Iterator[FlaskClient]:
    yield create_app(sample_store).server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def titles(service: Service) -> Any:
    return service.finder().rows(Filters())


def tile_at(zoom: int, lon: float, lat: float) -> tuple[int, int, int]:
    span = 2**zoom
    north = math.asinh(math.tan(math.radians(lat)))
    return zoom, int((lon + 180) / 360 * span), int((1 - north / math.pi) / 2 * span)


def square_round(site: Any, size: float = 0.05) -> dict[str, Any]:
    lon, lat = (site["west"] + site["east"]) / 2, (site["south"] + site["north"]) / 2
    ring = [[lon - size, lat - size], [lon + size, lat - size], [lon + size, lat + size],
            [lon - size, lat + size], [lon - size, lat - size]]  # fmt: skip
    return {"type": "Polygon", "coordinates": [ring]}


def a_site(service: Service, titles: Any) -> Any:
    return service.answer(titles.rows[0]["site_id"])["site"]


def layer_of_titles(service: Service) -> str:
    sources = service.resident(service.store()).sources
    return next(name for name, row in sources.items() if row["role"] == "concession")


def test_titles_are_downloaded_by_tier(client: FlaskClient, titles: Any) -> None:
    answer = client.get("/api/v1/sites.geojson?tier=critical")
    wanted = {row["site_id"] for row in titles.rows if row["tier"] == "critical"}
    assert 0 < len(wanted) < titles.count
    assert {f["properties"]["site_id"] for f in answer.json["features"]} == wanted
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_page_of_titles_is_what_the_same_words_download(client: FlaskClient, titles: Any) -> None:
    words = "tier=critical,high&status=in_force_or_unknown&area=10-&granted=2015..&q=li"
    page = client.get(f"/api/v1/sites.json?{words}&sort=area_km2.desc&start=2&count=5").json
    assert page["of"] == titles.count
    assert 7 < page["count"] < titles.count
    assert [row["area_km2"] for row in page["rows"]] == sorted(
        (row["area_km2"] for row in page["rows"]), reverse=True
    )
    shapes = client.get(f"/api/v1/sites.geojson?{words}").json["features"]
    table = client.get(f"/api/v1/sites.csv?{words}&sort=area_km2.desc")
    listed = list(csv.DictReader(io.StringIO(table.get_data(as_text=True))))
    assert "provenance.json" in table.headers["Link"]
    assert len(shapes) == len(listed) == page["count"]
    assert {f["properties"]["site_id"] for f in shapes} == {row["site_id"] for row in listed}
    assert [row["site_id"] for row in listed[2:7]] == [row["site_id"] for row in page["rows"]]
    assert client.get("/api/v1/provenance.json").json["disclaimer"]


def test_a_word_that_comes_twice_is_joined_and_an_id_is_found_as_it_stands(
    client: FlaskClient, titles: Any
) -> None:
    counted = [client.get(f"/api/v1/sites.json?{words}").json["count"]
               for words in ("tier=critical&tier=high", "tier=critical,high")]  # fmt: skip
    assert counted[0] == counted[1]
    ids = [row["site_id"] for row in titles.rows[:2]]
    for words in ("ids={}&ids={}", "ids={},{}"):
        found = client.get("/api/v1/sites.json?" + words.format(*ids)).json
        assert [row["site_id"] for row in found["rows"]] == ids


@pytest.mark.parametrize(
    "words",
    ["tier=purple", "layer=no_layer", "in=parks", "area=big", "sort=west", "start=-1", "count=x",
     "box=1,2", "granted=soon"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["sites.json", "sites.csv"])
def test_words_that_cannot_be_read_are_refused_in_words(
    client: FlaskClient, path: str, words: str
) -> None:
    answer = client.get(f"/api/v1/{path}?{words}")
    if path == "sites.csv" and words.startswith(("start", "count")):  # the file is always whole
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert answer.json["error"]["what"]
    assert answer.json["error"]["hint"]


def test_a_name_is_suggested_as_one_types_it(client: FlaskClient) -> None:
    found = client.get("/api/v1/find?q=kem&count=3&kind=place").json["suggestions"]
    assert 0 < len(found) <= 3
    assert {(one["kind"], set(one) == {"kind", "label", "detail", "go"}) for one in found} == {
        ("place", True)
    }


def test_a_wildcard_in_a_search_is_a_character_like_any_other(service: Service) -> None:
    assert service.titles(Filters(text="a%e"), 5).count == 0
    assert service.titles(Filters(text="' OR 1=1 --"), 5).count == 0


def test_the_pieces_of_a_title_lie_in_its_overlaps(client: FlaskClient, service: Service) -> None:
    where = Filters(layers=("wdpa_protected_areas",))
    site_id = service.titles(where, 1).rows[0]["site_id"]
    answer = client.get(f"/api/v1/sites/{site_id}/overlaps.geojson")
    assert answer.status_code == 200
    assert {f["properties"]["site_id"] for f in answer.json["features"]} == {site_id}


@pytest.mark.parametrize("path", ["sites/none:0", "sites/none:0/overlaps.geojson"])
def test_an_unknown_title_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert set(answer.json["error"]) == {"what", "hint"}


def test_a_title_is_told_once_to_who_has_it_and_in_each_readers_language(
    client: FlaskClient, service: Service, titles: Any
) -> None:
    path = f"/api/v1/sites/{a_site(service, titles)['site_id']}"
    first = client.get(path)
    assert first.json == json.loads(json.dumps(service.answer(path.rpartition("/")[2])))
    again = client.get(path)  # remembered by now
    assert again.data == first.data
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == first.data
    assert packed.headers["Content-Encoding"] == "gzip"
    etag = first.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    french = client.get(path, headers={"Accept-Language": "fr", "If-None-Match": etag})
    assert french.status_code == 200
    assert french.data != first.data
    assert "Accept-Language" in french.headers["Vary"]
    assert (
        "Access-Control-Allow-Origin" not in first.headers
    )  # a local server shows what is private


def test_a_polygon_gets_an_answer_of_the_same_shape_as_a_title(
    client: FlaskClient, service: Service, titles: Any
) -> None:
    stored = service.answer(titles.rows[0]["site_id"])
    answer = client.post("/api/v1/screen", json=square_round(stored["site"]))
    assert answer.status_code == 200
    assert set(answer.json) == {*stored, "pieces"}
    assert set(answer.json["lines"][0]) == set(stored["lines"][0])
    assert [x["scope_id"] for x in answer.json["lines"]] == [x["scope_id"] for x in stored["lines"]]


def corners_of(shape: Any, *, lat_first: bool) -> str:
    ring = shape["coordinates"][0][:-1]
    return "\n".join(f"{y} {x}" if lat_first else f"{x} {y}" for x, y in ring)


def test_corners_as_text_get_the_answer_of_their_polygon_and_their_reading(
    client: FlaskClient, service: Service, titles: Any
) -> None:
    shape = square_round(a_site(service, titles))
    wanted = client.post("/api/v1/screen", json=shape).json
    for body in (
        {"corners": "Latitude; Longitude\n" + corners_of(shape, lat_first=True)},
        {"corners": corners_of(shape, lat_first=True), "axes": "lat_lon"},
        {"corners": corners_of(shape, lat_first=False), "axes": "lon_lat", "crs": "EPSG:4326"},
    ):
        answer = client.post("/api/v1/screen", json=body).json
        assert answer["reading"]["first_corner"] == shape["coordinates"][0][0]
        assert answer["reading"]["certain"]
        assert answer["lines"] == wanted["lines"]


def test_corners_that_can_be_read_in_two_ways_are_asked_about(
    client: FlaskClient, service: Service, titles: Any
) -> None:
    shape = square_round(a_site(service, titles))
    body = {"corners": corners_of(shape, lat_first=True)}
    answer = client.post("/api/v1/screen", json=body)
    assert answer.status_code == 422
    lon, lat = shape["coordinates"][0][0]
    readings = {row["axes"]: row["first_corner"] for row in answer.json["error"]["readings"]}
    assert readings == {"lat_lon": [lon, lat], "lon_lat": [lat, lon]}
    assert "axes" in answer.json["error"]["hint"]


@pytest.mark.parametrize(
    "body",
    [
        {"corners": ""}, {"corners": 5}, {"corners": "abc 5"}, {"corners": None},
        {"corners": "1 S 2 E\n1 S 3 E"}, {"corners": "1 2\n1 3\n2 3", "axes": "up"},
        {"corners": "1 2\n1 3\n2 3", "axes": 1}, {"corners": "1 2", "crs": "EPSG:1"},
        {"corners": "1 2", "crs": "+init=epsg:4326"},
    ],
)  # fmt: skip
def test_corners_that_cannot_be_read_are_refused_in_words(
    client: FlaskClient, body: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/screen", json=body)
    assert answer.status_code == 400
    assert answer.json["error"]["what"]
    assert answer.json["error"]["hint"]


@pytest.mark.parametrize("chosen", [False, True])
def test_the_page_screens_nothing_before_a_reading_is_confirmed(
    client: FlaskClient, service: Service, titles: Any, chosen: bool
) -> None:
    shape = square_round(a_site(service, titles))
    text = corners_of(shape, lat_first=False)
    choices = read_typed(text, near=service.area()).choices
    outputs = [("drawn", "data"), ("typed-problem", "children"), ("typed-read-as", "children"),
               ("typed-reading", "children"), ("typed-readings", "hidden")]  # fmt: skip
    body = {
        "output": ".." + "...".join(f"{name}.{value}" for name, value in outputs) + "..",
        "outputs": [{"id": name, "property": value} for name, value in outputs],
        "inputs": [{"id": "typed-corners", "property": "value", "value": text},
                   {"id": "screen-typed", "property": "n_clicks", "value": 1}],
        "state": [{"id": "typed-reading", "property": "value",
                   "value": choices[0][0] if chosen else None}],
        "changedPropIds": ["screen-typed.n_clicks"],
    }  # fmt: skip
    told = client.post("/_dash-update-component", json=body).json["response"]
    assert len(told["typed-reading"]["children"]) == 2
    assert told["typed-readings"]["hidden"] is False
    assert ("drawn" in told) is chosen
    if chosen:
        assert told["drawn"]["data"]["geometry"] == shape
        assert told["typed-read-as"]["children"].startswith("Read as longitude, latitude")
    else:
        assert told["typed-problem"]["children"]["props"]["className"] == "problem"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"1", b"NaN", b'{"type": "Point", "coordinates": [1, 2]}', b"[" * 100_000,
        b'{"type": "Polygon"}', b'{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}',
        b'{"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [2, 0], ["a", 0]]]}',
        b'{"type": "Polygon", "coordinates": [[[0, 0], [1e400, 1], [2, 0], [0, 0]]]}',
        b'{"type": "Polygon", "coordinates": [[[0, 0], [1%s, 1], [2, 0], [0, 0]]]}' % (b"0" * 400),
        b'{"type": "Feature", "properties": {"name": "\\ud800"}, "geometry": {"type": "Polygon", '
        b'"coordinates": [[[20, 2], [20.1, 2], [20, 2.1], [20, 2]]]}}',
        b'{"type": "Polygon", "coordinates": {"a": 1}}',
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}',
    ],
    ids=range(16),
)  # fmt: skip
def test_what_is_no_polygon_is_refused_in_words(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/screen", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]["what"]


def test_a_body_beyond_the_limit_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/screen", data=b" " * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json["error"]["what"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"output": 1}', b"null", b"[" * 100_000], ids=range(7)
)
def test_a_malformed_callback_is_the_callers_fault(client: FlaskClient, body: bytes) -> None:
    sent = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert sent.status_code == 400


def test_an_unknown_callback_is_the_callers_fault(client: FlaskClient) -> None:
    body = {"output": "no.thing", "outputs": {"id": "no", "property": "thing"}, "inputs": []}
    assert client.post("/_dash-update-component", json=body).status_code == 400


def test_every_answer_carries_a_strict_policy(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/health", "/vendor/maplibre-gl.mjs", "/nothing-here"):
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        script = re.search(r"script-src ([^;]*)", policy)
        assert script
        assert "unsafe" not in script.group(1)
        assert "http" not in policy


def test_the_page_names_no_other_host(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert not re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", page)


def test_the_browser_modules_have_types_that_a_browser_runs(client: FlaskClient) -> None:
    for name in ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "terra-draw.mjs"):
        with client.get(f"/vendor/{name}") as answer:
            assert answer.status_code == 200
            assert answer.mimetype == "text/javascript"
    assert client.get("/vendor/../service.py").status_code == 404


def test_health_names_the_generation_that_is_served(client: FlaskClient, service: Service) -> None:
    assert client.get("/api/v1/health").json["generation"] == service.store().generation


def test_without_a_store_the_api_says_so(tmp_path: Path) -> None:
    answer = create_app(tmp_path / "none").server.test_client().get("/api/v1/health")
    assert answer.status_code == 503
    assert answer.json["error"]["hint"]


def restricted(service: Service, publish: str) -> str:
    """Mark the protected areas of the resident sources as restricted; gives their layer id."""
    sources = service.resident(service.store()).sources
    layer_id = next(x for x, row in sources.items() if row["role"] == "protected_area")
    sources[layer_id]["publish"] = publish  # type: ignore[index]
    return layer_id


def test_in_public_a_restricted_layer_keeps_its_shapes(sample_store: Path, titles: Any) -> None:
    public, private = Service(sample_store, public=True), Service(sample_store)
    for one in (public, private):
        layer_id = restricted(one, "derived_only")
    assert public.withheld(public.store(), layer_id) == WITHHELD
    assert private.withheld(private.store(), layer_id) == ""
    for row in titles.rows[:80]:
        shown = public.pieces(row["site_id"])["features"]
        assert layer_id not in {piece["properties"]["layer_id"] for piece in shown}


def test_in_public_a_local_layer_keeps_its_names(sample_store: Path, titles: Any) -> None:
    public = Service(sample_store, public=True)
    layer_id = restricted(public, "local_only")
    rows = [
        overlap
        for row in titles.rows[:80]
        for overlap in public.answer(row["site_id"])["overlaps"]
        if overlap["layer_id"] == layer_id
    ]
    assert rows
    assert {row["name"] for row in rows} == {NAME_WITHHELD}


def store_of_a_register(folder: Path, publish: str) -> Path:
    """A store of one title under a licence, and of a public park that it overlaps."""
    for name, role, shape, column, licence in (
        ("register", "concession", made.square(0, 0), "holder", publish),
        ("parks", "protected_area", made.square(0.05, 0.05), "designation", "public"),
    ):
        row = made.feature(shape, code="7", name=f"{name}-name", who=f"{name}-holder")
        made.geojson(folder / "data" / f"{name}.geojson", [row])
        (folder / f"{name}.toml").write_text(f"""
            role = "{role}"
            label = "{name}"
            as_of = "2026-11-01"
            complete_within = "world"
            source = {{path = "{name}.geojson"}}
            columns = {{feature_id = "code", name = "name", {column} = "who"}}
            licence = {{text = "x", publish = "{licence}"}}
        """)
    pipeline.build(folder, folder / "data", folder / "store", made.ON)
    return folder / "store"


@pytest.mark.parametrize("publish", ["public", "derived_only", "local_only"])
def test_in_public_a_title_shows_what_its_registers_licence_lets(
    tmp_path: Path, publish: str
) -> None:
    folder = store_of_a_register(tmp_path, publish)
    public, local = Service(folder, public=True), Service(folder)
    site_id = local.titles(Filters(), 1).rows[0]["site_id"]
    assert len(local.pieces(site_id)["features"]) == 1
    assert local.answer(site_id)["site"]["holder"] == "register-holder"

    outlined, named = publish == "public", publish != "local_only"
    site = public.answer(site_id)["site"]
    assert len(public.pieces(site_id)["features"]) == outlined
    assert all((site[edge] is not None) == outlined for edge in ("west", "south", "east", "north"))
    assert (focus_of(site) is not None) == outlined
    listed = public.titles(Filters(), 1).rows[0]
    assert listed["name"] == ("register-name" if named else NAME_WITHHELD)
    assert public.titles(Filters(text="register-holder"), 5).count == named  # nor a search
    assert public.titles(Filters(text=site_id), 5).count == 1

    z, x, y = tile_at(9, 0.01, 0.01)
    paths = [f"sites/{site_id}", f"sites/{site_id}/overlaps.geojson", "sites.geojson",
             "sites.json", "sites.csv", "find?q=regist"]  # fmt: skip
    with create_app(folder, public=True).server.test_client() as asking:
        said = [asking.get(f"/api/v1/{path}").get_data(as_text=True) for path in paths]
        tile = asking.get(f"/tiles/{public.store().generation}/register/{z}/{x}/{y}.mvt")
    assert [("register-name" in text, "register-holder" in text) for text in said] == [
        (named, named), (False, False), (named, named), (named, named), (named, named),
        (named, named),
    ]  # fmt: skip
    assert "parks-name" in said[0]
    with create_app(folder).server.test_client() as asking:
        files = [asking.get(f"/api/v1/sites.{form}").get_data(as_text=True)
                 for form in ("csv", "geojson")]  # fmt: skip
    assert ["register-name" in text for text in files] == [named, named]  # files travel on
    assert tile.status_code == (200 if outlined else 403)


def test_titles_stand_by_tier_and_within_one_by_score(service: Service, titles: Any) -> None:
    order = [tier.value for tier in Tier]
    places = [order.index(row["tier"]) for row in titles.rows]
    assert places == sorted(places)
    scores = [service.answer(row["site_id"])["tier"]["score"] for row in titles.rows[:20]]
    assert places[:20] == [0] * 20
    assert scores == sorted(scores, reverse=True)


def test_a_title_is_ranked_again_when_that_is_asked_for(service: Service, titles: Any) -> None:
    sureness = Sureness(service)
    found = sureness.of(titles.rows[0]["site_id"])
    assert found["rank_low"] <= found["rank"] <= found["rank_high"]
    assert found["sites_count"] == titles.count
    with pytest.raises(SiteError):
        sureness.of("none:0")


def test_a_title_beside_a_layer_that_failed_is_clear_neither_on_the_map_nor_on_the_page(
    tmp_path: Path,
) -> None:
    folder = store_of_a_register(tmp_path, "public")
    far = made.feature(made.square(5, 5), code="7", name="x", who="x")
    made.geojson(tmp_path / "data" / "parks.geojson", [far])
    definition = (tmp_path / "parks.toml").read_text()
    for path, gap in (("parks.geojson", False), ("absent.geojson", True)):
        (tmp_path / "zones.toml").write_text(definition.replace("parks.geojson", path))
        pipeline.build(tmp_path, tmp_path / "data", folder, made.ON, keep_going=True)
        service = Service(folder)
        row = service.titles(Filters(), 1).rows[0]
        answer = service.answer(row["site_id"])
        said = [lack.what for lack in lacking(answer, service.store().rulebook)]
        # Roles that this store has no layer of are gaps of their own.
        assert ("Protected areas" in said) is gap
        assert "Heritage" in said
        assert not row["fully_screened"]
        assert verdict(answer).tier == row["tier"]
        assert row["tier"] != "clear"


def test_the_wsgi_app_serves_the_store_it_is_given_and_is_public_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store_of_a_register(tmp_path, "local_only")
    before = store.open_store(folder).generation
    monkeypatch.setenv("CETM_STORE", str(folder))
    file = Path(__file__).resolve().parents[1] / "app.py"
    for told, shown in (("1", False), ("0", True)):
        monkeypatch.setenv("CETM_PUBLIC", told)
        asking = runpy.run_path(str(file))["server"].test_client()
        said = asking.get("/api/v1/sites/register:7").get_data(as_text=True)
        assert "parks-name" in said
        assert ("register-holder" in said) is shown
    assert store.open_store(folder).generation == before


def test_a_server_is_public_by_its_address_unless_told() -> None:
    assert is_public("0.0.0.0", None)
    assert is_public("127.0.0.1", True)
    assert not is_public("127.0.0.1", None)
    assert not is_public("0.0.0.0", False)


@pytest.mark.parametrize("drawn", [5, [1], "x", {"a": 1}, {"geometry": 5}, {"geometry": {}},
    {"geometry": {"type": "Polygon"}}, {"geometry": {"type": "Polygon", "coordinates": 3}},
    {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [10**400, 1], [2, 0], [0, 0]]]}},
], ids=range(9))  # fmt: skip
def test_a_malformed_drawing_is_said_in_words(
    client: FlaskClient, drawn: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wired = next(
        one for one in client.get("/_dash-dependencies").json
        if one["output"].startswith("..proposal-body.children...proposal-pieces.data")
    )  # fmt: skip
    outputs = [name.rsplit(".", 1) for name in wired["output"].strip(".").split("...")]
    body = {
        "output": wired["output"],
        "outputs": [{"id": name, "property": value} for name, value in outputs],
        "inputs": [{**one, "value": drawn if one["id"] == "drawn" else None}
                   for one in wired["inputs"]],
        "state": [{**one, "value": None} for one in wired["state"]],
        "changedPropIds": ["drawn.data"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    panel = answer.json["response"]["proposal-body"]["children"]
    assert panel["props"]["className"] == "problem"
    assert not caplog.records
