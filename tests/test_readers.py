"""What stands in a file: a named error, or every feature accounted for; never silently nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from cetm_geo import inspection, readers
from cetm_geo.catalog import read_catalog, source_format
from cetm_geo.errors import (
    CetmError,
    CRSMismatch,
    CRSMissing,
    DefinitionError,
    SourceError,
    UnsafeUpload,
)
from cetm_geo.formats import FORMATS
from cetm_geo.model import Role
from tests import made

SHAPES = [made.square(i, 10) for i in range(3)]
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def shapefile(folder: Path, name: str = "a", crs: object = 4326) -> Path:
    return made.write(made.frame(SHAPES, crs, name=list("abc")), folder / f"{name}.shp")


def zipped(folder: Path, *names: str) -> Path:
    """A zip of shapefiles of these names."""
    for name in names:
        shapefile(folder, name)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for part in folder.iterdir():
            if part.suffix in SHAPEFILE_PARTS:
                archive.write(part, part.name)
    return folder / "all.zip"


def vrt(folder: Path) -> str:
    """OGR VRT text that reads another file: a canary, which must never be read."""
    canary = made.geojson(folder / "elsewhere" / "canary.geojson", [made.feature(SHAPES[0])])
    source = f"<SrcDataSource>{canary}</SrcDataSource>"
    layer = f'<OGRVRTLayer name="canary">{source}</OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


def gdal_pipeline(folder: Path) -> str:
    """JSON that GDAL's own format for stored commands takes for a command to run."""
    vrt(folder)
    canary = folder / "elsewhere" / "canary.geojson"
    command = f"gdal vector pipeline ! read {canary} ! write --of stream streamed_file"
    return json.dumps({"type": "gdal_streamed_alg", "command_line": command})


def text_file(name: str, text: Callable[[Path], str] | str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).write_text(text if isinstance(text, str) else text(folder))
        return name

    return make


def archive_of(member: str, text: Callable[[Path], str]) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.writestr(member, text(folder))
        return "a.zip"

    return make


def cut(name: str, share: float) -> Callable[[Path], str]:
    """A good file of which only the first part came through."""

    def make(folder: Path) -> str:
        path = zipped(folder, "a") if name == "all.zip" else folder / name
        if name != "all.zip":
            made.write(made.frame(SHAPES, name=list("abc")), path)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        return name

    return make


