"""Corners as people write them: every notation, four languages, and no guess unseen."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import measure
from cetm_geo.coordinates import (
    MAX_CORNERS,
    confirmed,
    facts,
    polygon_of,
    read_column,
    read_columns,
    read_corners,
    said,
)
from cetm_geo.errors import AxesUnconfirmed, CoordinatesUnreadable, CRSMissing, SiteError

S = 12 + 34 / 60 + 56.7 / 3600  # 12°34'56.7"
S0 = 12 + 34 / 60 + 56 / 3600
E = 28 + 15 / 60
DM = 12 + 34.567 / 60
EAST, NORTH = 512345.5, 8512345.0


def degrees_of(x: float, y: float, crs: str) -> tuple[float, float]:
    """Pyproj's own answer."""
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)


UTM = degrees_of(EAST, NORTH, "EPSG:32735")

CERTAIN = {
    # decimal degrees
    "12.5822 S, 28.25 E": (28.25, -12.5822),
    "S 12.5822 E 28.25": (28.25, -12.5822),
    "28.25E 12.5822S": (28.25, -12.5822),
    "12,5822 S; 28,25 E": (28.25, -12.5822),
    "12,5822S 28,25E": (28.25, -12.5822),
    "(12.5822° S, 28.25° E)": (28.25, -12.5822),
    "-12.5822 S 28.25 E": (28.25, -12.5822),
    "Lat: −12.5822 Lon: 28.25": (28.25, -12.5822),
    "Y = -12.5822 X = 28.25": (28.25, -12.5822),
    "Longitude 28.25, latitude -12.5822": (28.25, -12.5822),
    "104.5\t12.5": (104.5, 12.5),
    "12.5|-104.5": (-104.5, 12.5),
    "12.5, S28.2": (12.5, -28.2),
    # degrees, minutes, seconds
    "12°34'56.7\"S 28°15'00\"E": (E, -S),
    "12º34’56,7” S, 28º15’00” E": (E, -S),
    "12° 34' 56.7'' S 28° 15' 0'' E": (E, -S),
    "12 34 56.7 S 28 15 00 E": (E, -S),
    "12 34 56,7 S; 28 15 00 E": (E, -S),
    "S 12 34 56.7 E 28 15 00": (E, -S),
    "12-34-56 S 28-15-00 E": (E, -S0),
    "12:34:56.7 S, 28:15:00 E": (E, -S),
    "12d34m56s S, 28d15m00s E": (E, -S0),
    "12d34m56.7sS 28d15m0sE": (E, -S),
    "12 deg 34 min 56 sec S, 28 deg 15 min 0 sec E": (E, -S0),
    "S12°34.567' E28°15.000'": (E, -DM),
    "12 34.567 S 28 15.000 E": (E, -DM),
    "12Â°34'S 28Â°15'E": (E, -(12 + 34 / 60)),
    "12o34' S 28o15' E": (E, -(12 + 34 / 60)),
    "0°30'S 0°15'W": (-0.25, -0.5),
    # four languages
    "12.5 Nord, 28.25 Ouest": (-28.25, 12.5),
    "12,5 N 28,25 O": (-28.25, 12.5),
    "12,5 Sud et 28,25 Est": (28.25, -12.5),
    "12,5 Norte y 28,25 Oeste": (-28.25, 12.5),
    "12,5 Sur, 28,25 Este": (28.25, -12.5),
    "12,5 Sul e 28,25 Leste": (28.25, -12.5),
    "12°34'S e 28°15'L": (E, -(12 + 34 / 60)),
    "12,5 s e 28,25 o": (-28.25, -12.5),
    "12.5 North 28.25 West": (-28.25, 12.5),
    "Sommet A1 : 12° 34' 56\" de latitude Sud et 28° 15' de longitude Ouest": (-E, -S0),
    # labels
    "P1: 12.5 S 28.25 E": (28.25, -12.5),
    "A) 12.5 S 28.25 E": (28.25, -12.5),
    "Point 3 - 12.5 S 28.25 E": (28.25, -12.5),
    "1. 12.5 S 28.25 E": (28.25, -12.5),
    "S1 12.5 S 28.25 E": (28.25, -12.5),
    "1;12 34 56.7 S;28 15 00 E": (E, -S),
    "BP 12 12°34'56.7\"S 28°15'E": (E, -S),
    "Coin NE: 12.5 S 28.25 E": (28.25, -12.5),
    # a title names the columns
    "Lat Long\n-12.5 28.25": (28.25, -12.5),
    "Point; Longitude; Latitude\nP1; 28.25; -12.5": (28.25, -12.5),
    # UTM
    "35S 512345.5 8512345": UTM,
    "UTM zone 35 South, E 512345.5 N 8512345": UTM,
    "Zone 35L\n512345.5 8512345": UTM,
    "Fuseau 35 Sud\nX 512345,5 Y 8512345": UTM,
    "Zona 35 Sur; 512.345,50; 8.512.345,00": UTM,
    "Fuso 35 Sul\n512,345.50\t8,512,345": UTM,
    "UTM 35 L\nN 8 512 345 E 512 345,5": UTM,
    "35S\n8512345 512345.5": UTM,
    "EPSG:32735\n512345.5mE 8512345mN": UTM,
}


