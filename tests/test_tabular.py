"""Tables with a geometry in their columns: every row a shape, or told of with its reason."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyproj
import pytest
import shapely

from cetm_geo.errors import ColumnsNotFound, CRSMismatch, CRSMissing, SourceError
from cetm_geo.model import Source, TableGeometry
from cetm_geo.readers import RawFrame
from cetm_geo.readers.tabular import read_table
from tests import made

WKT = TableGeometry(wkt="wkt")
XY = TableGeometry(x="lon", y="lat")
CORNERS = TableGeometry(x="lon", y="lat", group=("code",), order="n")
UNIT = shapely.box(0, 0, 1, 1)


def read(path: Path, geometry: TableGeometry, *never_read: str, **source: Any) -> RawFrame:
    kind = "excel" if path.suffix in (".xlsx", ".ods") else "csv"
    return read_table(path, path.name, Source(path.name, geometry=geometry, **source), kind,
                      never_read)  # fmt: skip


def csv(folder: Path, *lines: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def rows_of(frame: RawFrame) -> list[list[str]]:
    return [[str(v) for v in row] for row in frame.attributes.to_numpy(object)]


def said(frame: RawFrame) -> str:
    return " | ".join(frame.remarks)


# --- CSV -----------------------------------------------------------------------------------------

SEPARATED = {
    "commas": ["code,lon,lat", "7,1.5,2.5"],
    "semicolons and decimal commas": ["code;lon;lat", "7;1,5;2,5"],
    "tabs": ["code\tlon\tlat", "7\t1.5\t2.5"],
    "bars": ["code|lon|lat", "7|1.5|2.5"],
    "quoted fields": ['"code","lon","lat"', '"7","1.5","2.5"'],
    "blank lines": ["", "code,lon,lat", "", "7,1.5,2.5", "", ""],
    "blank rows": ["code,lon,lat", "7,1.5,2.5", ",,", ",,"],
    "a separator too many": ["code,lon,lat", "7,1.5,2.5,"],
    "Excel's word on its separator": ["sep=;", "code;lon;lat", "7;1.5;2.5"],
    "another case and blanks in the header": ["code, LON ,Lat", "7,1.5,2.5"],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", SEPARATED)
def test_the_same_point_is_read_however_the_table_is_written(
    tmp_path: Path, name: str, encoding: str
) -> None:
    frame = read(csv(tmp_path, *SEPARATED[name], encoding=encoding), XY, crs="EPSG:4326")
    assert frame.geometry.tolist() == [shapely.Point(1.5, 2.5)]
    assert frame.attributes["code"].tolist() == ["7"]
    assert frame.unreadable.tolist() == [""]
    assert frame.encoding == {"utf-8": "ascii"}.get(encoding, encoding)


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    path = csv(tmp_path, "wkt,area,code,note,empty",
               'POINT (1 2),"5,430.5088",007,"two', 'lines, and ""quotes""",')  # fmt: skip
    frame = read(path, WKT, crs="EPSG:4326")
    assert list(frame.attributes) == ["area", "code", "note", "empty"]
    assert rows_of(frame) == [["5,430.5088", "007", 'two\nlines, and "quotes"', ""]]


def test_a_row_of_another_length_costs_itself_alone_and_is_told_by_its_number(
    tmp_path: Path,
) -> None:
    path = csv(
        tmp_path, "code,lon,lat", "a,1,1", '"b\nb",2,2', "", "c,3", "d,4,4", "e,5,5,5", "f,6,6"
    )
    frame = read(path, XY, crs="EPSG:4326")
    assert frame.attributes["code"].tolist() == ["a", "b\nb", "", "d", "", "f"]
    assert frame.unreadable.tolist() == [
        "", "", "row 5 of the file has 2 fields where the header names 3", "",
        "row 7 of the file has 4 fields where the header names 3", "",
    ]  # fmt: skip
    assert [g is None for g in frame.geometry] == [False, False, True, False, True, False]


def test_a_header_below_a_title_is_not_guessed_but_pointed_at(tmp_path: Path) -> None:
    path = csv(tmp_path, "Register of titles", "", "code,lon,lat", "a,1,1")
    with pytest.raises(ColumnsNotFound, match="above line 3") as caught:
        read(path, XY)
    assert "'lon' (source.geometry.x)" in caught.value.what


