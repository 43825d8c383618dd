"""XLSX: no geometry, lists joined; what begins like a formula is a text.

A library makes the book and its small sheets. The sheet of rows is text made by Arrow, poured into
the archive where that book has an empty one: of 200,000 titles it has 17 million cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from xlsxwriter.utility import xl_col_to_name

from cetm_geo.errors import ExportError
from cetm_geo.export import texts
from cetm_geo.export.dictionary import FIELDS
from cetm_geo.export.values import about, flat, joined

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_ROWS = "xl/worksheets/sheet1.xml"  # the first sheet of a book
_END = b"</sheetData>"
_SIZE = re.compile(rb"<dimension [^>]*/>")  # optional, and not known before the last row
_PACKING = 1  # of zlib, 1 to 9: a higher one takes longer than everything else
_MOST_ROWS = 1_048_575  # of a sheet, beside its head
_ROWS_AT_ONCE = 500  # as text some 2 MB where there are a hundred columns
_MOST_CHARACTERS = 32_767  # of a cell, in UTF-16
_CUT = "… (cut here; the other formats hold all of it)"
# What cannot stand in a sheet as it is. ECMA-376 part 1, 22.9.2.19, writes a character as _xHHHH_;
# two are no characters, nor does XML have a way to write them.
_ODD = "[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_"
_AS_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\ufffe": "\ufffd", "\uffff": "\ufffd"}


def write_xlsx(parts: Iterable[Any], file: Path, members: Mapping[str, Any]) -> int:
    """A workbook: the rows, then sheets with the columns, the sources and what is said of all.

    Part by part, so that memory does not grow. Raises ExportError for more rows than a sheet holds.
    """
    plain = (flat(pd.DataFrame(one.drop(columns="geometry", errors="ignore"))) for one in parts)
    first = next(plain)
    book = _book(list(map(str, first.columns)), members)
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKING)
    with zipfile.ZipFile(book) as made, packed as out:
        for name in made.namelist():
            with out.open(name, "w", force_zip64=name == _ROWS) as stream:
                if name == _ROWS:
                    count = _pour(chain([first], plain), _SIZE.sub(b"", made.read(name)), stream)
                else:
                    stream.write(made.read(name))
    return count


def _book(columns: list[str], members: Mapping[str, Any]) -> io.BytesIO:
    """The book with a sheet of rows that has its head alone."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        head = book.add_format({"bold": True})
        _write_rows(book.add_worksheet("rows"), [columns], head)
        told = members.get("columns") or ()
        _write_rows(book.add_worksheet("columns"), _of_records(told, FIELDS), head)
        sources = members.get("sources") or ()
        _write_rows(book.add_worksheet("sources"), _of_records(sources), head)
        said = [("about", "text"), *about(members)]
        _write_rows(book.add_worksheet("about"), said, head)
    return content


def _of_records(
    rows: Iterable[Mapping[str, Any]], names: Iterable[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    kept = list(rows)
    head = tuple(names or (kept[0] if kept else ()))
    return chain([head], (tuple(joined(row[name]) for name in head) for row in kept))


def _write_rows(sheet: Any, rows: Iterable[Iterable[Any]], head: Any) -> None:
    """Write rows, the first of them bold and in view."""
    for number, row in enumerate(rows):
        form = None if number else head
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, _short(value), form)
            elif value is not None:
                sheet.write(number, place, value, form)
    sheet.freeze_panes(1, 1)


def _pour(parts: Iterable[pd.DataFrame], empty: bytes, stream: IO[bytes]) -> int:
    """A sheet whose head stands in `empty`; how many rows come after it. Packing a part goes on
    beside the making of the next."""
    start, end = empty.split(_END)
    stream.write(start)
    count = 0
    with ThreadPoolExecutor(1) as packer:
        packed = packer.submit(stream.write, b"")
        for few in _fewer(parts):
            rows = _rows(few, count + 2)
            count += len(few)
            if count > _MOST_ROWS:
                raise ExportError(
                    f"A sheet of XLSX holds {_MOST_ROWS:,} rows.", "Export CSV or GeoParquet."
                )
            packed.result()
            packed = packer.submit(stream.write, rows)
        packed.result()
    stream.write(_END + end)
    return count


def _fewer(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for part in parts:
        for first in range(0, len(part), _ROWS_AT_ONCE):
            yield part.iloc[first : first + _ROWS_AT_ONCE]


def _rows(part: pd.DataFrame, first: int) -> memoryview:
    """Rows as a sheet holds them, `first` being the number of the first, cells without a value
    left out."""
    numbers = pa.array(np.arange(first, first + len(part))).cast(texts.TEXT)
    cells = [
        texts.one_after_other(f'<c r="{xl_col_to_name(place)}', numbers, *_cell(column))
        for place, (_, column) in enumerate(part.items())
    ]
    row = ('<row r="', numbers, '">', *cells, "</row>")
    return texts.content(texts.one_after_other(*row, nulls="skip"))


def _cell(column: pd.Series[Any]) -> tuple[str, Any, str]:
    """A column's cells after their address: what stands before the value, the value or None, what
    stands after it."""
    if is_bool_dtype(column.dtype):
        whole = pa.array(column, from_pandas=True).cast(pa.int8())
        return '" t="b"><v>', whole.cast(texts.TEXT), "</v></c>"
    if is_numeric_dtype(column.dtype):
        return '"><v>', texts.of_numbers(column), "</v></c>"
    words: Any = pa.array(column.astype("str")).cast(texts.TEXT)
    size: Any = pc.binary_length(words)  # of bytes there are as many as units of UTF-16, or more
    words = pc.if_else(pc.greater(size, pa.scalar(0)), words, None)
    words = _each(pc.greater(size, pa.scalar(_MOST_CHARACTERS)), words, _short)
    words = _each(pc.match_substring_regex(words, _ODD), words, _escaped)
    return '" t="inlineStr"><is><t xml:space="preserve">', words, "</t></is></c>"


def _each(which: Any, words: Any, change: Callable[[str], str]) -> Any:
    """Texts, those of `which` changed one by one: they are few."""
    which = which.fill_null(False)
    if not pc.any(which).as_py():
        return words
    changed = [change(text) for text in words.filter(which).to_pylist()]
    return pc.replace_with_mask(words, which, pa.array(changed, texts.TEXT))


def _short(text: str) -> str:
    """A text as long as a cell holds."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _MOST_CHARACTERS:
        return text
    kept = units[: 2 * (_MOST_CHARACTERS - len(_CUT))]
    return kept.decode("utf-16-le", errors="ignore") + _CUT


def _escaped(text: str) -> str:
    return re.sub(_ODD, _as_xml, text)


def _as_xml(found: re.Match[str]) -> str:
    odd = found[0]
    if len(odd) > 1:  # a text that would be read as a character
        return f"_x005F{odd}"
    return _AS_XML.get(odd) or f"_x{ord(odd):04X}_"