@pytest.mark.parametrize(("text", "expected"), CERTAIN.items(), ids=list(CERTAIN))
def test_a_notation_that_decides_by_itself_is_read_and_is_certain(
    text: str, expected: tuple[float, float]
) -> None:
    corners = read_corners(text)
    assert corners.lonlat[0].tolist() == pytest.approx(expected, abs=1e-12)
    assert corners.reading.certain
    assert corners.reading.reason.endswith(".")
    assert corners.alternative is None


@pytest.mark.parametrize(
    "text",
    [
        "12.5 28.25", "-12.5, 28.25", "12,5;28,25", "20,4150, 2,1300", "20,4150 2,1300",
        "12:34:56 28:15:00", "12 34 56.7 28 15 00.0", "12°34' 28°15'", "1 12.5 28.25",
        "12,5 e 28,2", "A 1 2\nB 1 3\nC 2 3\nD 2 2\nE 1 2.5", "(1.5, 2), (1.5, 3), (2.5,3)",
    ],
)  # fmt: skip
def test_two_numbers_that_could_each_be_a_latitude_are_never_taken_unseen(text: str) -> None:
    corners = read_corners(text)
    assert not corners.reading.certain
    assert (corners.reading.axes, corners.alternative and corners.alternative.axes) == (
        "lat_lon", "lon_lat"
    )  # fmt: skip
    assert corners.other_lonlat is not None
    assert corners.other_lonlat[:, ::-1].tolist() == corners.lonlat.tolist()
    with pytest.raises(AxesUnconfirmed) as refused:
        confirmed(corners)
    assert [row["axes"] for row in refused.value.readings] == ["lat_lon", "lon_lat"]
    for axes in ("lat_lon", "lon_lat"):
        assert confirmed(read_corners(text, axes=axes)).reading.axes == axes
    taken = read_corners(text, reading=corners.alternative)
    assert taken.lonlat.tolist() == corners.other_lonlat.tolist()
    assert taken.reading.certain


BAD = {
    "12°60'S 28°15'E": "60 minutes",
    "12°34'60\"S 28°15'E": "60 seconds",
    "-12.5 N 28.25 E": "the sign - contradicts the letter N",
    "+12.5 S 28.25 E": "the sign + contradicts the letter S",
    "12.5 S 28.25 N": "the same axis twice",
    "longitude 12.5 S, latitude 28.25": "the same axis twice",
    "95 S 28 E": "a latitude of -95 degrees is beyond 90",
    "12 S 190 E": "a longitude of 190 degrees is beyond 180",
    "100 120": "beyond 90",
    "512345 8512345": "need their UTM zone",
    "12.5 - 28.25": "a minus sign stands apart",
    "20.5 2.1 350": "3 numbers where one corner has two",
    "12.5": "1 number where one corner has two",
    "12.5.1 28": "too close",
    "12.5 28.25 hello": "'hello' is no part of a coordinate",
    "12: 34: 56": "a colon stands apart",
    "12 34 56 S 28 15 E": "nor a point number",
    "1,20.5,2.1\n5,20.6,2.1\n3,20.6,2.2": "nor a point number",
    "35K 512345.5 8512345": "band K has latitudes -24 to -16, the corner lies at -13.5",
    "35S 5512345.5 8512345": "no easting",
    "1,2,3": "the comma may be a decimal mark",
    "1 " * 150: "more numbers than one corner has",
    "A" * 400 + "1": "too long",
    "Arc 1950\n12.5 S 28.25 E": "names the datum Arc 1950",
    "": "holds no corner",
    "the corners follow": "holds no corner",
}


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=[text[:40] for text in BAD])
def test_what_is_no_corner_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(CoordinatesUnreadable) as refused:
        read_corners(text)
    assert why in refused.value.what
    assert refused.value.hint


