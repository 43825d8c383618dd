"""Zips as ministries pack them, and as nobody honest does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyogrio
import pytest

from cetm_geo import readers
from cetm_geo.errors import CetmError, SourceError, UnsafeUpload
from cetm_geo.model import Source
from cetm_geo.readers import archives
from tests import made

SHAPE = made.square(104, 12)


def shapefile_parts(folder: Path, name: str, code: str) -> dict[str, bytes]:
    """Member name -> bytes of a shapefile of one square."""
    folder.mkdir(parents=True, exist_ok=True)
    made.write(made.frame([SHAPE], code=[code]), folder / f"{name}.shp")
    return {p.name: p.read_bytes() for p in folder.glob(f"{name}.*")}


def packed(members: Mapping[str, bytes], path: Path | None = None) -> bytes:
    """A zip of these members, written to `path` if given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    if path:
        path.write_bytes(buffer.getvalue())
    return buffer.getvalue()


def codes(folder: Path, name: str, *members: str, format_name: str = "zip") -> list[str]:
    frame = readers.read_source(folder, Source(name, members=members), format_name)
    return list(frame.attributes["code"])


def test_the_parts_of_a_download_in_zips_within_a_zip_are_one_layer(tmp_path: Path) -> None:
    inner = {
        f"areas_{i}.zip": packed(
            shapefile_parts(tmp_path / f"p{i}", "areas-polygons", f"P{i}")
            | shapefile_parts(tmp_path / f"q{i}", "areas-points", f"Q{i}")
        )
        for i in range(3)
    }
    packed({**inner, "Read me.txt": b"x", "__MACOSX/._areas_0.zip": b"x"}, tmp_path / "all.zip")
    assert codes(tmp_path, "all.zip", "*polygons.shp") == ["P0", "P1", "P2"]
    both = codes(tmp_path, "all.zip", "*polygons.shp", "*points.shp")
    assert both == ["P0", "P1", "P2", "Q0", "Q1", "Q2"]
    assert codes(tmp_path, "all.zip", "areas_1.zip/areas-points.shp") == ["Q1"]
    with pytest.raises(SourceError, match=r"areas_2\.zip/areas-points\.shp.*source\.members"):
        codes(tmp_path, "all.zip")


def test_names_in_capitals_fit_a_pattern_and_a_zip_in_a_zip_may_have_one(tmp_path: Path) -> None:
    parts = {name.upper(): data for name, data in shapefile_parts(tmp_path / "u", "b", "B").items()}
    packed({"INNER.ZIP": packed(parts), **shapefile_parts(tmp_path / "l", "a", "A")},
           tmp_path / "all.zip")  # fmt: skip
    assert sorted(codes(tmp_path, "all.zip", "*.shp")) == ["A", "B"]


def test_a_zip_may_hold_any_format_that_is_read(tmp_path: Path) -> None:
    for name, driver in (("a.gdb", "OpenFileGDB"), ("a.gpkg", "GPKG"), ("a.geojson", "GeoJSON")):
        pyogrio.write_dataframe(made.frame([SHAPE], code=[name]), tmp_path / name, driver=driver)
        source = tmp_path / name
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        members = {f"folder/{f.relative_to(tmp_path)}": f.read_bytes() for f in files}
        packed(members, tmp_path / f"{name}.zip")
        assert codes(tmp_path, f"{name}.zip") == [name]


def test_endings_in_capitals_and_in_folders_belong_together(tmp_path: Path) -> None:
    parts = shapefile_parts(tmp_path / "p", "areas", "A")
    packed({f"Data/{n[:-3]}{n[-3:].upper()}": c for n, c in parts.items()}, tmp_path / "a.zip")
    assert codes(tmp_path, "a.zip") == ["A"]


def with_entry(**changes: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        info = zipfile.ZipInfo(str(changes.get("name", "a.geojson")))
        info.external_attr = int(str(changes.get("mode", 0o100644))) << 16
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(info, changes.get("content", b"{}"))  # type: ignore[arg-type]

    return write


def bomb(path: Path) -> None:
    packed({"a.geojson": b" " * (80 << 20)}, path)


def lying_size(path: Path) -> None:
    """The directory says 10 bytes; the member holds more."""
    content = packed({"a.geojson": b"[" + b" " * 5000})
    size = (5001).to_bytes(4, "little")
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))


def encrypted(path: Path) -> None:
    content = bytearray(packed({"a.geojson": b"{}"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))


def many(path: Path) -> None:
    packed({f"{i}.geojson": b"" for i in range(archives.MAX_ENTRIES + 1)}, path)


def deep(path: Path) -> None:
    content = packed({"a.geojson": b"{}"})
    for _ in range(5):
        content = packed({"a.zip": content})
    path.write_bytes(content)


HOSTILE: dict[str, tuple[Callable[[Path], None], type[CetmError], str]] = {
    "a path out of the folder": (with_entry(name="../a.geojson"), UnsafeUpload, "points outside"),
    "an absolute path": (with_entry(name="/etc/a.geojson"), UnsafeUpload, "points outside"),
    "a drive": (with_entry(name="C:\\a.geojson"), UnsafeUpload, "points outside"),
    "a link": (with_entry(mode=0o120777, content=b"/etc/passwd"), UnsafeUpload, "a symbolic link"),
    "a bomb": (bomb, UnsafeUpload, "unpacks to more than 1000 times"),
    "a size that is not true": (lying_size, SourceError, "damaged zip"),
    "a password": (encrypted, SourceError, "encrypted"),
    "too many members": (many, UnsafeUpload, "20001 entries"),
    "zips all the way down": (deep, SourceError, "nothing this program reads"),
    "only pictures": (with_entry(name="map.png"), SourceError, "nothing this program reads"),
    "another kind under its name": (with_entry(content=b"var a"), UnsafeUpload, "is not a geojson"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_ends_in_its_named_reason_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    write, error, text = HOSTILE[name]
    write(tmp_path / "a.zip")
    with pytest.raises(error) as caught:
        codes(tmp_path, "a.zip")
    assert type(caught.value) is error
    assert text in caught.value.what
    assert str(tmp_path / "a.zip") in caught.value.what
    assert list(scratch.iterdir()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"a.zip", "scratch"}
