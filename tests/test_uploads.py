"""A file that a reader gives: the same shape from every format, reasons for the rest, no traces."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from cetm_geo import catalogues, confined, language, walled
from cetm_geo.errors import CetmError, SiteError, UnsafeUpload
from cetm_geo.given import ALL, Asked, Given, Limits, read_given
from cetm_geo.web import Service, shapes_api, uploads
from cetm_geo.web.filters import Filters
from tests import made
from tests.test_web import store_of_a_register

RING = [(104.0, 12.0), (104.1, 12.0), (104.1, 12.1), (104.0, 12.1), (104.0, 12.0)]
SQUARE = shapely.Polygon(RING)
CAMBODIA = (102.0, 10.0, 108.0, 15.0)
# Where latitude and longitude could be either.
EITHER = [(x - 94.0, y) for x, y in RING]
Files = dict[str, bytes]


# --- how files are made --------------------------------------------------------------------------


def geojson(ring: Sequence[Any] = RING, **properties: Any) -> bytes:
    shape = {"type": "Polygon", "coordinates": [list(ring)]}
    rows = [made.feature(shape, **(properties or {"name": "Kdol"}))]
    return json.dumps({"type": "FeatureCollection", "features": rows}).encode()


def kml(body: str = "", head: str = "") -> bytes:
    corners = " ".join(f"{x},{y},0" for x, y in RING)
    body = body or (
        "<Placemark><name>Kdol</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )
    space = "http://www.opengis.net/kml/2.2"
    return f'{head}<kml xmlns="{space}"><Document>{body}</Document></kml>'.encode()


def gpx(ring: Sequence[Any] = RING, kind: str = "trk") -> bytes:
    inner = {"trk": "trkpt", "rte": "rtept"}[kind]
    points = "".join(f'<{inner} lat="{y}" lon="{x}"/>' for x, y in ring)
    points = f"<trkseg>{points}</trkseg>" if kind == "trk" else points
    return (
        '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<{kind}><name>Kdol</name>{points}</{kind}></gpx>"
    ).encode()


def csv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def corners(ring: Sequence[Any] = RING, head: str = "lon,lat") -> bytes:
    return csv(head, *(f"{x},{y}" for x, y in ring[:-1]))


def zipped(members: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def written(ending: str, crs: Any = 4326, shapes: Sequence[Any] = (SQUARE,)) -> Files:
    """The files that GDAL writes of shapes, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        table = gpd.GeoDataFrame(
            {"name": [f"Kdol {i}" for i in range(len(shapes))]}, geometry=list(shapes), crs=4326
        ).to_crs(crs)
        pyogrio.write_dataframe(table, Path(folder) / f"kdol{ending}")
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def shapefile(without: str = "", **more: Any) -> bytes:
    parts = written(".shp", **more)
    return zipped({name: held for name, held in parts.items() if not name.endswith(without or "-")})


def geopackage(**more: Any) -> bytes:
    return written(".gpkg", **more)["kdol.gpkg"]


def wkt(ring: Sequence[Any] = RING) -> str:
    return f'"{shapely.Polygon(ring).wkt}"'


def bomb(name: str, size: int) -> bytes:
    return zipped({name: b"\0" * size})


def entities(depth: int = 12) -> bytes:
    """A KML whose entities unfold to ten times their number at each level."""
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, depth))
    return kml(f"<name>&a{depth - 1};</name>", f'<!DOCTYPE kml [<!ENTITY a0 "ha">{laughs}]>')


def outside(path: Path) -> bytes:
    """A KML whose name is the content of another file."""
    body = (
        "<Placemark><name>&other;</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{' '.join(f'{x},{y}' for x, y in RING)}"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )
    return kml(body, f'<!DOCTYPE kml [<!ENTITY other SYSTEM "file://{path}">]>')


# --- how they are read ---------------------------------------------------------------------------


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Given]:
    """Reads content under a name as the child does, in this process."""

    def reading(content: bytes, name: str, *choices: str, **more: Any) -> Given:
        file = tmp_path / f"given{Path(name).suffix.lower()}"
        file.write_bytes(content)
        return read_given(file, name, tmp_path / "unpacked", choices, **more)

    return reading


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; a test that leaves something in it fails."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


