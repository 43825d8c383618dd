"""Files made by hand to be refused, or read in part, beside those of the readers' own tests."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from cetm_geo.model import Measure, RasterSpec
from tests.grids import geotiff
from tests.test_hostile_files import (
    CRS84,
    ESCAPE,
    GOOD,
    GP_HEAD,
    GPX,
    RING,
    SQUARE_WKB,
    SQUARES,
    WKB_AND_CRS,
    WKT,
    XY,
    Make,
    Place,
    blob,
    collection,
    entity,
    features,
    geo,
    geopackage,
    kml,
    laughs,
    lines,
    other_format,
    parquet,
    patched,
    placemark,
    polygon,
    prj,
    raw,
    renamed,
    shapefile,
    shortened,
    table,
    workbook,
    zipped,
)

FILES = dict[str, tuple[Make, dict[str, Any], str, str]]
MEBI = 1 << 20

# --- how they are made ---------------------------------------------------------------------------


def vrt_of(at: Place) -> str:
    """What GDAL takes for a description of a layer that lies elsewhere, under any name."""
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{at.canary}/canary.geojson'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def links_to(href: Callable[[Place], str]) -> Make:
    """A GeoJSON whose CRS is said to stand elsewhere."""
    return raw(
        "a.geojson",
        lambda at: features(
            GOOD, crs={"type": "link", "properties": {"href": href(at), "type": "proj4"}}
        ),
    )


def in_a_zip(make: Make, name: str = "a.zip") -> Make:
    def zip_of(at: Place) -> str:
        file = at.folder / make(at)
        with zipfile.ZipFile(at.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, file.name)
        file.unlink()
        return name

    return zip_of


def zip_with(member: str, content: str = features(GOOD), **facts: Any) -> Make:
    """A zip with one member more, of which the directory says these facts."""

    def make(at: Place) -> str:
        info = zipfile.ZipInfo(member)
        for key, value in facts.items():
            setattr(info, key, value)
        with zipfile.ZipFile(at.folder / "a.zip", "w") as archive:
            archive.writestr("b.geojson", features(GOOD))
            text = content.replace("{canary}", str(at.canary))
            archive.writestr(info, text)
        return "a.zip"

    return make


def bomb(member: str, start: bytes, size_mb: int, end: bytes = b"", name: str = "a.zip") -> Make:
    """A zip of a few hundred kilobytes with so many megabytes of blanks in one member."""

    def make(at: Place) -> str:
        with (
            zipfile.ZipFile(at.folder / name, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(member, "w", force_zip64=True) as out,
        ):
            out.write(start)
            for _ in range(size_mb):
                out.write(b" " * MEBI)
            out.write(end)
        return name

    return make


def encrypted(at: Place) -> str:
    name = zipped(("a.geojson", features(GOOD)))(at)
    held = bytearray((at.folder / name).read_bytes())
    held[6] |= 1
    held[held.rindex(b"PK\x01\x02") + 8] |= 1
    (at.folder / name).write_bytes(bytes(held))
    return name


def geodatabase(change: Callable[[Path], None] = lambda _: None) -> Make:
    def make(at: Place) -> str:
        path = at.folder / "a.gdb"
        pyogrio.write_dataframe(table(), path, driver="OpenFileGDB", layer="a")
        change(path)
        return "a.gdb"

    return make


def largest_part(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the table of a geodatabase that holds the features: the last one."""
    part = sorted(path.glob("a*.gdbtable"))[-1]
    part.write_bytes(change(part.read_bytes()))


