"""What a server says of itself: health, numbers of all workers, a log that holds no geometry."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cetm_geo.dashboard import create_app
from cetm_geo.web import watched
from tests.trusting import fetch, free_port, served

RING = [[27.123456, -12.0], [27.2, -12.0], [27.2, -11.9], [27.123456, -12.0]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the server logs, read back."""
    found: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(watched.JsonLines().format(record)))

    handler, log = Kept(), logging.getLogger("cetm_geo")
    log.addHandler(handler)
    watched._REQUESTS.setLevel(logging.INFO)
    yield found
    log.removeHandler(handler)
    watched._REQUESTS.setLevel(logging.NOTSET)


def test_a_log_tells_the_kind_of_a_request_and_nothing_of_what_was_asked(
    sample_store: Path, lines: list[dict[str, Any]]
) -> None:
    client = create_app(sample_store).server.test_client()
    lines.clear()
    client.post("/api/v1/screen", json=POLYGON, headers={"X-Request-ID": "abcd-1234"})
    client.get("/api/v1/sites/no-such-title-27.123456")
    client.get("/api/collections/sites/items?bbox=27.123456,-12,28,-11")
    client.get("/27.123456/-12.0?shape=27.123456")
    client.open("/", method="SECRET27123456")
    assert len(lines) == 5
    assert lines[0]["request_id"] == "abcd-1234"
    assert [line["status"] for line in lines[:3]] == [200, 404, 200]
    assert lines[0]["route"] == "/api/v1/screen"
    assert lines[0]["ms"] > 0
    assert "123456" not in json.dumps(lines)
    assert "27123456" not in json.dumps(lines)


def test_an_error_is_logged_with_the_id_that_the_reader_was_given(
    sample_store: Path, lines: list[dict[str, Any]]
) -> None:
    server = create_app(sample_store).server

    def fails() -> None:
        raise ZeroDivisionError("a bug")

    server.view_functions["healthz"] = fails
    lines.clear()
    answer = server.test_client().get("/healthz")
    assert answer.status_code == 500
    assert "a bug" not in answer.get_data(as_text=True)
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
    assert [line["status"] for line in lines if "status" in line] == [500]
    assert "ZeroDivisionError: a bug" in "".join(line.get("traceback", "") for line in lines)


def test_an_id_that_is_none_is_replaced(sample_store: Path) -> None:
    client = create_app(sample_store).server.test_client()
    for given in ("short", "a" * 65, "a b c d e f g", "<script>alert()", "é" * 9):
        answer = client.get("/healthz", headers={"X-Request-ID": given.encode().decode("latin-1")})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_a_server_whose_store_is_gone_is_alive_and_not_ready(tmp_path: Path) -> None:
    client = create_app(tmp_path / "none").server.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "there is no store" in answer.get_data(as_text=True)


def test_numbers_are_those_of_all_workers_and_on_their_own_port(sample_store: Path) -> None:
    metrics = free_port()
    numbers = f"http://127.0.0.1:{metrics}"
    with served(sample_store, words=["--metrics-port", str(metrics)]) as (url, _):
        page = url.rstrip("/")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: fetch(f"{page}/healthz"), range(40)))
        told = fetch(f"{numbers}/metrics")[1].decode()
        found = re.search(r'cetm_requests_total{.*route="/healthz".*} (\d+)', told)
        assert found
        assert float(found[1]) == 40
        assert len(re.findall(r"cetm_worker_memory_bytes{", told)) == 2
        assert "cetm_store_ready 1.0" in told
        assert fetch(f"{page}/metrics")[0] != 200 or "cetm_requests" not in str(
            fetch(f"{page}/metrics")[1]
        )
        for path in ("/", "/api/v1/health"):
            with pytest.raises(OSError, match="404"):
                fetch(f"{numbers}{path}")


def test_a_server_logs_lines_of_json_and_no_other(sample_store: Path, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b") as log:
        with served(sample_store, log, ["--log-json"]) as (url, _):
            fetch(f"{url}healthz")
        log.seek(0)
        logged = [json.loads(line) for line in log]
    assert any(line.get("route") == "/healthz" for line in logged)