GOOD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "GeoJSON": ("kdol.geojson", geojson),
    "GeoJSON with heights": ("kdol.json", lambda: geojson([(*p, 40.0) for p in RING])),
    "KML": ("kdol.kml", kml),
    "KMZ": ("kdol.kmz", lambda: zipped({"doc.kml": kml()})),
    "GeoPackage": ("kdol.gpkg", geopackage),
    "GeoPackage in a UTM zone": ("kdol.gpkg", lambda: geopackage(crs=32648)),
    "zipped shapefile": ("kdol.zip", shapefile),
    "GeoJSON in a folder of a zip": ("kdol.zip", lambda: zipped({"a/b/k.geojson": geojson()})),
    "GPX track": ("kdol.gpx", gpx),
    "GPX route": ("kdol.gpx", lambda: gpx(kind="rte")),
    "CSV of corners": ("kdol.csv", corners),
    "CSV of corners in another order": (
        "kdol.csv",
        lambda: csv("point,lat,lon", *(f"{i},{RING[i][1]},{RING[i][0]}" for i in (2, 0, 3, 1))),
    ),
    "CSV of corners with a code": (
        "kdol.csv",
        lambda: csv("code,vertex,lon,lat", *(f"K,{i},{x},{y}" for i, (x, y) in enumerate(RING))),
    ),
    "CSV without a header": ("kdol.csv", lambda: csv(*(f"{y}; {x}" for x, y in RING))),
    "CSV in degrees and minutes": (
        "kdol.csv",
        lambda: csv(*(f"{int(y)}°{(y % 1) * 60:.9f}'N {int(x)}°{(x % 1) * 60:.9f}'E"
                      for x, y in RING)),
    ),
    "CSV of EWKT": ("kdol.csv", lambda: csv("wkt", wkt().replace('"POL', '"SRID=4326;POL'))),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_the_same_square_is_read_from_every_format(case: str, read: Callable[..., Given]) -> None:
    name, make = GOOD[case]
    given = read(make(), name)
    assert len(given.shapes) == 1
    assert given.shapes[0].area_km2 == pytest.approx(120.44877, rel=1e-6)
    # Long edges of a projected CRS have points between their corners.
    corners_of = shapely.get_coordinates(given.shapes[0].geometry)
    gaps = [np.abs(corners_of - corner).max(axis=1).min() for corner in RING]
    assert max(gaps) < 1e-9
    assert shapely.hausdorff_distance(given.shapes[0].geometry, SQUARE) < 1e-5
    assert given.said
    assert given.choices == ()


def test_a_utm_zone_that_the_text_leaves_open_and_the_order_of_axes_are_asked(
    read: Callable[..., Given],
) -> None:
    metres = ("400000 1300000", "410000 1300000", "410000 1310000")
    for content in (csv("Zone 48", *metres), csv(*(f"{x} {y}" for x, y in EITHER))):
        with pytest.raises(Asked) as asked:
            read(content, "a.csv")
        choices = dict(asked.value.choices)
        assert len(choices) == 2
        firsts = [read(content, "a.csv", c).shapes[0].geometry.exterior.coords[0] for c in choices]
        assert firsts[0] != firsts[1]
        for (x, y), label in zip(firsts, choices.values(), strict=True):
            assert f"{abs(y):.4f}" in label
            assert f"{abs(x):.4f}" in label


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", geojson([(y, x - 30) for x, y in RING])),
        ("a.csv", corners([(y, x - 30) for x, y in RING])),
    ],
)
def test_longitude_and_latitude_that_look_swapped_are_asked_not_guessed(
    name: str, content: bytes, read: Callable[..., Given]
) -> None:
    near = (70.0, 10.0, 78.0, 15.0)
    with pytest.raises(Asked) as asked:
        read(content, name, near=near)
    as_written, swapped = (value for value, _label in asked.value.choices)
    assert read(content, name, as_written, near=near).shapes[0].geometry.bounds[0] == 12.0
    assert read(content, name, swapped, near=near).shapes[0].geometry.bounds[0] == 74.0