def test_a_missing_column_is_answered_with_the_near_one(tmp_path: Path) -> None:
    with pytest.raises(ColumnsNotFound) as caught:
        read(csv(tmp_path, "code,wkt_geom", "a,POINT (1 2)"), WKT)
    assert "a.csv: no column 'wkt' (source.geometry.wkt; near: 'wkt_geom')" in caught.value.what
    assert caught.value.hint == "The file has: code, wkt_geom."


def test_a_repeated_name_is_read_under_another_and_told(tmp_path: Path) -> None:
    frame = read(csv(tmp_path, "name,NAME,,wkt", "a,b,c,POINT (1 2)"), WKT, crs="EPSG:4326")
    assert frame.attributes.iloc[0].to_dict() == {"name": "a", "NAME_2": "b", "column 3": "c"}
    assert "more than once" in said(frame)


def test_a_column_that_is_never_read_is_not_there_in_any_case_or_row(tmp_path: Path) -> None:
    path = csv(tmp_path, "code,Holder,wkt", "a,Jo Doe,POINT (1 2)", "a,Jo Doe,POINT (1 2),x,y")
    frame = read(path, WKT, "HOLDER", crs="EPSG:4326")
    assert list(frame.attributes) == ["code"]
    assert "Doe" not in str(rows_of(frame)) + said(frame) + str(frame.unreadable)


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path: Path) -> None:
    path = csv(tmp_path, "code,wkt,note", 'a,POINT (1 2),"x', *["b,POINT (1 2),y"] * 50)
    with pytest.raises(SourceError, match="never closed"):
        read(path, WKT, crs="EPSG:4326")


def test_a_field_of_many_megabytes_is_read(tmp_path: Path) -> None:
    ring = ",".join(f"{i / 1e6:.6f} 0" for i in range(700_000))
    path = csv(tmp_path, "code;wkt", f'a;"LINESTRING ({ring})"', "b;POINT (1 2)")
    frame = read(path, WKT, crs="EPSG:4326")
    assert shapely.get_num_coordinates(frame.geometry).tolist() == [700_000, 1]


def test_a_guessed_encoding_is_told_and_a_stated_one_is_taken(tmp_path: Path) -> None:
    path = csv(tmp_path, "name,wkt", "Minério,POINT (1 2)", encoding="cp1252")
    guessed = read(path, WKT, crs="EPSG:4326")
    assert (guessed.attributes["name"].tolist(), guessed.encoding) == (["Minério"], "cp1252")
    assert "a guess" in said(guessed)
    assert read(path, WKT, crs="EPSG:4326", encoding="cp1252").remarks == ()
    path = csv(tmp_path, "name,wkt", "Minério,POINT (1 2)")
    wrong = read(path, WKT, crs="EPSG:4326", encoding="cp1252")
    assert "'MinÃ©rio' for 'Minério' in column name" in said(wrong)


@pytest.mark.parametrize("lines", [[], ["", ""], ["code,wkt"]])
def test_a_table_without_rows_is_an_error_or_empty(tmp_path: Path, lines: list[str]) -> None:
    path = csv(tmp_path, *lines)
    if not any(lines):
        with pytest.raises(SourceError, match="holds no text"):
            read(path, WKT, crs="EPSG:4326")
    else:
        assert len(read(path, WKT, crs="EPSG:4326")) == 0


# --- WKT and WKB ---------------------------------------------------------------------------------


def ewkb(shape: Any, srid: int = 4326) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, srid), include_srid=True, hex=True))


