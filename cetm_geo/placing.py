"""Which columns of a table place its rows on earth, told by their names and contents; a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from cetm_geo import recognition, vocabulary
from cetm_geo.model import TableGeometry

_SAMPLE_ROWS = 500
_MOST = 0.9  # of the filled rows that have to fit
_SOME = 0.2  # of them, where what fits can be nothing else
_AFTER_CODES, _LAST = 1e3, 1e6  # ranks
_CORNERS = 3  # rows a code needs on average to be an outline of corners
_WKT = re.compile(
    r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*(Z|M|ZM)?\s*(\(|EMPTY)",
    re.IGNORECASE,
)
_EWKB = re.compile(r"0[01]([0-9a-f]{2}){20,}", re.IGNORECASE)
_DEGREES = re.compile(r"[-+NSEWO\s]*\d{1,3}\s*[°d:º\s]\s*\d{1,2}.*", re.IGNORECASE)
_PAIR = re.compile(r"\(?\s*([-+]?\d{1,3}[.]\d+)\s*[,;\s]\s*([-+]?\d{1,3}[.]\d+)\s*\)?")


def guess_geometry(table: pd.DataFrame) -> tuple[TableGeometry | None, str]:
    """The columns that look like the geometry of a table's rows, and why; None if none does.

    Args:
        table: texts as they stand in the file, blank ones "".

    WKT or EWKB are told by what they hold, coordinates by the names of two columns of numbers. A
    code that repeats three times and more on average, beside a column of order, makes the rows
    the corners of outlines.
    """
    head = table.head(_SAMPLE_ROWS)
    for column in head.columns:
        for pattern, what in ((_WKT, "WKT"), (_EWKB, "EWKB in hexadecimal")):
            if _share(head[column], pattern) >= _SOME:
                return TableGeometry(wkt=str(column)), f"{column} holds {what}"
    x, y = _axis(head, "x"), _axis(head, "y")
    if x and y and x != y:
        return _of_axes(table, x, y)
    for column in head.columns:
        if _share(head[column], _PAIR) >= _MOST:
            return TableGeometry(corner=str(column)), f"{column} holds pairs of coordinates"
    return None, ""


def _share(column: pd.Series, pattern: re.Pattern[str]) -> float:
    """Share of the filled cells that fit a pattern as a whole (of WKT: its beginning)."""
    filled = [text for text in column if text.strip()]
    return sum(bool(pattern.match(text)) for text in filled) / len(filled) if filled else 0.0


def _axis(head: pd.DataFrame, axis: str) -> str:
    """The best named column of numbers or of degrees, minutes and seconds; "" if there is none."""
    ranked = {str(c): recognition.rank(str(c), "geometry", axis) for c in head.columns}
    fitting = [c for c, rank in ranked.items() if rank is not None and _is_coordinate(head[c])]
    return min(fitting, key=lambda c: ranked[c] or 0.0, default="")


def _is_coordinate(column: pd.Series) -> bool:
    filled = [text for text in column if text.strip()]
    good = sum(vocabulary.number(t) is not None or bool(_DEGREES.match(t)) for t in filled)
    return bool(filled) and good >= _MOST * len(filled)


def _of_axes(table: pd.DataFrame, x: str, y: str) -> tuple[TableGeometry, str]:
    reason = f"{x} and {y} hold coordinates by their names"
    order = _order(table, {x, y})
    code = _outline_code(table, {x, y, order}) if order else ""
    if not code:
        return TableGeometry(x=x, y=y), reason
    corners = f"; {code} repeats and {order} gives an order: rows are corners"
    return TableGeometry(x=x, y=y, group=(code,), order=order), reason + corners


def _order(table: pd.DataFrame, taken: set[str]) -> str:
    ranked = {
        str(c): recognition.rank(str(c), "geometry", "order")
        for c in table.columns
        if str(c) not in taken
    }
    fitting = [c for c, rank in ranked.items() if rank is not None and _counts_up(table[c])]
    return min(fitting, key=lambda c: ranked[c] or 0.0, default="")


def _counts_up(column: pd.Series) -> bool:
    numbers = [vocabulary.number(text) for text in column.head(_SAMPLE_ROWS)]
    return bool(numbers) and all(n is not None and n == int(n) and n >= 0 for n in numbers)


def _outline_code(table: pd.DataFrame, taken: Sequence[str] | set[str]) -> str:
    """The column of codes that repeats from row to row as the corners of one outline do."""
    for column in sorted(
        (str(c) for c in table.columns if str(c) not in taken),
        key=_rank_or_last,
    ):
        texts = table[column]
        repeats = len(texts) / max(texts.nunique(), 1)
        if _rank_or_last(column) < _LAST and repeats >= _CORNERS and (texts != "").all():
            return column
    return ""


def _rank_or_last(column: str) -> float:
    """A code before a name, which two outlines may share; never the name of who holds them."""
    code = recognition.rank(column, "columns", "feature_id")
    name = recognition.rank(column, "columns", "name")
    if code is not None:
        return code
    if name is None or recognition.rank(column, "columns", "holder") is not None:
        return _LAST
    return name + _AFTER_CODES
