"""Filters by CQL2 text: what they say is what SQL says, nulls too; what cannot be read is told."""

from __future__ import annotations

import time
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo.cql2 import Columns, read_filter
from cetm_geo.errors import FilterError

ROWS = pd.DataFrame(
    {
        "tier": ["critical", "high", None, "clear", "high"],
        "area_km2": [1.0, 5.5, 7.0, np.nan, -2.0],
        "verify": [True, False, True, False, True],
        "granted_on": ["2019-05-01", None, "2021-01-31", "2020-01-01", "2020-06-30"],
        "name": ["O'Hara 100%", "A_b", "Ab", None, "abc"],
    }
)
WEST = np.array([0.0, 10, 20, 30, 179])


def meets(box: Any) -> Any:
    west, _, east, _ = box
    inside = (west <= WEST) & (east >= WEST)
    return inside if west <= east else (west <= WEST) | (east >= WEST)


COLUMNS = Columns(
    len(ROWS),
    tuple(ROWS.columns),
    lambda name: ROWS[name].to_numpy(object if ROWS[name].dtype == "str" else None),
    meets,
)


def found(text: str) -> list[int]:
    return np.flatnonzero(read_filter(text).rows(COLUMNS)).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("tier = 'high'", [1, 4]),
        ("tier <> 'high'", [0, 3]),  # null is not unlike
        ("NOT tier = 'high'", [0, 3]),
        ("tier IS NULL OR area_km2 IS NULL", [2, 3]),
        ("tier IS NOT NULL", [0, 1, 3, 4]),
        ("tier IN ('critical', 'clear')", [0, 3]),
        ("tier not in ('critical', 'clear')", [1, 4]),
        ("area_km2 > 5 and verify = TRUE", [2]),
        ("area_km2 BETWEEN -2 AND 5.5", [0, 1, 4]),
        ("area_km2 NOT BETWEEN 1e0 AND 6", [2, 4]),
        ("granted_on >= DATE('2020-01-01') AND granted_on < TIMESTAMP('2021-01-01')", [3, 4]),
        ("name LIKE 'A%'", [1, 2]),
        ("name LIKE 'A\\_b'", [1]),
        ("name LIKE 'A_b' OR name LIKE '%100\\%'", [0, 1]),
        ("name = 'O''Hara 100%'", [0]),
        ("tier = 'high' OR tier = 'clear' AND area_km2 > 1", [1, 4]),  # AND binds tighter
        ("(\"tier\" = 'high' OR tier = 'clear') AND NOT (area_km2 > 1)", [4]),
        ("S_INTERSECTS(geometry, BBOX(5, -1, 25, 1))", [1, 2]),
        ("S_INTERSECTS(geometry, BBOX(170, -1, 5, 1)) AND tier = 'high'", [4]),
    ],
)
def test_a_filter_keeps_the_rows_of_which_it_is_true(text: str, rows: list[int]) -> None:
    assert found(text) == rows


def conditions() -> Any:
    """Texts that CQL2 and SQL read alike."""
    number = st.sampled_from(["-2", "1", "5.5", "7.0", "0"])
    word = st.sampled_from(["'high'", "'clear'", "'x'"])
    sign = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
    leaf = st.one_of(
        st.builds(lambda s, n: f"area_km2 {s} {n}", sign, number),
        st.builds(lambda s, w: f"tier {s} {w}", sign, word),
        st.builds(lambda a, b: f"area_km2 BETWEEN {a} AND {b}", number, number),
        st.builds(lambda a, b: f"tier IN ({a}, {b})", word, word),
        st.sampled_from(["tier IS NULL", "area_km2 IS NOT NULL", "verify = TRUE"]),
        st.sampled_from(["name LIKE '%b%'", "name LIKE '_b'", "name NOT LIKE 'A%'"]),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda a: f"NOT ({a})", inner),
            st.builds(lambda a, b: f"({a}) AND ({b})", inner, inner),
            st.builds(lambda a, b: f"{a} OR ({b})", inner, inner),
        ),
        max_leaves=8,
    )


@settings(max_examples=200, deadline=None)
@given(conditions())
def test_a_filter_says_what_sql_says(text: str) -> None:
    table = ROWS.assign(area_km2=ROWS["area_km2"].astype("Float64"), row=range(len(ROWS)))
    with duckdb.connect() as base:
        base.register("filtered", table)
        answer = base.sql(f"FROM filtered WHERE {text} ORDER BY row").fetchall()
    assert found(text) == [row[-1] for row in answer]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its end: the name of a property"),
        ("tier =", "its end: a number"),
        ("tier = high", "'high'"),
        ("tier == 'high'", "'='"),
        ("tier = 'high' tier", "'tier': AND, OR or the end"),
        ("(tier = 'high'", "its end: \\)"),
        ("tier = 'high", 'at "\'high"'),
        ("select = 1; DROP", "';"),
        ("color = 'red'", "no property 'color'"),
        ("area_km2 = 'large'", "area_km2 holds numbers"),
        ("area_km2 = TRUE", "area_km2 holds numbers"),
        ("tier > 3", "tier holds texts"),
        ("S_INTERSECTS(tier, BBOX(0,0,1,1))", "Only geometry has a place"),
        ("S_INTERSECTS(geometry, BBOX(0,0,1))", "four numbers"),
        ("(" * 41 + "tier IS NULL" + ")" * 41, "more than 40 deep"),
        ("x" * 4001, "4001 characters"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        found(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab_%'\"()<>=, .0-9NOTANDRLIKE\\\n\u1000", max_size=80))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found(text)
    except FilterError as error:
        assert error.what


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "NOT " * 1000,
        " OR ".join(["tier = 'x'"] * 250),
        "tier IN (" + ",".join(["'x'"] * 900) + ")",
        "name LIKE '" + "%a" * 1900 + "'",
    ],
    ids=["parentheses", "not", "or", "in", "like"],
)
def test_a_long_filter_is_read_or_refused_at_once(text: str) -> None:
    many = Columns(2_000, ("tier", "name"), lambda _: np.full(2_000, "a" * 200, object), meets)
    since = time.process_time()
    try:
        read_filter(text).rows(many)
    except FilterError as error:
        assert "deep" in error.what
    assert time.process_time() - since < 5