SQUARE = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
WRITTEN = {
    "WKT": SQUARE,
    "WKT in small letters": SQUARE.lower(),
    "WKT with heights": "POLYGON Z ((0 0 5, 1 0 5, 1 1 5, 0 1 5, 0 0 5))",
    "EWKT": f"SRID=4326;{SQUARE}",
    "EWKT in small letters": f" srid=4326; {SQUARE}",
    "WKB": UNIT.wkb_hex,
    "EWKB": ewkb(UNIT),
    "EWKB in small letters": ewkb(UNIT).lower(),
    "EWKB as bytea": "\\x" + ewkb(UNIT).lower(),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_square_is_read_in_every_spelling(tmp_path: Path, name: str) -> None:
    path = csv(tmp_path, "code;wkt", f'a;"{WRITTEN[name]}"', "b;")
    frame = read(path, WKT, crs="EPSG:4326")
    assert shapely.equals(frame.geometry[0], UNIT)
    assert frame.geometry[1] is None
    assert frame.unreadable.tolist() == ["", ""]


BAD_WKT = {
    "POLYGON ((0 0, 1 0, 1 1))": "closed",
    "POLYGON ((0 0, 1 0, 1 1, 0": "Expected number",
    "hectares": "Unknown type",
    "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))": "curved",
    ewkb(UNIT)[:-20]: "WKB",
    "01FF0000FF00": "WKB",
    "01FF0000FF000": "WKB",
}


def test_a_bad_text_costs_its_own_row_with_its_reason(tmp_path: Path) -> None:
    path = csv(tmp_path, "wkt", f'"{SQUARE}"', *(f'"{text}"' for text in BAD_WKT), ewkb(UNIT))
    frame = read(path, WKT, crs="EPSG:4326")
    assert shapely.equals(frame.geometry[[0, -1]], UNIT).all()
    assert frame.unreadable[[0, -1]].tolist() == ["", ""]
    for reason, word in zip(frame.unreadable[1:-1], BAD_WKT.values(), strict=True):
        assert word in reason
        assert "\n" not in reason


def test_a_curve_within_a_collection_costs_its_own_row(tmp_path: Path) -> None:
    curve = "CURVEPOLYGON(CIRCULARSTRING(0 0, 1 1, 2 0, 1 -1, 0 0))"
    path = csv(tmp_path, "wkt", f'"GEOMETRYCOLLECTION({curve})"', f'"{UNIT.wkt}"')
    frame = read(path, WKT, crs="EPSG:4326")
    assert frame.geometry.tolist() == [None, UNIT]
    assert "curves" in frame.unreadable[0]


def test_a_postgis_dump_states_its_crs_and_no_other_is_taken_for_it(tmp_path: Path) -> None:
    field = shapely.box(500_000, 1_000_000, 501_000, 1_001_000)
    path = csv(tmp_path, "gid,geom", f"1,{ewkb(field, 32648)}", f"2,{ewkb(field, 32648)}")
    geometry = TableGeometry(wkt="GEOM")
    frame = read(path, geometry)
    assert frame.crs == pyproj.CRS(32648)
    assert shapely.area(frame.geometry).tolist() == [1e6, 1e6]
    assert shapely.get_srid(frame.geometry).tolist() == [0, 0]
    assert read(path, geometry, crs="EPSG:32648").crs == pyproj.CRS(32648)
    with pytest.raises(CRSMismatch):
        read(path, geometry, crs="EPSG:4326")


def test_srids_that_differ_are_each_brought_to_lonlat(tmp_path: Path) -> None:
    point = shapely.Point(500_000, 0)  # the central meridian of zone 48 is 105 degrees east
    path = csv(tmp_path, "wkt", ewkb(point, 32648), ewkb(shapely.Point(105, 0)), point.wkt,
               ewkb(point, 999_999))  # fmt: skip
    frame = read(path, WKT)
    assert frame.crs == pyproj.CRS(4326)
    near = shapely.distance(frame.geometry[:2], shapely.Point(105, 0))
    assert near.max() < 1e-9
    assert frame.unreadable.tolist() == ["", "", "states no SRID", "its SRID 999999 is not known"]
    assert "several SRIDs" in said(frame)
    assert read(path, WKT, crs="EPSG:32648").unreadable.tolist() == [""] * 4


def test_wkt_without_a_crs_is_not_taken_for_degrees(tmp_path: Path) -> None:
    path = csv(tmp_path, "wkt", f'"{SQUARE}"')
    with pytest.raises(CRSMissing, match=r"a\.csv.*source\.crs"):
        read(path, WKT)
    with pytest.raises(CRSMissing, match="SRID 999999"):
        read(csv(tmp_path, "wkt", ewkb(UNIT, 999_999)), WKT)


def test_latitude_first_is_turned_where_it_is_stated(tmp_path: Path) -> None:
    frame = read(csv(tmp_path, "wkt", "POINT (12 105)"), WKT, crs="EPSG:4326", axes="lat_lon")
    assert frame.geometry.tolist() == [shapely.Point(105, 12)]


# --- coordinates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y"),
    [("lon", "lat"), ("Longitude", "Latitude"), ("LONGITUD_W84", "latitud"), ("x", "y")],
)
def test_columns_named_longitude_and_latitude_are_that_and_it_is_said(
    tmp_path: Path, x: str, y: str
) -> None:
    lines = [f"a,{i},1" for i in range(20)]
    path = csv(tmp_path, f"code,{x},{y}", *lines, "b,999,1", "c,,")
    frame = read(path, TableGeometry(x=x, y=y))
    assert frame.geometry[5] == shapely.Point(5, 1)
    assert [bool(reason) for reason in frame.unreadable[:21]] == [False] * 20 + [True]
    assert frame.geometry[20] is None
    assert frame.geometry[21] is None
    assert "were taken as longitude and latitude" in said(frame)


