"""Serves the page with gunicorn: processes with threads, one store generation at a time."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from cetm_geo.errors import CetmError
from cetm_geo.web import vendor
from cetm_geo.web.basemap import Basemap, basemap_of
from cetm_geo.web.proposals import Proposals


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """gunicorn without its own command line; each worker builds the app after the fork."""

    def __init__(
        self,
        store: Path,
        public: bool,
        basemap: Basemap | None,
        proposals: Path | None,
        options: dict[str, Any],
    ) -> None:
        self.store, self.public, self.basemap, self.options = store, public, basemap, options
        self.proposals = proposals
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # Imported after the fork: nothing may be opened before it.
        from cetm_geo.dashboard import create_app  # noqa: PLC0415

        app = create_app(self.store, self.public, self.basemap, self.proposals).server
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


def serve(
    store: Path,
    host: str,
    port: int,
    workers: int,
    threads: int,
    public: bool | None = None,
    basemap: str = "",
    proposals: Path | None = None,
) -> None:
    """Serve until stopped. Raises CetmError: port taken, the page's modules missing, no base map, a
    folder for proposals that cannot be written.

    public: withhold what licences keep on this machine; None: by the address, see `is_public`.
    basemap: a PMTiles file or the address of a style, see `basemap_of`.
    proposals: the folder in which readers keep theirs; None keeps nothing.
    """
    if proposals is not None:
        Proposals(proposals).check()
    ground = basemap_of(basemap)
    _check_free(host, port)
    if not vendor.is_built():
        raise CetmError(
            f"{vendor.FOLDER}: the map's browser modules are not there.",
            "Install the program again (pip install -e .), which builds them.",
        )
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_exit": _leave_at_once,
    }
    print(f"CETM-Geo on http://{host}:{port} (Ctrl-C stops it)", flush=True)
    if ground and ground.host:
        print(f"The base map comes from {ground.host}: browsers ask that host.", flush=True)
    if proposals is not None:
        print(f"Proposals are kept in {proposals}: all who reach the page can.", flush=True)
    _Server(store, is_public(host, public), ground, proposals, options).run()


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
