"""Rows of texts from a CSV file: every row of the file is there, or told of by its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from cetm_geo.errors import SourceError
from cetm_geo.readers import encodings
from cetm_geo.readers.encodings import Encoding

DELIMITERS = (",", ";", "\t", "|")
_HEAD_BYTES = 1 << 18
_MOST_COLUMNS = 20_000  # a spreadsheet has 16,384
_BLOCK_BYTES = (1 << 22, 1 << 25, 1 << 28)  # a row that is longer than one block needs the next


@dataclass(frozen=True)
class Rows:
    """A table as it stands in a file.

    texts: DataFrame of texts as written, blank ones "". numbers: (n,) each row's number in the
    file, from 1, the header counted. reasons: (n,) why a row is unreadable, else "".
    remarks: on the table as a whole. encoding: None where the format leaves no choice.
    """

    texts: pd.DataFrame
    numbers: NDArray[np.int64]
    reasons: NDArray[np.object_]
    remarks: tuple[str, ...] = ()
    encoding: Encoding | None = None


@dataclass(frozen=True)
class _Head:
    """How a CSV begins: its separator, the lines before its header, and the header's names."""

    delimiter: str
    skipped: int
    names: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True)
class _Ragged:
    """A row whose fields are more or fewer than the header's names."""

    number: int
    fields: int
    text: str


def read_csv(
    path: Path, shown: str, stated: str, wanted: Sequence[str], never_read: Sequence[str]
) -> Rows:
    """All rows of a CSV file as texts, without the columns in `never_read`.

    Args:
        stated: the encoding, if the catalogue states it. wanted: columns that the header is known
            to hold, by which its separator is told.

    The separator is told from the header. A row with other than the header's number of fields is
    kept without its texts, with its reason; fields beyond the header that are blank do not count.
    Raises SourceError.
    """
    encoding = encodings.of_file(path, shown, stated)
    with path.open("rb") as stream:
        head = _head(_decoded(stream.read(_HEAD_BYTES), encoding), wanted, shown)
    names, remarks = unique_names(head.names, "column {}")
    barred = {name.casefold() for name in never_read}
    kept = [i for i, name in enumerate(head.names) if name.casefold() not in barred]
    table, ragged = _table(_content(path, encoding), head, kept, shown)
    _refuse_an_open_quote(path, table, ragged, shown)
    rows = _with_ragged(table, ragged, head, kept)
    texts = rows.texts.set_axis([names[i] for i in kept], axis=1)
    used, blank = without_blank(Rows(texts, rows.numbers, rows.reasons, remarks, encoding))
    if blank:
        text = f"{blank} rows without any text were passed over"
        used = Rows(used.texts, used.numbers, used.reasons, (*remarks, text), encoding)
    return used


def unique_names(names: Sequence[str], blank: str) -> tuple[list[str], tuple[str, ...]]:
    """Names of columns, each once, and remarks on those that were not.

    Args:
        blank: the name of a column without one, with a place for its number.
    """
    out: list[str] = []
    tried: dict[str, int] = {}
    repeated: dict[str, list[str]] = {}
    used: set[str] = set()
    taken = {name.casefold() for name in names}
    for number, name in enumerate(names, start=1):
        stem = own = name or blank.format(number)
        count = tried.get(stem.casefold(), 1)
        while own.casefold() in used or (own != name and own.casefold() in taken):
            count += 1
            own = f"{stem}_{count}"
        tried[stem.casefold()] = count
        if own != stem:
            repeated.setdefault(stem, []).append(own)
        out.append(own)
        used.add(own.casefold())
    remarks = tuple(
        f"the header holds {name!r} more than once; read as {', '.join([name, *own])}"
        for name, own in repeated.items()
    )
    return out, remarks


