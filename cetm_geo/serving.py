"""Serves the page with gunicorn: processes with threads, one store generation at a time."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import os
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from cetm_geo.errors import CetmError
from cetm_geo.memory import give_back_early
from cetm_geo.web import vendor
from cetm_geo.web.access import Access
from cetm_geo.web.basemap import Basemap
from cetm_geo.web.proposals import Proposals
from cetm_geo.web.watched import METRICS_FOLDER

_METRICS_HOST = "127.0.0.1"


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Served:
    """What is served, to whom.

    public: withhold what licences keep on this machine. basemap: what lies under the map, None for
    the world's outline alone. proposals: the folder in which readers keep theirs; None keeps
    nothing. metrics_port: of the numbers for Prometheus, on this machine's own address; None:
    none. log_json: every record and every request as a line of JSON on standard error.
    """

    store: Path
    public: bool
    basemap: Basemap | None = None
    proposals: Path | None = None
    access: Access = field(default_factory=Access)
    metrics_port: int | None = None
    log_json: bool = False


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """gunicorn without its own command line; each worker builds the app after the fork."""

    def __init__(self, served: Served, options: dict[str, Any]) -> None:
        self.served, self.options = served, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from cetm_geo.dashboard import create_app  # noqa: PLC0415
        from cetm_geo.web import watched  # noqa: PLC0415

        give_back_early()
        served = self.served
        if served.log_json:
            watched.log_as_json()
        app = create_app(
            served.store,
            served.public,
            served.basemap,
            served.proposals,
            served.access,
            served.metrics_port,
        ).server
        # What was read is no garbage: to go through it again at every turn of the collector holds
        # a drawing up for a tenth of a second and more.
        gc.collect()
        gc.freeze()
        return app


def _leave_at_once(server: Any, worker: Any) -> None:
    """End a worker that has served without the destructors of libraries: DuckDB's wait there for
    its own threads, at times for ever, which would leave the worker behind."""
    if worker.booted:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def is_public(host: str, asked: bool | None) -> bool:
    """What was asked for; else public unless only this machine reaches the address."""
    return not is_loopback(host) if asked is None else asked


def serve(served: Served, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until stopped. Raises CetmError: port taken, the page's modules missing, a folder for
    proposals that cannot be written."""
    if served.proposals is not None:
        Proposals(served.proposals).check()
    _check_free(host, port)
    if served.metrics_port is not None:
        _check_free(_METRICS_HOST, served.metrics_port)
    if not vendor.is_built():
        raise CetmError(
            f"{vendor.FOLDER}: the map's browser modules are not there.",
            "Install the program again (pip install -e .), which builds them.",
        )
    bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    if served.metrics_port is not None:
        bind.append(f"{_METRICS_HOST}:{served.metrics_port}")
    options = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_exit": _leave_at_once,
        "child_exit": _forget_numbers,
    }
    print(f"CETM-Geo on http://{host}:{port} (Ctrl-C stops it)", flush=True)
    if served.basemap and served.basemap.host:
        print(f"The base map comes from {served.basemap.host}: browsers ask that host.", flush=True)
    if served.proposals is not None:
        who = "each reader's apart" if served.access.reader_header else "all who reach the page can"
        print(f"Proposals are kept in {served.proposals}: {who}.", flush=True)
    with contextlib.ExitStack() as kept:
        if served.metrics_port is not None:
            folder = kept.enter_context(tempfile.TemporaryDirectory(prefix="cetm-geo-metrics-"))
            os.environ[METRICS_FOLDER] = folder
            print(f"Numbers on http://{_METRICS_HOST}:{served.metrics_port}/metrics", flush=True)
        _read_code()
        _Server(served, options).run()


def _read_code() -> None:
    """Import what every worker needs, once and before they part, so that they share the memory it
    takes; nothing is opened by that."""
    from cetm_geo import dashboard  # noqa: PLC0415

    _ = dashboard.create_app
    gc.collect()
    gc.freeze()


def _forget_numbers(server: Any, worker: Any) -> None:
    """What a worker that has ended said of itself alone, as its memory, no longer counts."""
    if METRICS_FOLDER in os.environ:
        from prometheus_client import multiprocess  # noqa: PLC0415 - asks for the folder

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CetmError(
                f"{host}:{port} cannot be served on ({error.strerror}).", "Choose another --port."
            ) from error
