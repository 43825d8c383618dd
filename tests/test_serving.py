"""The server from cold: every script of the page answers at once, and it stops when asked."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

STARTS = 2
PATIENCE_SECONDS = 60


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return int(answer.status), answer.read()


@contextlib.contextmanager
def started(
    words: list[str], port: int, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The program with these words, once it answers."""
    command = [sys.executable, "-m", "cetm_geo", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                fetch(f"http://127.0.0.1:{port}/healthz")
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server never answered"
                time.sleep(0.2)
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.fixture
def server(sample_store: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    words = ["serve", "--store", str(sample_store), "--port", str(port)]
    with started(words, port) as process:
        yield f"http://127.0.0.1:{port}/", process


@pytest.mark.parametrize("start", range(STARTS))
def test_every_script_answers_at_once_after_a_cold_start(
    server: tuple[str, subprocess.Popen[bytes]], start: int
) -> None:
    url, process = server
    page = fetch(url)[1].decode()
    scripts = re.findall(r'(?:src|href)="/([^"]+)"', page)
    assert len(scripts) > 8, f"start {start}"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda path: fetch(url + path), scripts * 2))
    assert {status for status, _ in answers} == {200}
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes whose parent this one is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process.pid:
                found.append(int(stat.parent.name))
    return found


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