def without_blank(rows: Rows) -> tuple[Rows, int]:
    """Only the rows that hold a text or a reason, and how many were left out between them.

    Blank rows after the last one that holds something are none.
    """
    holds = rows.reasons != ""
    for name in rows.texts.columns:
        if holds.all():
            break
        holds = holds | (rows.texts[name].str.strip() != "").to_numpy(bool)
    last = int(np.flatnonzero(holds)[-1]) if holds.any() else -1
    left_out = int((~holds[: last + 1]).sum())
    if holds.all():
        return rows, 0
    texts = rows.texts[holds].reset_index(drop=True)
    kept = Rows(texts, rows.numbers[holds], rows.reasons[holds], rows.remarks, rows.encoding)
    return kept, left_out


def plain_numbers(column: pd.Series[str]) -> NDArray[np.float64] | None:
    """A column as numbers at once if every text is one, with a point as its mark; else None."""
    texts = pa.array(column, type=pa.large_string(), from_pandas=True)
    try:
        numbers = pc.cast(pc.utf8_trim_whitespace(texts), pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def _decoded(data: bytes, encoding: Encoding) -> str:
    return data.decode(encoding.name, "replace").removeprefix("\ufeff")


def _content(path: Path, encoding: Encoding) -> pa.Buffer:
    """A file's texts in UTF-8: mapped where they are, else converted in memory."""
    if encoding.is_utf8:
        return pa.memory_map(str(path)).read_buffer()
    return pa.py_buffer(_decoded(path.read_bytes(), encoding).encode("utf-8", "replace"))


# --- the header ----------------------------------------------------------------------------------


def _head(text: str, wanted: Sequence[str], shown: str) -> _Head:
    lines = text.splitlines(keepends=True)
    skipped = 0
    stated = ""
    while skipped < len(lines) and not lines[skipped].strip(" \t\r\n,;|"):
        skipped += 1
    first = lines[skipped].strip() if skipped < len(lines) else ""
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own way of saying it
        stated, skipped = first[4], skipped + 1
    if skipped >= len(lines):
        raise SourceError(f"{shown}: holds no text.", "Fetch it again.")
    rest = "".join(lines[skipped:])
    delimiter = stated or max(DELIMITERS, key=lambda d: _fitness(_records(rest, d, 1), wanted))
    records = _records(rest, delimiter, 50)
    names = tuple(name.strip() for name in records[0]) if records else ()
    cut = len(text) >= _HEAD_BYTES // 4 and len(lines) == skipped + 1 and not rest.endswith("\n")
    if not names or cut or len(names) > _MOST_COLUMNS:
        raise SourceError(
            f"{shown}: its first line is no header: it is too long, or names more than "
            f"{_MOST_COLUMNS} columns.",
            "See whether it is a table with a line a row.",
        )
    return _Head(delimiter, skipped, names)


def _fitness(records: list[list[str]], wanted: Sequence[str]) -> tuple[int, int]:
    names = {name.strip().casefold() for name in records[0]} if records else set()
    return sum(name.casefold() in names for name in wanted), len(names)


def _records(text: str, delimiter: str, count: int) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    out: list[list[str]] = []
    try:
        for record in reader:
            if len(out) == count:
                break
            out.append(record)
    except csv.Error:  # a field beyond what this reader takes; the header is before it
        pass
    return out


def header_below(path: Path, encoding: Encoding | None, wanted: Sequence[str]) -> int:
    """The line of a CSV file, from 1, that holds all of `wanted`; 0 if none near its start does."""
    with path.open("rb") as stream:
        text = _decoded(stream.read(_HEAD_BYTES), encoding or encodings.detected(b""))
    names = {name.casefold() for name in wanted}
    for number, line in enumerate(text.splitlines()[:50], start=1):
        for delimiter in DELIMITERS:
            for record in _records(line, delimiter, 1):
                if names <= {field.strip().casefold() for field in record}:
                    return number
    return 0


# --- the rows ------------------------------------------------------------------------------------


def _table(
    content: pa.Buffer, head: _Head, kept: Sequence[int], shown: str
) -> tuple[pa.Table, list[_Ragged]]:
    """The rows that fit the header, the header left out, and those that do not fit."""
    for block in _BLOCK_BYTES:
        ragged: list[_Ragged] = []
        try:
            return _parsed(content, head, kept, block, ragged).slice(1), ragged
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                why = " ".join(str(error).split())[:200].rstrip(".")
                raise SourceError(f"{shown}: cannot be read as csv: {why}.", "Mend it.") from error
    raise SourceError(
        f"{shown}: one of its rows is longer than {_BLOCK_BYTES[-1] >> 20} MB.",
        "See whether a quotation mark is never closed.",
    )


def _parsed(
    content: pa.Buffer, head: _Head, kept: Sequence[int], block: int, ragged: list[_Ragged]
) -> pa.Table:
    names = [str(i) for i in range(len(head.names))]

    def note(row: pyarrow.csv.InvalidRow) -> Literal["skip", "error"]:
        ragged.append(_Ragged(row.number or 0, row.actual_columns, row.text))
        return "skip"

    return pyarrow.csv.read_csv(
        pa.BufferReader(content),  # type: ignore[arg-type]  # the stubs know of no buffers
        # Threads would lose the numbers of rows.
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False,
            column_names=names,
            skip_rows=head.skipped,
            block_size=block,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=head.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            include_columns=[names[i] for i in kept],
            strings_can_be_null=False,
        ),
    )


