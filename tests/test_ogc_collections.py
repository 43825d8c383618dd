"""Overlaps, flags and layers as collections: what exports say, and nothing that a licence keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import export, store
from cetm_geo.dashboard import create_app
from cetm_geo.web import Service
from cetm_geo.web.ogc.catalogue import Catalogue, Held
from tests import made
from tests.browsing import PARKS

COLLECTIONS = "/api/collections"


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> store.Store:
    return store.open_store(sample_store)


@pytest.fixture(scope="module")
def catalogue(sample_store: Path) -> Catalogue:
    return Held(Service(sample_store)).catalogue()


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Any:
    return create_app(sample_store).server.test_client()


def test_a_feature_is_the_same_whether_it_was_told_before_or_not(sample_store: Path) -> None:
    first, other = (create_app(sample_store).server.test_client() for _ in range(2))
    few = asked(first, "sites", limit=3, offset=2)["features"]
    assert [one["id"] for one in few] != []
    for client in (first, other):
        assert asked(client, "sites", limit=7)["features"][2:5] == few


def asked(client: Any, name: str, **words: Any) -> Mapping[str, Any]:
    answer = client.get(f"{COLLECTIONS}/{name}/items", query_string={"limit": 1000, **words})
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json
    return found


def every(client: Any, name: str) -> list[dict[str, Any]]:
    """All features of a collection, page by page."""
    found: list[dict[str, Any]] = []
    while page := asked(client, name, offset=len(found))["features"]:
        found += page
    return found


def test_every_layer_whose_shapes_may_go_is_a_collection(client: Any, sample: store.Store) -> None:
    named = [one["id"] for one in client.get(COLLECTIONS).json["collections"]]
    held = {row["layer_id"]: row for row in sample.rows("layers_of_screening")}
    assert named[:3] == ["sites", "overlaps", "flags"]
    assert named[3:] == [x for x, row in held.items() if not row["file"].endswith(".tif")]
    assert len(named) == 27


def test_overlaps_are_those_of_an_export_with_the_land_that_is_shared(
    client: Any, sample: store.Store
) -> None:
    own, found = export.stored(sample, "overlaps"), every(client, "overlaps")
    assert len(found) == len(own)
    assert len({one["id"] for one in found}) == len(found)
    texts = [json.loads(text) for text in export.feature_texts(own)]
    pairs = zip(found, texts, strict=True)
    assert all(one["properties"] == text["properties"] for one, text in pairs)
    assert [one["geometry"] for one in found] == [text["geometry"] for text in texts]
    one = found[7]
    alone = client.get(f"{COLLECTIONS}/overlaps/items/{quote(one['id'], safe='')}").json
    assert {**one, "links": alone["links"]} == alone


def test_flags_are_the_raised_ones_with_their_titles_outline(
    client: Any, sample: store.Store
) -> None:
    own = export.stored(sample, "flags")
    own = own[own["status"] == "raised"].reset_index(drop=True)
    found = every(client, "flags")
    assert [one["properties"]["message_en"] for one in found] == own["message_en"].tolist()
    assert [one["id"] for one in found] == (own["site_id"] + ":" + own["rule_id"]).tolist()
    sites = export.stored(sample, "sites").set_index("site_id").geometry
    for one in found[:50]:
        shape = shapely.geometry.shape(one["geometry"])
        assert shapely.hausdorff_distance(shape, sites[one["properties"]["site_id"]]) < 1e-7
    water = asked(client, "flags", theme="water", severity="moderate")
    asked_for = (own["theme"] == "water") & (own["severity"] == "moderate")
    assert water["numberMatched"] == asked_for.sum() > 0


def test_what_a_collection_is_asked_by_is_what_its_features_say(catalogue: Catalogue) -> None:
    for name, rows in catalogue.collections.items():
        frame = rows.frame(list(range(min(len(rows.facts), 40))))
        facts = rows.facts.iloc[: len(frame)]
        for column in set(rows.properties) & set(frame.columns) & set(facts.columns):
            pd.testing.assert_series_equal(
                facts[column].astype(object).where(facts[column].notna(), None),
                frame[column].astype(object).where(frame[column].notna(), None),
                check_dtype=False,
                check_index=False,
                obj=f"{name}.{column}",
            )
        boxes = frame.geometry.bounds.to_numpy(float)
        np.testing.assert_allclose(facts[["west", "south", "east", "north"]], boxes, atol=1e-9)


def test_boxes_and_filters_work_in_every_collection(client: Any, catalogue: Catalogue) -> None:
    for name, rows in catalogue.collections.items():
        box = rows.facts[["west", "south", "east", "north"]].iloc[0].tolist()
        found = asked(client, name, bbox=",".join(map(str, box)), limit=1)
        assert found["numberMatched"] == rows.meets((box[0], box[1], box[2], box[3])).sum() > 0
        text = f"S_INTERSECTS(geometry, BBOX({','.join(map(str, box))}))"
        assert asked(client, name, filter=text, limit=1)["numberMatched"] == found["numberMatched"]
        asked_by = client.get(f"{COLLECTIONS}/{name}/queryables").json["properties"]
        given = client.get(f"{COLLECTIONS}/{name}/schema").json["properties"]
        untold = [
            k for k, x in {**asked_by, **given}.items() if k != "geometry" and "type" not in x
        ]
        assert untold == []
        own = next(iter(asked(client, name, limit=1)["features"]))
        assert set(own["properties"]) == set(given) - {"geometry"}
        page = client.get(f"{COLLECTIONS}/{name}/items?f=html&limit=3")
        assert page.status_code == 200
        assert rows.head.noun in page.text


def test_the_schema_says_of_every_value_of_which_type_it_is(
    client: Any, catalogue: Catalogue
) -> None:
    types: dict[str, Any] = {"string": str, "number": int | float, "integer": int,
                             "boolean": bool, "array": list, "object": dict}  # fmt: skip
    for name in catalogue.collections:
        given = client.get(f"{COLLECTIONS}/{name}/schema").json["properties"]
        for one in asked(client, name, limit=40)["features"]:
            for key, value in one["properties"].items():
                fits = value is None or isinstance(value, types[given[key]["type"]])
                assert fits, (name, key, value)


@pytest.mark.parametrize("licence", ["derived_only", "local_only"])
def test_what_a_licence_keeps_is_in_no_collection(tmp_path: Path, licence: str) -> None:
    made.toy_store(tmp_path, {"parks": licence})
    client = create_app(tmp_path / "store").server.test_client()
    named = [one["id"] for one in client.get(COLLECTIONS).json["collections"]]
    assert named == ["sites", "overlaps", "flags", "register", "lands"]
    assert client.get(f"{COLLECTIONS}/parks/items").status_code == 404
    found = {x["properties"]["layer_id"]: x for x in asked(client, "overlaps")["features"]}
    kept = found["parks"]
    assert kept["geometry"] is None
    assert kept["properties"]["geometry_withheld"] == "licence"
    assert kept["properties"]["overlap_km2"] > 0
    assert found["lands"]["geometry"] is not None
    assert asked(client, "overlaps", bbox="-180,-90,180,90")["numberMatched"] == len(found) - 1
    if licence == "local_only":
        every_word = json.dumps([asked(client, x) for x in named])
        assert "parks-name" not in every_word
        assert "parks-code" not in every_word
        text = "feature_id = 'parks-code' OR feature_name = 'parks-name'"
        assert asked(client, "overlaps", filter=text)["numberMatched"] == 0


def test_of_titles_that_a_licence_keeps_flags_and_overlaps_have_no_shape(tmp_path: Path) -> None:
    made.toy_store(tmp_path, {"register": "derived_only"})
    client = create_app(tmp_path / "store").server.test_client()
    named = [one["id"] for one in client.get(COLLECTIONS).json["collections"]]
    assert named == ["sites", "overlaps", "flags", "parks", "lands"]
    for name in ("sites", "overlaps", "flags"):
        found = asked(client, name)
        assert found["numberMatched"] > 0
        for one in found["features"]:
            assert one["geometry"] is None
            assert one["properties"]["geometry_withheld"] == "licence"
        assert asked(client, name, bbox="-180,-90,180,90")["numberMatched"] == 0
        extent = client.get(f"{COLLECTIONS}/{name}").json["extent"]["spatial"]["bbox"]
        assert extent == [[-180.0, -90.0, 180.0, 90.0]]
    # No country is in this store: of none is there a profile.
    assert client.get("/api/profile").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["lakes", "lakes/items", "lakes/tiles", "sites/tiles", "overlaps/items/nothing",
     f"{PARKS}/items/nothing", f"{PARKS}/tiles/WorldCRS84Quad", "sites/nothing/at/all"],
)  # fmt: skip
def test_what_is_not_there_is_a_404_with_its_reason(client: Any, path: str) -> None:
    answer = client.get(f"{COLLECTIONS}/{path}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert json.loads(answer.text)["title"]


def test_an_unknown_column_and_word_are_refused(client: Any) -> None:
    for path in ("overlaps/items?colour=red", "flags/items?filter=colour='red'",
                 "flags/queryables?limit=1", f"{PARKS}/items?f=xml"):  # fmt: skip
        answer = client.get(f"{COLLECTIONS}/{path}")
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), path


def test_large_answers_come_in_gzip_with_an_etag_of_their_own(client: Any) -> None:
    path = f"{COLLECTIONS}/overlaps/items?limit=200"
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]
    etag = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.get(path, headers=etag).status_code == 304
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["Access-Control-Allow-Origin"] == "*"


def test_records_are_what_the_store_holds(client: Any, sample: store.Store) -> None:
    sources = client.get("/api/sources").json
    assert [row["layer_id"] for row in sources["sources"]] == [
        row["layer_id"] for row in sample.rows("layers_of_screening")
    ]
    assert len(client.get("/api/rules").json["rules"]) == len(sample.rulebook.rules)
    profile = client.get("/api/profile")
    assert profile.status_code in (200, 202)
    assert profile.status_code == 202 or profile.json["iso3"] == "XKV"
    unknown = client.get("/api/profile?country=QQQ")
    assert (unknown.status_code, unknown.content_type) == (404, "application/problem+json")