def test_a_reading_that_is_off_the_earth_is_not_offered(read: Callable[..., Given]) -> None:
    with pytest.raises(Asked) as asked:
        read(geojson([(y, x) for x, y in RING]), "a.geojson", near=CAMBODIA)
    ((value, label),) = asked.value.choices
    assert "12.0000 N, 104.0000 E" in label
    (shape,) = read(geojson([(y, x) for x, y in RING]), "a.geojson", value, near=CAMBODIA).shapes
    assert shape.geometry.equals(SQUARE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv("wkt", wkt(EITHER))),
        ("a.zip", shapefile(".prj", shapes=[shapely.Polygon(EITHER)])),
    ],
)
def test_numbers_without_a_coordinate_system_are_asked_about(
    name: str, content: bytes, read: Callable[..., Given]
) -> None:
    with pytest.raises(Asked) as asked:
        read(content, name)
    values = [value for value, _label in asked.value.choices]
    found = [read(content, name, value).shapes[0].geometry for value in values]
    assert found[0].normalize().equals_exact(shapely.Polygon(EITHER).normalize(), 1e-12)
    assert found[1].bounds[:2] == (found[0].bounds[1], found[0].bounds[0])


def test_of_several_shapes_one_is_chosen_or_all_as_one(read: Callable[..., Given]) -> None:
    shapes = [SQUARE, made.square(104.05, 12.05), made.square(105, 13)]
    content = geopackage(shapes=shapes)
    given = read(content, "a.gpkg")
    assert [shape.label for shape in given.shapes] == ["Kdol 0", "Kdol 1", "Kdol 2"]
    assert [label for _value, label in given.choices][:3] == ["Kdol 0", "Kdol 1", "Kdol 2"]
    second = read(content, "a.gpkg", given.choices[1][0]).shapes
    assert [shape.label for shape in second] == ["Kdol 1"]
    (whole,) = read(content, "a.gpkg", ALL).shapes
    assert whole.geometry.equals(shapely.union_all(shapes))
    assert whole.area_km2 < sum(shape.area_km2 for shape in given.shapes)


def test_a_person_named_in_a_file_is_no_label(read: Callable[..., Given]) -> None:
    content = geojson(surname="Doe", contact="doe@example.org", code="K-1")
    assert [shape.label for shape in read(content, "a.geojson").shapes] == ["K-1"]


def test_an_outline_that_crosses_itself_stays_as_it_was_given(read: Callable[..., Given]) -> None:
    bow = [RING[0], RING[2], RING[1], RING[3], RING[0]]
    (shape,) = read(geojson(bow), "a.geojson").shapes
    assert not shape.geometry.is_valid
    assert len(shape.geometry.exterior.coords) == 5


# --- what is refused -----------------------------------------------------------------------------