def ods(body: str, head: str = "") -> Make:
    """An OpenDocument spreadsheet of one table with these rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?>{head}<office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="S">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    return zipped(
        ("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest),
        name="a.ods",
    )  # fmt: skip


def ods_row(*cells: Any, often: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"{often}><text:p>{cell}</text:p>'
        "</table:table-cell>"
        for cell in cells
    )
    return f"<table:table-row{often.replace('columns', 'rows')}>{inner}</table:table-row>"


def mif(body: str, mid: str = "") -> Make:
    def make(at: Place) -> str:
        head = 'Version 300\nCharset "WindowsLatin1"\nDelimiter ","\n'
        head += "CoordSys Earth Projection 1, 104\nColumns 1\n  code Char(9)\n"
        (at.folder / "a.mif").write_text(f"{head}Data\n{body}")
        if mid:
            (at.folder / "a.mid").write_text(mid)
        return "a.mif"

    return make


def parquet_of(columns: dict[str, Any], **options: Any) -> Make:
    def make(at: Place) -> str:
        facts = json.dumps(geo(WKB_AND_CRS))
        held = pa.table(columns).replace_schema_metadata({"geo": facts})
        pq.write_table(held, at.folder / "a.parquet", **options)
        return "a.parquet"

    return make


def unclosed_fence(at: Place) -> str:
    """A quote that is never closed before 40 MB of rows."""
    text = 'code,lon,lat\n"a,104,12\n' + "b,104,12\n" * (40 * MEBI // 9)
    return raw("a.csv", text)(at)


def tiff_of(width: int, height: int, *, offsets: tuple[int, ...] = (8,), tile: int = 0) -> Make:
    """A TIFF of one IFD that states these sizes, whatever its few bytes hold."""

    def entry(tag: int, kind: int, *values: int) -> bytes:
        return struct.pack("<HHII", tag, kind, len(values), values[0])

    def make(at: Place) -> str:
        rows = [
            entry(256, 4, width), entry(257, 4, height), entry(258, 3, 8), entry(259, 3, 8),
            entry(262, 3, 1),
        ]  # fmt: skip
        if tile:
            rows += [entry(322, 4, tile), entry(323, 4, tile), entry(324, 4, *offsets),
                     entry(325, 4, 100)]  # fmt: skip
        else:
            rows += [entry(273, 4, *offsets), entry(278, 4, height), entry(279, 4, 100)]
        held = b"II*\0" + struct.pack("<IH", 8, len(rows)) + b"".join(rows) + bytes(200)
        (at.folder / "a.tif").write_bytes(held)
        (at.folder / "a.tfw").write_text("0.0001\n0\n0\n-0.0001\n104\n12\n")
        return "a.tif"

    return make


def tiff(change: Callable[[Path], None] = lambda _: None, **more: Any) -> Make:
    def make(at: Place) -> str:
        change(geotiff(at.folder / "a.tif", [[1, 2], [3, 4]], **more))
        return "a.tif"

    return make


def endless_directory(path: Path) -> None:
    """Its first directory says that the next one is itself."""
    held = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", held, 4)
    (count,) = struct.unpack_from("<H", held, start)
    struct.pack_into("<I", held, start + 2 + 12 * count, start)
    path.write_bytes(bytes(held))


def noisy_tiff(at: Place) -> str:
    """Its cells are packed, and the last half of its bytes are others."""
    cells = np.random.default_rng(1).random((300, 300))
    path = geotiff(at.folder / "a.tif", cells, compress="deflate", cell=0.0001)
    held = path.read_bytes()
    path.write_bytes(held[: len(held) // 8] + b"\xa5" * (len(held) - len(held) // 8))
    return path.name


def with_side_file(text: str) -> Make:
    """A raster beside which GDAL's own side file names an overview elsewhere."""

    def make(at: Place) -> str:
        name = tiff(nodata=0)(at)
        said = text.replace("{canary}", str(at.canary)).replace("{address}", at.address)
        (at.folder / f"{name}.aux.xml").write_text(said)
        return name

    return make


def flatgeobuf(change: Callable[[bytearray], None]) -> Make:
    def changed(whole: bytes) -> bytes:
        held = bytearray(whole)
        change(held)
        return bytes(held)

    return other_format("a.fgb", changed)


def written_at(start: int, content: bytes) -> Callable[[bytearray], None]:
    def change(held: bytearray) -> None:
        at = start if start >= 0 else len(held) + start
        held[at : at + len(content)] = content

    return change


def one_text(at: Place) -> str:
    """A text of 64 MB, which stands a hundred times in a file of a few kilobytes."""
    text = pa.array(["a" * (64 * MEBI)]).dictionary_encode().take(pa.array([0] * 100))
    columns = {"code": text, "geometry": [SQUARE_WKB] * 100}
    return parquet_of(columns, compression="zstd")(at)


def shifted(at: Place) -> pyproj.CRS:
    """A CRS whose shift to WGS 84 stands in a file elsewhere."""
    return pyproj.CRS(f"+proj=utm +zone=48 +nadgrids={at.canary}/canary.txt +type=crs")


def many_rings() -> bytes:
    """A polygon in WKB that says it has two thousand million rings."""
    return struct.pack("<BII", 1, 3, 0x7FFFFFFF) + bytes(64)