def test_every_bad_line_is_named_with_its_number_its_text_and_what_was_expected() -> None:
    with pytest.raises(CoordinatesUnreadable) as refused:
        read_corners("12 S 28 E\n\nabc 5\n12 S 29 E\n12 S 28 99 E")
    assert [line for line, _, _ in refused.value.lines] == [3, 5]
    assert "line 3 ('abc 5')" in refused.value.what
    assert all("expected two numbers in degrees" in why for _, _, why in refused.value.lines)


def test_the_lines_of_the_corners_are_kept() -> None:
    corners = read_corners("Lat Lon\n\nP1 1 2\nP2 1 3\n\nP3 2 3")
    assert corners.lines == (3, 4, 6)
    assert corners.lonlat.tolist() == [[2, 1], [3, 1], [3, 2]]


def test_points_in_order_of_the_alphabet_are_labels_and_no_directions() -> None:
    corners = read_corners("\n".join(f"{letter} 10 2{i}" for i, letter in enumerate("ABCDE")))
    assert corners.lonlat[4].tolist() == [24, 10]


@pytest.mark.parametrize(
    ("title", "signs"),
    [
        ("Lat (S)  Long (E)", (1, -1)),
        ("Latitude Sud; Longitude Ouest", (-1, -1)),
        ("South latitude, West longitude", (-1, -1)),
        ("Corners (S, W):", (-1, -1)),
        ("Latitude e Longitude, South Block", (1, 1)),
        ("Latitud o Longitud", (1, 1)),
    ],
)
def test_a_title_that_says_south_or_west_holds_for_all_numbers(
    title: str, signs: tuple[int, int]
) -> None:
    read = read_corners(f"{title}\n12.5 128.25\n12.75 128.25\n12.75 128.5")
    assert read.lonlat[0] == pytest.approx(np.multiply(signs, (128.25, 12.5)), abs=1e-12)
    with_minus = read_corners(f"{title}\n-12.5 -128.25\n-12.75 -128.25\n-12.75 -128.5")
    assert with_minus.lonlat[0].tolist() == [-128.25, -12.5]


def test_letters_may_not_contradict_their_title() -> None:
    with pytest.raises(CoordinatesUnreadable, match="the title, which says S"):
        read_corners("Lat S, Long E\n12.5 N 28.25 E\n12.75 N 28.25 E\n12.75 N 28.5 E")


@pytest.mark.parametrize("named", ["Datum: Camacupa", "datum Moznet", "Arc 1950"])
def test_another_datum_than_wgs_84_wants_its_code(named: str) -> None:
    corners = "12.5 S 28.25 E\n12.75 S 28.25 E\n12.75 S 28.5 E"
    with pytest.raises(CoordinatesUnreadable, match="names the datum"):
        read_corners(f"{named}\n{corners}")
    assert read_corners(f"Datum: WGS 84\n{corners}").reading.certain


def test_the_area_of_the_data_turns_the_guess_and_leaves_it_uncertain() -> None:
    corners = read_corners("20 2\n21 2\n21 3", near=(19, 1, 22, 4))
    assert corners.lonlat[0].tolist() == [20, 2]
    assert not corners.reading.certain
    assert "where the data are" in corners.reading.reason