METRES = [(x * 1e4, y * 1e4) for x, y in RING]
BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "GeoJSON cut off": ("a.geojson", lambda: geojson()[:-30], "cannot be read as geojson"),
    "GeoJSON of points": (
        "a.geojson",
        lambda: json.dumps({"type": "Point", "coordinates": [104, 12]}).encode(),
        "a point, not a polygon",
    ),
    "GeoJSON in metres": ("a.geojson", lambda: geojson(METRES), "look like metres"),
    "GeoJSON, latitude first": (
        "a.geojson", lambda: geojson([(y, x) for x, y in RING]), "may be swapped"),
    "a web page as KML": ("a.kml", lambda: b"<!doctype html><html></html>", "a web page"),
    "KML of a point": (
        "a.kml",
        lambda: kml("<Placemark><Point><coordinates>104,12</coordinates></Point></Placemark>"),
        "a point, not a polygon",
    ),
    "KMZ of nothing": ("a.kmz", lambda: zipped({"files/a.png": b"png"}), "no file of shapes"),
    "zip cut off": ("a.zip", lambda: shapefile()[:-40], "damaged zip"),
    "zip in a zip": ("a.zip", lambda: zipped({"b.zip": shapefile()}), "another archive"),
    "zip that climbs": ("a.zip", lambda: zipped({"../a.kml": kml()}), "outside the archive"),
    "shapefile without its index": ("a.zip", lambda: shapefile(".shx"), ".shx"),
    "shapefile in metres without .prj": (
        "a.zip", lambda: shapefile(".prj", crs=32648), "no coordinate reference system"),
    "one part of a shapefile": ("a.shp", lambda: written(".shp")["kdol.shp"], "one part"),
    "GeoPackage cut off": ("a.gpkg", lambda: geopackage()[:5000], "cannot be read"),
    "GeoPackage that is a zip": ("a.gpkg", shapefile, "not a geopackage"),
    "GPX of an open track": ("a.gpx", lambda: gpx(RING[:3]), "a line, not a polygon"),
    "GPX of places": (
        "a.gpx",
        lambda: b'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
                b'<wpt lat="12" lon="104"/></gpx>',
        "no outline",
    ),
    "CSV of words": ("a.csv", lambda: csv("a,b", "one,two", "three,four"), "no corner"),
    "CSV of two corners": ("a.csv", lambda: corners(RING[:3]), "distinct"),
    "CSV in metres without a zone": (
        "a.csv", lambda: corners([(500000 + x, 1300000 + y) for x, y in RING], "x,y"), "UTM zone"),
    "a spreadsheet as CSV": ("a.csv", shapefile, "packed file"),
    "a program": ("a.exe", lambda: b"MZ", "files of this kind"),
    "zeros": ("a.geojson", lambda: b"\0" * 100, "zeros"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(
    case: str, read: Callable[..., Given]
) -> None:
    name, make, reason = BAD[case]
    with pytest.raises(CetmError) as refused:
        read(make(), name)
    assert reason in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (geopackage(shapes=[made.square(100 + i, 12) for i in range(4)]), "holds 4 shapes"),
        (geojson([(104 + i / 100, 12 + (i % 2) / 10) for i in range(60)] + [(104.0, 12.0)]),
         "61 corners"),
        (bomb("a.geojson", 3000), "unpacks to"),
        (zipped({f"{i}.geojson": b"{}" for i in range(3)}), "3 files of shapes"),
        (zipped({f"{i}.txt": b"" for i in range(9)}), "9 entries"),
    ],
    ids=["shapes", "corners", "unpacked", "members", "entries"],
)  # fmt: skip
def test_more_than_is_read_is_refused(
    content: bytes, reason: str, read: Callable[..., Given]
) -> None:
    limits = Limits(unpacked_bytes=2000, members=2, entries=8, shapes=3, vertices=50)
    kind = {b"PK": "a.zip", b"SQ": "a.gpkg"}.get(content[:2], "a.geojson")
    with pytest.raises(UnsafeUpload, match=reason):
        read(content, kind, limits=limits)


def test_every_broken_file_of_others_gives_shapes_or_a_named_reason(
    nasty: Path, tmp_path: Path
) -> None:
    for file in sorted(p for p in nasty.rglob("*") if p.is_file() and p.stat().st_size < 8 << 20):
        if file.suffix == ".shp":  # given as people give it
            parts = file.parent.glob(f"{file.stem}.*")
            source = tmp_path / "given.zip"
            source.write_bytes(zipped({part.name: part.read_bytes() for part in parts}))
        else:
            source = tmp_path / f"given{file.suffix}"
            source.write_bytes(file.read_bytes())
        try:
            given = read_given(source, source.name, tmp_path / file.stem, (), CAMBODIA)
        except Asked as asked:
            assert asked.choices, file
        except CetmError as error:
            assert error.what, file
            assert error.hint, file
        else:
            assert given.shapes, file


# --- the process ---------------------------------------------------------------------------------


