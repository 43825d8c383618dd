"""Shared fixtures: a built store of the sample country, and the real data that stay outside."""

from __future__ import annotations

import fcntl
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cetm_geo import pipeline, resources
from tests.browsing import browser, home, title, visit

__all__ = ["browser", "home", "title", "visit"]  # fixtures for every test

# A machine with other work to do makes examples slowly; that says nothing of what is tried.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SCREENED_ON = date(2026, 11, 22)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """A store that the processes of one run share: the first that needs it builds it."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"{name}-store"
    done = folder.with_suffix(".built")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a store of the sample country, screened for 22 November 2026."""
    layers, data = resources.folder("layers") / "sample", resources.folder("sample_data")
    return built_once(
        tmp_path_factory, "sample", lambda to: pipeline.build(layers, data, to, SCREENED_ON)
    )


def shared_data(name: str) -> Path:
    """A folder of real files that never enter the project; skips the test where it is absent."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"real data not here: {folder.name} is looked for beside the checkout")
    return folder


@pytest.fixture(scope="session")
def cambodia() -> Path:
    """Real layers of Cambodia."""
    return shared_data("cambodia")


@pytest.fixture(scope="session")
def cambodian_store(cambodia: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a store of Cambodia, screened for 22 November 2026."""
    layers = resources.folder("layers") / "cambodia"
    return built_once(
        tmp_path_factory, "cambodia", lambda to: pipeline.build(layers, cambodia, to, SCREENED_ON)
    )


@pytest.fixture(scope="session")
def nasty() -> Path:
    """Real files with real defects."""
    return shared_data("nasty")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and the paths it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()
