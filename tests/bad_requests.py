"""Requests made by hand to be refused: drawings, typed corners, and the API's own words.

The store that is asked is `made.toy_store`: a title, a park and a community's land near 0, 0.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GEOJSON, JSON = "application/geo+json", "application/json"
SITE = "register:register-code"


@dataclass(frozen=True)
class Request:
    """What is asked: {canary} and {address} in its path and body are put in when it is made.

    body: bytes and texts as they are, anything else as JSON; None sends none. said_bytes: the
    length it is said to have, whatever it has.
    """

    path: str
    body: Any = None
    method: str = ""
    kind: str = GEOJSON
    headers: Mapping[str, str] = field(default_factory=dict)
    said_bytes: int | None = None


def ring(*corners: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(corners)]}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return ring([west, south], [east, south], [east, north], [west, north], [west, south])


BOX = box(0.01, 0.01, 0.03, 0.03)
TEXT = json.dumps(BOX)


def drawn(body: Any, **more: Any) -> Request:
    return Request("/api/screen", body, **more)


def feature(**members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": BOX, **members}


def around(count: int, radius: float, turns: int = 1) -> dict[str, Any]:
    """A ring of so many corners; of several turns it crosses itself."""
    angles = [2 * math.pi * turns * i / count for i in range(count)]
    corners = [
        [radius * math.cos(a) * (1 + i % 7 / 50), radius * math.sin(a)]
        for i, a in enumerate(angles)
    ]
    return ring(*corners, corners[0])


def holed(*holes: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [*BOX["coordinates"], *holes]}


def kept(**members: Any) -> Request:
    return Request("/api/v1/proposals", {"name": "A", "geometry": BOX, **members}, kind=JSON)


def corners(text: Any, **more: Any) -> Request:
    return Request("/api/v1/screen", {"corners": text, **more}, kind=JSON)


DOUBLE = '{"type": "Point", "type": "Polygon", "coordinates": [[[0,0],[1,1]]], "coordinates": %s}'

# name -> what is sent, the status, what is said
DRAWINGS: dict[str, tuple[Request, int, str]] = {
    # numbers
    "NaN": (drawn(TEXT.replace("0.01", "NaN", 1)), 400, "NaN is not a number"),
    "Infinity": (drawn(TEXT.replace("0.01", "-Infinity", 1)), 400, "-Infinity is not a number"),
    "a number beyond all": (
        drawn(TEXT.replace("0.01", "1e999", 1)),
        400,
        "inf in the outline is no number",
    ),
    "the largest of numbers": (
        drawn(ring([1e308, 0], [1e308, 1], [0, 1], [1e308, 0])),
        400,
        r"reaches 0, 0 to 1e\+308",
    ),
    "the least of numbers": (
        drawn(ring([5e-324, 0], [0, 5e-324], [0, 0], [5e-324, 0])),
        400,
        r"Self-intersection\[0 4\.9",
    ),
    "a whole number of 4,000 digits": (
        drawn(TEXT.replace("0.01", "9" * 4_000, 1)),
        400,
        "9{40} in the outline is no number",
    ),
    "a whole number of 6,000 digits": (
        drawn(TEXT.replace("0.01", "9" * 6_000, 1)),
        400,
        "limit .4300 digits.*value has 6000 digits",
    ),
    "a whole number beyond a float": (
        drawn(TEXT.replace("0.01", "9" * 400, 1)),
        400,
        "9{40} in the outline is no number",
    ),
    "numbers as texts": (
        drawn(TEXT.replace("0.01", '"0.01"')),
        400,
        "'0.01' in the outline is no number",
    ),
    "truths for numbers": (
        drawn(TEXT.replace("0.01", "true")),
        400,
        "True in the outline is no number",
    ),
    "nothing for a number": (
        drawn(TEXT.replace("0.01", "null", 1)),
        400,
        "None in the outline is no number",
    ),
    # places
    "longitude 500": (drawn(box(500, 0, 501, 1)), 400, "reaches 500, 0 to 501, 1: not degrees"),
    "latitude 91": (drawn(box(0, 89, 1, 91)), 400, "reaches 0, 89 to 1, 91: not degrees"),
    "metres": (
        drawn(box(500_000, 1_300_000, 501_000, 1_301_000)),
        400,
        r"reaches 500000, 1\.3e\+06",
    ),
    "latitude first": (
        drawn(ring([12, 104], [12, 105], [13, 105], [12, 104])),
        400,
        "reaches 12, 104 to 13, 105.*longitude, then latitude",
    ),
    "the whole world": (drawn(box(-180, -90, 180, 90)), 400, "spans 360.0 degrees"),
    "41 degrees across": (drawn(box(-20, 0, 21, 1)), 400, "spans 41.0 degrees"),
    "over the antimeridian by 190 degrees": (
        drawn(box(179, 0, 190, 1)),
        400,
        "reaches 179, 0 to 190, 1: not degrees",
    ),
    "round the pole": (
        drawn(ring([0, 89], [90, 89], [180, 89], [-90, 89], [0, 89])),
        400,
        "spans 270.0 degrees",
    ),
    "from edge to edge of the map": (
        drawn(ring([179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0])),
        400,
        "spans 358.0 degrees",
    ),
    "at the pole itself": (
        drawn(ring([0, 90], [10, 90], [20, 90], [0, 90])),
        400,
        r"Self-intersection\[10 90\]",
    ),
    # shapes
    "no area": (
        drawn(ring([0, 0], [0.1, 0], [0.2, 0], [0, 0])),
        400,
        r"Self-intersection\[0\.1 0\]",
    ),
    "a single point four times": (
        drawn(ring([0, 0], [0, 0], [0, 0], [0, 0])),
        400,
        r"Too few points in geometry component\[0 0\]",
    ),
    "three positions": (drawn(ring([0, 0], [1, 0], [0, 0])), 400, "has 3 positions"),
    "a ring that is not closed": (
        drawn(ring([0, 0], [1, 0], [1, 1], [0, 1])),
        400,
        "does not end where it begins",
    ),
    "one ordinate": (drawn(ring([0], [1], [1], [0])), 400, r"\[longitude, latitude\] pairs"),
    "positions of nothing": (drawn(ring([], [], [], [])), 400, r"\[longitude, latitude\] pairs"),
    "positions by name": (
        drawn(ring(*[{"lon": 0, "lat": 0}] * 4)),
        400,
        r"\[longitude, latitude\] pairs",
    ),
    "a bow tie": (
        drawn(ring([0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0])),
        400,
        r"Self-intersection\[0\.05 0\.05\].*no edges cross",
    ),
    "a spike there and back": (
        drawn(ring([0, 0], [0.1, 0], [0.1, 0.1], [0.3, 0.3], [0.1, 0.1], [0, 0])),
        400,
        r"Ring Self-intersection\[0\.1 0\.1\]",
    ),
    "seven times round": (drawn(around(700, 0.05, 7)), 400, r"Self-intersection\[0\.049"),
    "a hole outside": (
        drawn(holed(box(1, 1, 2, 2)["coordinates"][0])),
        400,
        r"Hole lies outside shell\[1 1\]",
    ),
    "a hole as large as it": (
        drawn(holed(BOX["coordinates"][0])),
        400,
        r"Self-intersection\[0\.03 0\.03\]",
    ),
    "a hole that is no ring": (drawn(holed("hole")), 400, "Give rings of"),
    "no rings": (drawn({"type": "Polygon", "coordinates": []}), 400, "Give rings of"),
    "one part upon the other": (
        drawn({"type": "MultiPolygon", "coordinates": [BOX["coordinates"]] * 2}),
        400,
        r"Self-intersection\[0\.03 0\.03\]",
    ),
    "no parts": (drawn({"type": "MultiPolygon", "coordinates": []}), 400, "has no coordinates"),
    "ten thousand parts of nothing": (
        drawn({"type": "MultiPolygon", "coordinates": [[]] * 10_000}),
        400,
        "Give rings of",
    ),
    "too many corners": (drawn(around(30_000, 0.05)), 400, "has 30001 corners.*at most 20000"),
    "many corners over many degrees": (
        drawn(around(12_000, 17)),
        400,
        "has 12001 corners over 3.*at most",
    ),
    # kinds
    "a line": (
        drawn({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
        400,
        "LineString, not a GeoJSON polygon",
    ),
    "a collection within collections": (
        drawn(
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "GeometryCollection", "geometries": [BOX]}],
            }
        ),
        400,
        "GeometryCollection, not a GeoJSON polygon",
    ),
    "a type of another case": (
        drawn({**BOX, "type": "polygon"}),
        400,
        "polygon, not a GeoJSON polygon",
    ),
    "a type that is a list": (
        drawn({**BOX, "type": ["Polygon"]}),
        400,
        "without a type, not a GeoJSON polygon",
    ),
    "a feature in a feature": (
        drawn(feature(geometry=feature())),
        400,
        "Feature, not a GeoJSON polygon",
    ),
    "a feature of nothing": (
        drawn(feature(geometry=None)),
        400,
        "without a type, not a GeoJSON polygon",
    ),
    "two features": (
        drawn({"type": "FeatureCollection", "features": [feature()] * 2}),
        400,
        "does not hold exactly one polygon",
    ),
    "features by number": (
        drawn({"type": "FeatureCollection", "features": {"0": feature()}}),
        400,
        "does not hold exactly one polygon",
    ),
    "a feature that is a number": (
        drawn({"type": "FeatureCollection", "features": [7]}),
        400,
        "without a type, not a GeoJSON polygon",
    ),
    "a topology": (
        drawn({"type": "Topology", "objects": {}, "arcs": []}),
        400,
        "Topology, not a GeoJSON polygon",
    ),
    "another CRS": (
        drawn(
            {
                **box(50, 50, 60, 60),
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
            }
        ),
        400,
        "states a CRS of its own, 'urn:ogc:def:crs:EPSG::3857'",
    ),
    "a CRS elsewhere": (
        drawn({**BOX, "crs": {"type": "link", "properties": {"href": "{address}/crs"}}}),
        400,
        "states a CRS of its own.*127.0.0.1",
    ),
    "a CRS in a file": (
        drawn(
            {**BOX, "crs": {"type": "link", "properties": {"href": "file://{canary}/canary.txt"}}}
        ),
        400,
        "states a CRS of its own.*file://",
    ),
    # texts
    "no JSON": (drawn("POLYGON((0 0,1 0,1 1,0 0))"), 400, "Expecting value: line 1 column 1 "),
    "half of a body": (drawn(TEXT[:40]), 400, "Expecting ',' delimiter: line 1 column 40"),
    "two bodies": (drawn(TEXT * 2), 400, "Extra data: line 1 column 10"),
    "keys given twice": (drawn(DOUBLE % json.dumps(BOX["coordinates"])), 200, '"area_km2": 4.9'),
    "nested 50,000 deep": (
        drawn('{"type":"Polygon","coordinates":' + "[" * 50_000 + "]" * 50_000 + "}"),
        400,
        "brackets are nested too deep",
    ),
    "nested 900 deep": (
        drawn('{"type":"Polygon","coordinates":' + "[" * 900 + "]" * 900 + "}"),
        400,
        "list in the outline is no number",
    ),
    "collections 400 deep": (
        drawn('{"type":"FeatureCollection","features":[' * 400 + TEXT + "]}" * 400),
        400,
        "FeatureCollection, not a GeoJSON polygon",
    ),
    "in UTF-16": (drawn(TEXT.encode("utf-16")), 200, '"area_km2": 4.9'),
    "with a byte order mark": (drawn(b"\xef\xbb\xbf" + TEXT.encode()), 200, '"area_km2": 4.9'),
    "in Latin-1": (
        drawn(json.dumps(feature(properties={"name": "é"}), ensure_ascii=False).encode("latin-1")),
        400,
        "byte 44 is not of its encoding",
    ),
    "half a surrogate pair": (
        drawn(json.dumps(feature(properties={"name": "x"})).replace('"x"', r'"\ud800"')),
        400,
        "half a surrogate",
    ),
    "nulls before it": (drawn(b"\0" * 100 + TEXT.encode()), 400, "byte 100 is not of its encoding"),
    "a name that moves the cursor": (
        drawn(feature(properties={"name": "\x1b[31m\r\n" + "x" * 10_000})),
        200,
        r'"name": "\\u001b\[31m\\r\\nx{90,113}"',
    ),
    "said to be a hundred megabytes": (drawn(b"", said_bytes=100 << 20), 413, "larger than 2 MB"),
    "three megabytes": (drawn(TEXT + " " * (3 << 20)), 413, "larger than 2 MB"),
    "packed in gzip": (
        drawn(
            gzip.compress(b" " * (200 << 20) + TEXT.encode()), headers={"Content-Encoding": "gzip"}
        ),
        415,
        "gzip",
    ),
    "no kind": (drawn(TEXT, kind=""), 415, "said to be 'nothing'"),
    "of a form": (
        drawn(f"geometry={TEXT}", kind="application/x-www-form-urlencoded"),
        415,
        "said to be 'application/x-www-form-urlencoded'",
    ),
    "a kind of a kilobyte": (drawn(TEXT, kind="x/" + "y" * 1000), 415, "said to be 'x/y{70,78}'"),
    # what it is to be
    "a mineral that nobody knows": (
        drawn(feature(properties={"minerals": ["unobtainium"]})),
        400,
        "unobtainium",
    ),
    "minerals by number": (
        drawn(feature(properties={"minerals": {"0": "cobalt"}})),
        400,
        "minerals are not a list",
    ),
    "too many minerals": (
        drawn(feature(properties={"minerals": ["cobalt"] * 31})),
        400,
        "31 minerals are too many",
    ),
    "a stage that is none": (drawn(feature(properties={"stage": "mining!"})), 400, "mining!"),
    "a method that is a list": (
        drawn(feature(properties={"method": ["open_pit"]})),
        400,
        r"\['open_pit'\] is no method",
    ),
    "properties that are a list": (drawn(feature(properties=[1, 2])), 200, '"name": "Proposal"'),
    # the page's own
    "rasters of a line": (
        Request("/api/v1/screen/rasters", {"type": "LineString", "coordinates": []}),
        400,
        "LineString, not a GeoJSON polygon",
    ),
    "a file of another format": (Request("/api/v1/screen.dxf", BOX), 405, "screen.dxf"),
    "a file of no polygon": (
        Request("/api/v1/screen.gpkg", {"type": "Point"}),
        400,
        "Point, not a GeoJSON polygon",
    ),
    "a proposal of a list": (
        Request("/api/v1/proposals", [1], kind=JSON),
        400,
        "no object of JSON",
    ),
    "a proposal as a form": (
        Request("/api/v1/proposals", {"name": "A", "geometry": BOX}, kind="text/plain"),
        415,
        "application/json",
    ),
    "a proposal named by a number": (kept(name=7), 400, "name is no text"),
    "a proposal with a name of a novel": (kept(name="x" * 5_000), 400, "name has 5000 characters"),
    "a proposal with a note of a megabyte": (
        kept(note="x" * (1 << 20)),
        400,
        "note has 1048576 characters",
    ),
    "a proposal of no polygon": (
        kept(geometry={"type": "Point", "coordinates": [0, 0]}),
        400,
        "Point, not a GeoJSON polygon",
    ),
    "a proposal that is another's file": (
        Request("/api/v1/proposals/..%2F..%2Felsewhere%2Fcanary"),
        404,
        "nothing at /api/v1/proposals/../../elsewhere/canary",
    ),
    "a proposal by a name of a file": (
        Request("/api/v1/proposals/canary.json"),
        404,
        "no proposal 'canary.json'",
    ),
    "a change without its revision": (
        Request("/api/v1/proposals/" + "a" * 32, {"name": "B"}, "PUT", kind=JSON),
        400,
        "revision",
    ),
    "a contest of no rule": (
        Request(f"/api/v1/proposals/{'b' * 32}/contest", {"revision": 1, "rule_id": 7}, kind=JSON),
        400,
        "rule_id",
    ),
    "a deletion at a revision of words": (
        Request(f"/api/v1/proposals/{'c' * 32}?revision=first", method="DELETE"),
        400,
        "revision",
    ),
    "what is left out of nothing": (
        Request("/api/v1/leaveout", {"geometry": None}, kind=JSON),
        400,
        "without a type, not a GeoJSON polygon",
    ),
    "differences with a file": (
        Request(
            "/api/v1/differences",
            {"before": {"proposal_id": "../../elsewhere/canary"}, "after": {"site_id": SITE}},
            kind=JSON,
        ),
        404,
        "no proposal '../../elsewhere/canary'",
    ),
    "differences of one side": (
        Request("/api/v1/differences", {"before": {"site_id": SITE}}, kind=JSON),
        400,
        "side of the comparison is missing",
    ),
}

PIPELINE = "+proj=pipeline +step +proj=hgridshift +grids={canary}/canary.txt"
CORNERS: dict[str, tuple[Request, int, str]] = {
    "a CRS that is a file": (
        corners("1 2\n1 3\n2 3", crs="{canary}/canary.txt"),
        400,
        "canary.txt' is no code",
    ),
    "a CRS at an address": (corners("1 2\n1 3\n2 3", crs="{address}/crs"), 400, "is no code"),
    "a CRS that shifts by a file": (corners("1 2\n1 3\n2 3", crs=PIPELINE), 400, "is no code"),
    "a CRS of nobody": (corners("1 2\n1 3\n2 3", crs="NOBODY:1"), 400, "NOBODY:1"),
    "a CRS of heights": (
        corners("1 2\n1 3\n2 3", crs="EPSG:5773"),
        400,
        "'EPSG:5773' places nothing on the earth",
    ),
    "axes that are a list": (
        corners("1 2\n1 3\n2 3", axes=["lon_lat"]),
        400,
        "corners, crs and axes are not all texts",
    ),
    "corners that are a list": (
        corners([[0, 0], [1, 1]]),
        400,
        "corners, crs and axes are not all texts",
    ),
    "corners that are nothing": (corners(None), 400, "holds no corner"),
    "a megabyte of digits": (
        corners("1" * (1 << 20)),
        400,
        "line 1 .'1{50,60}.*too long for one corner",
    ),
    "a hundred thousand corners": (corners("12 S 28 E\n" * 100_000), 400, "too many"),
    "a hundred thousand brackets": (
        corners("(" * 100_000 + "1 2"),
        400,
        r"line 1 .'\({50,60}.*too long",
    ),
    "a line that turns the writing": (
        corners("\u202e12 S 28 E\u202c zz\n1 2"),
        400,
        r"'\\u202e' is no part of a coordinate",
    ),
    "a null among them": (corners("12.5 S\0 28 E"), 400, r"'\\x00' is no part of a coordinate"),
    "digits of other scripts": (
        corners("\u0661\u0662 S \u0662\u0668 E\nx \u2167 y"),
        400,
        "1 corner was given",
    ),
    "numbers with exponents": (
        corners("1e400 N 2 E\n1 N 2 E\n1 N 3 E"),
        400,
        "line 1 .'1e400 N 2 E'",
    ),
    "twice the same corner": (
        corners("12 S 28 E\n12 S 28 E\n12 S 28 E"),
        400,
        "2 corners were given",
    ),
    "readings of which neither is certain": (
        corners("12.5 28.25\n12.6 28.25\n12.6 28.3"),
        422,
        "two ways",
    ),
    "metres without a zone": (corners("512345 8512345\n512345 8512999"), 400, "UTM zone"),
}

ITEMS = "/api/collections/sites/items"
TILES = "/api/collections/parks/tiles/WebMercatorQuad"


def items(query: str) -> Request:
    return Request(f"{ITEMS}?{query}")


def cql(text: str) -> Request:
    return items(f"filter={text.replace(' ', '%20')}")


PARAMETERS: dict[str, tuple[Request, int, str]] = {
    # boxes
    "a box of three": (items("bbox=1,2,3"), 400, "bbox=1,2,3"),
    "a box of words": (items("bbox=a,b,c,d"), 400, "bbox=a,b,c,d"),
    "a box without number": (items("bbox=nan,0,1,1"), 400, "bbox=nan"),
    "a box of exponents": (items("bbox=1e308,0,1e309,1"), 400, "bbox=1e308"),
    "a box upside down": (items("bbox=0,5,1,-5"), 400, "south is the smaller"),
    "a box off the earth": (items("bbox=500,0,501,1"), 400, "in degrees"),
    "a box of a thousand numbers": (items("bbox=" + ",".join(["1"] * 1000)), 400, "is no box"),
    "a box twice": (items("bbox=0,0,1,1&bbox=0,0,2,2"), 400, "bbox is given twice"),
    "a box in another CRS": (
        items("bbox=0,0,1,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857"),
        400,
        "bbox-crs",
    ),
    # days
    "yesterday": (items("datetime=yesterday"), 400, "yesterday"),
    "a day that is none": (items("datetime=2021-02-31"), 400, "2021-02-31"),
    "a month 13": (items("datetime=2021-13-01/.."), 400, "2021-13-01"),
    "days that run back": (items("datetime=2021-01-01/2020-01-01"), 400, "is no time"),
    "three days": (
        items("datetime=2020-01-01/2021-01-01/2022-01-01"),
        400,
        "'2021-01-01/2022-01-01' is no day",
    ),
    "open on both sides": (items("datetime=../.."), 400, "is no time"),
    "a year of nine digits": (items("datetime=999999999-01-01"), 400, "999999999"),
    # pages
    "a limit of none": (items("limit=0"), 400, "limit=0"),
    "a limit of words": (items("limit=ten"), 400, "limit=ten"),
    "a limit with a sign": (items("limit=%2B5"), 400, r"limit=\+5"),
    "a limit of Arabic digits": (items("limit=%D9%A5"), 400, "limit="),
    "a limit of fifty digits": (items("limit=" + "9" * 50), 400, "limit=999"),
    "an offset before the first": (items("offset=-1"), 400, "offset=-1"),
    "an offset of a half": (items("offset=0.5"), 400, "offset=0.5"),
    # filters
    "a filter cut off": (cql("tier ="), 400, "cannot be read at its end"),
    "a filter of a column that is not there": (cql("colour = 'red'"), 400, "colour"),
    "a filter that would change data": (cql("1=1; DROP TABLE sites"), 400, "cannot be read at '1'"),
    "a filter that reads a file": (
        cql("name = read_text('{canary}/canary.txt')"),
        400,
        "cannot be read at 'read_text'",
    ),
    "a filter of brackets": (
        cql("(" * 5_000 + "tier = 'x'" + ")" * 5_000),
        400,
        r"has 100\d\d characters",
    ),
    "a filter of ten thousand words": (
        cql(" OR ".join(["tier = 'x'"] * 10_000)),
        400,
        "has 139996 characters",
    ),
    "a filter without end of its text": (cql("name = 'x"), 400, "cannot be read at .'x"),
    "a filter of a text against a number": (
        cql("area_km2 = 'large'"),
        400,
        "area_km2 holds numbers; it is compared with 'large'",
    ),
    "a filter of a pattern that explodes": (
        cql("name LIKE '" + "%a" * 200 + "b'"),
        200,
        '"numberMatched": 0',
    ),
    "a filter of a line": (
        cql("S_INTERSECTS(geometry, LINESTRING(0 0, 1 1))"),
        400,
        "cannot be read at 'LINESTRING'",
    ),
    "a filter with a null": (items("filter=tier%00='x'"), 400, r"cannot be read at .\\x00='x'"),
    "a filter in JSON": (items('filter={"op":"="}&filter-lang=cql2-json'), 400, "CQL2 text alone"),
    "a filter in another CRS": (
        items("filter=tier='x'&filter-crs=http://www.opengis.net/def/crs/EPSG/0/3857"),
        400,
        "filter-crs",
    ),
    # forms and CRS
    "a CRS of Mercator": (items("crs=http://www.opengis.net/def/crs/EPSG/0/3857"), 400, "crs is"),
    "a CRS that is an address here": (items("crs={address}/crs"), 400, "crs is not one"),
    "a CRS that is a path": (items("crs=file://{canary}/canary.txt"), 400, "crs is not one"),
    "a form that is none": (items("f=xml"), 400, "f is neither"),
    "a form that is a path": (items("f=../../elsewhere/canary.html"), 400, "f is neither"),
    "a word that nobody knows": (items("color=red"), 400, "color"),
    "a word of ten kilobytes": (items("x" * 10_000 + "=1"), 400, "no parameter 'xxx"),
    "a number that is a word": (items("area_km2=large"), 400, "area_km2=large"),
    # what is not there
    "a collection that is not there": (Request("/api/collections/lakes"), 404, "lakes"),
    "a collection by a path": (
        Request("/api/collections/..%2F..%2Felsewhere%2Fcanary/items"),
        404,
        "nothing at /api/collections/../../elsewhere/canary",
    ),
    "a collection with a null": (Request("/api/collections/si%00tes"), 404, r"si\\x00tes"),
    "a collection in half a letter": (
        Request("/api/collections/%ff%fe"),
        404,
        "no collection '��'",
    ),
    "a layer that a licence keeps": (Request("/api/collections/lands/items"), 404, "lands"),
    "an item that is not there": (Request(f"{ITEMS}/nobody"), 404, "nobody"),
    "an item by a path": (
        Request(f"{ITEMS}/../../../elsewhere/canary.txt"),
        404,
        "holds nothing of id '../../../elsewhere/canary.txt'",
    ),
    "an item of 20,000 letters": (Request(f"{ITEMS}/{'x' * 20_000}"), 404, "xxx"),
    "a profile of no country": (Request("/api/profile?country=ZZZ"), 404, "ZZZ"),
    "a screening of words": (
        Request("/api/screenings/..%2Fcanary"),
        404,
        "nothing at /api/screenings/../canary",
    ),
    "an address that is none": (Request("/api/etc/passwd"), 404, "/api/etc/passwd"),
    "an address with a new line": (Request("/api/a%0ab"), 404, "nothing at"),
    # tiles
    "a tile too deep": (Request(f"{TILES}/40/0/0"), 404, "40/0/0"),
    "a tile beyond the edge": (Request(f"{TILES}/1/2/0"), 404, "1/2/0"),
    "a tile before the first": (
        Request(f"{TILES}/1/-1/0"),
        404,
        "WebMercatorQuad/1/-1/0' of 'parks'",
    ),
    "a tile of halves": (Request(f"{TILES}/1/0.5/0"), 404, "WebMercatorQuad/1/0.5/0' of 'parks'"),
    "a tile of a number of 400 digits": (Request(f"{TILES}/{'9' * 400}/0/0"), 404, "no tile 9{40}"),
    "tiles of a table": (Request("/api/collections/flags/tiles"), 404, "flags"),
    "a matrix set of another world": (Request("/api/tileMatrixSets/MarsQuad"), 404, "MarsQuad"),
    "a tile of a generation that is gone": (
        Request("/tiles/00000000T000000/parks/0/0/0.mvt"),
        404,
        "00000000T000000",
    ),
    "a tile of the page too deep": (Request("/tiles/g/parks/40/0/0.mvt"), 400, "40/0/0"),
    # ways and heads
    "a way to put": (Request("/api/collections", "x", "PUT"), 405, "PUT"),
    "a way that nobody knows": (Request("/api/collections", method="BREW"), 405, "BREW"),
    "a way to track": (Request("/api/screen", method="TRACE"), 405, "TRACE"),
    # the page's own words
    "titles sorted by a column that is not there": (
        Request("/api/v1/sites.json?sort=colour.desc"),
        400,
        "colour",
    ),
    "titles sorted another way": (Request("/api/v1/sites.json?sort=name.up"), 400, "up"),
    "titles from a start of words": (Request("/api/v1/sites.json?start=one"), 400, "start=one"),
    "titles of an area that runs back": (Request("/api/v1/sites.csv?area=9-1"), 400, "area=9-1"),
    "titles of an area of letters": (Request("/api/v1/sites.json?area=big"), 400, "area=big"),
    "titles granted when they were not": (
        Request("/api/v1/sites.json?granted=2020-02-31.."),
        400,
        "granted=2020-02-31",
    ),
    "titles in a box without number": (
        Request("/api/v1/sites.geojson?box=nan,0,1,1"),
        400,
        "box=nan",
    ),
    "titles of a tier that is none": (Request("/api/v1/sites.json?tier=worst"), 400, "tier=worst"),
    "titles of a rule that is none": (Request("/api/v1/sites.json?rule=nobody"), 400, "nobody"),
    "titles in a place without a feature": (
        Request("/api/v1/sites.xlsx?in=parks"),
        400,
        "in=parks",
    ),
    "titles in a format that is none": (Request("/api/v1/sites.doc"), 404, "sites.doc"),
    "suggestions by a count of words": (Request("/api/v1/find?q=a&count=all"), 400, "count=all"),
    "suggestions of a kind that is none": (
        Request("/api/v1/find?q=a&kind=secrets"),
        400,
        "secrets",
    ),
    "a site that is not there": (Request("/api/v1/sites/nobody:1"), 404, "nobody:1"),
    "a site by a path": (
        Request("/api/v1/sites/..%2f..%2felsewhere/canary.txt"),
        404,
        "no site ../../elsewhere/canary.txt",
    ),
    "a bundle of a path": (
        Request("/api/v1/sites/{canary}/canary/bundle.zip"),
        404,
        "nothing at /api/v1/sites/.*elsewhere",
    ),
    "a report of nobody": (Request("/api/v1/sites/nobody/report.pdf"), 404, "nobody"),
    "a report of no country": (
        Request("/api/v1/countries/..%2f/report.html"),
        404,
        "nothing at /api/v1/countries/../",
    ),
    "a country that is none": (Request("/api/v1/countries/zzz.json"), 400, "ZZZ: no title"),
    "a place of no layer": (Request("/api/v1/places/nolayer/1"), 404, "nolayer"),
    "a place in an order that is none": (
        Request("/api/v1/places/parks/parks-code?order=size"),
        400,
        "order",
    ),
    "a place from a start of words": (
        Request("/api/v1/places/parks/parks-code?start=x"),
        400,
        "start",
    ),
    "a place from a start of fifty digits": (
        Request("/api/v1/places/parks/parks-code?start=" + "9" * 50),
        400,
        "start",
    ),
    "a script by a path": (Request("/vendor/..%2f..%2f..%2f{canary}/canary.txt"), 404, ""),
    "a cookie of another language": (
        Request("/api/v1/sites/nobody", headers={"Cookie": "language=../../elsewhere/canary"}),
        404,
        "nobody",
    ),
    "a host that is another": (
        Request("/api/collections/lakes", headers={"Host": "evil<x> y"}),
        404,
        "lakes",
    ),
    "heads of sixty kilobytes": (
        Request("/api/collections/lakes", headers={"Accept": "x" * 60_000}),
        404,
        "lakes",
    ),
    "a form by a head of nonsense": (
        Request(
            "/api/collections/lakes",
            headers={"Accept": ";;;q=nan,*/*;q=1e999", "Accept-Encoding": "gzip;q=x"},
        ),
        404,
        "lakes",
    ),
    # what calls a page back
    "a callback of nothing": (Request("/_dash-update-component", {}, kind=JSON), 400, "callback"),
    "a callback of an output that is not there": (
        Request("/_dash-update-component", {"output": "a.b", "inputs": []}, kind=JSON),
        400,
        "callback",
    ),
    "a callback without a bottom": (
        Request("/_dash-update-component", "[" * 100_000, kind=JSON),
        400,
        "callback",
    ),
}
