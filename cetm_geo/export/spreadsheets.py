"""CSV and XLSX: no geometry, lists joined, nothing that a spreadsheet reckons as a formula."""

from __future__ import annotations

import contextlib
import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from cetm_geo.errors import ExportError
from cetm_geo.export.dictionary import FIELDS
from cetm_geo.export.values import FORMULA, about, csv_cell, flat, joined, plain_values

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_TEXT = pa.large_string()  # a table in one part may have more than 2 GB
_END = "\r\n"
_RECKONED = f"^[{re.escape(''.join(FORMULA))}]"
_MOST_ROWS = 1_048_575  # of a sheet, beside its head
_MOST_CHARACTERS = 32_767  # of a cell
_CUT = "… (cut here; the other formats hold all of it)"


def write_csv(parts: Iterable[Any], file: Path, _: Mapping[str, Any]) -> int:
    """UTF-8 with a header, lines as RFC 4180 asks."""
    count = 0
    with file.open("wb") as stream:
        for number, part in enumerate(parts):
            plain = pd.DataFrame(part.drop(columns="geometry", errors="ignore"))
            if not number:
                head = [_quoted(pa.array([str(name)], _TEXT)) for name in plain.columns]
                stream.write(_csv_lines(head))
            stream.write(_csv_lines([_csv_texts(column) for _, column in plain.items()]))
            count += len(plain)
    return count


def _csv_texts(column: pd.Series[Any]) -> Any:
    """A column's cells, none null; of numbers none can be a formula, nor has one to be quoted."""
    if is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype):
        numbers = pa.array(column, from_pandas=True)
        if pa.types.is_floating(numbers.type):
            numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
        return pc.fill_null(numbers.cast(_TEXT), "")
    if column.dtype != "str":
        cells = [str(csv_cell(value)) for value in plain_values(column)]
        return _quoted(pa.array(cells, _TEXT))
    texts = pc.fill_null(pa.array(column).cast(_TEXT), "")
    return _quoted(_where(_RECKONED, texts, lambda: _joined("'", texts)))


def _quoted(texts: Any) -> Any:
    """A text in quotes where it holds one, a comma or the end of a line."""
    return _where(
        '[",\r\n]', texts, lambda: _joined('"', pc.replace_substring(texts, '"', '""'), '"')
    )


def _where(pattern: str, texts: Any, other: Callable[[], Any]) -> Any:
    found = pc.match_substring_regex(texts, pattern)
    return pc.if_else(found, other(), texts) if pc.any(found).as_py() else texts


def _csv_lines(columns: Sequence[Any]) -> bytes:
    *others, last = columns
    lines = _joined(last, _END)
    if others:
        lines = _joined(*others, lines, between=",")
    if isinstance(lines, pa.ChunkedArray):
        lines = lines.combine_chunks()
    return bytes(lines.buffers()[2]) if len(lines) else b""


def _joined(*texts: Any, between: str = "") -> Any:
    """Texts row by row one after the other."""
    parts = [pa.scalar(one, _TEXT) if isinstance(one, str) else one for one in (*texts, between)]
    return pc.binary_join_element_wise(*parts)


def write_dictionary(columns: Iterable[Mapping[str, Any]], file: Path) -> None:
    """What the columns of a CSV hold, a row each. columns: as `dictionary.columns_of`."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(FIELDS)
        writer.writerows([csv_cell(one[key]) for key in FIELDS] for one in columns)


def write_xlsx(parts: Iterable[Any], file: Path, members: Mapping[str, Any]) -> int:
    """A workbook: the rows, then sheets with the columns, the sources and what is said of all.

    Row by row, so that memory does not grow. Raises ExportError for more rows than a sheet holds.
    """
    with tempfile.TemporaryDirectory(prefix=".cetm-geo-", dir=file.parent) as folder:
        book = xlsxwriter.Workbook(str(file), {**_OPTIONS, "tmpdir": folder})
        try:
            count = _write_book(book, parts, members)
            book.close()
        finally:
            for sheet in book.worksheets():  # the files of its rows, where writing has failed
                with contextlib.suppress(OSError):
                    sheet.row_data_fh.close()
    return count


def _write_book(book: Any, parts: Iterable[Any], members: Mapping[str, Any]) -> int:
    # A day of its own would make two files of one store differ.
    book.set_properties({"created": datetime(2000, 1, 1)})
    head = book.add_format({"bold": True})
    count = _write_rows(book.add_worksheet("rows"), _rows(parts), head)
    columns = members.get("columns") or ()
    _write_rows(book.add_worksheet("columns"), _of_records(columns, FIELDS), head)
    sources = members.get("sources") or ()
    _write_rows(book.add_worksheet("sources"), _of_records(sources), head)
    said = [("about", "text"), *about(members)]
    _write_rows(book.add_worksheet("about"), said, head)
    return count


def _rows(parts: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """The names of the columns, then row by row."""
    for number, part in enumerate(parts):
        plain = flat(pd.DataFrame(part.drop(columns="geometry", errors="ignore")))
        if not number:
            yield tuple(plain.columns)
        yield from zip(*(column.astype(object) for _, column in plain.items()), strict=True)


def _of_records(
    rows: Iterable[Mapping[str, Any]], names: Iterable[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    kept = list(rows)
    head = tuple(names or (kept[0] if kept else ()))
    return chain([head], (tuple(joined(row[name]) for name in head) for row in kept))


def _write_rows(sheet: Any, rows: Iterable[tuple[Any, ...]], head: Any) -> int:
    """Write rows, the first of them bold and in view; how many come after it."""
    count = -1
    for count, row in enumerate(rows):  # the last number is asked for
        if count > _MOST_ROWS:
            raise ExportError(
                f"A sheet of XLSX holds {_MOST_ROWS:,} rows.", "Export CSV or GeoParquet."
            )
        for place, value in enumerate(row):
            _write_cell(sheet, count, place, value, None if count else head)
    sheet.freeze_panes(1, 1)
    return max(count, 0)


def _write_cell(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  # not a number
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, form)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    else:
        text = str(value)
        if len(text) > _MOST_CHARACTERS:
            text = text[: _MOST_CHARACTERS - len(_CUT)] + _CUT
        sheet.write_string(row, column, text, form)
