"""A drawing too large for a first answer: what is missing is said, and measured behind the page."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo.dashboard import create_app
from cetm_geo.errors import SiteError
from cetm_geo.evidence import Limits
from cetm_geo.screening import MAX_SPAN_DEGREES
from cetm_geo.web import background, screener, service
from cetm_geo.web.background import Jobs

HALF = shapely.geometry.mapping(shapely.box(-15.9, -27.3, -14.2, -25.1))
NOTHING = Limits(pieces=0, ring_corners=0, shape_pieces=0)


def waited(jobs: Jobs, token: str) -> dict[str, Any]:
    for _ in range(300):
        state = jobs.state(token)
        if state["state"] != "running":
            return state
        time.sleep(0.1)
    raise AssertionError("the job does not end")


@pytest.fixture
def jobs(sample_store: Path, tmp_path: Path) -> Jobs:
    return Jobs(sample_store, public=False, folder=tmp_path / "own")


@pytest.fixture
def whole(sample_store: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr(screener, "ANSWER_S", 120.0)  # half a country, on a machine that is busy
        return service.Service(sample_store).screener.propose(HALF)


def test_what_does_not_fit_is_said_layer_by_layer_and_nothing_is_called_clear(
    sample_store: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert whole.answer["missing"] == []
    monkeypatch.setattr(screener, "LIMITS", NOTHING)
    cut = service.Service(sample_store).screener.propose(HALF).answer
    assert len(cut["missing"]) > 10
    assert "Protected areas" in cut["missing"]
    for line in cut["lines"]:
        # Of sea ports none lies near enough to be measured at all.
        if line["state"] not in ("not_covered", "checked_none", "coverage_unknown"):
            assert line["state"] == "failed"
        if line["state"] == "failed":
            assert line["covered_km2"] is None
            assert line["gap"]
            assert "not measured in the time given" in line["note"]
    assert not [line for line in cut["lines"] if line["state"] == "checked_none"]


def test_when_the_time_is_over_what_was_measured_stands(
    sample_store: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Clock:
        @staticmethod
        def monotonic() -> float:
            asked.append(1)
            return 0.0 if len(asked) <= 4 else 1e9  # three steps, then the time is over

    monkeypatch.setattr(screener, "time", Clock)
    cut = service.Service(sample_store).screener.propose(HALF).answer
    lines = {line["scope_id"]: line for line in whole.answer["lines"]}
    same = [x for x in cut["lines"] if x["scope_kind"] == "layer" and x["state"] != "failed"]
    assert len(same) == 3
    for line in same:
        assert line["covered_km2"] == lines[line["scope_id"]]["covered_km2"]
    assert "rings round the shape" in cut["missing"]


def test_the_job_behind_gives_the_answer_that_no_limit_would_have_cut(
    jobs: Jobs, whole: Any
) -> None:
    token = jobs.start(HALF, "Proposal")
    assert jobs.state(token)["state"] == "running"
    assert waited(jobs, token) == {"state": "done"}
    found = jobs.answer(token)
    wanted = json.loads(json.dumps({**whole.answer, "pieces": whole.pieces}))
    for key in ("site", "lines", "overlaps", "way", "pieces"):
        assert found[key] == wanted[key]
    # Rasters have spoken too, and can only have added to its flags.
    assert "population_count" in {row["indicator_id"] for row in found["indicators"]}
    assert raised(wanted) <= raised(found)


def raised(answer: dict[str, Any]) -> set[str]:
    return {card["rule_id"] for card in answer["flags"] if card["status"] == "raised"}


def test_a_job_can_be_stopped_and_leaves_nothing(jobs: Jobs) -> None:
    token = jobs.start(HALF, "Proposal")
    pid = int((jobs.folder / token / "pid.json").read_text())
    jobs.cancel(token)
    os.waitpid(pid, 0)
    assert jobs.state(token) == {"state": "unknown"}
    assert list(jobs.folder.iterdir()) == []
    jobs.cancel(token)  # once more is no mistake


def test_no_more_jobs_run_than_may_and_a_dead_one_is_told(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "AT_ONCE", 1)
    token = jobs.start(HALF, "Proposal")
    with pytest.raises(SiteError, match="being measured already"):
        jobs.start(HALF, "Proposal")
    os.kill(int((jobs.folder / token / "pid.json").read_text()), 9)
    state = waited(jobs, token)
    assert state == {"state": "failed", "problem": "The measuring ended without an answer."}


def test_only_this_user_can_read_a_job_and_old_ones_are_swept(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = jobs.start(HALF, "Proposal")
    folder = jobs.folder / token
    assert folder.stat().st_mode & 0o077 == 0
    assert jobs.folder.stat().st_mode & 0o077 == 0
    assert waited(jobs, token) == {"state": "done"}
    assert (folder / "answer.json").stat().st_mode & 0o077 == 0
    monkeypatch.setattr(background, "KEPT_S", -1.0)
    other = jobs.start(HALF, "Proposal")
    assert jobs.state(token) == {"state": "unknown"}
    jobs.cancel(other)


@pytest.mark.parametrize("token", ["", "..", "../request", "0" * 31, "g" * 32, "0" * 32, "%2e%2e"])
def test_a_token_is_a_token_and_no_path(jobs: Jobs, token: str) -> None:
    assert jobs.state(token) == {"state": "unknown"}
    assert jobs.answer(token) is None
    jobs.cancel(token)


@pytest.fixture
def client(sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return create_app(sample_store).server.test_client()


def test_the_api_answers_at_once_and_gives_the_rest_by_its_token(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screener, "ANSWER_S", 120.0)
    assert "job" not in client.post("/api/v1/screen", json=HALF).json
    monkeypatch.setattr(screener, "LIMITS", NOTHING)
    first = client.post("/api/v1/screen", json=HALF).json
    assert first["missing"]
    address = f"/api/v1/screenings/{first['job']}"
    for _ in range(300):
        answer = client.get(address).json
        if answer["state"] != "running":
            break
        time.sleep(0.1)
    assert answer["state"] == "done"
    assert answer["missing"] == []
    assert answer["pieces"]["features"]
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_a_continent_is_refused_and_a_country_is_not(client: FlaskClient) -> None:
    continent = shapely.geometry.mapping(shapely.box(-17, -35, 51, 37))
    said = client.post("/api/v1/screen", json=continent)
    assert said.status_code in (400, 422)
    assert f"{MAX_SPAN_DEGREES:g} degrees" in json.dumps(said.json)
    country = shapely.geometry.mapping(shapely.box(-17, -28.5, -13, -24))
    assert client.post("/api/v1/screen", json=country).status_code == 200