def test_35s_is_south_unless_its_northings_fit_the_band_s_of_the_north() -> None:
    assert read_corners("35S 512345 8512345").reading.crs == "EPSG:32735"
    both = read_corners("35S 512345 4012345")
    assert not both.reading.certain
    assert both.alternative is not None
    assert {both.reading.crs, both.alternative.crs} == {"EPSG:32735", "EPSG:32635"}
    assert both.other_lonlat is not None
    assert both.other_lonlat[0] == pytest.approx(degrees_of(512345, 4012345, "EPSG:32635"))
    near = read_corners("35S 512345 4012345", near=(26, 35, 29, 38))
    assert near.reading.crs == "EPSG:32635"
    assert read_corners("35S 512345 4012345", crs="EPSG:32635").reading.certain
    assert not read_corners("Zone 35\n512345 5512345").reading.certain
    assert read_corners("Zone 35\n512345 9912345").reading.crs == "EPSG:32735"


@pytest.mark.parametrize(
    ("text", "crs", "certain"),
    [
        ("512345.5 8512345", "EPSG:20935", True),
        ("X 1000000 Y 1200000", "EPSG:21897", True),
        ("1000000 1200000", "EPSG:21897", False),
        ("-70.5 W 12.5 N", "EPSG:4686", True),
        ("700000 6600000", "EPSG:2154", True),  # only one order lies in France
    ],
)
def test_a_code_places_numbers_as_pyproj_does(text: str, crs: str, certain: bool) -> None:
    corners = read_corners(text, crs=crs)
    numbers = [float(part) for part in text.split() if part.lstrip("-")[0].isdigit()]
    placed = degrees_of(*numbers, crs)
    assert corners.lonlat[0] == pytest.approx(placed, abs=1e-9)
    assert corners.reading.certain is certain


@pytest.mark.parametrize("zone", ["35S", "Zone 35 South"])
def test_a_zone_in_the_south_is_not_read_by_a_code_of_the_north(zone: str) -> None:
    text = f"{zone}\n{EAST} {NORTH}\n{EAST + 1000} {NORTH}\n{EAST} {NORTH + 1000}"
    with pytest.raises(CoordinatesUnreadable, match="is not the zone 35N of EPSG:32635"):
        read_corners(text, crs="EPSG:32635")
    assert read_corners(text, crs="EPSG:32735").reading.certain


def test_a_text_and_its_code_may_not_contradict() -> None:
    with pytest.raises(CoordinatesUnreadable, match="zone 36S is not the zone 35S"):
        read_corners("36S 512345 8512345", crs="EPSG:32735")
    with pytest.raises(CoordinatesUnreadable, match="no easting"):
        read_corners("12.5 28.25", crs="EPSG:32735")
    with pytest.raises(CoordinatesUnreadable, match="contradict the order"):
        read_corners("12.5 S 28.25 E", axes="lon_lat")
    with pytest.raises(CRSMissing, match="EPSG:1"):
        read_corners("1 2", crs="EPSG:1")
    with pytest.raises(CoordinatesUnreadable, match="no order of axes"):
        read_corners("1 2", axes="up_down")


def test_more_corners_than_the_limit_are_refused() -> None:
    lines = [f"12.5 S {20 + i / 1000} E" for i in range(MAX_CORNERS + 1)]
    assert len(read_corners("\n".join(lines[:-1])).lonlat) == MAX_CORNERS
    for text in ("\n".join(lines), "\n".join(lines * 3)):
        with pytest.raises(CoordinatesUnreadable, match="corners are too many"):
            read_corners(text)


def test_corners_become_a_closed_polygon_and_a_sentence() -> None:
    corners = read_corners("12.5822 S 28.25 E\n12.6 S 28.25 E\n12.6 S 28.3 E")
    assert polygon_of(corners)["coordinates"] == [
        [[28.25, -12.5822], [28.25, -12.6], [28.3, -12.6], [28.25, -12.5822]]
    ]
    assert said(corners) == (
        "Read as latitude, longitude in decimal degrees; first corner 12.5822 S, 28.2500 E."
    )
    assert facts(corners)[0]["first_corner"] == [28.25, -12.5822]
    for text, count in (("1 S 2 E", "1 corner was"), ("1 S 2 E\n1 S 3 E", "2 corners were")):
        with pytest.raises(SiteError, match=count):
            polygon_of(read_corners(text))


# --- properties ----------------------------------------------------------------------------------

