"""Rows of texts from a spreadsheet: its sheets, the header below a title, cells as texts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from cetm_geo.errors import SourceError, UnsafeUpload
from cetm_geo.readers.archives import DAMAGED, RATIO_FROM_BYTES
from cetm_geo.readers.rows import Rows, unique_names, without_blank

# A cell takes some 30 bytes before anything of it is looked at, filled or not: what spans more
# would take more than a gigabyte. A sheet of a million rows and 20 columns is as large.
_MOST_CELLS = 20_000_000
_MOST_BYTES = 4 << 30
_MOST_RATIO = 200  # of tables in XML, which shrink to a tenth; larger ones repeat themselves
_HEADER_WITHIN = 200  # rows of the sheet
_SHEET = re.compile(r"/?xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_COLUMN_OF_CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})\d""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]{0,400}?\br\s*=\s*["'](\d{1,9})""")
_ODS_SHEETS = "content.xml"
_ODS_TAG = re.compile(rb"<table:(table|table-row|(?:covered-)?table-cell)\b(?!-)([^>]{0,2000})>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["'](\d{1,9})""")
_BLOCK_BYTES, _LONGEST_TAG = 1 << 22, 500


def read_sheets(
    path: Path, shown: str, layer: str, wanted: Sequence[str], never_read: Sequence[str]
) -> list[Rows]:
    """The rows of one sheet as texts, or of all sheets with data where `layer` is `*`.

    Args:
        layer: name of the sheet; may be empty where only one holds data. wanted: columns by which
            the header is told: the first row that holds them all.

    Dates become ISO texts, whole numbers have no ".0", a merged cell's text stands in all its
    cells. Raises SourceError (unreadable, several sheets), UnsafeUpload (too large unpacked).
    """
    with _book(path, shown) as book:
        chosen, remarks = _chosen(book, layer, shown)
        return [_rows(sheet, shown, wanted, never_read, remarks) for sheet in chosen]


def sheet_names(path: Path, shown: str) -> list[str]:
    """The sheets that hold something, the hidden ones left out. Raises as `read_sheets` does."""
    with _book(path, shown) as book:
        return [sheet.name for sheet in _chosen(book, "*", shown)[0]]


@contextmanager
def _book(path: Path, shown: str) -> Iterator[CalamineWorkbook]:
    """The open workbook; what goes wrong with it, then or while it is read, in words."""
    _refuse_a_bomb(path, shown)
    try:
        _refuse_far_cells(path, shown)
        with _opened(path) as book:
            yield book
    except PasswordError as error:
        raise SourceError(f"{shown}: is locked by a password.", "Save it without one.") from error
    except WorksheetNotFound as error:
        raise SourceError(
            f"{shown}: lists the sheet {error} but does not hold it.", "Ask for the file again."
        ) from error
    except (CalamineError, OSError, *DAMAGED) as error:
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise SourceError(
            f"{shown}: cannot be read as a spreadsheet: {why}.", "Save it as .xlsx or CSV."
        ) from error


def _opened(path: Path) -> CalamineWorkbook:
    """A workbook by its ending, else by its content: many an .xls is an .xlsx by another name."""
    try:
        return CalamineWorkbook.from_path(str(path))
    except CalamineError as error:
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        except CalamineError:
            raise error from None


def _refuse_a_bomb(path: Path, shown: str) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise SourceError(f"{shown}: damaged ({error}).", "Fetch it again.") from error
    total = sum(info.file_size for info in infos)
    if total > _MOST_BYTES:
        raise UnsafeUpload(f"{shown}: unpacks to {total >> 30} GB.", "Save it as CSV.")
    for info in infos:
        size, packed = info.file_size, max(info.compress_size, 1)
        if size > RATIO_FROM_BYTES and size > _MOST_RATIO * packed:
            raise UnsafeUpload(
                f"{shown}: its part {info.filename!r} unpacks to more than {_MOST_RATIO} times its "
                "size.",
                "Save it as CSV.",
            )


def _refuse_far_cells(path: Path, shown: str) -> None:
    """Raises SourceError where a sheet of an .xlsx or .ods spans too much: the library makes room
    for all of it, filled or not, before it can be asked how much that is."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if _SHEET.fullmatch(name) or name == _ODS_SHEETS:
                with archive.open(name) as stream:
                    spans = _spans_of_ods(stream) if name == _ODS_SHEETS else [_spanned(stream)]
                    for rows, columns in spans:
                        _refuse_span(rows, columns, shown, name)


def _spanned(stream: IO[bytes]) -> tuple[int, int]:
    """The last row and column of which a sheet's XML speaks."""
    row, letters, rest = 0, {b""}, b""
    while block := stream.read(_BLOCK_BYTES):
        text = rest + block
        letters.update(_COLUMN_OF_CELL.findall(text))
        row = max([row, *map(int, _ROW.findall(text))])
        rest = text[-_LONGEST_TAG:]
    return row, max(sum(26**i * (c - 64) for i, c in enumerate(reversed(x))) for x in letters)


def _spans_of_ods(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """The last row and column with a text of each table of an OpenDocument spreadsheet, whose rows
    and cells say how often they are repeated."""
    row = column = last = widest = 0
    for tag, told in _tags_of_ods(stream):
        often = _REPEATED.search(told)
        count = int(often[1]) if often else 1
        if tag == b"table":
            yield last, widest
            row = last = widest = 0
        elif tag == b"table-row":
            row, column = row + count, 0
        else:
            column += count
            if not told.endswith(b"/"):
                last, widest = row, max(widest, column)
    yield last, widest


def _tags_of_ods(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        text = rest + block
        end = text.rfind(b"<")
        yield from _ODS_TAG.findall(text, 0, max(end, 0))
        rest = text[max(end, len(text) - _BLOCK_BYTES, 0) :]
    yield from _ODS_TAG.findall(rest)


def _refuse_span(rows: int, columns: int, shown: str, sheet: str) -> None:
    if rows * columns > _MOST_CELLS:
        raise SourceError(
            f"{shown}: the sheet {sheet} spans {rows} rows and {columns} columns.",
            "Remove what stands far outside the table, or save it as CSV.",
        )


def _chosen(
    book: CalamineWorkbook, layer: str, shown: str
) -> tuple[list[CalamineSheet], tuple[str, ...]]:
    """The sheets to read, and remarks on hidden ones that are not."""
    facts = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    if layer and layer != "*":
        named = [m.name for m in facts if m.name.strip().casefold() == layer.strip().casefold()]
        if not named:
            held = ", ".join(m.name for m in facts)
            raise SourceError(
                f"{shown}: has no sheet {layer!r}; it has {held}.",
                "Name one of them as source.layer.",
            )
        return [book.get_sheet_by_name(named[0])], ()
    full = {m.name: m.visible for m in facts if book.get_sheet_by_name(m.name).height > 0}
    seen = [name for name, visible in full.items() if visible == SheetVisibleEnum.Visible]
    names = seen or list(full)
    if not names:
        raise SourceError(f"{shown}: its sheets are empty.", "Ask for the file again.")
    if len(names) > 1 and layer != "*":
        raise SourceError(
            f"{shown}: holds several sheets: {', '.join(names)}.",
            "Name one of them as source.layer, or * for all.",
        )
    hidden = [name for name in full if name not in names]
    remarks = (f"hidden sheets were not read: {', '.join(hidden)}",) if hidden else ()
    return [book.get_sheet_by_name(name) for name in names], remarks


def _rows(
    sheet: CalamineSheet,
    shown: str,
    wanted: Sequence[str],
    never_read: Sequence[str],
    remarks: tuple[str, ...],
) -> Rows:
    _refuse_span(sheet.total_height, sheet.total_width, shown, sheet.name)
    cells = sheet.to_python(skip_empty_area=False)
    filled = _fill_merged(cells, sheet)
    at = _header(cells, wanted)
    if at is None:
        return Rows(pd.DataFrame(), np.empty(0, np.int64), np.empty(0, object), remarks)
    remarks += _on_the_header(cells, at, sheet.name)
    columns, more = _columns(cells[at], cells[at + 1 :], never_read)
    if sum(row > at for row in filled):
        text = f"merged cells of the sheet {sheet.name} were taken to hold for all their rows"
        more = (*more, text)
    numbers = np.arange(at + 2, len(cells) + 1, dtype=np.int64)
    reasons = np.full(len(numbers), "", object)
    texts = pd.DataFrame(columns, index=range(len(numbers)), dtype="str")
    rows, blank = without_blank(Rows(texts, numbers, reasons, (*remarks, *more)))
    if blank:
        text = f"{blank} rows without any text were passed over"
        rows = Rows(rows.texts, rows.numbers, rows.reasons, (*rows.remarks, text))
    return rows


def _fill_merged(cells: list[list[Any]], sheet: CalamineSheet) -> set[int]:
    """Writes the text of merged cells into all their rows; gives the rows that were written to."""
    filled: set[int] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom == top or top >= len(cells) or left != right:
            continue  # a title over several columns names none of them
        value = cells[top][left]
        for row in range(top + 1, min(bottom + 1, len(cells))):
            cells[row][left] = value
            filled.add(row)
    return filled


def _header(cells: list[list[Any]], wanted: Sequence[str]) -> int | None:
    """The first row that holds all wanted names; without one, the first with the most texts."""
    names = {name.strip().casefold() for name in wanted}
    near = cells[:_HEADER_WITHIN]
    for i, row in enumerate(near):
        if names and names <= {cell_text(value).strip().casefold() for value in row}:
            return i
    fullest = [sum(isinstance(value, str) and bool(value.strip()) for value in r) for r in near]
    return int(np.argmax(fullest)) if any(fullest) else None


def _on_the_header(cells: list[list[Any]], at: int, sheet: str) -> tuple[str, ...]:
    above = sum(any(cell_text(value).strip() for value in row) for row in cells[:at])
    if not above:
        return ()
    return (
        f"row {at + 1} of the sheet {sheet} was taken as its header, by the columns that hold "
        f"the geometry; {above} rows above it were passed over",
    )


def _columns(
    header: list[Any], body: list[list[Any]], never_read: Sequence[str]
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Texts by name of column; columns with neither a name nor a text are none."""
    barred = {name.casefold() for name in never_read}
    written = [" ".join(cell_text(value).split()) for value in header]
    names, remarks = unique_names(written, "column {}")
    columns = {}
    for i, (name, own) in enumerate(zip(written, names, strict=True)):
        if name.casefold() in barred:
            continue
        texts = [cell_text(row[i]) for row in body]
        if name or any(texts):
            columns[own] = texts
    return columns, remarks


def cell_text(value: Any) -> str:
    """A cell as text: days in ISO form, whole numbers without a point."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e22:
        return str(int(value))
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    return str(value)