def test_a_file_with_an_awkward_name_is_read_apart_and_leaves_nothing(temporary: Path) -> None:
    name = "..\\..//конце́ссия 採掘;\x1b[31m.GeoJSON"
    found = uploads.read_upload(geojson(), name, near=CAMBODIA, strict=True)
    assert [one["label"] for one in found.features] == ["Kdol"]
    assert found.features[0]["vertices"] == 4
    assert shapely.geometry.shape(found.features[0]["geometry"]).equals(SQUARE)
    assert set(found.features[0]) == {"label", "geometry", "area_km2", "vertices", "said"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", geojson()[:-30]),
        ("été.zip", shapefile(".shx")),
        ("a.gpkg", geopackage()[:5000]),
        ("b.kml", entities()),
    ],
    ids=["geojson", "shapefile", "geopackage", "entities"],
)
def test_an_error_names_the_file_as_its_author_does_and_no_place_of_this_machine(
    name: str, content: bytes, temporary: Path
) -> None:
    with pytest.raises(CetmError) as refused:
        uploads.read_upload(content, name)
    said = str(refused.value)
    assert name in said
    for secret in (str(temporary), "/usr/", "/tmp", "cetm-geo-", "Traceback", ".py", "given."):
        assert secret not in said


def test_another_file_that_xml_names_is_not_read(temporary: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("canary-4711")
    try:
        found = uploads.read_upload(outside(canary), "a.kml")
    except CetmError as error:
        assert "4711" not in str(error)
    else:
        assert "4711" not in json.dumps(found.features)


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("WALL_S", 0.02, "seconds"),
        ("PROCESSOR_S", -50.0, "seconds"),
        ("MEMORY_BYTES", 1 << 20, "memory|came to an end"),
    ],
)
def test_a_process_that_takes_too_much_is_ended_and_it_is_said(
    limit: str, value: float, reason: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, limit, value)
    row = json.dumps(made.feature(SQUARE))
    # Some seconds of reading: the least that the processor's time can be limited to is one.
    many = ",".join([row] * 60_000)
    content = f'{{"type": "FeatureCollection", "features": [{many}]}}'.encode()
    with pytest.raises(CetmError, match=reason) as refused:
        uploads.read_upload(content, "a.geojson")
    assert refused.value.hint


def test_a_process_that_is_confined_opens_no_socket_and_starts_no_program() -> None:
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.write(tell, _freedoms())
        os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    with os.fdopen(told) as said:
        assert said.read() in ("barred barred", "not here")


@pytest.mark.skipif(not walled.version(), reason="this system has no Landlock")
def test_a_process_behind_its_wall_reads_its_program_and_its_folder_alone(
    tmp_path: Path,
) -> None:
    """The folder that it was started in is no part of its program."""
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "a").write_text("a")
    tried = f"""
import json, sys
from pathlib import Path
from cetm_geo.walled import wall
assert wall(Path({str(own)!r}))
def barred(attempt):
    try:
        attempt()
    except PermissionError:
        return True
    return False
other, own = Path({str(other)!r}), Path({str(own)!r})
import email.mime.text, numpy.fft, pyproj  # not read before
pyproj.Transformer.from_crs(4326, 3857).transform(1, 1)
(own / "b").write_text((own / "a").read_text())
(own / "b").replace(own / "c")
(own / "c").unlink()
(own / "link").symlink_to(other / "a")
tries = [
    (other / "a").read_text, lambda: (other / "b").write_text(""), lambda: list(other.iterdir()),
    (own / "link").read_text, (other / "a").unlink, lambda: (other / "d").mkdir(),
    lambda: (own / "a").rename(other / "e"), Path("/etc/passwd").read_text,
    Path("/etc/hostname").read_text, lambda: list(Path.home().iterdir()),
]
print(json.dumps([barred(one) for one in tries]))
"""
    done = subprocess.run(
        [sys.executable, "-c", tried], capture_output=True, text=True, check=False, cwd=other,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(other), *filter(None, sys.path)])},
    )  # fmt: skip
    assert done.stderr == ""
    assert json.loads(done.stdout) == [True] * 10


def _freedoms() -> bytes:
    allowed = confined.Allowance(1 << 30, 10.0, 20.0, 1 << 20)
    if not confined.confine(allowed):
        return b"not here"
    out = []
    for attempt in (socket.socket, lambda: os.execv("/bin/true", ["true"])):
        try:
            attempt()
            out.append("free")
        except OSError:
            out.append("barred")
    return " ".join(out).encode()