LON = st.floats(-179.9, 179.9, allow_subnormal=False)
LAT = st.floats(-89.9, 89.9, allow_subnormal=False)
LANGUAGES = ("NSEW", "NSEO", "NSLO")


def dms(value: float, letters: str, form: str, decimals: int) -> str:
    """An angle in degrees, minutes and seconds, rounded to so many decimals of a second."""
    ticks = round(abs(value) * 3600 * 10**decimals)
    seconds, tick = divmod(ticks, 10**decimals)
    d, rest = divmod(seconds, 3600)
    m, s = divmod(rest, 60)
    second = f"{s:02d}.{tick:0{decimals}d}" if decimals else f"{s:02d}"
    return form.format(d=d, m=m, s=second, c=second.replace(".", ","), h=letters[value < 0])


FORMS = ("{d}°{m:02d}'{s}\"{h}", "{h} {d}° {m}' {c}''", "{d} {m} {s} {h}", "{d}-{m}-{s} {h}",
         "{d}:{m:02d}:{s}{h}", "{d}d{m}m{s}s{h}", "{d} deg {m} min {c} sec {h}")  # fmt: skip


@given(LON, LAT, st.sampled_from(FORMS), st.sampled_from(LANGUAGES), st.integers(0, 4))
def test_an_angle_written_in_seconds_comes_back_within_its_rounding(
    lon: float, lat: float, form: str, letters: str, decimals: int
) -> None:
    ns, ew = letters[:2], letters[2:]
    text = f"{dms(lat, ns, form, decimals)}; {dms(lon, ew, form, decimals)}"
    half_a_unit = 0.5 / 3600 / 10**decimals
    found = read_corners(text)
    assert found.lonlat[0] == pytest.approx((lon, lat), abs=half_a_unit + 1e-12)
    assert found.reading.certain


@given(LON, LAT, st.integers(0, 12), st.booleans(), st.sampled_from(("; ", "\t", "  ")))
def test_decimal_degrees_come_back_exactly_as_written(
    lon: float, lat: float, decimals: int, comma: bool, between: str
) -> None:
    x, y = f"{lon:.{decimals}f}", f"{lat:.{decimals}f}"
    text = f"{x}{between}{y}"
    found = read_corners(text.replace(".", ",") if comma else text, axes="lon_lat")
    assert found.lonlat[0].tolist() == [float(x), float(y)]


@given(LON, LAT)
def test_what_can_be_swapped_is_always_shown(lon: float, lat: float) -> None:
    found = read_corners(f"{lon:.6f} {lat:.6f}")
    assert found.reading.certain == (abs(float(f"{lon:.6f}")) > 90)
    assert (found.alternative is None) == found.reading.certain


@given(st.integers(1, 60), st.floats(-79, 83), st.floats(-2.9, 2.9), st.booleans())
def test_utm_comes_back_to_its_corner(zone: int, lat: float, off: float, swap: bool) -> None:
    lon = -183 + 6 * zone + off
    crs = measure.utm_crs(zone, lat < 0)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    side = "South" if lat < 0 else "North"
    pair = f"N {y:.4f} E {x:.4f}" if swap else f"E {x:.4f} N {y:.4f}"
    found = read_corners(f"UTM zone {zone} {side}\n{pair}")
    written = degrees_of(float(f"{x:.4f}"), float(f"{y:.4f}"), crs)
    assert found.lonlat[0] == pytest.approx(written, abs=1e-9)
    assert found.reading.crs == crs
    assert found.reading.certain


