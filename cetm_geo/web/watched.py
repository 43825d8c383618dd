"""What a server says of itself to who watches it: health, numbers for Prometheus, a log by line.

Nothing here tells what was asked: a request goes by the rule of its address, without the ids, the
query or the body in it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, has_request_context, request

from cetm_geo.errors import CetmError
from cetm_geo.web.problems import json_problem

if TYPE_CHECKING:
    from cetm_geo.web.service import Service

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the workers' numbers meet, as the client has it
_REQUESTS = logging.getLogger("cetm_geo.requests")
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ID_HEADER = "X-Request-ID"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def watch(server: Flask, service: Service, metrics_port: int | None = None) -> None:
    """Health, an id and a log of every request; numbers on a port of their own where one is given.

    Put on before what refuses requests, so that those are seen too.
    """
    numbers = _Numbers() if metrics_port else None

    @server.before_request
    def begin() -> Response | None:
        g.since = time.perf_counter()
        asked = request.headers.get(_ID_HEADER, "")
        g.request_id = asked if _ID.fullmatch(asked) else secrets.token_hex(8)
        # The port of the numbers has nothing else, the port of the page has no numbers.
        if numbers and request.environ.get("SERVER_PORT") == str(metrics_port):
            if request.path != "/metrics":
                return json_problem(404, "Only /metrics is here.", "")
            return numbers.answer(service)
        return None

    @server.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("since", time.perf_counter())
        response.headers[_ID_HEADER] = request_id()
        rule = request.url_rule.rule if request.url_rule else "none"
        if numbers is not None:
            numbers.count(rule, response.status_code, seconds)
        if _REQUESTS.isEnabledFor(logging.INFO):
            facts = {
                "method": _method(),
                "route": rule,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "bytes": response.content_length,
            }
            _REQUESTS.info("request", extra={"facts": facts})
        return response

    @server.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @server.get("/readyz")
    def readyz() -> Response:
        try:
            store = service.store()
            store.value("facts_of_store")
        except CetmError as error:
            return json_problem(503, error.what, error.hint)
        return Response("ready\n", mimetype="text/plain")


def _method() -> str:
    return request.method if request.method in _METHODS else "other"


def request_id() -> str:
    """That of the request which is answered, "" outside of one."""
    return str(g.get("request_id", "")) if has_request_context() else ""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, request_id, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is one text in it."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "worker": os.getpid(),
        }
        if request_id():
            line["request_id"] = request_id()
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Every record of this process as a line of JSON on its standard error, requests included."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _REQUESTS.setLevel(logging.INFO)


class _Numbers:
    """Counters that all workers share by files in METRICS_FOLDER."""

    def __init__(self) -> None:
        # Reads the folder from the environment once, when it is imported.
        import prometheus_client as client  # noqa: PLC0415
        from prometheus_client import multiprocess  # noqa: PLC0415

        self._client, self._multiprocess = client, multiprocess
        own = client.CollectorRegistry()
        self._requests = client.Counter(
            "cetm_requests", "Requests answered.", ["method", "route", "status"], registry=own
        )
        self._seconds = client.Histogram(
            "cetm_request_seconds", "Time to an answer.", ["route"], buckets=_SECONDS, registry=own
        )
        self._memory = client.Gauge(
            "cetm_worker_memory_bytes", "Resident memory of a worker.",
            multiprocess_mode="liveall", registry=own,
        )  # fmt: skip
        self._built = client.Gauge(
            "cetm_store_built_timestamp_seconds", "When the data in force were built.",
            multiprocess_mode="max", registry=own,
        )  # fmt: skip
        self._ready = client.Gauge(
            "cetm_store_ready", "1 where the store can be read.",
            multiprocess_mode="mostrecent", registry=own,
        )  # fmt: skip

    def count(self, rule: str, status: int, seconds: float) -> None:
        """An answer that was given."""
        self._requests.labels(_method(), rule, str(status)).inc()
        self._seconds.labels(rule).observe(seconds)
        self._memory.set(_resident_bytes())

    def answer(self, service: Service) -> Response:
        """The numbers of all workers in the text format of Prometheus."""
        try:
            store = service.store()
            created = datetime.fromisoformat(str(store.manifest["created"]))
            self._built.set(created.timestamp())
            self._ready.set(1)
        except CetmError:
            self._ready.set(0)
        all_workers = self._client.CollectorRegistry()
        self._multiprocess.MultiProcessCollector(all_workers)  # type: ignore[no-untyped-call]
        content = self._client.generate_latest(all_workers)
        return Response(content, content_type=self._client.CONTENT_TYPE_LATEST)


def _resident_bytes() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