def without_index_records(in_zip: bool) -> Callable[[Path], str]:
    """Three shapes and an index that lists none: GDAL reads no features, without an error."""

    def make(folder: Path) -> str:
        path = shapefile(folder)
        index = path.with_suffix(".shx")
        index.write_bytes(index.read_bytes()[:24] + (50).to_bytes(4, "big")
                          + index.read_bytes()[28:100])  # fmt: skip
        table = path.with_suffix(".dbf").read_bytes()
        path.with_suffix(".dbf").write_bytes(table[:4] + bytes(4) + table[8:])
        if not in_zip:
            return path.name
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            for part in folder.glob("a.[sdp]*"):
                archive.write(part, part.name)
        return "a.zip"

    return make


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
BAD: dict[str, tuple[Callable[[Path], str], type[CetmError], str]] = {
    "a Git LFS pointer": (text_file("a.geojson", LFS), SourceError, "Git LFS pointer"),
    "a Git LFS pointer named .shp": (text_file("a.shp", LFS), SourceError, "Git LFS pointer"),
    "JavaScript": (text_file("a.geojson", 'var a = {"type": "x"}'), UnsafeUpload, "var a ="),
    "HTML": (text_file("a.geojson", "<!doctype html><p>"), SourceError, "a web page"),
    "an OGR VRT": (text_file("a.geojson", vrt), UnsafeUpload, "<OGRVRT"),
    "an OGR VRT named .gpkg": (text_file("a.gpkg", vrt), UnsafeUpload, "<OGRVRT"),
    "an OGR VRT named .shp": (text_file("a.shp", vrt), UnsafeUpload, "<OGRVRT"),
    "an OGR VRT in a zip": (archive_of("a.shp", vrt), UnsafeUpload, "a.zip/a.shp: is not"),
    "a stored GDAL command": (text_file("a.geojson", gdal_pipeline), SourceError, "geojson"),
    "TopoJSON": (
        text_file("a.json", '{"type": "Topology", "objects": {}}'),
        SourceError,
        "geojson",
    ),
    "JSON of something else": (text_file("a.json", '{"a": 1}'), SourceError, "geojson"),
    "an empty file": (text_file("a.geojson", ""), SourceError, "empty (0 bytes)"),
    "no file": (lambda _: "a.geojson", SourceError, "no such file"),
    "a GeoJSON cut off": (cut("a.geojson", 0.6), SourceError, "cannot be read"),
    "a GeoPackage cut off": (cut("a.gpkg", 0.3), SourceError, "cannot be read"),
    "a parquet cut off": (cut("a.parquet", 0.8), SourceError, "cannot be read"),
    "a zip cut off": (cut("all.zip", 0.7), SourceError, "a damaged zip"),
    "a zip without a shapefile": (archive_of("a.txt", vrt), SourceError, "nothing this"),
    "an index without records": (without_index_records(False), SourceError, "lists no records"),
    "the same in a zip": (without_index_records(True), SourceError, "lists no records"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_file_that_is_not_what_it_is_called_ends_in_its_own_error(
    tmp_path: Path, name: str
) -> None:
    make, error, text = BAD[name]
    file = make(tmp_path)
    spec = made.spec(file, layer="a" if file.endswith(".gpkg") else "")
    with pytest.raises(error) as caught:
        made.read(tmp_path, spec)
    assert type(caught.value) is error
    assert text in caught.value.what
    assert str(tmp_path / file) in caught.value.what
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_the_member_of_a_zip_is_named_where_there_are_two(tmp_path: Path) -> None:
    zipped(tmp_path, "a", "b")
    for members, words in (((), "a.shp, b.shp"), (("c.shp",), "not c.shp")):
        with pytest.raises(SourceError, match=r"source\.members") as caught:
            made.read(tmp_path, made.spec("all.zip", members=members))
        assert words in caught.value.what or "b.shp, a.shp" in caught.value.what
    assert len(made.read(tmp_path, made.spec("all.zip", members=("b.shp",))).features) == 3
    assert len(made.read(tmp_path, made.spec("all.zip", members=("b.shp", "a.shp"))).features) == 6


def test_an_unknown_layer_of_a_geopackage_is_answered_with_the_layers_it_has(
    tmp_path: Path,
) -> None:
    made.write(made.frame(SHAPES), tmp_path / "parks.gpkg")
    with pytest.raises(SourceError, match=r"no layer 'lakes'; it has parks"):
        made.read(tmp_path, made.spec("parks.gpkg", layer="lakes"))
    assert len(made.read(tmp_path, made.spec("parks.gpkg", layer="parks")).features) == 3


def test_a_file_without_a_crs_is_read_only_with_the_one_that_is_stated(tmp_path: Path) -> None:
    shapefile(tmp_path).with_suffix(".prj").unlink()
    with pytest.raises(CRSMissing, match=r"a\.shp.*source\.crs"):
        made.read(tmp_path, made.spec("a.shp"))
    layer = made.read(tmp_path, made.spec("a.shp", crs="EPSG:4326"))
    assert shapely.equals(layer.shapes, SHAPES).all()


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson", "a.parquet"])
def test_a_stated_crs_that_differs_from_the_files_is_refused(tmp_path: Path, name: str) -> None:
    made.write(made.frame(SHAPES), tmp_path / name)
    layer = "a" if name == "a.gpkg" else ""
    for crs in ("OGC:CRS84", "EPSG:4326", ""):
        assert len(made.read(tmp_path, made.spec(name, crs=crs, layer=layer)).features) == 3
    for crs in ("EPSG:32648", "EPSG:4267", "EPSG:3857"):
        with pytest.raises(CRSMismatch, match=crs):
            made.read(tmp_path, made.spec(name, crs=crs, layer=layer))


@pytest.mark.parametrize("name", ["a.geojson", "my parks!.json", "ünï.geojson"])
def test_one_unclosed_ring_among_a_hundred_costs_one_feature(tmp_path: Path, name: str) -> None:
    features = [made.feature(made.square(i / 10, 0, 0.05), code=i) for i in range(100)]
    ring = features[7]["geometry"]["coordinates"][0]
    features[7]["geometry"]["coordinates"] = [ring[:-1]]
    made.geojson(tmp_path / name, features)
    layer = made.read(tmp_path, made.spec(name, columns={"feature_id": "code"}))
    assert made.balanced(layer)
    assert (layer.source["rows_in"], layer.source["rows_accepted"]) == (100, 99)
    assert layer.issues["feature_id"].tolist() == ["7"]
    assert "unclosed ring" in layer.issues["problem"].iloc[0]


def test_the_same_rows_are_read_from_every_format(tmp_path: Path) -> None:
    table = made.frame([*SHAPES, None], code=[1, 2, 3, 4], name=["a", "b", None, "d"])
    found = {}
    for name in ("a.geojson", "a.gpkg", "a.shp", "a.parquet"):
        made.write(table, tmp_path / name)
        spec = made.spec(name, layer="a" if name == "a.gpkg" else "",
                         columns={"feature_id": "code", "name": "name"})  # fmt: skip
        layer = made.read(tmp_path, spec)
        assert made.balanced(layer)
        rows = layer.features[["feature_id", "name", "area_km2"]].fillna("").to_dict("records")
        found[name] = rows, layer.issues["problem"].tolist()
    assert found["a.geojson"][1] == ["no geometry"]
    assert [rows == found["a.geojson"] for rows in found.values()] == [True] * 4


def test_an_address_in_a_file_is_never_asked(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    address, asked = listener
    crs = {"type": "link", "properties": {"href": f"{address}/crs", "type": "proj4"}}
    made.geojson(tmp_path / "a.geojson", [made.feature(SHAPES[0])], crs=crs)
    with pytest.raises(CRSMissing):
        made.read(tmp_path, made.spec("a.geojson"))
    assert asked == []


def test_the_facts_of_a_shapefile_are_of_all_its_parts(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    before = readers.read_facts(path)
    assert before.size_bytes == sum(
        p.stat().st_size for p in tmp_path.iterdir() if p.suffix in SHAPEFILE_PARTS
    )
    (tmp_path / "a.txt").write_text("not a part")
    assert readers.read_facts(path).sha256 == before.sha256
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"b", b"x"))
    assert readers.read_facts(path).sha256 != before.sha256


# --- real files with real defects ----------------------------------------------------------------

NASTY = {
    "cam_adm1.geojson": ("", "accepted"),
    "guinea-east-protected_areas.geojson": ("", "accepted"),
    "ne_110m_admin_0_countries.json": ("", "accepted"),
    "philippines/ph_AFTA_2023.geojson": ("", "nothing accepted"),
    "philippines/ph_APSA_2023.geojson": ("", "accepted"),
    "philippines/ph_CADT_ancestral_domains.geojson": ("", "accepted"),
    "philippines/ph_KBA.geojson": ("", "accepted"),
    "philippines/ph_MPSA_2023.geojson": ("", "accepted"),
    "missing_dbf/water-bodies.shp": ("", "accepted"),
    "pyogrio_fixtures/curve.gpkg": ("curve", "nothing accepted"),
    "pyogrio_fixtures/curvepolygon.gpkg": ("curvepolygon", "accepted"),
    "pyogrio_fixtures/line_zm.gpkg": ("line_zm", "nothing accepted"),
    "pyogrio_fixtures/multisurface.gpkg": ("multisurface", "accepted"),
    "pyogrio_fixtures/test_gpkg_nulls.gpkg": ("test_gpkg_nulls", "nothing accepted"),
    "empty_shapefile/mrc_River U Lancang.shp": ("", "no rows"),
    "empty_shapefile/mrc_Road250.shp": ("", "SourceError"),
    "js_wrapped/not_json_basins.geojson": ("", "UnsafeUpload"),
    "lfs_pointers/Alertas_Estados_Restantes.shp": ("", "SourceError"),
    "missing_prj/emas.shp": ("", "CRSMissing"),
    "kh_districts.topojson": ("", "CRSMissing"),
    "kh_districts.topojson in EPSG:4326": ("", "accepted"),
    "missing_prj/emas.shp in EPSG:32722": ("", "accepted"),
    "pyogrio_fixtures/list_field_values_file.parquet": ("", "SourceError"),
}


@pytest.mark.parametrize("name", sorted(NASTY))
def test_a_nasty_file_ends_in_an_error_that_names_it_or_in_balanced_books(
    nasty: Path, name: str
) -> None:
    layer_name, expected = NASTY[name]
    name, _, crs = name.partition(" in ")
    spec = made.spec(name, role=Role.MORATORIUM, layer=layer_name, crs=crs)
    try:
        layer = made.read(nasty, spec)
    except CetmError as error:
        assert str(nasty / name) in error.what
        assert type(error).__name__ == expected
        return
    assert made.balanced(layer)
    assert shapely.is_valid(layer.shapes).all()
    accepted, rows = layer.source["rows_accepted"], layer.source["rows_in"]
    assert expected == ("accepted" if accepted else "nothing accepted" if rows else "no rows")
    assert accepted or len(layer.issues)  # nothing read is never nothing said


def test_every_nasty_file_of_a_format_that_is_read_is_among_these(nasty: Path) -> None:
    endings = {ending for known in FORMATS.values() for ending in known.endings}
    found = {str(p.relative_to(nasty)) for p in nasty.rglob("*") if p.suffix in endings}
    files = {name.partition(" in ")[0] for name in NASTY}
    assert found == files
    assert all(source_format(made.spec(name)) for name in files)
    parts = {part for name in files for part in readers.files.parts_of(nasty / name)}
    others = {p for p in nasty.rglob("*") if p.is_file()} - parts
    assert {p.name for p in others if p.suffix not in (".sbn", ".sbx", ".xml")} == {
        "MANIFEST.md",
        "sample.osm.pbf",
    }


def test_a_format_that_is_not_read_is_told_before_anything_is_read(
    nasty: Path, tmp_path: Path
) -> None:
    name = "pyogrio_fixtures/sample.osm.pbf"
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "roads.toml").write_text(
        f'role = "road"\nlabel = "Roads"\n[source]\npath = "{name}"\n'
        '[licence]\ntext = "ODbL"\npublish = "public"\n'
    )
    with pytest.raises(DefinitionError, match=r"roads\.toml: source\.format: not known; one of"):
        read_catalog(tmp_path / "c")
    with pytest.raises(SourceError, match=r"sample\.osm\.pbf: a format .* not read"):
        inspection.parts_of(nasty / name)