def test_what_a_killed_server_left_is_swept(temporary: Path) -> None:
    old, own = temporary / "cetm-geo-given-old", temporary / "other"
    for folder in (old, own):
        folder.mkdir()
        os.utime(folder, (time.time() - 7200,) * 2)
    with uploads._private_folder() as folder:
        assert set(temporary.iterdir()) == {own, folder}
        assert folder.stat().st_mode & 0o077 == 0
    own.rmdir()


# --- over HTTP -----------------------------------------------------------------------------------


class AnyService:
    """What the route asks of a service."""

    public = False

    def area(self) -> tuple[float, float, float, float]:
        return CAMBODIA


@pytest.fixture
def client(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 200_000)
    server = Flask("shapes")
    server.config["MAX_CONTENT_LENGTH"] = 50_000  # less than a file may be, as in the page
    server.register_blueprint(shapes_api.blueprint(AnyService()))  # type: ignore[arg-type]
    yield server.test_client()  # a with would keep its requests open


def sent(content: bytes, name: str, **more: Any) -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(content), name), **more}}


def test_a_file_that_is_sent_is_answered_with_its_shapes_and_what_is_found_of_them(
    client: FlaskClient,
) -> None:
    large = geojson(name="Kdol", note="n" * 100_000)
    answer = client.post("/api/v1/shape", **sent(large, "a.geojson")).json
    assert set(answer) == {"features", "said", "question", "choices", "limits"}
    (one,) = answer["features"]
    assert [finding["kind"] for finding in one["findings"]] == ["area"]
    assert answer["limits"] == uploads.limits_said()


def test_a_reading_is_asked_and_answered(client: FlaskClient) -> None:
    content = csv(*(f"{x} {y}" for x, y in EITHER))
    asked = client.post("/api/v1/shape", **sent(content, "a.csv")).json
    assert asked["features"] == []
    assert asked["question"]
    value = asked["choices"][1]["value"]
    answer = client.post("/api/v1/shape", **sent(content, "a.csv", choice=value)).json
    assert len(answer["features"]) == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"data": {}}, 400),
        ({"data": {"file": "text"}}, 400),
        (sent(b"", "a.geojson"), 422),
        (sent(b"{}", "a.exe"), 422),
        (sent(b"{" + b" " * 200_000, "a.geojson"), 413),
        (sent(b"{" + b" " * 300_000, "a.geojson"), 413),
    ],
    ids=["nothing", "a text", "empty", "wrong kind", "too large", "far too large"],
)
def test_what_is_not_a_file_of_shapes_is_refused_with_what_to_do(
    client: FlaskClient, given: dict[str, Any], status: int
) -> None:
    answer = client.post("/api/v1/shape", content_type="multipart/form-data", **given)
    assert answer.status_code == status
    assert answer.json["error"]["what"]
    assert answer.json["error"]["hint"]


def test_limits_are_said_beforehand_in_the_readers_language() -> None:
    english = uploads.limits_said()
    assert "10" in " ".join(english)
    for spoken in catalogues.LANGUAGES:
        with language.speaking(spoken):
            assert not set(uploads.limits_said()) & set(english)


@pytest.mark.parametrize("publish", ["public", "derived_only"])
def test_an_outline_of_the_store_is_given_unless_its_licence_keeps_it(
    publish: str, tmp_path: Path
) -> None:
    folder = store_of_a_register(tmp_path, publish)
    here, public = Service(folder), Service(folder, public=True)
    site_id = here.titles(Filters(), 1).rows[0]["site_id"]
    assert shapely.geometry.shape(here.outline_of(site_id)).equals(made.square(0, 0))
    if publish == "public":
        assert public.outline_of(site_id) == here.outline_of(site_id)
    else:
        with pytest.raises(SiteError, match="licence"):
            public.outline_of(site_id)
    with pytest.raises(SiteError, match="no site"):
        here.outline_of("none:0")