@pytest.mark.parametrize(
    "lines",
    [["code,x,y", "a,500000,1000000"], ["code,este,norte", "a,1,1"], ["code,y,x", "a,1,100"]],
)
def test_other_columns_of_numbers_need_a_stated_crs(tmp_path: Path, lines: list[str]) -> None:
    _, x, y = lines[0].split(",")
    with pytest.raises(CRSMissing, match=f"the columns {x} and {y}"):
        read(csv(tmp_path, *lines), TableGeometry(x=x, y=y))


def test_degrees_minutes_and_seconds_need_no_crs(tmp_path: Path) -> None:
    path = csv(tmp_path, "code;este;norte", "a;105°30'0\"E;12°15'0\"N", "a;70°0'0\"W;12°15'0\"S")
    frame = read(path, TableGeometry(x="este", y="norte"))
    assert shapely.get_coordinates(frame.geometry).tolist() == [[105.5, 12.25], [-70, -12.25]]
    assert "degrees" in said(frame)


def test_eastings_and_northings_come_to_lonlat_by_crs_or_by_the_zone_of_the_row(
    tmp_path: Path,
) -> None:
    path = csv(tmp_path, "e,n,zone", "500000,0,48N", "500000,0,35N")
    by_zone = read(path, TableGeometry(x="e", y="n", zone="zone"))
    by_crs = read(path, TableGeometry(x="e", y="n"), crs="EPSG:32648")
    for frame, expected in ((by_zone, [105, 27]), (by_crs, [105, 105])):
        assert frame.crs == pyproj.CRS(4326)
        assert shapely.get_x(frame.geometry) == pytest.approx(expected, abs=1e-9)


def test_one_column_holds_both_with_latitude_first(tmp_path: Path) -> None:
    path = csv(tmp_path, "code;place", 'a;"12.5, 105.25"')
    geometry = TableGeometry(corner="place")
    frame = read(path, geometry, crs="EPSG:4326", axes="lat_lon")
    assert frame.geometry.tolist() == [shapely.Point(105.25, 12.5)]


@pytest.mark.parametrize("row", ["12 30 00,S,28 15 00,W", "12.5,S,28.25,W", "12.5 S,,28.25,Oeste"])
def test_a_hemisphere_in_a_column_of_its_own_belongs_to_its_coordinate(
    tmp_path: Path, row: str
) -> None:
    frame = read(csv(tmp_path, "lat,N/S,lon,EW", row, "1,N,2,E"), XY)
    assert frame.geometry.tolist() == [shapely.Point(-28.25, -12.5), shapely.Point(2, 1)]
    assert "EW was taken as the hemisphere of lon" in said(frame)


def test_a_column_that_says_south_or_west_in_its_name_is_negative(tmp_path: Path) -> None:
    given = TableGeometry(x="Long_W", y="Latitude (S)")
    frame = read(csv(tmp_path, "Latitude (S),Long_W", "12.5,28.25", "-12.5,-28.25"), given)
    assert frame.geometry.tolist() == [shapely.Point(-28.25, -12.5)] * 2
    assert "Long_W was taken as west of Greenwich, by its name" in said(frame)


def test_a_row_that_lacks_its_hemisphere_or_has_two_is_refused(tmp_path: Path) -> None:
    frame = read(
        csv(tmp_path, "lat,NS,lon,approved", "1,S,2,S", "1,,2,N", "-1,N,2,N"), XY, crs="EPSG:4326"
    )
    assert frame.geometry.tolist() == [shapely.Point(2, -1), None, None]  # S is a yes, in approved
    assert "no hemisphere" in frame.unreadable[1]
    assert "contradicts" in frame.unreadable[2]


