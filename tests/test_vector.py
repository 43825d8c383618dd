"""Vector formats: the same rows from each, layers asked for by name, no file led astray."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from cetm_geo import readers
from cetm_geo.errors import CetmError, CRSMismatch, SourceError, UnsafeUpload
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.measure import area_km2
from cetm_geo.model import Source
from tests import made

SHAPES = [made.square(104, 12), made.square(105, 12)]
CODES = ["A1", "B2"]


def written(path: Path, driver: str = "") -> Path:
    """The two squares with their codes, in the format of the path's ending."""
    table = made.frame(SHAPES, code=CODES, note=["São Paulo", "ភ្នំពេញ"])
    if path.suffix == ".topojson":
        rings = [[list(p) for p in shape.exterior.coords] for shape in SHAPES]
        geometries = [
            {"type": "Polygon", "arcs": [[i]], "properties": {"code": c, "note": n}}
            for i, (c, n) in enumerate(zip(CODES, ["São Paulo", "ភ្នំពេញ"], strict=True))
        ]
        objects = {path.stem: {"type": "GeometryCollection", "geometries": geometries}}
        path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": rings}))
        return path
    pyogrio.write_dataframe(table, path, **({"driver": driver} if driver else {}))
    return path


def read(folder: Path, name: str, **source: object) -> readers.RawFrame:
    given = Source(name, **source)  # type: ignore[arg-type]
    return readers.read_source(folder, given, given.format or format_by_ending(name))


FILES = {
    "a.geojson": "", "a.geojsonl": "", "a.topojson": "", "a.gpkg": "", "a.shp": "", "a.fgb": "",
    "a.kml": "LIBKML", "a.kmz": "LIBKML", "a.gml": "GML", "a.gdb": "OpenFileGDB",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_same_outlines_and_texts_come_from_every_format(tmp_path: Path, name: str) -> None:
    written(tmp_path / name, FILES[name])
    frame = read(tmp_path, name, crs="EPSG:4326" if name == "a.topojson" else "")
    rows = dict(zip(frame.attributes["code"], frame.geometry, strict=True))
    assert sorted(rows) == CODES
    for code, shape in zip(CODES, SHAPES, strict=True):
        drift = shapely.symmetric_difference(rows[code], shape).area  # a .gdb rounds to its grid
        assert drift < (1e-9 if name == "a.gdb" else 1e-15)
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_string() == "OGC:CRS84"
    notes = frame.attributes.get("note", frame.attributes.get("Note"))
    assert {"São Paulo", "ភ្នំពេញ"} <= set(notes)


@pytest.mark.parametrize("name", ["a.tab", "a.mif"])
def test_mapinfo_tables_are_read_with_the_letters_their_charset_has(
    tmp_path: Path, name: str
) -> None:
    table = made.frame(SHAPES, code=CODES, note=["São Paulo", "Bahía"])
    pyogrio.write_dataframe(table, tmp_path / name, driver="MapInfo File")
    frame = read(tmp_path, name)
    assert list(frame.attributes["note"]) == ["São Paulo", "Bahía"]
    assert shapely.equals_exact(frame.geometry, np.array(SHAPES), 1e-6, normalize=True).all()


def test_every_format_the_catalogue_knows_is_read_by_some_test() -> None:
    here = {format_by_ending(name) for name in [*FILES, "a.tab", "a.gpx"]}
    known = {name for name, form in FORMATS.items() if form.kind == Kind.VECTOR}
    assert known - here == {"geoparquet"}  # tests/test_readers.py


def layered(path: Path) -> Path:
    """A file of the layers `parks` and `lakes`, one square each."""
    if path.suffix == ".topojson":
        squares = {n: [list(p) for p in s.exterior.coords]
                   for n, s in zip(("parks", "lakes"), SHAPES, strict=True)}  # fmt: skip
        objects = {
            n: {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[i]]}]}
            for i, n in enumerate(squares)
        }
        text = {"type": "Topology", "objects": objects, "arcs": list(squares.values())}
        path.write_text(json.dumps(text))
    elif path.suffix == ".kml":
        folders = "".join(
            f"<Folder><name>{name}</name><Placemark><name>{name} 1</name><Polygon>"
            "<outerBoundaryIs><LinearRing><coordinates>"
            + " ".join(f"{x},{y},0" for x, y in shape.exterior.coords)
            + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>"
            for name, shape in zip(("parks", "lakes"), SHAPES, strict=True)
        )
        space = 'xmlns="http://www.opengis.net/kml/2.2"'
        path.write_text(f"<?xml version='1.0'?><kml {space}><Document>{folders}</Document></kml>")
    else:
        for name, shape in zip(("parks", "lakes"), SHAPES, strict=True):
            driver = "GPKG" if path.suffix == ".gpkg" else "OpenFileGDB"
            pyogrio.write_dataframe(made.frame([shape]), path, layer=name, driver=driver)
    return path