def grown(at: Place) -> str:
    """A sheet with a cell far below and far right: seven rows of cells by its own word, all of it
    empty but two corners."""
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>lon</t></is></c></row>'
    rows += '<row r="6000"><c r="XFD6000" t="inlineStr"><is><t>x</t></is></c></row>'
    return workbook(
        "xl/worksheets/s1.xml",
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>",
    )(at)


def fat_workbook(at: Place) -> str:
    """A workbook of some hundred kilobytes whose one text is 600 MB of the same letter."""
    whole = at.folder / workbook()(at)
    with zipfile.ZipFile(whole) as old:
        held = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in held.items():
            if name != "xl/worksheets/s1.xml":
                new.writestr(name, content)
        with new.open("xl/worksheets/s1.xml", "w", force_zip64=True) as out:
            out.write(
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
            )
            for _ in range(600):
                out.write(b"a" * MEBI)
            out.write(b"</t></is></c></row></sheetData></worksheet>")
    return whole.name


# --- files of features ---------------------------------------------------------------------------

ARCS = {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0]]}]}

# name -> how it is made, keys of its source, how it ends, what is said
FEATURES: FILES = {
    # what leads elsewhere
    "GeoJSON: a CRS at an address": (
        links_to(lambda at: f"{at.address}/crs.txt"),
        {},
        "refused",
        "states no coordinate reference system",
    ),
    "GeoJSON: a CRS in a file": (
        links_to(lambda at: f"file://{at.canary}/canary.txt"),
        {},
        "refused",
        "states no coordinate reference system",
    ),
    "GeoJSON: a CRS by the name of a file": (
        raw(
            "a.geojson",
            lambda at: features(
                GOOD, crs={"type": "name", "properties": {"name": f"{at.canary}/canary.txt"}}
            ),
        ),
        {},
        "refused",
        "states no coordinate reference system",
    ),
    "GeoJSON: a command of GDAL": (
        raw(
            "a.geojson",
            lambda at: json.dumps(
                {
                    "type": "gdal_streamed_alg",
                    "command_line": f"gdal vector read {at.canary}/canary.geojson",
                }
            ),
        ),
        {},
        "refused",
        "cannot be read as geojson: 'gdal_streamed_alg'",
    ),
    "GeoJSON: a description of a layer": (
        raw("a.geojson", vrt_of),
        {},
        "refused",
        "is not a geojson file; it starts with '<OGRVRT",
    ),
    "KML: a description of a layer": (
        raw("a.kml", vrt_of),
        {},
        "refused",
        "is not a kml file; it starts with '<OGRVRT",
    ),
    "GPX: a description of a layer": (
        raw("a.gpx", vrt_of),
        {},
        "refused",
        "is not a gpx file; it starts with '<OGRVRT",
    ),
    "GML: a description of a layer behind a remark": (
        raw("a.gml", lambda at: f"<?xml version='1.0'?><!-- gml -->{vrt_of(at)}"),
        {},
        "refused",
        "is not a gml file; it starts with .<.xml version",
    ),
    "CSV: a description of a layer": (
        raw("a.csv", vrt_of),
        {"geometry": XY},
        "refused",
        "no column 'lon'.*The file has: <OGRVRTDataSource>",
    ),
    "GeoPackage: a description of a layer": (
        raw("a.gpkg", vrt_of),
        {},
        "refused",
        "is not a geopackage file; it starts with '<OGRVRT",
    ),
    "MapInfo: a description of a layer": (
        raw("a.tab", vrt_of),
        {},
        "refused",
        "is not a mapinfo file; it starts with '<OGRVRT",
    ),
    "zip: a description of a layer in it": (
        in_a_zip(raw("a.geojson", vrt_of)),
        {},
        "refused",
        "a.zip/a.geojson: is not a geojson file; it starts with '<OGRVRT",
    ),
    "GML: a request to a WFS": (
        raw(
            "a.gml", lambda at: f"<OGRWFSDataSource><URL>{at.address}/wfs</URL></OGRWFSDataSource>"
        ),
        {},
        "refused",
        "is not a gml file; it starts with '<OGRWFS",
    ),
    "GML: a CRS at an address": (
        raw(
            "a.gml",
            lambda at: (
                '<x xmlns="http://x" xmlns:gml="http://www.opengis.net/gml">'
                f'<gml:featureMember><p><s><gml:Point srsName="{at.address}/crs#1"><gml:pos>12 104'
                "</gml:pos></gml:Point></s></p></gml:featureMember></x>"
            ),
        ),
        {},
        "refused",
        "a.gml: states no coordinate reference system",
    ),
    "MapInfo: a picture elsewhere": (
        raw(
            "a.tab",
            lambda at: (
                f'!table\n!version 300\nDefinition Table\n  File "{at.canary}'
                '/canary.csv"\n  Type "RASTER"\n'
            ),
        ),
        {},
        "refused",
        "has no .dat, .map, .id beside it",
    ),
    "zip: a member that climbs": (
        zip_with("../../elsewhere/a.geojson"),
        {},
        "refused",
        "'../../elsewhere/a.geojson' points outside",
    ),
    "zip: a member from the root": (
        zip_with("/etc/a.geojson"),
        {},
        "refused",
        "'/etc/a.geojson' points outside",
    ),
    "zip: a member of another drive": (
        zip_with("C:\\a.geojson"),
        {},
        "refused",
        r"'C:.+a\.geojson' points outside",
    ),
    "zip: a member that climbs by backslashes": (
        zip_with("..\\a.geojson"),
        {},
        "refused",
        r"'\.\..+a\.geojson' points outside",
    ),
    "zip: a link to a file elsewhere": (
        zip_with("a.geojson", "{canary}/canary.geojson", external_attr=0o120777 << 16),
        {},
        "refused",
        "'a.geojson' is a symbolic link",
    ),
    "GeoPackage: a view that loads a program": (
        geopackage(
            "create view v as select load_extension('{canary}/canary.txt') as geom",
            "insert into gpkg_contents (table_name, data_type, identifier, srs_id) "
            "values ('v', 'features', 'v', 4326)",
            "insert into gpkg_geometry_columns values ('v', 'geom', 'POLYGON', 4326, 0, 0)",
        ),
        {"layer": "v"},
        "refused",
        "unsafe use of load_extension",
    ),
    "GeoPackage: a trigger that attaches another": (
        geopackage(
            "create trigger t after insert on a begin select readfile('{canary}/canary.txt'); end"
        ),
        {},
        "3 and 0",
        "",
    ),
    "CSV: a file for a place": (
        lines("code,wkt", "a,file:///etc/passwd", f'b,"{SQUARES[0].wkt}"'),
        {"geometry": WKT, **CRS84},
        "1 and 1",
        "cannot be read as WKT: Unknown type: 'FILE:///ETC",
    ),
    # sizes
    "KMZ: a bomb": (
        bomb("doc.kml", b"<kml>", 200, b"</kml>", "a.kmz"),
        {},
        "refused",
        "'doc.kml' unpacks to more than 1000 times",
    ),
    "zip: a bomb in a zip": (
        in_a_zip(bomb("a.geojson", b"{", 200, name="inner.zip")),
        {},
        "refused",
        "inner.zip: the member 'a.geojson' unpacks to more than 1000",
    ),
    "zip: 20,001 entries": (
        zipped(*[(f"{i}.txt", "") for i in range(20_001)]),
        {},
        "refused",
        "holds 20001 entries; at most 20000",
    ),
    "zip: zips in zips in zips in zips": (
        in_a_zip(in_a_zip(in_a_zip(in_a_zip(collection(GOOD), "d.zip"), "c.zip"), "b.zip")),
        {},
        "refused",
        "a.zip: holds nothing this program reads",
    ),
    "zip: with a password": (encrypted, {}, "refused", "'a.geojson' is encrypted"),
    "XLSX: a cell in its farthest corner": (
        grown,
        {"geometry": XY},
        "refused",
        "spans 6000 rows and 16384 columns",
    ),
    "XLSX: a text of 600 MB": (
        fat_workbook,
        {"geometry": XY},
        "refused",
        "s1.xml' unpacks to more than 200 times",
    ),
    "ODS: a row repeated for ever": (
        ods(
            ods_row("lon", "lat")
            + ods_row("1", often=' table:number-columns-repeated="16384"').replace(
                "<table:table-row", '<table:table-row table:number-rows-repeated="1048576"'
            )
        ),
        {"geometry": XY},
        "refused",
        "spans 1048577 rows and 16384 columns",
    ),
    "ODS: a text in six thousand rows and sixteen thousand columns": (
        ods(
            ods_row("lon", "lat")
            + ods_row("1", often=' table:number-columns-repeated="16000"').replace(
                '-row table:number-rows-repeated="16000"', '-row table:number-rows-repeated="6000"'
            )
        ),
        {"geometry": XY},
        "refused",
        "spans 6001 rows and 16000 columns",
    ),
    "ODS: rows without end that hold nothing": (
        ods(
            ods_row("lon", "lat")
            + ods_row("104", "12")
            + '<table:table-row table:number-rows-repeated="1048570"><table:table-cell '
            'table:number-columns-repeated="16384"/></table:table-row>'
        ),
        {"geometry": XY, **CRS84},
        "1 and 0",
        "",
    ),
    "ODS: an entity that reads a file": (
        lambda at: ods(ods_row("&c;"), entity("a")(at))(at),
        {"geometry": XY},
        "refused",
        "unrecognized entity `&c;`",
    ),
    "ODS: a billion laughs": (
        ods(ods_row("&i;"), laughs("a")),
        {"geometry": XY},
        "refused",
        "unrecognized entity `&i;`",
    ),
    "ODS: a text by that name": (
        raw("a.ods", "lon,lat\n1,2\n"),
        {"geometry": XY},
        "refused",
        "a.ods: cannot be read as a spreadsheet: invalid Zip",
    ),
    "ODS: its content cut off": (
        zipped(
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", "<office:document-content><office:body>"),
            name="a.ods",
        ),
        {"geometry": XY},
        "refused",
        "a.ods: cannot be read as a spreadsheet: 'META-INF/manifest.xml'",
    ),
    "CSV: a quote that is never closed": (
        unclosed_fence,
        {"geometry": XY},
        "refused",
        "quotation mark is opened and never closed",
    ),
    "CSV: in UTF-32": (
        raw("a.csv", "code,lon,lat\na,104,12\n".encode("utf-32")),
        {"geometry": XY},
        "refused",
        "no column 'lon'.*near: .*x00l",
    ),
    "CSV: infinite and beyond": (
        lines(
            "code,lon,lat",
            *[f"{i},104,12" for i in range(20)],
            "a,inf,12",
            "b,1e400,12",
            "c,104,-Infinity",
        ),
        {"geometry": XY, **CRS84},
        "20 and 3",
        "'inf' is no coordinate",
    ),
    "CSV: WKB with two thousand million rings": (
        lines("wkt", many_rings().hex(), SQUARE_WKB.hex()),
        {"geometry": WKT, **CRS84},
        "1 and 1",
        "cannot be read as WKB: Input buffer is smaller",
    ),
    "CSV: a curve": (
        lines("wkt", '"CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"', f'"{SQUARES[0].wkt}"'),
        {"geometry": WKT, **CRS84},
        "1 and 1",
        "a curved geometry in a text is not read",
    ),
    # formats
    "GeoJSON lines: no JSON": (
        raw("a.geojsonl", "{here\n{and here\n"),
        {},
        "refused",
        "quoted object property name expected",
    ),
    "GeoJSON lines: only separators": (
        raw("a.geojsonl", "\x1e\n" * 1000),
        {},
        "refused",
        "holds no layer that can be opened",
    ),
    "GeoJSON lines: one without a bottom": (
        raw("a.geojsonl", "[" * 200_000 + "\n" + json.dumps(GOOD)),
        {},
        "1 and 0",
        "1 of its 2 records are no GeoJSON features, passed over: number 1",
    ),
    "GeoJSON: letters that are no Unicode": (
        raw(
            "a.geojson",
            features({**GOOD, "properties": {"name": "NAME"}})
            .encode()
            .replace(b"NAME", b"\xff\xfe\xc3"),
        ),
        {},
        "1 and 0",
        "letters of texts are lost",
    ),
    "GeoJSON: a curve by its type": (
        collection({**GOOD, "geometry": {"type": "CurvePolygon", "coordinates": [RING]}}, GOOD),
        {},
        "refused",
        "cannot be read as geojson: 'CurvePolygon'",
    ),
    "GeoJSON: rings that are not closed": (
        collection(polygon(RING[:-1]), GOOD),
        {},
        "1 and 1",
        "an unclosed ring",
    ),
    "GeoJSON: a hole without a shell": (
        collection(polygon([], RING), GOOD),
        {},
        "1 and 1",
        "too few points",
    ),
    "TopoJSON: scales without number": (
        raw(
            "a.topojson",
            json.dumps(
                {
                    "type": "Topology",
                    "objects": {"a": ARCS},
                    "arcs": [RING],
                    "transform": {"scale": ["x", None], "translate": [0, 0]},
                }
            ),
        ),
        CRS84,
        "refused",
        "coordinates are not longitude and latitude",
    ),
    "TopoJSON: objects without a bottom": (
        raw(
            "a.topojson",
            '{"type": "Topology", "arcs": [], "objects": {"a":' * 1
            + '{"type": "GeometryCollection", "geometries": [' * 3000
            + "]}" * 3000
            + "}}",
        ),
        CRS84,
        "refused",
        "nesting too deep",
    ),
    "shapefile: patches in space": (
        shapefile(patched(".shp", 32, struct.pack("<i", 31))),
        {},
        "3 and 0",
        "",
    ),
    "shapefile: parts that begin beyond its corners": (
        shapefile(patched(".shp", 152, struct.pack("<i", 1 << 20))),
        {},
        "2 and 1",
        "no geometry",
    ),
    "shapefile: cut off within its head": (
        shapefile(shortened(".shp", 60)),
        {},
        "refused",
        ".shp file is unreadable, or corrupt",
    ),
    "shapefile: a head that is another's": (
        shapefile(patched(".shp", 0, b"MZ\x90\0")),
        {},
        "refused",
        "is not a shapefile file; it starts with 'MZ",
    ),
    "shapefile: columns of no width": (
        shapefile(patched(".dbf", 48, b"\0")),
        {},
        "3 and 0",
        "",
    ),
    "shapefile: a table that begins beyond its end": (
        shapefile(patched(".dbf", 8, struct.pack("<H", 0xFFFF))),
        {},
        "3 and 0",
        "have no attributes",
    ),
    "GeoPackage: cut off in the middle": (
        other_format("a.gpkg", lambda whole: whole[: len(whole) // 2]),
        {},
        "refused",
        "database disk image is malformed",
    ),
    "GeoPackage: a page of noise": (
        other_format("a.gpkg", lambda whole: whole[:4096] + b"\xa5" * 4096 + whole[8192:]),
        {},
        "refused",
        "a.gpkg: states no coordinate reference system",
    ),
    "GeoPackage: two thousand million rings": (
        blob(GP_HEAD + many_rings()),
        {},
        "2 and 1",
        "geometry cannot be read",
    ),
    "GeoPackage: texts for shapes": (
        geopackage("update a set geom = 'POLYGON((0 0,1 0,1 1,0 0))' where fid = 1"),
        {},
        "2 and 1",
        "no geometry",
    ),
    "GeoPackage: a layer named to break out": (
        geopackage(),
        {"layer": 'a"; drop table a; --'},
        "refused",
        "has no layer 'a.; drop table a; --'",
    ),
    "GeoPackage: an empty layer": (geopackage("delete from a"), {}, "0 and 0", "holds no rows"),
    "GeoPackage: a password": (
        raw("a.gpkg", bytes(range(256)) * 64),
        {},
        "refused",
        "is not a geopackage file",
    ),
    "FlatGeobuf: a head of four gigabytes": (
        flatgeobuf(written_at(8, b"\xff\xff\xff\xff")),
        {},
        "refused",
        "cannot be read as flatgeobuf: it holds no layer",
    ),
    "FlatGeobuf: noise within a feature": (
        flatgeobuf(written_at(-200, b"\xff" * 8)),
        {},
        "2 and 1",
        "a coordinate is not a number",
    ),
    "FlatGeobuf: of another version": (
        flatgeobuf(written_at(3, b"\x63")),
        {},
        "refused",
        "is not a flatgeobuf file; it starts with 'fgbc",
    ),
    "FlatGeobuf: noise behind its head": (
        flatgeobuf(written_at(-600, b"\x5a" * 600)),
        {},
        "refused",
        "cannot be read as flatgeobuf",
    ),
    "GeoParquet: cut off": (
        lambda at: (
            renamed(parquet(geo(WKB_AND_CRS)), "b.parquet")(at)
            and raw("a.parquet", (at.folder / "b.parquet").read_bytes()[:-20])(at)
        ),
        {},
        "refused",
        "Parquet magic bytes not found in footer",
    ),
    "GeoParquet: a footer longer than it": (
        raw("a.parquet", b"PAR1" + bytes(50) + struct.pack("<I", 1 << 30) + b"PAR1"),
        {},
        "refused",
        "size reported by footer",
    ),
    "GeoParquet: noise for a footer": (
        raw("a.parquet", b"PAR1" + b"\x15" * 500 + struct.pack("<I", 400) + b"PAR1"),
        {},
        "refused",
        "deserialize thrift",
    ),
    "GeoParquet: numbers for shapes": (
        parquet_of({"code": ["a"], "geometry": [7]}),
        {},
        "refused",
        "said to hold WKB, and holds int64",
    ),
    "GeoParquet: shapes that are none": (
        parquet_of({"code": ["a", "b", "c"], "geometry": [b"\0" * 9, many_rings(), SQUARE_WKB]}),
        {},
        "1 and 2",
        "geometry cannot be read; geometry cannot be read",
    ),
    "GeoParquet: no word of a geometry": (
        lambda at: pq.write_table(pa.table({"a": [1]}), at.folder / "a.parquet") or "a.parquet",
        {},
        "refused",
        "without the metadata of GeoParquet",
    ),
    "GeoParquet: another coding of shapes": (
        parquet(geo({**WKB_AND_CRS, "encoding": "polygon"})),
        {},
        "refused",
        "said to hold polygon, and holds binary",
    ),
    "GeoParquet: one text of 64 MB a hundred times": (
        one_text,
        {},
        "refused",
        "'code' unpacks to more than 1000 times",
    ),
    "GeoParquet: a CRS that shifts by a file": (
        lambda at: parquet(geo({**WKB_AND_CRS, "crs": shifted(at).to_json_dict()}))(at),
        {},
        "refused",
        "coordinates look like degrees but the CRS says metres",
    ),
    "shapefile: a .prj that shifts by a file": (
        lambda at: shapefile(prj(shifted(at).to_wkt("WKT2_2019")))(at),
        {},
        "refused",
        "states no coordinate reference system",
    ),
    "KML: a place without numbers": (
        kml(placemark("p").replace("104,12", "here,there", 1)),
        {},
        "refused",
        "geometry cannot be read",
    ),
    "KML: by another root": (
        raw("a.kml", "<svg xmlns='x'><path d='M0 0'/></svg>"),
        {},
        "refused",
        "is not a kml file; it starts with .<svg",
    ),
    "KML: in an encoding that nobody has": (
        raw("a.kml", "<?xml version='1.0' encoding='x-nobody'?><kml><Document/></kml>"),
        {},
        "refused",
        "unknown encoding on line 1",
    ),
    "KMZ: without a KML": (
        zipped(("a.png", b"\x89PNG"), name="a.kmz"),
        {},
        "refused",
        "a.kmz: holds nothing this program reads",
    ),
    "KMZ: a KML of another format": (
        zipped(("doc.kml", features(GOOD)), name="a.kmz"),
        {},
        "refused",
        "a.kmz/doc.kml: is not a kml file",
    ),
    "GPX: cut off in a track": (
        raw("a.gpx", GPX.format('<trk><trkseg><trkpt lat="12" lon="104"')),
        {},
        "refused",
        "a.gpx: cannot be read as gpx",
    ),
    "GPX: a billion laughs": (
        raw("a.gpx", laughs("gpx") + GPX.format('<wpt lat="1" lon="1"><name>&i;</name></wpt>')),
        {},
        "refused",
        "million laugh pattern",
    ),
    "GPX: latitudes of words": (
        raw("a.gpx", GPX.format('<wpt lat="north" lon="104"/><wpt lat="12" lon="104"/>')),
        {},
        "refused",
        "lat='north' is no number of degrees",
    ),
    "GML: cut off": (
        raw("a.gml", '<x xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><p>'),
        {},
        "refused",
        "a.gml: its layer has no geometry",
    ),
    "MapInfo: an exchange file cut off": (
        mif("Region 1\n  5\n104 12\n105 12", "a\n"),
        {},
        "refused",
        "1 rows in its .mid, and 0 shapes",
    ),
    "MapInfo: a region of four thousand million corners": (
        mif("Region 1\n  4000000000\n104 12\n105 12\n", "a\n"),
        {},
        "refused",
        "1 rows in its .mid, and 0 shapes",
    ),
    "MapInfo: a table that is a text": (
        raw("a.tab", "!table\n!version 300\nthis is no table\n"),
        {},
        "refused",
        "has no .dat, .map, .id beside it",
    ),
    "FileGDB: a file by that name": (
        raw("a.gdb", "no folder"),
        {},
        "refused",
        "is a folder, this is a file",
    ),
    "FileGDB: its catalogue cut off": (
        geodatabase(lambda path: (path / "a00000001.gdbtable").write_bytes(b"\x03\0\0\0") and None),
        {},
        "refused",
        "a.gdb: cannot be read as file_geodatabase: its structure is damaged",
    ),
    "FileGDB: its features cut off": (
        geodatabase(lambda path: largest_part(path, lambda held: held[: len(held) // 2])),
        {},
        "refused",
        "table of its layer a is damaged",
    ),
    "FileGDB: noise for its features": (
        geodatabase(
            lambda path: largest_part(path, lambda held: held[:200] + b"\xff" * (len(held) - 200))
        ),
        {},
        "refused",
        "table of its layer a is damaged",
    ),
    "FileGDB: without the index of its features": (
        geodatabase(lambda path: sorted(path.glob("a*.gdbtablx"))[-1].unlink()),
        {},
        "3 and 0",
        "gdbtablx could not be found",
    ),
    "a name that moves the cursor": (
        lambda at: collection(GOOD)(at) and f"a{ESCAPE}.geojson",
        {},
        "refused",
        r"a\\x1b\[31m\.geojson: no file fits",
    ),
    "a name with a null": (
        lambda _: "a\0.geojson",
        {},
        "refused",
        r"a\\x00\.geojson: no such file",
    ),
    "a loop of links": (
        lambda at: (at.folder / "a.geojson").symlink_to("a.geojson") or "a.geojson",
        {},
        "refused",
        "a.geojson: no such file",
    ),
}

# --- rasters -------------------------------------------------------------------------------------

PAM = (
    "<PAMDataset><Metadata domain='OVERVIEWS'><MDI key='OVERVIEW_FILE'>{}</MDI></Metadata>"
    "</PAMDataset>"
)
RASTERS: dict[str, tuple[Make, str, str]] = {
    "four thousand million cells across and down, of no content": (
        tiff_of(1 << 31, 1 << 31),
        "refused",
        "zero number of strips",
    ),
    "one tile of sixteen gigabytes": (
        tiff_of(1 << 17, 1 << 17, tile=1 << 17),
        "refused",
        "blocks of 16384.0 MB",
    ),
    "cells that lie beyond its end": (
        tiff_of(100, 100, offsets=(1 << 30,)),
        "refused",
        "would reach to 1073741924 bytes",
    ),
    "a compression that nobody knows": (
        tiff(
            lambda p: (
                p.write_bytes(
                    p.read_bytes().replace(
                        struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, 60_000)
                    )
                )
                and None
            )
        ),
        "refused",
        "missing codec of code 60000",
    ),
    "a directory without end": (tiff(endless_directory), "2 x 2", "states no no-data value"),
    "nothing behind its first bytes": (
        raw("a.tif", b"II*\0"),
        "refused",
        "Cannot read TIFF header",
    ),
    "a large one by its mark alone": (
        raw("a.tif", b"II+\0\x08\0\0\0" + b"\xff" * 8),
        "refused",
        "Failed to read directory at offset 1844",
    ),
    "a list of tiles by that name": (
        raw("a.tif", lambda at: f"<VRTDataset><SRS>{at.canary}</SRS></VRTDataset>"),
        "refused",
        "is not a geotiff file; it starts with '<VRT",
    ),
    "packed in gzip": (
        raw("a.tif", gzip.compress(b"II*\0" + bytes(100))),
        "refused",
        "a.tif: is not a geotiff file",
    ),
    "no number for its place": (tiff(left=float("nan")), "refused", "states no place on earth"),
    "beyond the pole": (tiff(top=95.0, cell=1.0), "refused", "its corners are 104, 93 and 106, 95"),
    "metres said to be degrees": (
        tiff(left=500_000, top=1_300_000, cell=30),
        "refused",
        "is in degrees by its CRS, but its corners are 500000",
    ),
    "overviews in a file elsewhere": (
        with_side_file(PAM.format("{canary}/canary.txt")),
        "2 x 2",
        "",
    ),
    "overviews at an address": (
        with_side_file(PAM.format("/vsicurl/{address}/a.tif")),
        "2 x 2",
        "",
    ),
    "an entity in its side file": (
        with_side_file(
            '<!DOCTYPE a [<!ENTITY c SYSTEM "file://{canary}/canary.txt">]>'
            "<PAMDataset><Metadata><MDI key='a'>&c;</MDI></Metadata></PAMDataset>"
        ),
        "2 x 2",
        "",
    ),
    "noise for its cells behind a sound head": (
        noisy_tiff,
        "300 x 300",
        "cannot be read as geotiff: Read failed",
    ),
}
CELL = shapely.box(104.0, 11.97, 104.03, 12.0)
COUNT = RasterSpec(Measure.COUNT)