def test_minutes_in_columns_of_their_own_are_not_left_out(tmp_path: Path) -> None:
    path = csv(tmp_path, "lat,lat_min,lon,lon_min", "12,30,28,15")
    with pytest.raises(SourceError, match=r"lat_min looks like their minutes"):
        read(path, XY)
    bounds = read(csv(tmp_path, "lat,lat_min,lon,lon_min", "12.5,12,28.25,28"), XY)
    assert bounds.geometry.tolist() == [shapely.Point(28.25, 12.5)]


def test_x_that_names_the_latitude_is_refused_whatever_crs_is_stated(tmp_path: Path) -> None:
    path = csv(tmp_path, "lat,lon", "12,28")
    with pytest.raises(SourceError, match="swap them"):
        read(path, TableGeometry(x="lat", y="lon"), crs="EPSG:4326")


def test_the_catalogues_own_word_on_the_crs_holds_for_tables_too(tmp_path: Path) -> None:
    point = shapely.set_srid(shapely.Point(500_000, 0), 32647)
    dumped = [shapely.to_wkb(p, hex=True, include_srid=True) for p in (point, shapely.Point(0, 0))]
    two = read(csv(tmp_path, "wkt", *dumped), WKT, crs_override="EPSG:32648")
    assert two.crs.to_epsg() == 32648
    assert shapely.get_x(two.geometry).tolist() == [500_000, 0]
    metres = csv(tmp_path, "lon,lat", "500000,0")
    assert shapely.get_x(read(metres, XY, crs_override="EPSG:32648").geometry)[0] == pytest.approx(
        105
    )


def test_zones_of_another_datum_than_wgs_84_are_not_read_as_its_own(tmp_path: Path) -> None:
    path = csv(tmp_path, "e,n,zone", "500000,0,35S")
    with pytest.raises(SourceError, match="EPSG:4209"):
        read(path, TableGeometry(x="e", y="n", zone="zone"), crs="EPSG:4209")


# --- corners -------------------------------------------------------------------------------------


def corners(*rings: tuple[str, Sequence[tuple[float, float]]]) -> list[str]:
    """Rows `code,n,lon,lat` of rings with their codes, numbered from 1."""
    return [f"{code},{n},{x},{y}" for code, ring in rings for n, (x, y) in enumerate(ring, start=1)]


def box(x: float, y: float, size: float = 1) -> list[tuple[float, float]]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


HEAD = "code,n,lon,lat"


def test_corners_become_one_outline_a_code_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    rows = corners(("b", box(0, 0)), ("a", box(5, 5, 2)))
    shuffled = [rows[i] for i in (2, 5, 0, 7, 3, 1, 4, 6)]
    frame = read(csv(tmp_path, HEAD, *shuffled), CORNERS)
    assert frame.attributes.to_dict("list") == {"code": ["b", "a"]}
    assert shapely.area(frame.geometry).tolist() == [1, 4]
    assert frame.unreadable.tolist() == ["", ""]


def test_ten_comes_after_nine_and_p10_after_p9(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]).tolist()
    for text in ("{}", "P{}", "Punto {}"):
        rows = [f"a,{text.format(i + 1)},{x},{y}" for i, (x, y) in enumerate(ring)]
        frame = read(csv(tmp_path, HEAD, *sorted(rows)), CORNERS)
        assert shapely.area(frame.geometry)[0] == pytest.approx(3)  # of a regular 12-gon: 3 r^2
        assert "cross" not in said(frame)


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        ("ABCD", False),
        (["P-1", "P2", "P-3", "P4"], False),
        (["Punto X", "Punto Y", "Punto Z", "Punto AA"], False),
        (["I", "II", "III", "IV"], True),
        (["SW", "SE", "NE", "NW"], True),
    ],
)
def test_corners_are_in_the_order_of_the_alphabet_only_where_their_names_are_its_letters(
    tmp_path: Path, names: Sequence[str], refused: bool
) -> None:
    rows = [f"a,{name},{x},{y}" for name, (x, y) in zip(names, box(0, 0), strict=True)]
    frame = read(csv(tmp_path, HEAD, *rows[::-1]), CORNERS)
    assert ("has no number in n" in frame.unreadable[0]) == refused
    assert refused or shapely.area(frame.geometry).tolist() == [1]


def test_without_numbers_the_rows_stand_in_order_and_it_is_said(tmp_path: Path) -> None:
    geometry = TableGeometry(x="lon", y="lat", group=("code",))
    frame = read(csv(tmp_path, HEAD, *corners(("a", [*box(0, 0), (0, 0)]))), geometry)
    assert shapely.area(frame.geometry).tolist() == [1]
    assert "no column numbers the corners" in said(frame)


