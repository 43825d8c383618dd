"""POST /api/screen: what is answered at once, what becomes a job, and what is refused and why."""

from __future__ import annotations

import io
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask import Response
from werkzeug.test import create_environ, run_wsgi_app

from cetm_geo.dashboard import create_app
from cetm_geo.evidence import Limits
from cetm_geo.web import background, screener
from cetm_geo.web.background import Jobs

BOX = shapely.geometry.mapping(shapely.box(-15.2, -26.3, -15.1, -26.2))
HALF = shapely.geometry.mapping(shapely.box(-15.9, -27.3, -14.2, -25.1))
NOTHING = Limits(pieces=0, ring_corners=0, shape_pieces=0)
GEOJSON = "application/geo+json"


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Any:
    return create_app(sample_store).server.test_client()


@pytest.fixture
def own_jobs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def sent(client: Any, body: Any, kind: str = GEOJSON) -> Any:
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post("/api/screen", data=text, content_type=kind)


def test_a_polygon_is_answered_at_once_with_layers_and_rasters(client: Any) -> None:
    answer = sent(client, BOX)
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["missing"] == []
    first = client.post("/api/v1/screen", json=BOX).json
    assert told["overlaps"] == first["overlaps"]
    assert told["pieces"] == first["pieces"]
    rasters = client.post("/api/v1/screen/rasters", json=BOX).json
    assert {x["rule_id"]: x["status"] for x in told["flags"]} == {
        x["rule_id"]: x["status"] for x in rasters["flags"]
    }
    measured = {x["indicator_id"] for x in told["indicators"]}
    assert {x["indicator_id"] for x in rasters["indicators"]} <= measured
    # Whoever is asked from a page of another host does not tell it what was drawn here.
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_feature_says_what_it_is_to_be(client: Any) -> None:
    said = {"name": "Mine", "stage": "mining", "minerals": ["lithium"]}
    body = {"type": "Feature", "properties": said, "geometry": BOX}
    many = {"type": "FeatureCollection", "features": [body]}
    for one in (body, many):
        site = sent(client, one, "application/json").json["site"]
        assert (site["name"], site["stage"]) == ("Mine", "mining")


def test_what_takes_longer_is_a_job_whose_answer_is_whole(
    sample_store: Path, own_jobs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(sample_store).server.test_client()
    monkeypatch.setattr(screener, "LIMITS", NOTHING)
    first = sent(client, HALF)
    assert first.status_code == 202
    assert first.json["missing"]
    assert first.json["tier"]
    assert int(first.headers["Retry-After"]) > 0
    where = first.headers["Location"]
    assert where.endswith(f"/api/screenings/{first.json['job']}")
    for _ in range(600):
        state = client.get(where)
        assert state.status_code == 200
        if state.json["state"] != "running":
            break
        time.sleep(0.1)
    done = state.json
    assert done["state"] == "done"
    assert done["missing"] == []
    assert done["overlaps"]
    assert done["pieces"]["features"]
    assert client.delete(where).status_code == 204
    gone = client.get(where)
    assert (gone.status_code, gone.content_type) == (404, "application/problem+json")


def test_as_many_jobs_as_run_and_no_more(
    sample_store: Path, own_jobs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(sample_store).server.test_client()
    monkeypatch.setattr(screener, "LIMITS", NOTHING)
    monkeypatch.setattr(background, "AT_ONCE", 0)
    answer = sent(client, HALF)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def ring(*corners: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(corners)]}


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        ("{", GEOJSON, 400, "not JSON"),
        ("[" * 100_000, GEOJSON, 400, "not JSON"),
        (b"\xff\xfe", GEOJSON, 400, "not JSON"),
        ("", GEOJSON, 400, "not JSON"),
        ([], GEOJSON, 400, "not a GeoJSON polygon"),
        ({"type": "Point", "coordinates": [0, 0]}, GEOJSON, 400, "not a GeoJSON polygon"),
        ({"type": "FeatureCollection", "features": []}, GEOJSON, 400, "exactly one polygon"),
        ({"type": "Polygon", "coordinates": "here"}, GEOJSON, 400, "cannot be read"),
        ({"type": "Polygon"}, GEOJSON, 400, "cannot be read"),
        (ring([0, 0], [1, 1], [2, 2], [0, 0]), GEOJSON, 400, ""),
        (ring([-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]), GEOJSON, 400,
         "at most 40 degrees"),
        (ring([500000, 0], [500100, 0], [500100, 100], [500000, 0]), GEOJSON, 400, ""),
        (BOX, "text/plain", 415, "Content-Type"),
        (BOX, "application/x-www-form-urlencoded", 415, "Content-Type"),
    ],
)  # fmt: skip
def test_what_cannot_be_screened_is_refused_with_its_reason(
    client: Any, body: Any, kind: str, status: int, said: str
) -> None:
    answer = sent(client, body, kind)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    told = json.loads(answer.text)
    assert told["status"] == status
    assert told["title"]
    assert said in f"{told['title']} {told['detail']}"


class Endless(io.RawIOBase):
    """A body of a hundred megabytes that counts how much of it is read."""

    def __init__(self) -> None:
        self.left, self.read_bytes = 100 << 20, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = b" " * count
        self.left -= count
        self.read_bytes += count
        return count


@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_of_a_hundred_megabytes_is_refused_unread(client: Any, is_told: bool) -> None:
    body = Endless()
    environ = create_environ("/api/screen", method="POST", content_type=GEOJSON)
    environ["wsgi.input"] = io.BufferedReader(body)
    if is_told:
        environ["CONTENT_LENGTH"] = str(100 << 20)
    else:
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = Response(*run_wsgi_app(client.application, environ))
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert "2 MB" in json.loads(answer.data)["title"]
    assert body.read_bytes <= 4 << 20


def test_an_address_or_a_way_that_is_none_is_told_as_a_problem(client: Any) -> None:
    for path in ("/api/nothing", "/api/screenings/nothing", f"/api/screenings/{'0' * 32}"):
        answer = client.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), path
    for answer, way in (
        (client.put("/api/collections"), "GET"),
        (client.get("/api/screen"), "POST"),
    ):
        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
        assert way in answer.headers["Allow"]


def test_a_job_of_the_whole_is_kept_as_others_are(sample_store: Path, tmp_path: Path) -> None:
    jobs = Jobs(sample_store, public=True, folder=tmp_path / "own")
    token = jobs.start(BOX, "A", background.WHOLE)
    for _ in range(300):
        if jobs.state(token)["state"] != "running":
            break
        time.sleep(0.1)
    found = jobs.answer(token)
    assert found is not None
    assert found["missing"] == []
    assert "pieces" in found