SCRAPS = st.sampled_from(
    [*"S,.-° '\":(;eO\n", "12", "34.5", "35S", "512345", "8512345", "UTM", "zone", "lat", "P1",
     "EPSG:9"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.text(max_size=60) | st.lists(SCRAPS, max_size=14).map("".join))
def test_whatever_is_typed_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = read_corners(text)
    except (CoordinatesUnreadable, CRSMissing) as refused:
        assert refused.what
        return
    assert np.isfinite(found.lonlat).all()
    assert (np.abs(found.lonlat) <= (180, 90)).all()
    assert found.reading.certain == (found.alternative is None)


# --- columns of tables ---------------------------------------------------------------------------


def test_columns_hold_numbers_and_texts_and_a_reason_for_each_bad_row() -> None:
    x = ["28.25", 28.25, "28°15'00\"E", "28,25", "28 15 O", None, "abc", "190", "28.25", "2 E"]
    y = ["-12.5", -12.5, "12°30'S", "-12,5", "12.5 S", "1", "2", "3", "12 E", "91"]
    lonlat, reasons = read_columns(x, y)
    assert lonlat[:4] == pytest.approx(np.tile([28.25, -12.5], (4, 1)))
    assert lonlat[4] == pytest.approx([-28.25, -12.5])
    assert np.isnan(lonlat[5:]).all()
    assert (reasons[:5] == "").all()
    for reason, why in zip(
        reasons[5:],
        ("is missing", "'abc' is no", "beyond 180", "another axis than its column", "beyond 90"),
        strict=True,
    ):
        assert why in reason


def test_columns_of_metres_are_read_as_registers_write_them() -> None:
    x = ["512345.5", "512,345.50", "512 345,5", "512.345,50", ""]
    y = ["8512345", "8,512,345", "8 512 345", "8.512.345,00", "8512345"]
    lonlat, reasons = read_columns(x, y, crs="EPSG:32735")
    assert lonlat[:4] == pytest.approx(np.tile(UTM, (4, 1)), abs=1e-9)
    assert reasons.tolist() == ["", "", "", "", "a coordinate is missing"]
    swapped, _ = read_columns(y[:1], x[:1], crs="EPSG:32735", axes="y_x")
    assert swapped[0] == pytest.approx(UTM, abs=1e-9)


def test_metres_far_outside_their_zone_are_refused_in_a_column() -> None:
    """Exchanged, 512,345 km written as 512.345, and a northing that lacks a digit."""
    x, y = [EAST, NORTH, 512.345, EAST], [NORTH, EAST, 8512.345, 860_000]
    for where in ({"crs": "EPSG:32735"}, {"zone": ["35S"] * 4}):
        lonlat, reasons = read_columns(x, y, **where)  # type: ignore[arg-type]
        assert np.isfinite(lonlat[:, 0]).tolist() == [True, False, False, False]
        assert ["far outside" in reason for reason in reasons] == [False, True, True, True]


def test_each_row_may_have_a_zone_of_its_own() -> None:
    zone = ["35S", "36 South", "34L", "35", "x", "35N"]
    lonlat, reasons = read_columns([EAST] * 6, [NORTH] * 6, zone=zone)
    crs = {0: "EPSG:32735", 1: "EPSG:32736", 2: "EPSG:32734", 5: "EPSG:32635"}
    for row, code in crs.items():
        assert lonlat[row] == pytest.approx(degrees_of(EAST, NORTH, code), abs=1e-9)
    assert np.isnan(lonlat[3:5]).all()
    assert ["no UTM zone" in reason for reason in reasons] == [row not in crs for row in range(6)]


def test_one_column_holds_both_and_its_order_is_never_guessed() -> None:
    both = ["12.5 S 28.25 E", "12.5, 28.25", "nothing", None]
    lonlat, reasons = read_column(both)
    assert lonlat[0].tolist() == [28.25, -12.5]
    assert "not stated" in reasons[1]
    assert "no coordinate" in reasons[2]
    assert reasons[3] == "a coordinate is missing"
    stated, reasons = read_column(both, axes="lat_lon")
    assert stated[1].tolist() == [28.25, 12.5]
    assert reasons[1] == ""
    by_range, reasons = read_column(["12.5, 104.5", "(12.5 28.25)"])
    assert by_range.tolist() == [[104.5, 12.5], [28.25, 12.5]]
    metres, _ = read_column(["512345.5 8512345"], crs="EPSG:32735")
    assert metres[0] == pytest.approx(UTM, abs=1e-9)


def test_a_comma_that_may_be_two_things_is_refused_in_a_cell() -> None:
    lonlat, reasons = read_column(["12,5 28", "12,5; 28,25"], axes="lat_lon")
    assert lonlat.tolist() == [[28, 12.5], [28.25, 12.5]]
    assert (reasons == "").all()
