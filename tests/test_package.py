"""What an installation holds, and that it runs in an empty folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UNREACHABLE = ("could not be fetched", "Could not find a version", "No matching distribution",
               "Connection", "Temporary failure", "Network", "Max retries")  # fmt: skip


def run(*command: object, cwd: Path) -> None:
    """Run to the end; skips the test where only the network failed it."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode and any(text in said for text in UNREACHABLE):
        pytest.skip(f"no package index to be reached: {said.strip().splitlines()[-1]}")
    assert done.returncode == 0, said[-4000:]


def copied(folder: Path) -> Path:
    """The project's files as git would give them, without what it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout: which files are the project's cannot be told")
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer_of(address: str, server: subprocess.Popen[bytes]) -> str:
    """The page at an address, as soon as the server that is starting gives it."""
    for _ in range(600):
        assert server.poll() is None, f"the server ended with {server.returncode}"
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                return str(page.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"{address} gave no answer")


@pytest.mark.long
def test_the_wheel_carries_all_it_needs_and_its_demo_answers_in_an_empty_folder(
    tmp_path: Path,
) -> None:
    source, empty = copied(tmp_path / "source"), tmp_path / "empty"
    empty.mkdir()
    run(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    binaries = tmp_path / "venv" / "bin"
    run(binaries / "pip", "install", "--quiet", "build", cwd=tmp_path)
    run(binaries / "python", "-m", "build", "--wheel", "--outdir", tmp_path, source, cwd=empty)
    wheel = next(tmp_path.glob("cetm_geo-*.whl"))

    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("layers", "sample_data", "assets"):
        wanted = {f"cetm_geo/_data/{p.relative_to(source)}" for p in (source / folder).rglob("*")
                  if p.is_file()}  # fmt: skip
        assert wanted
        assert wanted <= names
    code = {f"{p.relative_to(source)}" for p in (source / "cetm_geo").rglob("*") if p.is_file()}
    assert {"cetm_geo/py.typed", "cetm_geo/sql/all_sites.sql"} <= code <= names
    vendored = ("maplibre-gl.mjs", "pmtiles.mjs", "fflate.mjs", "world.json", "world.json.gz")
    fonts = ("source-sans-3-latin-wght-normal", "noto-sans-khmer-khmer-wght-normal")
    assert {f"cetm_geo/web/vendor/{name}" for name in vendored} <= names
    assert {f"cetm_geo/web/vendor/fonts/{name}.woff2" for name in fonts} <= names
    printed = ("SourceSans3_400Regular", "NotoSansKhmer_400Regular", "NotoSansSC_400Regular")
    assert {f"cetm_geo/web/vendor/print/{name}.ttf" for name in printed} <= names
    assert {f"cetm_geo/report/page.{ending}" for ending in ("typ", "css")} <= names
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"cetm_geo"}
    unwanted = {"node_modules", "tests", ".ci", "__pycache__"}
    assert not [name for name in names if unwanted & set(name.split("/"))]

    lock = source / "requirements" / "run.txt"
    run(binaries / "pip", "install", "--quiet", "--require-hashes", "-r", lock, cwd=empty)
    run(binaries / "pip", "install", "--quiet", "--no-deps", wheel, cwd=empty)
    run(binaries / "pip", "check", cwd=empty)
    port = free_port()
    server = subprocess.Popen(
        [binaries / "cetm-geo", "demo", "--port", str(port)],
        cwd=empty, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert "CETM" in answer_of(f"http://127.0.0.1:{port}/", server)
        assert '"ok"' in answer_of(f"http://127.0.0.1:{port}/api/v1/health", server)
    finally:
        server.terminate()
        server.wait(30)
    assert [path.name for path in empty.iterdir()] == ["store"]
