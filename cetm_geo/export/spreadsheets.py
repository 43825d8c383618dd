"""CSV and XLSX: no geometry, lists joined, nothing that a spreadsheet reckons as a formula."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from pandas.api.types import is_numeric_dtype

from cetm_geo.errors import ExportError
from cetm_geo.export.dictionary import FIELDS
from cetm_geo.export.values import about, csv_cell, flat, joined, plain_values

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MOST_ROWS = 1_048_575  # of a sheet, beside its head
_MOST_CHARACTERS = 32_767  # of a cell
_CUT = "… (cut here; the other formats hold all of it)"


def write_csv(parts: Iterable[Any], file: Path, _: Mapping[str, Any]) -> int:
    """UTF-8 with a header, lines as RFC 4180 asks."""
    count = 0
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        for number, part in enumerate(parts):
            plain = pd.DataFrame(part.drop(columns="geometry", errors="ignore"))
            if not number:
                writer.writerow(plain.columns)
            writer.writerows(zip(*map(_csv_cells, plain.items()), strict=True))
            count += len(plain)
    return count


def _csv_cells(item: tuple[Any, pd.Series[Any]]) -> list[Any]:
    """A column's cells; of numbers none can be a formula."""
    _, column = item
    values = plain_values(column)
    return values if is_numeric_dtype(column.dtype) else [csv_cell(value) for value in values]


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
