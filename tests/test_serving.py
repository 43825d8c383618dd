"""The server when it is killed, and when its port is taken."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trusting import PATIENCE_SECONDS, fetch, served, workers_of


@pytest.fixture
def server(sample_store: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with served(sample_store) as running:
        yield running


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")
def test_no_worker_outlives_a_server_that_is_killed(
    server: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, process = server
    for _ in range(8):
        fetch(url)
    workers = workers_of(process)
    assert len(workers) == 2
    process.kill()
    process.wait()
    until = time.monotonic() + PATIENCE_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < until, "a worker stays behind"
        time.sleep(0.2)


def test_a_taken_port_is_said_in_one_line(
    server: tuple[str, subprocess.Popen[bytes]], sample_store: Path
) -> None:
    port = server[0].rsplit(":", 1)[1].strip("/")
    again = subprocess.run(
        [sys.executable, "-m", "cetm_geo", "serve", "--store", str(sample_store), "--port", port],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert again.returncode == 2
    assert len(again.stderr.strip().splitlines()) == 1
    assert port in again.stderr
