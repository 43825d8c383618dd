"""Strangers' texts are read or refused in words, whatever stands in them (`tests.parsers`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parsers import PARSERS, read_or_refused
from tests.trusting import COUNT

NUMBERS = st.one_of(
    st.floats(), st.integers(), st.floats(-180, 180), st.sampled_from([0, -0.0, 1e308, 90, 180])
)
WORDS = [
    "POLYGON", "MULTIPOLYGON", "POINT", "EMPTY", "Z", "ZM", "(", ")", "((", "))", ",", ";", ":",
    "SRID=4326;", "SRID=99999999;", "0103000000", "NaN", "inf", "1e400", "-0", "104", "12.5",
    "104\u00b010'30\"E", "12\u00b0N", "48P", "UTM", "EPSG:4326", "AND", "OR", "NOT", "IN", "LIKE",
    "BETWEEN", "IS", "NULL", "a", "b", "c", "BBOX", "geometry", "'%_'", "''", "\\", '"', "=", "<>",
    ">=", "<", "+", "-", "\u0661", "TRUE", "DATE('2026-01-01')",
]  # fmt: skip
SCRAPS = st.sampled_from([*WORDS, " ", "\n", "\t", "\u202e", "\x00"])
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(SCRAPS, max_size=40).map(" ".join),
    st.lists(SCRAPS | st.text(max_size=5) | NUMBERS.map(repr), max_size=40).map("".join),
).map(lambda text: text.encode(errors="surrogatepass"))
POSITIONS = st.lists(NUMBERS, min_size=0, max_size=4)
RINGS = st.lists(st.one_of(POSITIONS, st.none(), st.text(max_size=3)), max_size=8)


def closed(ring: list[Any]) -> list[Any]:
    return [*ring, ring[0]] if ring else ring


GEOMETRIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "polygon", "", 7, None]),
        "coordinates": st.recursive(
            st.one_of(RINGS, RINGS.map(closed), st.none(), NUMBERS),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
    },
    optional={"crs": st.text(max_size=5), "bbox": POSITIONS},
)
BODIES = st.one_of(
    GEOMETRIES,
    st.fixed_dictionaries({"type": st.just("Feature"), "geometry": GEOMETRIES | st.none(),
                           "properties": st.none() | st.dictionaries(st.text(), NUMBERS)}),
    st.recursive(st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
                 max_leaves=8),
).map(lambda body: json.dumps(body).encode())  # fmt: skip
INPUTS = {"geojson": st.one_of(BODIES, TEXTS), "wkt": TEXTS, "corners": TEXTS, "cql2": TEXTS}


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_is_given_is_read_or_refused_in_words(name: str) -> None:
    parser = PARSERS[name]

    @settings(
        max_examples=COUNT["texts of each parser"], deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(INPUTS[name])
    def attempt(content: bytes) -> None:
        read_or_refused(parser, content)

    attempt()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "geojson",
            b'{"type":"Polygon","coordinates":[[[104,12],[105,12],[105,13],[104,12]]]}',
        ),
        ("wkt", b"POLYGON ((104 12, 104.1 12, 104.1 12.1, 104 12))"),
        ("corners", b"104.0 12.0\n104.1 12.0\n104.1 12.1"),
        ("cql2", b"a > 0 AND b LIKE 'x%'"),
    ],
)
def test_what_is_sound_is_read(name: str, content: bytes) -> None:
    assert read_or_refused(PARSERS[name], content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wkt", b"SRID=99999999999999999999;POLYGON ((104 12, 105 12, 105 13, 104 12))"),
        ("wkt", b"POLYGON ((1e400 12, 105 12, 105 13, 1e400 12))"),
    ],
)
def test_what_once_was_a_traceback_is_refused(name: str, content: bytes) -> None:
    read_or_refused(PARSERS[name], content)
