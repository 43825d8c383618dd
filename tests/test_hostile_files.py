"""Broken and hostile files, read as a build reads them: a reason in one line, or balanced books."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import signal
import sqlite3
import struct
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely

from cetm_geo.errors import SourceError
from cetm_geo.loading import read_layers
from cetm_geo.model import Catalog, Layer, Role, TableGeometry
from tests import made
from tests.test_tabular import grid, xlsx

CANARY = "canary-4711"
SQUARES = [made.square(104 + i, 12) for i in range(3)]
RING = [[104, 12], [105, 12], [105, 13], [104, 13], [104, 12]]
WKT, XY = TableGeometry(wkt="wkt"), TableGeometry(x="lon", y="lat")
CORNERS = TableGeometry(x="lon", y="lat", group=("code",), order="n")
MOST_SECONDS = 60
DEEP = 200_000


@dataclass(frozen=True)
class Place:
    """Where a file is made. canary: a folder no source names. address: of a listening server."""

    folder: Path
    canary: Path
    address: str


Make = Callable[[Place], str]


# --- how files are made --------------------------------------------------------------------------


def raw(name: str, content: str | bytes | Callable[[Place], str]) -> Make:
    """A file of this content."""

    def make(at: Place) -> str:
        data = content(at) if callable(content) else content
        (at.folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return name

    return make


def lines(*rows: str, name: str = "a.csv") -> Make:
    return raw(name, "".join(f"{row}\n" for row in rows))


def features(*rows: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(rows)})


def collection(*rows: Any, **members: Any) -> Make:
    return raw("a.geojson", features(*rows, **members))


def polygon(*rings: Any) -> dict[str, Any]:
    return made.feature({"type": "Polygon", "coordinates": list(rings)})


GOOD = polygon(RING)


def table(crs: Any = 4326, shapes: Sequence[Any] = SQUARES) -> gpd.GeoDataFrame:
    return made.frame(shapes, crs, code=[str(i) for i in range(len(shapes))])


def shapefile(
    change: Callable[[Path], None] = lambda _: None,
    crs: Any = 4326,
    shapes: Sequence[Any] = SQUARES,
) -> Make:
    """A shapefile to which something was done afterwards."""

    def make(at: Place) -> str:
        change(made.write(table(crs, shapes), at.folder / "a.shp"))
        return "a.shp"

    return make


def patched(suffix: str, start: int, content: bytes) -> Callable[[Path], None]:
    """Other bytes at a place of one part of a shapefile; from the end where it is negative."""

    def change(path: Path) -> None:
        part = path.with_suffix(suffix)
        held = bytearray(part.read_bytes())
        start_ = start if start >= 0 else len(held) + start
        held[start_ : start_ + len(content)] = content
        part.write_bytes(bytes(held))

    return change


def shortened(suffix: str, size_bytes: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        part = path.with_suffix(suffix)
        part.write_bytes(part.read_bytes()[:size_bytes])

    return change


def parts_of(suffix: str, shapes: Sequence[Any]) -> Callable[[Path], None]:
    """One part comes from a shapefile of other shapes."""

    def change(path: Path) -> None:
        other = path.parent / "other"
        other.mkdir()
        made.write(table(shapes=shapes), other / "a.shp")
        shutil.copy(other / f"a{suffix}", path.with_suffix(suffix))
        shutil.rmtree(other)

    return change


def geopackage(*statements: str | tuple[str, tuple[Any, ...]]) -> Make:
    """A GeoPackage with the layer `a` of three squares, changed by SQL afterwards."""

    def make(at: Place) -> str:
        path = at.folder / "a.gpkg"
        pyogrio.write_dataframe(table(), path, SPATIAL_INDEX="NO")
        with closing(sqlite3.connect(path)) as database:
            for statement in statements:
                text, values = (statement, ()) if isinstance(statement, str) else statement
                database.execute(text.replace("{canary}", str(at.canary)), values)
            database.commit()
        return path.name

    return make


def zipped(*members: tuple[str, bytes | str], name: str = "a.zip") -> Make:
    def make(at: Place) -> str:
        with zipfile.ZipFile(at.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content)
        return name

    return make


def parquet(facts: Any) -> Make:
    """A Parquet file with these facts on its geometry."""

    def make(at: Place) -> str:
        columns = {"code": ["a"], "geometry": [shapely.to_wkb(SQUARES[0])]}
        text = facts if isinstance(facts, str) else json.dumps(facts)
        held = pa.table(columns).replace_schema_metadata({"geo": text})
        pq.write_table(held, at.folder / "a.parquet")
        return "a.parquet"

    return make


def locked_workbook() -> bytes:
    """The compound file that a spreadsheet with a password is: its content is one sealed stream."""
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b""
    for name, kind, child in (("Root Entry", 5, 1), ("EncryptedPackage", 2, 0xFFFFFFFF)):
        text = (name + "\0").encode("utf-16-le")
        links = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        entries += text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", 0xFFFFFFFE, 0)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096)
    head += struct.pack("<IIII", 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    return head.ljust(512, b"\xff") + fat + entries.ljust(512, b"\0")


def workbook(member: str = "", content: str | Callable[[Place], str] = "") -> Make:
    """A workbook of one sheet with two points, one member of it added or replaced."""

    def make(at: Place) -> str:
        cells = grid(("code", "lon", "lat"), ("a", 104, 12), ("b", 105, 12))
        whole = xlsx(at.folder / "whole.xlsx", {"S": cells})
        text = content(at) if callable(content) else content
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(at.folder / "a.xlsx", "w") as new:
            for name in old.namelist():
                if name != member:
                    new.writestr(name, old.read(name))
            if text:
                new.writestr(member, text)
        whole.unlink()
        return "a.xlsx"

    return make


def kml(body: str | Callable[[Place], str], doctype: str | Callable[[Place], str] = "") -> Make:
    def text(at: Place) -> str:
        head = doctype(at) if callable(doctype) else doctype
        inner = body(at) if callable(body) else body
        space = (
            'xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"'
        )
        return f'<?xml version="1.0"?>{head}<kml {space}><Document>{inner}</Document></kml>'

    return raw("a.kml", text)


def placemark(name: str, extra: str = "") -> str:
    places = " ".join(f"{x},{y}" for x, y in RING)
    shape = (
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{places}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )
    return f"<Placemark><name>{name}</name>{extra}{shape}</Placemark>"


def gml(at: Place) -> str:
    """A park whose schema and neighbour are elsewhere, on disk and in the network."""
    return (
        '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:x="http://x" '
        'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://x {at.address}/schema.xsd"><gml:featureMember>'
        f'<x:park gml:id="p.1"><x:name>p</x:name><x:next xlink:href="{at.address}/next.gml#a"/>'
        f'<x:near xlink:href="{at.canary}/canary.gml#a"/><x:shape>'
        '<gml:Polygon srsName="EPSG:4326"><gml:exterior><gml:LinearRing><gml:posList>'
        "12 104 12 105 13 105 13 104 12 104</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:Polygon></x:shape></x:park></gml:featureMember></wfs:FeatureCollection>"
    )


def other_format(name: str, change: Callable[[bytes], bytes], **options: Any) -> Make:
    """A file of three squares in the format of its ending, with its bytes changed."""

    def make(at: Place) -> str:
        pyogrio.write_dataframe(table(), at.folder / name, **options)
        (at.folder / name).write_bytes(change((at.folder / name).read_bytes()))
        return name

    return make


def mapinfo(*missing: str, text: str = "") -> Make:
    """A MapInfo table without some of its parts, or with another text as its .tab."""

    def make(at: Place) -> str:
        pyogrio.write_dataframe(table(), at.folder / "a.tab", driver="MapInfo File")
        for suffix in missing:
            (at.folder / f"a{suffix}").unlink()
        if text:
            (at.folder / "a.tab").write_text(text.replace("{canary}", str(at.canary)))
        return "a.tab"

    return make


def undecodable(at: Place) -> str:
    mapinfo()(at)
    data, text = at.folder / "a.dat", at.folder / "a.tab"
    data.write_bytes(data.read_bytes().replace(b"\x201", b"\x20\xff"))
    text.write_text(text.read_text().replace("WindowsLatin1", "UTF-8"))
    return "a.tab"


def topology(arcs: Any) -> Make:
    held = {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": arcs}]}
    text = {"type": "Topology", "objects": {"a": held}, "arcs": [RING]}
    return raw("a.topojson", json.dumps(text))


def twin_zip(*names: str) -> Make:
    """A zip of shapefiles of one square each, the i-th a degree farther east."""

    def make(at: Place) -> str:
        content = {}
        for i, name in enumerate(names):
            folder = at.folder / str(i)
            folder.mkdir()
            made.write(table(shapes=[SQUARES[i]]), folder / "a.shp")
            content |= {f"{name}{p.suffix}": p.read_bytes() for p in sorted(folder.iterdir())}
            shutil.rmtree(folder)
        return zipped(*content.items())(at)

    return make


def damaged_zip(at: Place) -> str:
    """The compressed bytes of a member were changed on the way; the directory is whole."""
    name = zipped(("a.geojson", features(*[GOOD] * 500)))(at)
    content = bytearray((at.folder / name).read_bytes())
    content[60:90] = b"\xff" * 30
    (at.folder / name).write_bytes(bytes(content))
    return name


def nameless_zip(at: Place) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("b", "x")
        archive.writestr("a.geojson", features(GOOD))
    content = buffer.getvalue().replace(b"b", b".", 1)
    at_directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content = content[: at_directory + 46] + b"." + content[at_directory + 47 :]
    (at.folder / "a.zip").write_bytes(content)
    return "a.zip"


def fifo(at: Place) -> str:
    os.mkfifo(at.folder / "a.geojson")
    return "a.geojson"


def dangling(at: Place) -> str:
    (at.folder / "a.geojson").symlink_to(at.canary / "gone.geojson")
    return "a.geojson"


def unreadable_device(at: Place) -> str:
    """A file whose first read fails, as on a broken disk."""
    (at.folder / "a.geojson").symlink_to("/proc/self/mem")
    return "a.geojson"


def folder_named(name: str) -> Make:
    def make(at: Place) -> str:
        (at.folder / name).mkdir()
        (at.folder / name / "read me.txt").write_text("x")
        return name

    return make


def two_formats(at: Place) -> str:
    shapefile()(at)
    collection(GOOD)(at)
    return "a.[gs]*"


def deep_wkb() -> bytes:
    head = struct.pack("<BII", 1, 7, 1)
    return head * DEEP + shapely.to_wkb(shapely.Point(0, 0))


ESCAPE = "\x1b[31m"
GP_HEAD = b"GP\0\1" + struct.pack("<i", 4326)
EWKB = shapely.to_wkb(shapely.set_srid(SQUARES[0], 32648), hex=True, include_srid=True)
SQUARE_WKB = shapely.to_wkb(SQUARES[0])
TAB_VIEW = (
    '!table\n!version 100\nOpen Table "{canary}/canary" Hide\nCreate View a As\nSelect code\n'
)
GPX = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'
GX_TRACK = (
    "<Placemark><gx:Track><when>2020-01-01T00:00:00Z</when><gx:coord>104 12 0</gx:coord>"
    "<when>2020-01-01T00:01:00Z</when><gx:coord>104 13 0</gx:coord></gx:Track></Placemark>"
)
VIRTUAL = "create virtual table v using VirtualOGR(''{canary}/canary.geojson'')"
VIEW = (
    "create view v as select * from a",
    "insert into gpkg_contents (table_name, data_type, identifier, srs_id) "
    "values ('v', 'features', 'v', 4326)",
    "insert into gpkg_geometry_columns values ('v', 'geom', 'POLYGON', 4326, 0, 0)",
)
ESRI = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {}, "geometry": {"rings": [RING]}}],
}


def entity(name: str) -> Callable[[Place], str]:
    """A document type with an entity that holds a file elsewhere."""
    return lambda at: f'<!DOCTYPE {name} [<!ENTITY c SYSTEM "file://{at.canary}/canary.txt">]>'


def laughs(name: str) -> str:
    """Entities of entities, 30 ** 8 words in all."""
    head = f'<!DOCTYPE {name} [<!ENTITY a "{"ha" * 50}">'
    for before, own in zip("abcdefgh", "bcdefghi", strict=True):
        head += f'<!ENTITY {own} "{f"&{before};" * 30}">'
    return f"{head}]>"


def blob(content: bytes) -> Make:
    return geopackage(("update a set geom = ? where fid = 2", (content,)))


def in_utm(path: Path) -> None:
    path.with_suffix(".prj").write_text(pyproj.CRS(32648).to_wkt("WKT1_ESRI"))


def prj(text: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.with_suffix(".prj").write_text(text)

    return change


def without(*suffixes: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        for suffix in suffixes:
            path.with_suffix(suffix).unlink()

    return change


def spaced(coordinates: Any, text: str) -> str:
    """A collection of a polygon with such coordinates, as a text that JSON does not know."""
    return features(polygon(coordinates), GOOD).replace('"here"', text)


def nested(levels: int) -> str:
    inner = '{"type": "GeometryCollection", "geometries": ['
    deep = inner * levels + '{"type": "Point", "coordinates": [0, 0]}' + "]}" * levels
    return features({"type": "Feature", "geometry": "here"}).replace('"here"', deep)


def plain_sqlite(at: Place) -> str:
    with closing(sqlite3.connect(at.folder / "a.gpkg")) as database:
        database.executescript("create table a (x); insert into a values (1)")
    return "a.gpkg"


def without_geometry(at: Place) -> str:
    pyogrio.write_dataframe(pd.DataFrame({"code": ["a"]}), at.folder / "a.gpkg", layer="a")
    return "a.gpkg"


def measured(at: Place) -> str:
    shape = shapely.from_wkt("POLYGON M ((104 12 1, 105 13 1, 105 12 1, 104 12 1))")
    wkb = np.array([shapely.to_wkb(shape, flavor="iso")], object)
    pyogrio.raw.write(at.folder / "a.shp", wkb, [], [], crs="EPSG:4326",
                      geometry_type="Measured Polygon")  # fmt: skip
    return "a.shp"


def renamed(make: Make, name: str) -> Make:
    return lambda at: (at.folder / make(at)).rename(at.folder / name).name


def twice_in_a_zip(at: Place) -> str:
    with zipfile.ZipFile(at.folder / "a.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.geojson", features(GOOD))
        archive.writestr("a.geojson", features(GOOD, GOOD))
    return "a.zip"


HALF = [[104, 12], ["here", 12], [105, 13], [104, 12]]
NO_CRS = ("states no coordinate reference system", "write it as source.crs")
MEND = "Mend or fetch it again."
CRS84 = {"crs": "EPSG:4326"}
WKB_AND_CRS = {"version": "1.0.0", "encoding": "WKB", "geometry_types": []}


def geo(column: Any, primary: Any = "geometry") -> dict[str, Any]:
    return {"version": "1.0.0", "primary_column": primary, "columns": {"geometry": column}}


# name -> how it is made, keys of its source, the reason, what to do
REFUSED: dict[str, tuple[Make, dict[str, Any], str, str]] = {
    "CSV: EWKB of another SRID than the stated one": (
        lines("wkt", EWKB),
        {"geometry": WKT, **CRS84}, "states EPSG:32648, the catalogue EPSG:4326", "crs_override",
    ),
    "CSV: a header of 100,000 names": (
        lines(",".join(["a"] * 100_000)), {"geometry": XY}, "no header", "a line a row",
    ),
    "CSV: one name of 200 KB": (
        lines("a" * 200_000 + ",lon,lat", "1,2,3"), {"geometry": XY}, "no header", "a line a row",
    ),
    "CSV: names that break lines and move the cursor": (
        lines(f'"co\n  de{ESCAPE}",x,y', "a,1,2"), {"geometry": XY},
        "no column 'lon'", r"co\n  de\x1b[31m, x, y",
    ),
    "CSV: a workbook by that name": (
        renamed(workbook(), "a.csv"), {"geometry": XY}, "a packed file", "Unpack it",
    ),
    "CSV: nothing but zeros": (raw("a.csv", bytes(5000)), {"geometry": XY}, "zeros", "Fetch it"),
    "CSV: x and y swapped": (
        lines("code,lon,lat", "a,12,104", "b,12,105"), {"geometry": XY},
        "state no coordinate", "swapped",
    ),
    "XLSX: a password": (
        raw("a.xlsx", locked_workbook()), {"geometry": XY}, "locked by a password", "without one",
    ),
    "XLSX: a CSV by that name": (
        lines("code,lon,lat", "a,1,2", name="a.xlsx"), {"geometry": XY},
        "cannot be read as a spreadsheet", "Save it as .xlsx or CSV",
    ),
    "XLS: the table of a web page": (
        lines("<meta charset=utf-8><table><tr><td>lon</table>", name="a.xls"), {"geometry": XY},
        "a web page or XML", "save it as .xlsx",
    ),
    "XLSX: an entity that reads a file": (
        workbook("xl/worksheets/s1.xml", lambda at: entity("worksheet")(at) + "<worksheet>"
                 '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>'
                 "</sheetData></worksheet>"),
        {"geometry": XY}, "unrecognized entity", "Save it as .xlsx or CSV",
    ),
    "XLSX: a sheet that is listed and not there": (
        workbook("xl/worksheets/s1.xml"), {"geometry": XY}, "lists the sheet S", "Ask for the file",
    ),
    "shapefile: a table of fewer rows": (
        shapefile(parts_of(".dbf", SQUARES[:2])), {}, "2 rows for 3 shapes", "Ask for the shapef",
    ),
    "shapefile: a table of more rows": (
        shapefile(parts_of(".dbf", [*SQUARES, SQUARES[0]])), {}, "4 rows for 3 shapes", "Ask for",
    ),
    "shapefile: an index of fewer records": (
        shapefile(parts_of(".shx", SQUARES[:2])), {}, "lists 2 records, the file holds 1 more",
        "Rebuild the .shx",
    ),
    "shapefile: the index of another file": (
        shapefile(parts_of(".shx", [shapely.Point(1, 2)] * 3)), {}, "does not fit", "Rebuild",
    ),
    "shapefile: an index that lies about a length": (
        shapefile(patched(".shx", 104, struct.pack(">i", 1 << 29))), {}, "does not fit", "Rebuild",
    ),
    "shapefile: the .shp alone": (
        shapefile(without(".shx", ".dbf", ".prj", ".cpg")), {}, "no index (.shx)", "all its parts",
    ),
    "shapefile: a .prj of words": (shapefile(prj("WGS84 probably")), {}, *NO_CRS),
    "shapefile: a .prj of nowhere": (
        shapefile(prj('LOCAL_CS["mine",UNIT["metre",1]]')), {}, *NO_CRS,
    ),
    "shapefile: degrees under a .prj in metres": (
        shapefile(in_utm), {}, "look like degrees but the CRS says metres", "source.crs_override",
    ),
    "shapefile: metres under a .prj in degrees": (
        shapefile(shapes=[shapely.box(5e5, 1.3e6, 5.1e5, 1.31e6)]), {},
        "look like metres", "source.crs_override",
    ),
    "shapefile: points with heights where outlines are wanted": (
        shapefile(shapes=[shapely.Point(104, 12, 5)]), {"role": Role.CONCESSION},
        "none of its 1 rows", "a point, not a polygon (1)",
    ),
    "GeoJSON: nested 1000 deep": (raw("a.geojson", nested(1000)), {}, "Too many nested", MEND),
    "GeoJSON: a number beyond all": (
        raw("a.geojson", spaced(HALF, "1e999")), {}, "Unrecognized number", MEND,
    ),
    "GeoJSON: axes swapped": (
        collection(polygon([p[::-1] for p in RING])), {}, "swapped", 'source.axes = "lat_lon"',
    ),
    "GeoJSON: cut off in the last of 1000": (
        raw("a.geojson", features(*[GOOD] * 1000)[:-30]), {}, "Unterminated", MEND,
    ),
    "GeoJSON: features by number": (
        raw("a.geojson", json.dumps({"type": "FeatureCollection", "features": {"0": GOOD}})), {},
        "Missing 'features' member", MEND,
    ),
    "GeoJSON: two in one file": (
        raw("a.geojson", features(GOOD) * 2), {}, "Unexpected character", MEND,
    ),
    "GeoJSON: a bare list": (raw("a.geojson", json.dumps([GOOD])), {}, "cannot be read", MEND),
    "GeoJSON: in UTF-16": (
        raw("a.geojson", features(GOOD).encode("utf-16")), {}, "is not a geojson file", "Give the",
    ),
    "GeoJSON: gzipped": (
        raw("a.geojson", gzip.compress(features(GOOD).encode())), {}, "is not a geojson", "Give",
    ),
    "GeoJSON: from an Esri server": (
        raw("a.geojson", json.dumps(ESRI)), {}, "is Esri JSON", "f=geojson",
    ),
    "GeoJSON: an unknown CRS behind a hundred kilobytes": (
        raw("a.geojson", features(*[GOOD] * 1500)[:-1] + ', "crs": {"type": "name", "properties": '
            '{"name": "urn:ogc:def:crs:NOBODY::1"}}}'), {}, *NO_CRS,
    ),
    "GeoJSON: no geometry at all": (
        collection(made.feature(None), made.feature(None)), {},
        "none of its 2 rows", "no geometry (2)",
    ),
    "GeoPackage: a table without a geometry": (without_geometry, {}, "no geometry", "source.layer"),
    "GeoPackage: a CRS that is not in it": (
        geopackage("update gpkg_contents set srs_id = 777777",
                   "update gpkg_geometry_columns set srs_id = 777777"), {}, *NO_CRS,
    ),
    "GeoPackage: a table that is a file elsewhere": (
        geopackage("pragma writable_schema = 1",
                   f"insert into sqlite_master values ('table', 'v', 'v', 0, '{VIRTUAL}')",
                   "insert into gpkg_contents (table_name, data_type, identifier, srs_id) "
                   "values ('v', 'attributes', 'v', 4326)"),
        {"layer": "v"}, "no layer 'v'", "source.layer",
    ),
    "GeoPackage: a plain SQLite database": (plain_sqlite, {}, "required GeoPackage tables", MEND),
    "KML: a track where outlines are wanted": (
        kml(GX_TRACK), {"role": Role.MORATORIUM}, "none of its 1 rows", "a line, not a polygon (1)",
    ),
    "KML: an entity that reads a file": (
        kml(placemark("&c;"), entity("kml")), {}, "cannot be read as kml", MEND,
    ),
    "KML: a billion laughs": (
        kml(placemark("&i;"), laughs("kml")), {}, "cannot be read as kml", MEND,
    ),
    "KML: folders without end": (
        kml("<Folder>" * 20_000 + "</Folder>" * 20_000), {}, "cannot be read as kml", MEND,
    ),
    "KML: cut off": (raw("a.kml", "<kml><Document><name>a"), {}, "cannot be read as kml", MEND),
    "GML: a schema and neighbours in the network": (
        raw("a.gml", gml), {}, "a latitude beyond 90", "source.axes",
    ),
    "GML: an entity that reads a file": (
        raw("a.gml", lambda at: entity("x")(at) + gml(at).replace(">p<", ">&c;<")), {},
        "a latitude beyond 90", "source.axes",
    ),
    "GML: a billion laughs": (
        raw("a.gml", lambda at: laughs("x") + gml(at).replace(">p<", ">&i;<")), {},
        "no geometry", "source.layer",
    ),
    "GPX: waypoints where outlines are wanted": (
        raw("a.gpx", GPX.format('<wpt lat="12" lon="104"/>')), {"role": Role.MORATORIUM},
        "none of its 1 rows", "a point, not a polygon (1)",
    ),
    "FlatGeobuf: cut off in its features": (
        other_format("a.fgb", lambda whole: whole[:-50]), {}, "reading feature", MEND,
    ),
    "FlatGeobuf: cut off in its head": (
        other_format("a.fgb", lambda whole: whole[:60]), {}, "no layer that can be opened", MEND,
    ),
    "FileGDB: a folder without tables": (folder_named("a.gdb"), {}, "not recognized", MEND),
    "MapInfo: no .dat": (mapinfo(".dat"), {}, "has no .dat", ".tab, .dat, .map, .id"),
    "MapInfo: no .map": (mapinfo(".map"), {}, "has no .map", ".tab, .dat, .map, .id"),
    "MapInfo: a view of a table elsewhere": (mapinfo(text=TAB_VIEW), {}, "not recognized", MEND),
    "TopoJSON: arcs it does not hold": (
        topology([[5]]), CRS84, "none of its 1 rows", "no geometry (1)",
    ),
    "GeoParquet: a primary column it does not hold": (
        parquet(geo(WKB_AND_CRS, "shape")), {}, "'shape' as the column", "Write it anew",
    ),
    "GeoParquet: a word instead of facts": (
        parquet(geo("WKB")), {}, "'geometry' as the column", "Write it anew",
    ),
    "GeoParquet: facts without a bottom": (parquet("[" * 100_000), {}, "no bottom", "Write it"),
    "GeoParquet: a CRS that is none": (
        parquet(geo({**WKB_AND_CRS, "crs": {"type": "ProjectedCRS"}})), {}, *NO_CRS,
    ),
    "zip: two of one name in two folders": (
        twin_zip("north/parks", "south/parks"), {}, "north/parks.shp, south/parks.shp", "members",
    ),
    "zip: a zip of nothing": (
        zipped(("inner.zip", b"PK\x05\x06" + bytes(18))), {}, "nothing this", "Give the data",
    ),
    "zip: one name twice": (twice_in_a_zip, {}, "'a.geojson' more than once", "own name"),
    "zip: damaged within": (damaged_zip, {}, "a damaged zip", "Fetch it again"),
    "zip: a name of 300 letters": (
        zipped(("a" * 300 + ".geojson", features(GOOD))), {}, "File name too long", "plain names",
    ),
    "zip: a member without a name": (nameless_zip, {}, "points outside", "plain names"),
    "zip: a file and a folder of one name": (
        zipped(("a.gdb/x/y", "x"), ("a.gdb/x", "y")), {}, "cannot be unpacked", "plain names",
    ),
    "zip: names that break lines": (
        zipped(("a\n  b.geojson", features(GOOD)), ("c.geojson", features(GOOD))), {},
        r"a\n  b.geojson, c.geojson", "source.members",
    ),
    "a pipe": (fifo, {}, "a pipe or a device", "Save its content"),
    "a link to nothing": (dangling, {}, "no such file", "change source.path"),
    "a disk that cannot be read": (unreadable_device, {}, "cannot be read: Input/output", "whole"),
    "a folder": (folder_named("a.geojson"), {}, "a folder, not a file", "Name a file in it"),
    "a pattern that fits two formats": (
        two_formats, {"format": "geojson"}, "is not a geojson file", "state source.format",
    ),
    "a pattern that fits nothing": (lambda _: "x*.geojson", {}, "no file fits", "source.path"),
    "a pattern that is none": (lambda _: "**x/*.geojson", {}, "no pattern", "source.path"),
    "a name too long for any file": (lambda _: f"{'x' * 300}.geojson", {}, "no such file", "Put"),
}  # fmt: skip

# name -> how it is made, keys of its source, rows accepted and rejected, words of its issues
TOLD: dict[str, tuple[Make, dict[str, Any], tuple[int, int], str]] = {
    "CSV: WKT cut off by its database": (
        lines("code,wkt", f'a,"{SQUARES[0].wkt}"', f'b,"{SQUARES[1].wkt[:30]}"'),
        {"geometry": WKT, **CRS84}, (1, 1), "cannot be read as WKT",
    ),
    "CSV: separators mixed": (
        lines("code;lon;lat", "a;104;12", "b,105,12", "c;106;12"), {"geometry": XY}, (2, 1),
        "row 3 of the file has 1 field where the header names 3",
    ),
    "CSV: a header only": (lines("code,lon,lat"), {"geometry": XY}, (0, 0), "holds no rows"),
    "CSV: 61 minutes": (
        lines("code;lon;lat", "a;104°30'0\"E;12°61'0\"N", "b;104°30'0\"E;12°51'0\"N"),
        {"geometry": XY}, (1, 1), "61 minutes: these go up to 59",
    ),
    "CSV: a formula for a coordinate": (
        lines("code,lon,lat", *[f"{i},104,12" for i in range(20)], 'x,"=HYPERLINK(""x"")",12'),
        {"geometry": XY}, (20, 1), "is no coordinate",
    ),
    "CSV: WKT of collections without end": (
        lines("wkt", "GEOMETRYCOLLECTION(" * DEEP + "POINT(0 0)" + ")" * DEEP,
              f'"{SQUARES[0].wkt}"'),
        {"geometry": WKT, **CRS84}, (1, 1), "more than 500 levels deep",
    ),
    "CSV: WKB of collections without end": (
        lines("wkt", deep_wkb().hex(), SQUARE_WKB.hex()),
        {"geometry": WKT, **CRS84}, (1, 1), "more than 500 levels deep",
    ),
    "CSV: zeros at its end, as a full disk leaves": (
        raw("a.csv", b"code,lon,lat\na,104,12\n" + bytes(5000)), {"geometry": XY}, (1, 1),
        "row 3 of the file has 1 field",
    ),
    "CSV: corners of one title in two zones": (
        lines("code,n,e,nn,z", *[f"{c},{n},{500000 + x},{1300000 + y},{z}" for c, zones in
              (("a", "48N 48N 47N"), ("b", "48N 48N 48N")) for n, ((x, y), z) in
              enumerate(zip([(0, 0), (9999, 0), (9999, 9999)], zones.split(), strict=True))]),
        {"geometry": TableGeometry(x="e", y="nn", group=("code",), order="n", zone="z")}, (2, 0),
        "several UTM zones: 1; is z right?",
    ),
    "CSV: corners with a header only": (
        lines("code,n,lon,lat"), {"geometry": CORNERS}, (0, 0), "holds no rows",
    ),
    "MapInfo: texts in no encoding": (undecodable, {}, (3, 0), "letters of texts are lost"),
    "GeoJSON: one feature twenty thousand times": (
        collection(*[GOOD] * 20_000), {}, (20_000, 0), "",
    ),
    "shapefile: a code page of other bytes": (
        shapefile(patched(".cpg", 0, b"\0\xff\0")), {}, (3, 0), "",
    ),
    "XLSX: with macros": (workbook("xl/vbaProject.bin", "x"), {"geometry": XY}, (2, 0), "names"),
    "XLSX: linked to a file in the network": (
        workbook("xl/externalLinks/_rels/externalLink1.xml.rels", lambda at: "<Relationships "
                 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                 f'<Relationship Id="r" Type="x" Target="{at.address}/x" TargetMode="External"/>'
                 "</Relationships>"),
        {"geometry": XY}, (2, 0), "names",
    ),
    "shapefile: cut off within a record": (
        shapefile(shortened(".shp", 350)), {}, (1, 2), "cut off: 2 of its 3 records",
    ),
    "shapefile: a length that is not true": (
        shapefile(patched(".shp", 24, struct.pack(">i", 1 << 30))), {}, (3, 0), "",
    ),
    "shapefile: a number of corners that is not true": (
        shapefile(patched(".shp", 148, struct.pack("<i", 1 << 29))), {}, (2, 1), "no geometry",
    ),
    "shapefile: a table of half a billion rows, by its own word": (
        shapefile(patched(".dbf", 4, struct.pack("<i", 1 << 29))), {}, (3, 0), "",
    ),
    "shapefile: a table that is none": (
        shapefile(shortened(".dbf", 20)), {},
        (3, 0), "have no attributes",
    ),
    "shapefile: measures on its corners": (
        measured, {}, (1, 0), "M values of 1 features were dropped",
    ),
    "GeoJSON: a bare geometry": (raw("a.geojson", json.dumps(GOOD["geometry"])), {}, (1, 0), ""),
    "GeoJSON: a lone feature": (raw("a.geojson", json.dumps(GOOD)), {}, (1, 0), ""),
    "GeoJSON: with a byte order mark": (
        raw("a.geojson", b"\xef\xbb\xbf" + features(GOOD).encode()), {}, (1, 0), "",
    ),
    "GeoJSON: NaN": (raw("a.geojson", spaced(HALF, "NaN")), {}, (1, 1), "not a number"),
    "GeoJSON: Infinity": (raw("a.geojson", spaced(HALF, "Infinity")), {}, (1, 1), "not a number"),
    "GeoJSON: the largest of numbers": (
        raw("a.geojson", spaced(HALF, "1e308")), {}, (1, 1), "not longitude and latitude",
    ),
    "GeoJSON: numbers as texts": (
        collection(polygon([[str(x), str(y)] for x, y in RING]), GOOD), {}, (1, 1), "no geometry",
    ),
    "GeoJSON: a ring of three points": (
        collection(polygon([*RING[:2], RING[0]]), GOOD), {}, (1, 1), "no area left",
    ),
    "GeoJSON: one ordinate": (
        collection(polygon([[104], [105], [106], [104]]), GOOD), {}, (1, 1), "coord dimension",
    ),
    "GeoJSON: a geometry among its features": (
        collection(GOOD["geometry"], GOOD), {}, (1, 0), "1 of its 2 features are no GeoJSON",
    ),
    "GeoJSON: a feature by another name": (
        collection({**GOOD, "type": "feature"}, GOOD), {}, (1, 0), "were passed over",
    ),
    "GeoJSON: a key twice": (
        raw("a.geojson", features(GOOD).replace('"geometry":', '"geometry": null, "geometry":')),
        {}, (1, 0), "",
    ),
    "GeoJSON lines: one of them broken": (
        raw("a.geojsonl", "\n".join([json.dumps(GOOD), json.dumps(GOOD)[:60], json.dumps(GOOD)])),
        {}, (2, 0), "1 of its 3 records are no GeoJSON features, passed over: number 2",
    ),
    "GeoPackage: garbage for one geometry": (blob(b"garbage"), {}, (2, 1), "no geometry"),
    "GeoPackage: one geometry cut off": (
        blob(GP_HEAD + SQUARE_WKB[:-20]), {}, (2, 1), "geometry cannot be read",
    ),
    "GeoPackage: collections without end": (
        blob(GP_HEAD + deep_wkb()), {}, (2, 1), "geometry cannot be read",
    ),
    "GeoPackage: a view for a layer": (geopackage(*VIEW), {"layer": "v"}, (3, 0), ""),
    "GeoPackage: a trigger that deletes": (
        geopackage("create trigger t after update on a begin delete from a; end"), {}, (3, 0), "",
    ),
    "GeoPackage: a count that is not true": (
        geopackage("update gpkg_ogr_contents set feature_count = 1"), {}, (3, 0), "",
    ),
    "KML: nothing but a link": (
        kml(lambda at: f"<NetworkLink><Link><href>{at.address}/x.kml</href></Link></NetworkLink>"),
        {}, (0, 0), "not followed",
    ),
    "KML: a script in its description": (
        kml(placemark("p", "<description><![CDATA[<script>x()</script>]]></description>")), {},
        (1, 0), "",
    ),
    "GPX: an entity that reads a file": (
        raw("a.gpx", lambda at: entity("gpx")(at) + GPX.format(
            '<wpt lat="12" lon="104"><name>&c;</name></wpt>')), {}, (1, 0), "",
    ),
    "zip: names that differ only in case": (
        twin_zip("parks", "PARKS"), {"members": ("parks.shp",)}, (1, 0), "",
    ),
}  # fmt: skip


# --- how they are read ---------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: Any) -> Iterator[Place]:
    """A data folder; checks at the end that nothing was left, asked for or read elsewhere."""
    at = Place(tmp_path / "data", tmp_path / "elsewhere", listener[0])
    scratch = tmp_path / "scratch"
    for folder in (at.folder, at.canary, scratch):
        folder.mkdir()
    (at.canary / "canary.txt").write_text(CANARY)
    canary = made.frame(SQUARES, code=[CANARY] * 3)
    for name, driver in (("canary.geojson", "GeoJSON"), ("canary.tab", "MapInfo File")):
        pyogrio.write_dataframe(canary, at.canary / name, driver=driver)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    yield at
    assert list(scratch.iterdir()) == []
    assert listener[1] == []


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Stops what waits for ever, such as one who opens a pipe."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def layer_of(at: Place, path: str, geometry: TableGeometry | None = None, **keys: Any) -> Layer:
    """The layer as a build reads it."""
    spec = made.spec(path, **keys)
    spec = replace(spec, source=replace(spec.source, geometry=geometry))
    return read_layers(Catalog("c", "C", {"made": spec}), at.folder, made.ON)["made"]


def read(at: Place, path: str, geometry: TableGeometry | None = None, **keys: Any) -> Layer:
    """The same, in time, and leaving the folder as it was."""
    before = sorted(at.folder.rglob("*"))
    try:
        with within(MOST_SECONDS):
            return layer_of(at, path, geometry, **keys)
    finally:
        assert sorted(at.folder.rglob("*")) == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_one_line_with_its_name_the_reason_and_what_to_do(
    place: Place, name: str
) -> None:
    make, keys, reason, remedy = REFUSED[name]
    path = make(place)
    with pytest.raises(SourceError) as caught:
        read(place, path, **keys)
    head, *problems = str(caught.value).split("\n")
    assert head == "1 of 1 layers cannot be read:"
    (problem,) = problems
    start = "a." if name == "a pattern that fits two formats" else path
    assert problem.startswith(f"  layer made: {place.folder / start}")
    assert reason in problem
    assert remedy in problem[problem.index(reason) :]
    assert problem.endswith(".")
    assert problem.isprintable()
    assert CANARY not in problem
    assert len(problem) < 1000


@pytest.mark.parametrize("name", TOLD)
def test_a_file_that_can_be_read_in_part_says_what_was_lost_and_its_books_balance(
    place: Place, name: str
) -> None:
    make, keys, (accepted, rejected), words = TOLD[name]
    layer = read(place, make(place), **keys)
    assert made.balanced(layer)
    assert layer.source["rows_accepted"] == accepted
    assert layer.source["rows_rejected"] == rejected
    assert any(words in problem for problem in layer.issues["problem"]) or not words
    assert CANARY not in layer.features.to_csv() + layer.issues.to_csv()


def test_of_two_shapefiles_in_a_zip_whose_names_differ_in_case_the_named_one_is_read(
    place: Place,
) -> None:
    path = twin_zip("parks", "PARKS")(place)
    for i, member in enumerate(("parks.shp", "PARKS.shp")):
        (shape,) = read(place, path, members=(member,)).shapes
        assert shapely.equals(shape, SQUARES[i])


NAMES = ["a\nb", "a 'b' \"c\"", "⛏ ភ្នំពេញ", "100%20%s{0}", "a[1]", "-a;b|c&d", "a#b?c", "a\\b"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", [".geojson", ".shp", ".gpkg", ".csv", ".gml", ".parquet"])
def test_a_file_of_any_name_is_read_and_named_in_one_line(
    place: Place, name: str, ending: str
) -> None:
    path = place.folder / f"{name}{ending}"
    geometry = WKT if ending == ".csv" else None
    if ending == ".csv":
        path.write_text(f'wkt\n"{SQUARES[0].wkt}"\n')
    else:
        plain = place.folder / f"plain{ending}"
        made.write(table(shapes=SQUARES[:1]), plain)
        plain.with_suffix(".xsd").unlink(missing_ok=True)
        for part in place.folder.glob("plain.*"):
            part.rename(place.folder / f"{name}{part.suffix}")
    crs = "EPSG:4326" if ending == ".csv" else ""
    assert len(read(place, path.name, geometry, crs=crs).features) == 1
    path.write_bytes(b"")
    with pytest.raises(SourceError) as caught:
        read(place, path.name, geometry, crs=crs)
    (problem,) = str(caught.value).split("\n")[1:]
    assert "the file is empty" in problem
    assert problem.isprintable()


def test_a_geopackage_with_its_last_rows_in_a_journal_is_read_whole(place: Place) -> None:
    """As a program leaves it that was closed too early; the file alone holds two rows of three."""
    name = geopackage("delete from a where fid = 3")(place)
    path = place.folder / name
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma wal_autocheckpoint = 0")
        database.execute("insert into a (fid, geom) select 3, geom from a where fid = 1")
        database.commit()
        copy = place.folder / "copy"
        copy.mkdir()
        for part in place.folder.glob("a.gpkg*"):
            shutil.copy(part, copy)
    layer = read(replace(place, folder=copy), name)
    assert made.balanced(layer)
    assert layer.source["rows_in"] == 3


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".geojsonl"])
def test_a_file_that_somebody_still_writes_ends_in_an_error_or_balanced_books(
    place: Place, ending: str
) -> None:
    path = place.folder / f"a{ending}"
    head = {".csv": "code,lon,lat\n", ".geojson": features()[:-2]}.get(ending, "")
    path.write_text(head)
    row = "a,104,12\n" if ending == ".csv" else json.dumps(GOOD) + ("\n", ",")[ending == ".geojson"]
    stop = threading.Event()

    def write() -> None:
        with path.open("a") as stream:
            while not stop.is_set():
                stream.write(row * 3)
                stream.flush()
                time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            try:
                layer = read(place, path.name, XY if ending == ".csv" else None)
            except SourceError as error:
                assert str(path) in str(error)  # either is right
            else:
                assert made.balanced(layer)
    finally:
        stop.set()
        writer.join()
