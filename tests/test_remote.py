"""Remote files: fetched by the command line alone, kept, and taken again when they change."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cetm_geo import loading, remote
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import SourceError
from tests import made

pytest.importorskip("aiohttp", reason="remote files need the extra `remote`")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A web server on this machine alone: its address, its folder, the files it was asked for."""
    folder, asked = tmp_path / "served", []
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(f"{self.command} {self.path}")

    handler = functools.partial(Handler, directory=str(folder))
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", folder, asked
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_a_remote_file_is_fetched_once_and_again_when_it_changed(
    tmp_path: Path, server: tuple[str, Path, list[str]]
) -> None:
    address, folder, asked = server
    made.geojson(folder / "parks.geojson", [made.feature(made.square(0, 0))])
    os.utime(folder / "parks.geojson", (1_700_000_000, 1_700_000_000))
    cache = tmp_path / "cache"
    copy = remote.fetch(f"{address}/parks.geojson", cache)
    assert copy.name == "parks.geojson"
    assert copy.read_bytes() == (folder / "parks.geojson").read_bytes()
    fetched = len([a for a in asked if a.startswith("GET")])
    assert remote.fetch(f"{address}/parks.geojson", cache) == copy
    assert len([a for a in asked if a.startswith("GET")]) == fetched
    made.geojson(folder / "parks.geojson", [made.feature(made.square(1, 0))])  # as many bytes
    assert (folder / "parks.geojson").stat().st_size == copy.stat().st_size
    changed = remote.fetch(f"{address}/parks.geojson", cache)
    assert changed.read_bytes() == (folder / "parks.geojson").read_bytes()
    assert [p.name for p in copy.parent.iterdir() if p.name.startswith(".part")] == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:///etc/passwd", "not an address this program fetches"),
        ("simplecache::file:///etc/passwd", "not an address this program fetches"),
        ("https::file:///etc/passwd", "not an address this program fetches"),
        ("zip://a.shp::https://example.org/a.zip", "not an address this program fetches"),
        ("http://127.0.0.1:9/a.geojson", "cannot be fetched"),
    ],
)
def test_an_address_that_is_no_remote_file_is_refused_by_name(
    tmp_path: Path, address: str, words: str
) -> None:
    with pytest.raises(SourceError, match=words) as refused:
        remote.fetch(address, tmp_path)
    assert address in refused.value.what


def test_only_the_command_line_fetches(tmp_path: Path, server: tuple[str, Path, list[str]]) -> None:
    address, folder, asked = server
    made.geojson(folder / "parks.geojson", [made.feature(made.square(0, 0))])
    (tmp_path / "layers").mkdir()
    text = f'role = "protected_area"\nlabel = "Parks"\n[source]\npath = "{address}/parks.geojson"\n'
    licence = '[licence]\ntext = "CC0"\npublish = "public"\n'
    (tmp_path / "layers" / "parks.toml").write_text(text + licence)
    catalog = read_catalog(tmp_path / "layers")
    day = date(2026, 11, 22)
    with pytest.raises(SourceError, match="which only the command line fetches"):
        loading.read_layers(catalog, tmp_path, day)
    assert asked == []
    layer = loading.read_layers(catalog, tmp_path, day, fetch=remote.fetch)["parks"]
    assert len(layer.features) == 1
    assert layer.source["file"] == f"{address}/parks.geojson"