REFUSED = {
    "an unreadable corner": (["a,1,0,0", "a,2,1,0", "a,3,?,1", "a,4,0,1"], "the corner in row 4"),
    "a blank corner": (["a,1,0,0", "a,2,1,0", "a,3,,", "a,4,0,1"], "the corner in row 4"),
    "two corners": (["a,1,0,0", "a,2,1,0", "a,3,0,0"], "only 2 distinct corners"),
    "one corner": (["a,1,0,0"], "only 1 corner"),
    "a corner without a number": (
        ["a,1,0,0", "a,2,1,0", "a,,1,1", "a,4,0,1"],
        "row 4 has no number",
    ),
    "a number twice": (["a,1,0,0", "a,2,1,0", "a,2,1,1", "a,4,0,1"], "the same n (2)"),
    "a row without a code": (["a,1,0,0", "a,2,1,0", ",3,1,1", "a,4,0,1"], "row 4 does not say"),
    "a row too short": (["a,1,0,0", "a,2,1,0", "a,3,1", "a,4,0,1"], "row 4 does not say"),
    "the last row too short": (["a,1,0,0", "a,2,1,0", "a,3,1,1", "a,4"], "row 5 does not say"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_outline_that_lacks_a_corner_is_refused_never_smaller(tmp_path: Path, name: str) -> None:
    lines, reason = REFUSED[name]
    good = corners(("z", box(9, 9)), ("y", box(8, 8)))
    frame = read(csv(tmp_path, HEAD, *lines, *good), CORNERS)
    codes = frame.attributes["code"].tolist()
    assert reason in frame.unreadable[codes.index("a")]
    assert frame.geometry[codes.index("a")] is None
    assert shapely.equals(frame.geometry[codes.index("y")], shapely.box(8, 8, 9, 9))
    if "row" in name and name.startswith(("a", "the last")):
        assert (codes.count("") == 1) == (name != "an unreadable corner")


def test_a_code_written_in_two_ways_takes_no_corner_from_its_outline(tmp_path: Path) -> None:
    rows = corners(("EL 7", [*box(0, 0), (-1, 0.5)]), ("b", box(5, 5)))
    frame = read(csv(tmp_path, HEAD, *rows), CORNERS)
    assert frame.unreadable.tolist() == ["", ""]
    rows[2] = rows[2].replace("EL 7", "el7")
    frame = read(csv(tmp_path, HEAD, *rows), CORNERS)
    assert [shape is None for shape in frame.geometry] == [True, True, False]
    assert "differs from 'EL 7' in capitals or blanks" in frame.unreadable[0]


def test_crossing_corners_are_kept_and_told(tmp_path: Path) -> None:
    bow_tie = [(0, 0), (1, 1), (1, 0), (0, 1)]
    frame = read(csv(tmp_path, HEAD, *corners(("a", bow_tie), ("b", box(0, 0)))), CORNERS)
    assert shapely.is_valid(frame.geometry).tolist() == [False, True]
    assert "the corners of 1 outline cross" in said(frame)


def test_numbers_that_are_skipped_are_told(tmp_path: Path) -> None:
    rows = corners(("a", box(0, 0)), ("b", box(2, 0)), ("c", box(4, 0)))
    frame = read(csv(tmp_path, HEAD, *[r for r in rows if not r.startswith("b,3")]), CORNERS)
    assert "skip some in 1 outline, as if corners were missing: b" in said(frame)


def test_rings_nest_holes_in_outlines_and_islands_in_holes(tmp_path: Path) -> None:
    rings = [box(3, 3, 1), box(0, 0, 10), box(20, 0, 2), box(2, 2, 4)]  # island, shell, part, hole
    rows = [
        f"a,{ring},{n},{x},{y}"
        for ring, places in enumerate(rings)
        for n, (x, y) in enumerate(places)
    ]
    geometry = TableGeometry(x="lon", y="lat", group=("code",), order="n", ring="ring")
    others = [f"b,1,{n},{x},{y}" for n, (x, y) in enumerate(box(40, 0))]
    frame = read(csv(tmp_path, "code,ring,n,lon,lat", *rows, *others), geometry)
    assert shapely.area(frame.geometry).tolist() == [100 - 16 + 1 + 4, 1]
    assert shapely.get_num_geometries(frame.geometry).tolist() == [3, 1]
    assert shapely.is_valid(frame.geometry).all()


def test_an_outline_keeps_its_first_rows_words_and_differences_are_counted(tmp_path: Path) -> None:
    rows = [f"{r},gold" for r in corners(("a", box(0, 0)), ("b", box(2, 0)))]
    rows[2] = rows[2].replace("gold", "copper")
    frame = read(csv(tmp_path, f"{HEAD},mineral", *rows), CORNERS)
    assert frame.attributes["mineral"].tolist() == ["gold", "gold"]
    assert "mineral (1)" in said(frame)


def test_two_columns_may_make_the_code(tmp_path: Path) -> None:
    rows = [f"{part},{row}" for part in (1, 2) for row in corners(("a", box(part * 3, 0)))]
    geometry = TableGeometry(x="lon", y="lat", group=("code", "part"), order="n")
    frame = read(csv(tmp_path, f"part,{HEAD}", *rows), geometry)
    assert frame.attributes[["part", "code"]].to_numpy().tolist() == [["1", "a"], ["2", "a"]]
    assert shapely.area(frame.geometry).tolist() == [1, 1]


def test_outlines_of_a_projected_register_keep_its_crs_where_their_edges_are_straight(
    tmp_path: Path,
) -> None:
    path = csv(tmp_path, HEAD, *corners(("a", box(400_000, 8_500_000, 50_000))))
    frame = read(path, CORNERS, crs="EPSG:32735")
    assert frame.crs == pyproj.CRS(32735)
    assert shapely.equals(frame.geometry[0], shapely.box(4e5, 8.5e6, 4.5e5, 8.55e6))
    assert len(read(csv(tmp_path, HEAD), CORNERS, crs="EPSG:32735")) == 0


def test_a_register_of_corners_in_degrees_minutes_and_seconds(tmp_path: Path) -> None:
    ring = [("28°15'0\"E", "12°30'0\"S"), ("28°30'0\"E", "12°30'0\"S"),
            ("28°30'0\"E", "12°45'0\"S"), ("28°15'0\"E", "12°45'0\"S")]  # fmt: skip
    rows = [f"L-1;{i};{x};{y}" for i, (x, y) in enumerate(ring)]
    path = csv(tmp_path, "code;n;lon;lat", *rows)
    frame = read(path, CORNERS)
    assert shapely.equals(frame.geometry[0], shapely.box(28.25, -12.75, 28.5, -12.5))


def test_the_books_of_a_register_of_corners_balance(tmp_path: Path) -> None:
    lines = corners(("a", box(0, 0)), ("b", box(2, 0)), ("c", [(5, 5), (6, 6)]))
    path = csv(tmp_path, HEAD, *lines[:5], "b,2,?,0", *lines[6:], "d,1")
    spec = made.spec(path.name, columns={"feature_id": "code"})
    spec = replace(spec, source=replace(spec.source, geometry=CORNERS))
    layer = made.read(tmp_path, spec)
    assert made.balanced(layer)
    assert layer.features["feature_id"].tolist() == ["a"]
    assert layer.source["rows_in"] == 4
    reasons = layer.issues.set_index("feature_id")["problem"].to_dict()
    assert reasons["b"].startswith("the corner in row 7: '?' is no coordinate")
    assert reasons["c"] == "a corner may be missing: row 12 does not say whose it is"


# --- spreadsheets --------------------------------------------------------------------------------


def xlsx(path: Path, sheets: dict[str, dict[str, Any]], merged: str = "") -> Path:
    """A workbook of sheets as cell -> value, hidden where the sheet's name starts with a dot."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    excel = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{types}"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            f'"/xl/workbook.xml" ContentType="{excel}.sheet.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}"><Relationship Id="r" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(
            f'<sheet name="{n.lstrip(".")}" sheetId="{i}" r:id="r{i}"'
            f"{' state=' + chr(34) + 'hidden' + chr(34) if n[0] == '.' else ''}/>"
            for i, n in enumerate(sheets, 1)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        links += f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/>'
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}">{links}</Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        for i, cells in enumerate(sheets.values(), 1):
            area = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
            archive.writestr(
                f"xl/worksheets/s{i}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{_sheet_rows(cells)}</sheetData>{area}'
                "</worksheet>",
            )
    return path


def _sheet_rows(cells: dict[str, Any]) -> str:
    rows: dict[int, str] = {}
    for name, value in cells.items():
        number = int("".join(c for c in name if c.isdigit()))
        text = f'<c r="{name}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
        if isinstance(value, int | float):
            text = f'<c r="{name}"><v>{value}</v></c>'
        if isinstance(value, tuple):  # a day, as its number
            text = f'<c r="{name}" s="1"><v>{value[0]}</v></c>'
        rows[number] = rows.get(number, "") + text
    return "".join(f'<row r="{n}">{text}</row>' for n, text in sorted(rows.items()))


def grid(*rows: Sequence[Any], top: int = 1, left: str = "A") -> dict[str, Any]:
    return {
        f"{chr(ord(left) + j)}{top + i}": value
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value != ""
    }


TABLE = [("code", "lon", "lat", "granted"), (7, 1.5, 2, (45292,)), ("08", "3,5", 4.0, "n/a")]


def test_the_cells_of_a_sheet_are_texts(tmp_path: Path) -> None:
    frame = read(xlsx(tmp_path / "a.xlsx", {"Titles": grid(*TABLE)}), XY)
    assert rows_of(frame) == [["7", "1.5", "2", "2024-01-01"], ["08", "3,5", "4", "n/a"]]
    assert shapely.get_coordinates(frame.geometry).tolist() == [[1.5, 2], [3.5, 4]]
    assert frame.encoding == ""


def test_a_header_below_a_title_and_beside_blank_columns_is_found_and_told(tmp_path: Path) -> None:
    cells = {"B2": "Register of titles"} | grid(*TABLE, top=5, left="C")
    frame = read(xlsx(tmp_path / "a.xlsx", {"Titles": cells}, merged="B2:F2"), XY)
    assert list(frame.attributes) == ["code", "lon", "lat", "granted"]
    assert len(frame) == 2
    assert "row 5 of the sheet Titles was taken as its header" in said(frame)


def test_several_sheets_with_data_want_a_name(tmp_path: Path) -> None:
    other = grid(("code", "lon", "lat"), ("c", 9, 9))
    path = xlsx(tmp_path / "a.xlsx", {"Titles": grid(*TABLE), "Old": other, "Empty": {}})
    with pytest.raises(SourceError, match=r"several sheets: Titles, Old\. .*source\.layer"):
        read(path, XY)
    with pytest.raises(SourceError, match="no sheet 'New'; it has Titles, Old, Empty"):
        read(path, XY, layer="New")
    assert read(path, XY, layer="old").attributes["code"].tolist() == ["c"]
    assert read(path, XY, layer="Titles").attributes["code"].tolist() == ["7", "08"]


def test_a_hidden_sheet_does_not_stand_in_the_way(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"Titles": grid(*TABLE), ".Lists": grid(("x",), ("y",))})
    frame = read(path, XY)
    assert len(frame) == 2
    assert "hidden sheets were not read: Lists" in said(frame)


def test_a_code_merged_over_the_rows_of_its_corners_is_the_code_of_all(tmp_path: Path) -> None:
    rows = [("a" if n == 0 else "", n, x, y) for n, (x, y) in enumerate(box(0, 0))]
    path = xlsx(tmp_path / "a.xlsx", {"S": grid(("code", "n", "lon", "lat"), *rows)}, "A2:A5")
    frame = read(path, CORNERS)
    assert shapely.area(frame.geometry).tolist() == [1]
    assert "merged cells" in said(frame)


def test_a_column_missing_in_a_sheet_is_answered_with_the_near_one(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"Titles": grid(*TABLE)})
    with pytest.raises(ColumnsNotFound, match=r"'lonn'.*near: 'lon'"):
        read(path, TableGeometry(x="lonn", y="lat"))


def test_what_is_no_spreadsheet_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(SourceError, match=r"cannot be read as a spreadsheet|damaged"):
        read(tmp_path / "a.xlsx", XY)


def test_an_opendocument_sheet_is_read_too(tmp_path: Path) -> None:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    texts = [("code", "lon", "lat"), ("a", "1.5", "2")]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{text}</text:p></table:table-cell>"
            for text in row
        )
        + "</table:table-row>"
        for row in texts
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f"<manifest:manifest {spaces.replace('office', 'manifest', 2)}/>",
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    assert read(tmp_path / "a.ods", XY).geometry.tolist() == [shapely.Point(1.5, 2)]