def _refuse_an_open_quote(
    path: Path, table: pa.Table, ragged: Sequence[_Ragged], shown: str
) -> None:
    """A quotation mark that nothing closes: all that follows it would be one text."""
    tails = [str(table.column(i)[-1]) for i in range(table.num_columns) if len(table)]
    tails += [ragged[-1].text] if ragged else []
    if not any("\n" in text or "\r" in text for text in tails) or not path.stat().st_size:
        return
    with path.open("rb") as stream:
        marks = 0
        while block := stream.read(1 << 22):
            marks += block.count(b'"')
    if marks % 2:
        raise SourceError(
            f"{shown}: a quotation mark is opened and never closed; what follows cannot be told "
            "apart.",
            'Close it, or write it twice ("") where it belongs to the text.',
        )


def _with_ragged(
    table: pa.Table, ragged: Sequence[_Ragged], head: _Head, kept: Sequence[int]
) -> Rows:
    """All rows in the file's order; of those that do not fit, only the number and the reason."""
    total = len(table) + len(ragged)
    first = head.skipped + 2
    numbers = np.arange(first, first + total, dtype=np.int64)
    reasons = np.full(total, "", object)
    texts = table.to_pandas()
    if not ragged:
        return Rows(texts, numbers, reasons)
    place = np.array([row.number for row in ragged]) - first
    mended = [_fields(row, head, kept) for row in ragged]
    added = pd.DataFrame(
        [fields or [""] * len(kept) for fields in mended], columns=texts.columns, dtype="str"
    )
    order = np.empty(total, np.intp)
    order[place] = len(table) + np.arange(len(ragged))
    order[np.setdiff1d(np.arange(total), place)] = np.arange(len(table))
    reasons[place] = [
        "" if fields else _why_ragged(row, len(head.names))
        for row, fields in zip(ragged, mended, strict=True)
    ]
    texts = pd.concat([texts, added], ignore_index=True).take(order).reset_index(drop=True)
    return Rows(texts, numbers, reasons)


def _fields(row: _Ragged, head: _Head, kept: Sequence[int]) -> list[str]:
    """The wanted fields of a row with nothing but blanks beyond the header; else none."""
    if row.fields <= len(head.names):
        return []
    records = _records(row.text, head.delimiter, 1)
    if not records or len(records[0]) != row.fields or any(records[0][len(head.names) :]):
        return []
    return [records[0][i] for i in kept]


def _why_ragged(row: _Ragged, names: int) -> str:
    """Of a row that does not fit; its texts are not told, for nobody knows whose they are."""
    lines = row.text.count("\n") + 1
    fields = f"{row.fields} field{'s' if row.fields != 1 else ''}"
    text = f"row {row.number} of the file has {fields} where the header names {names}"
    return text + (f", over {lines} lines: is a quotation mark open?" if lines > 1 else "")
