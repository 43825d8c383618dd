"""A layer that is to stay on its machine: every route and every file is searched for it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
import shapely
from flask import Flask

from cetm_geo import cli, export, store
from cetm_geo.dashboard import create_app
from cetm_geo.screening import proposal, screen
from cetm_geo.web import shared
from tests import made, mvt

# Corners that nothing else has: as digits, or as the bytes of their numbers, they give it away.
CORNERS = [(0.0312345, 0.0298765), (0.1123457, 0.0287654), (0.1054321, 0.1098765)]
DIGITS = re.compile("0312345|0298765|1123457|0287654|1054321|1098765|31234[45]|112345[67]")
NUMBERS = [struct.pack("<d", number) for corner in CORNERS for number in corner]
NAMES = re.compile("lands-(name|code|holder|nowhere)")
OVER_IT = shapely.geometry.mapping(shapely.box(0.03, 0.028, 0.08, 0.08))
WORDS = {
    "name": ("register", "parks", "lands", "sites", "overlaps", "flags", "WebMercatorQuad"),
    "layer_id": ("register", "parks", "lands"),
    "feature_id": ("register-code", "parks-code", "lands-code", "register:register-code"),
    "site_id": ("register:register-code",),
    "iso3": ("XKV",),
    "z": ("0", "10", "14"), "x": ("512", "8192", "0"), "y": ("511", "8187", "0"),
    "row": ("511", "8187", "0"), "column": ("512", "8192", "0"),
    "n": ("0", "1"), "token": ("0" * 32,), "proposal_id": ("0" * 32,), "rest": ("lands",),
    "path": ("lands",), "filename": ("site.css",), "package_name": ("dash",),
    "fingerprinted_path": ("x.js",),
}  # fmt: skip


def private(folder: Path, publish: str, of_lands: str = "") -> store.Store:
    return made.toy_store(folder, {"lands": publish}, shapely.Polygon(CORNERS), of_lands)


def addresses(rule: str, generation: str) -> Iterator[str]:
    """Addresses of a rule, each part by each of its words, tiles at each of three places."""
    parts = re.findall(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>", rule)
    choices: list[tuple[str, tuple[str, ...]]] = []
    for _, given, part in parts:
        of_it = tuple(given.replace(" ", "").split(",")) if part == "form" else WORDS.get(part, ())
        choices.append((part, (generation,) if part == "generation" else of_it))
    tiled = {"z", "x", "y", "row", "column"}
    most = max([1, *(len(words) for part, words in choices if part not in tiled)])
    for at in range(3 * most):
        path = rule
        for part, words in choices:
            word = words[(at % 3 if part in tiled else at // 3) % len(words)]
            path = re.sub(rf"<[^<>]*\b{part}>", word, path, count=1)
        yield path


def answers(server: Flask, generation: str) -> Iterator[tuple[str, bytes]]:
    """What every route answers to whatever may be asked of it."""
    client = server.test_client()
    shape = {"type": "Feature", "geometry": OVER_IT, "properties": {"name": "Over it"}}
    for rule in server.url_map.iter_rules():
        for path in sorted(set(addresses(rule.rule, generation))):
            if rule.rule.startswith(("/_dash-update", "/static", "/assets", "/vendor", "/_dash-c")):
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS", "DELETE"}):
                body: Any = shape if method in ("POST", "PUT") else None
                if "differences" in path:
                    body = {"before": {"site_id": "register:register-code"}, "after": shape}
                with client.open(path, method=method, json=body) as answer:
                    yield f"{method} {path}", answer.get_data()
    queries = ("bbox=0,0,1,1", "filter=name LIKE '%25lands%25'", "q=lands", "lang=fr")
    for path in ("/api/collections/overlaps/items", "/explore/rows", "/explore/suggest",
                 "/api/v1/find", "/api/v1/sites.json", "/feed"):  # fmt: skip
        for query in queries:
            with client.get(f"{path}?{query}") as answer:
                yield f"GET {path}?{query}", answer.get_data()


def opened(content: bytes) -> Iterator[bytes]:
    """A file as it is and, of zips and PDFs, what is in it; numbers in vector tiles as they lie."""
    yield content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from opened(packed.read(name))
    if content[:5] == b"%PDF-":
        yield "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages
                        ).encode()  # fmt: skip
    if content[:4] == b"PAR1":
        import pyarrow.parquet as pq  # noqa: PLC0415

        for row in pq.read_table(io.BytesIO(content)).to_pylist():
            yield b"".join(x if isinstance(x, bytes) else str(x).encode() for x in row.values())


def tells_shape(content: bytes) -> bool:
    return any(DIGITS.search(part.decode(errors="replace")) or any(n in part for n in NUMBERS)
               for part in opened(content))  # fmt: skip


def tells_name(content: bytes) -> bool:
    return any(NAMES.search(part.decode(errors="replace")) for part in opened(content))


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shared").mkdir()
    monkeypatch.setattr(shared, "folder_of", lambda name: tmp_path / "shared" / name)


def test_the_search_finds_a_layer_that_is_not_private(tmp_path: Path) -> None:
    held = private(tmp_path, "public")
    app = create_app(tmp_path / "store", public=True)
    found = dict(answers(app.server, held.generation))
    shapes = {path for path, content in found.items() if tells_shape(content)}
    names = {path for path, content in found.items() if tells_name(content)}
    for telling in (shapes, names):
        for part in ("/api/collections/lands/items", "/api/v1/places/lands", "bundle.zip"):
            assert any(part in path for path in telling), part
    assert any("overlaps.geojson" in path for path in shapes)
    assert any("screen.csv" in path for path in names) or any("/screen" in path for path in names)


@pytest.mark.parametrize("publish", ["derived_only", "local_only"])
def test_no_route_of_a_public_server_tells_a_private_layer(tmp_path: Path, publish: str) -> None:
    held = private(tmp_path, publish)
    app = create_app(tmp_path / "store", public=True)
    count = 0
    for path, content in answers(app.server, held.generation):
        count += 1
        asked = path.endswith("lands-code") or "lands-code" in path
        assert not tells_shape(content), path
        if publish == "local_only" and not asked:
            assert not tells_name(content), path
        if "/tiles/" in path and "lands" in path:
            assert not any(mvt.layers_of(content).values()) if content[:1] == b"\x1a" else True
    assert count > 200


@pytest.mark.parametrize(
    "publish", [pytest.param("derived_only", marks=pytest.mark.long), "local_only"]
)
def test_no_file_and_no_api_for_other_programs_tells_it_on_a_local_server_either(
    tmp_path: Path, publish: str
) -> None:
    held = private(tmp_path, publish)
    app = create_app(tmp_path / "store")
    for path, content in answers(app.server, held.generation):
        # Who draws on a server of their own sees what is there; no page of another host can.
        is_for_programs = path.startswith("GET /api") and not path.startswith("GET /api/v1/")
        is_file = re.search(r"sites\.\w+$|bundle\.zip|report\.|screen\.\w+$", path)
        if is_for_programs or is_file:
            assert not tells_shape(content), path
            if publish == "local_only" and "lands-code" not in path:
                assert not tells_name(content), path
    for what in export.WHAT:
        for form in ("geojson", "csv", "parquet", "gpkg", "xlsx"):
            file = tmp_path / f"{what}.{form}"
            words = ["export", what, "-o", str(file), "--store", str(tmp_path / "store")]
            cli.app(words, standalone_mode=False)
            for beside in tmp_path.glob(f"{file.name}*"):
                content = beside.read_bytes()
                assert not tells_shape(content), beside.name
                assert publish == "derived_only" or not tells_name(content), beside.name


# --- numbers that the catalogue asks to be rounded -----------------------------------------------

_MEASURED = ("all_overlaps", "all_indicators", "all_flags", "all_flag_features", "all_pressure",
             "all_totals")  # fmt: skip


def numbers_of(held: store.Store, drawn: Any) -> set[str]:
    """What was measured of the titles and of one drawn shape, each number by its first digits."""
    frames = [held.frame(name) for name in _MEASURED]
    frames += [drawn.overlaps, drawn.indicators, drawn.flags, drawn.flag_features, drawn.coverage]
    every = [value for frame in frames for value in frame.select_dtypes("float").to_numpy().flat]
    digits = {f"{abs(value):.6f}"[:6] for value in every if 1e-2 < abs(value) < 1e5}
    return {number for number in digits if len(number.strip("0.")) >= 4}  # no 0.25 of anything


def test_no_exact_number_of_a_layer_that_is_rounded_leaves_a_server_or_a_file(
    tmp_path: Path,
) -> None:
    exact = private(tmp_path / "exact", "local_only")
    rounded = private(tmp_path / "rounded", "local_only", "rounded_to_km2 = 7")
    numbers = [
        numbers_of(held, screen(proposal(OVER_IT), store.read_layers(held), made.ON))
        for held in (exact, rounded)
    ]
    secret = re.compile("|".join(map(re.escape, numbers[0] - numbers[1])))
    told = {}
    for name, held in (("exact", exact), ("rounded", rounded)):
        app = create_app(tmp_path / name / "store", public=True)
        told[name] = {
            path
            for path, content in answers(app.server, held.generation)
            if any(secret.search(part.decode(errors="replace")) for part in opened(content))
        }
    assert len(numbers[0] - numbers[1]) > 5
    assert len(told["exact"]) > 20  # the search finds them where nothing is rounded
    assert told["rounded"] == set()
