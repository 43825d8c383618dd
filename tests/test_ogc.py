"""OGC API - Features: what the standard asks, what GDAL reads, and nothing a licence keeps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyogrio
import pytest
import shapely

from cetm_geo import export, store
from cetm_geo.dashboard import create_app
from tests import made
from tests.browsing import PARKS, served

ITEMS = "/api/collections/sites/items"


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> store.Store:
    return store.open_store(sample_store)


@pytest.fixture(scope="module")
def truth(sample: store.Store) -> Any:
    return export.stored(sample, "sites").set_index("site_id")


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Any:
    return create_app(sample_store).server.test_client()


@pytest.fixture(scope="module")
def address(sample_store: Path) -> Iterator[str]:
    with served(create_app(sample_store).server) as home:
        yield f"{home.rstrip('/')}/api"


def asked(client: Any, **words: Any) -> Mapping[str, Any]:
    answer = client.get(ITEMS, query_string=words)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json
    return found


def ids(client: Any, **words: Any) -> list[str]:
    return [one["id"] for one in asked(client, limit=1000, **words)["features"]]


def test_every_link_of_the_documents_leads_somewhere(client: Any) -> None:
    seen, open_ = set[str](), ["http://localhost/api"]
    while open_:
        href = open_.pop()
        if href in seen or "/items" in href:
            continue
        if "{" in href or not href.startswith("http://localhost/"):
            continue
        seen.add(href)
        answer = client.get(href)
        assert answer.status_code == 200, href
        assert answer.headers.get("Access-Control-Allow-Origin") == "*" or "/v1/" in href
        if answer.content_type.endswith("json"):
            told = json.loads(answer.text)
            parts = [told, *told.get("collections", ()), *told.get("tilesets", ())]
            links = [x for part in parts for x in part.get("links", ())]
            open_ += [link["href"] for link in links]
            assert {"self", "alternate"} <= {x["rel"] for x in links} or not links
    assert len(seen) > 250


def test_pages_of_items_together_are_all_titles_once(client: Any, truth: Any) -> None:
    found, href, pages = [], f"{ITEMS}?limit=150", 0
    while href:
        answer = client.get(href).json
        assert answer["numberMatched"] == len(truth)
        assert answer["numberReturned"] == len(answer["features"])
        found += [one["id"] for one in answer["features"]]
        href = next((x["href"] for x in answer["links"] if x["rel"] == "next"), "")
        pages += 1
    assert pages == 3
    assert found == truth.index.tolist()


def test_a_title_is_what_an_export_says_of_it(client: Any, truth: Any) -> None:
    site_id = truth.index[5]
    one = client.get(f"{ITEMS}/{quote(site_id)}").json
    own = truth.loc[site_id]
    assert one["properties"]["area_km2"] == own["area_km2"]
    assert one["properties"]["tier"] == own["tier"]
    shape = shapely.geometry.shape(one["geometry"])
    assert shapely.hausdorff_distance(shape, own["geometry"]) < 1e-7


def test_boxes_days_properties_and_filters_keep_what_they_say(client: Any, truth: Any) -> None:
    west, south, east, north = truth.geometry.iloc[9].bounds
    boxes = truth.geometry.bounds
    met = (boxes["minx"] <= east) & (boxes["maxx"] >= west) & (boxes["miny"] <= north)
    met &= boxes["maxy"] >= south
    assert ids(client, bbox=f"{west},{south},{east},{north}") == truth.index[met].tolist()
    assert ids(client, bbox=f"{west},{south},0,{east},{north},9") == truth.index[met].tolist()
    days = truth["granted_on"].fillna("")
    late = (days == "") | ((days >= "2018-01-01") & (days <= "2020-12-31"))
    assert ids(client, datetime="2018-01-01/2020-12-31T00:00:00Z") == truth.index[late].tolist()
    critical = truth["tier"] == "critical"
    assert ids(client, tier="critical") == truth.index[critical].tolist()
    text = "tier = 'critical' AND protected_area_overlap_km2 > 1"
    large = critical & (truth["protected_area_overlap_km2"] > 1)
    assert 0 < large.sum() < critical.sum()
    assert ids(client, filter=text) == truth.index[large].tolist()
    assert ids(client, filter=f"NOT ({text}) AND tier <> 'critical'") == [
        i
        for i in truth.index[~critical]
        if not np.isnan(truth["protected_area_overlap_km2"][i]) or truth["tier"][i] != "critical"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"bbox": "1,2,3"}, "is no box"),
        ({"bbox": "10,5,20,-5"}, "south is the smaller"),
        ({"bbox": "500,0,501,1"}, "in degrees"),
        ({"datetime": "yesterday"}, "is no day"),
        ({"datetime": "2021-01-01/2020-01-01"}, "is no time"),
        ({"limit": "0"}, "from 1 on"),
        ({"limit": "ten"}, "no whole number"),
        ({"offset": "-1"}, "no whole number"),
        ({"color": "red"}, "no parameter 'color'"),
        ({"filter": "tier ="}, "cannot be read"),
        ({"filter": "colour = 'red'"}, "no property 'colour'"),
        ({"filter": "tier = 'x'", "filter-lang": "cql2-json"}, "CQL2 text alone"),
        ({"crs": "http://www.opengis.net/def/crs/EPSG/0/3857"}, "not one that is given"),
        ({"area_km2": "large"}, "is no number"),
        ({"f": "xml"}, "neither json nor html"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(
    client: Any, words: dict[str, str], said: str
) -> None:
    answer = client.get(ITEMS, query_string=words)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    told = json.loads(answer.text)
    assert said in f"{told['title']} {told['detail']}"


def test_what_is_not_there_is_said(client: Any, tmp_path: Path) -> None:
    for path in (f"{ITEMS}/nobody", "/api/collections/lakes", "/api/collections/lakes/items"):
        answer = client.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    empty = create_app(tmp_path / "none").server.test_client()
    assert empty.get("/api/collections").status_code == 503


def test_nothing_is_sent_twice_and_pages_are_html(client: Any) -> None:
    first = client.get(f"{ITEMS}?limit=2")
    again = client.get(f"{ITEMS}?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    page = client.get(f"{ITEMS}?limit=2", headers={"Accept": "text/html,*/*;q=0.1"})
    assert page.content_type.startswith("text/html")
    assert page.headers["ETag"] != first.headers["ETag"]
    assert page.text.count("<tr>") == 3


# In a process of its own: within this program GDAL reaches no host.
_GDAL = """
import sys, pyogrio
source, layer, file, *box = sys.argv[1:]
print([name for name, _ in pyogrio.list_layers(source)])
more = {"bbox": tuple(map(float, box))} if box else {}
pyogrio.write_dataframe(pyogrio.read_dataframe(source, layer=layer, **more), file)
"""


def by_gdal(address: str, layer: str, file: Path, *box: float) -> Any:
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL was built without OGC API - Features")
    command = [sys.executable, "-c", _GDAL, f"OAPIF:{address}", layer, file, *map(str, box)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert said.stdout.startswith("['sites', 'overlaps', 'flags', ")
    return pyogrio.read_dataframe(file)


def test_gdal_opens_it_as_a_layer_with_every_title(
    address: str, truth: Any, tmp_path: Path
) -> None:
    found = by_gdal(address, "sites", tmp_path / "all.gpkg")
    own = truth.loc[found["site_id"]]
    assert len(found) == len(truth)
    np.testing.assert_allclose(found["area_km2"].to_numpy(float), own["area_km2"].to_numpy(float))
    far = shapely.hausdorff_distance(found.geometry.to_numpy(), own.geometry.to_numpy())
    assert np.nanmax(far) < 1e-7
    few = by_gdal(address, "sites", tmp_path / "few.gpkg", *own.geometry.iloc[0].bounds)
    assert 0 < len(few) < len(truth)


def test_gdal_reads_overlaps_and_layers_with_the_types_of_their_columns(
    address: str, sample: store.Store, tmp_path: Path
) -> None:
    own = export.stored(sample, "overlaps")
    found = by_gdal(address, "overlaps", tmp_path / "overlaps.gpkg")
    assert len(found) == len(own) > 2_000
    for name in ("overlap_km2", "added_km2", "distance_km"):
        np.testing.assert_allclose(found[name].to_numpy(float), own[name].to_numpy(float))
    parks = by_gdal(address, PARKS, tmp_path / "parks.gpkg")
    measured = sample.shapes("features_of_layer", layer_id=PARKS, shapes=True)
    assert parks["name"].tolist() == measured["name"].tolist()
    assert parks["repaired"].dtype == bool
    far = shapely.hausdorff_distance(parks.geometry.to_numpy(), measured.geometry.to_numpy())
    assert far.max() < 1e-7


def test_what_a_licence_keeps_is_neither_given_nor_found_out(tmp_path: Path) -> None:
    made.toy_store(tmp_path, {"register": "local_only"})
    client = create_app(tmp_path / "store").server.test_client()
    found = asked(client)
    assert found["numberMatched"] == 1
    assert "register-name" not in json.dumps(found)
    assert found["features"][0]["geometry"] is None
    assert ids(client, bbox="-180,-90,180,90") == []
    assert ids(client, filter="S_INTERSECTS(geometry, BBOX(-180,-90,180,90))") == []
    assert ids(client, filter="name LIKE 'register%'") == []
    assert ids(client, holder="register-holder") == []
    extent = client.get("/api/collections/sites").json["extent"]["spatial"]["bbox"][0]
    assert extent == [-180.0, -90.0, 180.0, 90.0]


def test_indicators_rules_and_norms_are_told_as_the_store_has_them(
    client: Any, sample: store.Store
) -> None:
    book = sample.rulebook
    for name, count in (
        ("indicators", len(book.indicators)), ("rules", len(book.rules)), ("norms", len(book.norms))
    ):  # fmt: skip
        answer = client.get(f"/api/v1/{name}.json")
        assert answer.status_code == 200
        assert len(answer.json[name]) == count
        assert all(entry["id"] for entry in answer.json[name])
        again = client.get(
            f"/api/v1/{name}.json", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == 304
    norms = {norm["id"] for norm in client.get("/api/v1/norms.json").json["norms"]}
    rules = client.get("/api/v1/rules.json").json["rules"]
    assert {name for rule in rules for name in rule["norms"]} <= norms
