"""CSV: UTF-8, no geometry, lists joined, nothing that a spreadsheet reckons as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from cetm_geo.export import texts
from cetm_geo.export.dictionary import FIELDS
from cetm_geo.export.values import FORMULA, csv_cell, plain_values

_END = "\r\n"
_RECKONED = f"^[{re.escape(''.join(FORMULA))}]"


def write_csv(parts: Iterable[Any], file: Path, _: Mapping[str, Any]) -> int:
    """UTF-8 with a header, lines as RFC 4180 asks."""
    count = 0
    with file.open("wb") as stream:
        for number, part in enumerate(parts):
            plain = pd.DataFrame(part.drop(columns="geometry", errors="ignore"))
            if not number:
                head = [_quoted(pa.array([str(name)], texts.TEXT)) for name in plain.columns]
                stream.write(_lines(head))
            stream.write(_lines([_cells(column) for _, column in plain.items()]))
            count += len(plain)
    return count


def _cells(column: pd.Series[Any]) -> Any:
    """A column's cells, none null; of numbers none can be a formula, nor has one to be quoted."""
    if is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype):
        return pc.fill_null(texts.of_numbers(column), "")
    if column.dtype != "str":
        return _quoted(pa.array([str(csv_cell(v)) for v in plain_values(column)], texts.TEXT))
    words = pc.fill_null(pa.array(column).cast(texts.TEXT), "")
    return _quoted(texts.where(_RECKONED, words, lambda: texts.one_after_other("'", words)))


def _quoted(cells: Any) -> Any:
    """A text in quotes where it holds one, a comma or the end of a line."""
    return texts.where(
        '[",\r\n]',
        cells,
        lambda: texts.one_after_other('"', pc.replace_substring(cells, '"', '""'), '"'),
    )


def _lines(columns: Sequence[Any]) -> memoryview:
    *others, last = columns
    lines = texts.one_after_other(last, _END)
    if others:
        lines = texts.one_after_other(*others, lines, between=",")
    return texts.content(lines)


def write_dictionary(columns: Iterable[Mapping[str, Any]], file: Path) -> None:
    """What the columns of a CSV hold, a row each. columns: as `dictionary.columns_of`."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator=_END)
        writer.writerow(FIELDS)
        writer.writerows([csv_cell(one[key]) for key in FIELDS] for one in columns)