@pytest.mark.parametrize("name", ["a.gpkg", "a.gdb", "a.kml", "a.topojson"])
def test_a_file_of_several_layers_asks_which_one_and_lists_them(tmp_path: Path, name: str) -> None:
    layered(tmp_path / name)
    crs = "EPSG:4326" if name == "a.topojson" else ""
    with pytest.raises(SourceError, match=r"holds several layers: .*parks.*source\.layer") as asked:
        read(tmp_path, name, crs=crs)
    assert "lakes" in asked.value.what
    with pytest.raises(SourceError, match="has no layer 'parcs'; it has"):
        read(tmp_path, name, crs=crs, layer="parcs")
    (lake,) = read(tmp_path, name, crs=crs, layer="lakes").geometry
    assert shapely.symmetric_difference(lake, SHAPES[1]).area < 1e-9
    assert len(read(tmp_path, name, crs=crs, layer="*")) == 2


GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="walker" xmlns="http://www.topografix.com/GPX/1/1">{points}
<trk><name>round</name><trkseg>{track}</trkseg></trk></gpx>"""


def test_a_walked_track_is_read_where_the_gpx_holds_nothing_else(tmp_path: Path) -> None:
    corners = [(12.0, 104.0), (12.0, 104.1), (12.1, 104.1), (12.0, 104.0)]
    track = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lat, lon in corners)
    (tmp_path / "a.gpx").write_text(GPX.format(points="", track=track))
    (line,) = read(tmp_path, "a.gpx", layer="tracks").geometry
    assert shapely.get_coordinates(line).tolist() == [[lon, lat] for lat, lon in corners]
    with_point = GPX.format(points='<wpt lat="1" lon="2"/>', track=track)
    (tmp_path / "b.gpx").write_text(with_point)
    with pytest.raises(SourceError, match="waypoints, tracks, track_points"):
        read(tmp_path, "b.gpx")


GML_CIRCLE = """<?xml version="1.0"?>
<FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><park><shape>
<gml:Surface srsName="EPSG:32648"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring>
<gml:curveMember><gml:Curve><gml:segments><gml:Circle><gml:posList>
501000 1300000 500000 1301000 499000 1300000</gml:posList></gml:Circle></gml:segments></gml:Curve>
</gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>
</shape></park></gml:featureMember></FeatureCollection>"""


def test_a_circle_is_straightened_within_the_stated_tolerance_and_said_to_be(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.gml").write_text(GML_CIRCLE)
    frame = read(tmp_path, "a.gml")
    distance = np.hypot(*(shapely.get_coordinates(frame.geometry[0]) - (500_000, 1_300_000)).T)
    assert np.abs(distance - 1000).max() < 1e-6
    assert math.pi * 1e6 - frame.geometry[0].area < 2 * 1e-5 * math.pi * 1e6
    assert any("1 curved geometries were straightened" in text for text in frame.remarks)


def test_gdal_leaves_no_file_beside_a_source(tmp_path: Path) -> None:
    for name, driver in FILES.items():
        written(tmp_path / name, driver)
    (tmp_path / "a.xsd").unlink()
    before = sorted(tmp_path.iterdir())
    for name in FILES:
        read(tmp_path, name, crs="EPSG:4326" if name == "a.topojson" else "")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("ending", sorted(
    e for f in FORMATS.values() if f.kind == Kind.VECTOR and not f.folder for e in f.endings
))  # fmt: skip
@pytest.mark.parametrize("disguise", ["{}", "<kml/>{}", "<gpx/>{}", "!table\n{}", "<!-- -->{}"])
def test_text_that_sends_gdal_to_another_file_is_refused_under_every_name(
    tmp_path: Path, ending: str, disguise: str
) -> None:
    canary = written(tmp_path / "canary.geojson")
    source = f"<SrcDataSource>{canary}</SrcDataSource>"
    vrt = f"<OGRVRTDataSource><OGRVRTLayer name='canary'>{source}</OGRVRTLayer></OGRVRTDataSource>"
    (tmp_path / f"a{ending}").write_text(disguise.format(vrt))
    with pytest.raises(CetmError) as refused:
        read(tmp_path, f"a{ending}", layer="canary")
    assert isinstance(refused.value, UnsafeUpload)


def test_columns_marked_personal_are_not_read_from_any_format(tmp_path: Path) -> None:
    for name, driver in FILES.items():
        written(tmp_path / name, driver)
        source = Source(name, crs="EPSG:4326" if name == "a.topojson" else "")
        frame = readers.read_source(tmp_path, source, format_by_ending(name), ("NOTE",))
        assert "code" in frame.attributes
        assert "note" not in frame.attributes


def test_a_personal_column_is_known_by_the_ten_letters_a_shapefile_leaves_of_it(
    tmp_path: Path,
) -> None:
    made.write(made.frame(SHAPES[:1], owner_phon=["1"], code=["A"]), tmp_path / "a.shp")
    frame = readers.read_source(tmp_path, Source("a.shp"), "shapefile", ("owner_phone",))
    assert list(frame.attributes) == ["code"]


def test_a_name_that_stands_twice_in_a_shapefile_is_read_twice_or_not_at_all(
    tmp_path: Path,
) -> None:
    made.write(made.frame(SHAPES[:1], owner=["a"], owner2=["b"]), tmp_path / "a.shp")
    table = tmp_path / "a.dbf"
    table.write_bytes(table.read_bytes().replace(b"owner2", b"owner\0"))
    both = read(tmp_path, "a.shp")
    assert both.attributes.to_dict("list") == {"owner": ["a"], "owner_2": ["b"]}
    assert any("more than once" in text for text in both.remarks)
    frame = readers.read_source(tmp_path, Source("a.shp"), "shapefile", ("Owner",))
    assert list(frame.attributes) == []


def test_an_attribute_may_be_called_as_gdal_calls_a_geometry(tmp_path: Path) -> None:
    made.geojson(tmp_path / "a.geojson", [made.feature(SHAPES[0], wkb_geometry="text")])
    frame = read(tmp_path, "a.geojson")
    assert frame.attributes.to_dict("list") == {"wkb_geometry": ["text"]}
    assert shapely.equals(frame.geometry, SHAPES[:1]).all()


def test_a_long_whole_number_keeps_all_its_digits_beside_blanks(tmp_path: Path) -> None:
    """A float has 15 to 17 digits: codes of 17 would fall together."""
    long = 20_210_000_000_012_345
    made.geojson(
        tmp_path / "1.geojson",
        [made.feature(s, code=c) for s, c in zip(SHAPES, (long, None), strict=True)],
    )
    made.geojson(tmp_path / "2.geojson", [made.feature(SHAPES[0], other=long)])
    codes = pd.array([long, None], dtype="Int64")
    made.frame(SHAPES, code=codes).to_parquet(tmp_path / "p.parquet")
    alone = read(tmp_path, "p.parquet").attributes
    joined = read(tmp_path, "*.geojson").attributes
    assert alone["code"][0] == joined["code"][0] == joined["other"][2] == long


def test_a_gml_whose_geometries_state_two_crs_is_not_read_as_one(tmp_path: Path) -> None:
    written(tmp_path / "a.gml", "GML")
    text = (tmp_path / "a.gml").read_text()
    *first, last = text.split("EPSG::4326")
    (tmp_path / "a.gml").write_text("EPSG::4326".join(first) + "EPSG::32648" + last)
    with pytest.raises(SourceError, match="different CRS"):
        read(tmp_path, "a.gml", crs="EPSG:4326")


def test_a_curve_within_a_collection_costs_its_own_feature(tmp_path: Path) -> None:
    square = "POLYGON((1 1, 2 1, 2 2, 1 1))"
    texts = ["GEOMETRYCOLLECTION(CIRCULARSTRING(0 0, 1 1, 2 0))", square]
    wkb = np.array([shapely.to_wkb(shapely.from_wkt(text)) for text in texts], object)
    pyogrio.raw.write(
        tmp_path / "a.gpkg", wkb, [np.arange(2)], ["id"], geometry_type="Unknown", crs="EPSG:4326"
    )
    frame = read(tmp_path, "a.gpkg")
    assert frame.geometry.tolist() == [None, shapely.from_wkt(square)]
    assert "curves" in frame.unreadable[0]


def test_a_pattern_takes_endings_in_capitals_and_passes_over_what_is_hidden(
    tmp_path: Path,
) -> None:
    for name in ("a.geojson", "B.GEOJSON", "._a.geojson", ".remote/c.geojson"):
        made.geojson(tmp_path / name, [made.feature(SHAPES[0], file=name)])
    frame = read(tmp_path, "**/*.geojson", format="geojson")
    assert sorted(frame.attributes["file"]) == ["B.GEOJSON", "a.geojson"]


def test_a_wrong_crs_is_replaced_only_by_the_catalogues_own_word(tmp_path: Path) -> None:
    metres = made.frame([shapely.box(500_000, 1_300_000, 501_000, 1_301_000)], crs=4326)
    made.write(metres, tmp_path / "a.gpkg")
    with pytest.raises(CRSMismatch, match="crs_override"):
        read(tmp_path, "a.gpkg", crs="EPSG:32648")
    frame = read(tmp_path, "a.gpkg", crs_override="EPSG:32648")
    assert frame.crs.to_epsg() == 32648
    assert any("by the catalogue's word" in text for text in frame.remarks)


def test_files_that_fit_a_pattern_are_one_layer_each_in_its_own_crs(tmp_path: Path) -> None:
    for zone, lon in ((47, 101.95), (48, 102.05)):
        shape = made.frame([made.square(lon, 12, 0.01)], code=[zone]).to_crs(32600 + zone)
        made.write(shape, tmp_path / f"titles_{zone}N.shp")
    turned = made.frame([shapely.box(12, 104, 13, 105)], crs=4326)
    made.write(turned, tmp_path / "turned_a.shp")
    made.write(
        made.frame([shapely.box(1.3e6, 5e5, 1.4e6, 6e5)], crs=32648), tmp_path / "turned_b.shp"
    )
    west, south, _, _ = shapely.total_bounds(
        read(tmp_path, "turned_*.shp", axes="lat_lon").geometry
    )
    assert (west, south) == pytest.approx((104, 11.75), abs=0.02)  # each turned before it is joined
    frame = read(tmp_path, "titles_*.shp")
    assert list(frame.attributes["code"]) == [47, 48]
    assert any("different CRS (EPSG:32647, EPSG:32648)" in text for text in frame.remarks)
    truth = area_km2(np.array([made.square(101.95, 12, 0.01), made.square(102.05, 12, 0.01)]))
    assert area_km2(frame.geometry) == pytest.approx(truth, rel=1e-6)
    with pytest.raises(SourceError, match="no file fits this pattern"):
        read(tmp_path, "parts_*.shp")


def coded(folder: Path, encoding: str, text: str, *, page: str = "", language: int = 0) -> None:
    """A shapefile whose table holds a text in an encoding, and says `page` or `language` of it."""
    content = text.encode(encoding)
    made.write(made.frame(SHAPES[:1], note=["x" * len(content)]), folder / "a.shp")
    table = folder / "a.dbf"
    raw = table.read_bytes().replace(b"x" * len(content), content)
    table.write_bytes(raw[:29] + bytes([language]) + raw[30:])
    (folder / "a.cpg").write_text(page)
    if not page:
        (folder / "a.cpg").unlink()


LATIN, THAI = "MINÉRIO DE COBRE E MINERAÇÃO", "เหมืองแร่ในประเทศไทย"
TABLES = {
    "stated by its code page": (("cp1252", LATIN, "CP1252", 0), LATIN, ""),
    "stated by its language byte": (("cp850", LATIN, "", 2), LATIN, ""),
    "told by being UTF-8": (("utf-8", LATIN, "", 0), LATIN, ""),
    "guessed from its letters": (("latin-1", LATIN, "", 0), LATIN, "a guess"),
    "guessed as Thai": (("cp874", THAI, "", 0), THAI, "a guess"),
    "not the UTF-8 its code page says": (
        ("latin-1", LATIN, "UTF-8", 0), LATIN, "says UTF-8",
    ),
    "UTF-8 under the name of another": (
        ("utf-8", LATIN, "CP1252", 0), None, "source.encoding = \"utf-8\"",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_the_encoding_of_a_table_is_told_and_a_guess_is_called_one(
    tmp_path: Path, name: str
) -> None:
    (encoding, text, page, language), expected, remark = TABLES[name]
    coded(tmp_path, encoding, text, page=page, language=language)
    frame = read(tmp_path, "a.shp")
    if expected:
        assert list(frame.attributes["note"]) == [expected]
    assert frame.encoding
    said = [r for r in frame.remarks if "encoding" in r]
    assert [remark in r for r in said] == ([True] if remark else [])
    if expected is None:
        stated = read(tmp_path, "a.shp", encoding="utf-8")
        assert list(stated.attributes["note"]) == [text]
    with pytest.raises(SourceError, match="'utf-9' is not known"):
        read(tmp_path, "a.shp", encoding="utf-9")


def test_one_broken_geometry_in_a_geoparquet_costs_one_row(tmp_path: Path) -> None:
    table = made.frame(SHAPES, code=CODES)
    table.to_parquet(tmp_path / "a.parquet")
    held = pq.read_table(tmp_path / "a.parquet")
    wkb = held.column("geometry").to_pylist()
    broken = held.set_column(
        held.schema.get_field_index("geometry"), "geometry", pa.array([wkb[0][:-9], wkb[1]])
    ).replace_schema_metadata(held.schema.metadata)
    pq.write_table(broken, tmp_path / "a.parquet")
    frame = read(tmp_path, "a.parquet")
    assert list(frame.unreadable) == ["geometry cannot be read", ""]
    assert shapely.equals(frame.geometry[1], SHAPES[1])
    pq.write_table(held.replace_schema_metadata(None), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="without the metadata of GeoParquet"):
        read(tmp_path, "b.parquet")


def test_the_tables_in_descriptions_of_kml_become_columns(tmp_path: Path) -> None:
    cells = {"ROL": "0220-1", "TITULAR": "A &amp; B", "name": "not this"}
    rows = "".join(f"<tr><td>{k}</td>\n<td>{v}</td></tr>" for k, v in cells.items())
    table = f"<table><tr><td>Title</td></tr><tr><td><table>{rows}</table></td></tr></table>"
    (tmp_path / "a.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>First</name>'
        f"<description><![CDATA[{table}]]></description><Point><coordinates>1,2</coordinates>"
        "</Point></Placemark></Document></kml>"
    )
    frame = readers.read_source(tmp_path, Source("a.kml", "kml"), "kml", ("titular",))
    row = frame.attributes.iloc[0]
    assert (row["ROL"], row["Name"]) == ("0220-1", "First")
    assert "TITULAR" not in frame.attributes  # personal, so never read
    assert any("descriptions" in remark for remark in frame.remarks)
