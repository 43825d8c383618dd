"""Values of a table as files hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would reckon


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them, what is not known as None."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in rows(frame)]


def rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The same as tuples, without the names of columns."""
    columns = [plain_values(column) for _, column in frame.items()]
    return zip(*columns, strict=True) if columns else iter([()] * len(frame))


def plain_values(column: pd.Series[Any]) -> list[Any]:
    """A column as JSON holds it: numbers in one go, the rest value by value."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind == "f":
        values = column.to_numpy()
        found = values.astype(object)
        found[~np.isfinite(values)] = None
        return list(found.tolist())
    if kind in "iub" and kind:
        return list(column.tolist())
    if column.dtype == "str":
        return list(pa.array(column).to_pylist())
    if isinstance(column.dtype, pd.Int64Dtype):
        whole: Any = column.array
        return list(whole.to_numpy(object, na_value=None).tolist())
    return [_json_value(value) for value in column.to_numpy(object)]


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, str | dict):
        return value
    if isinstance(value, np.ndarray):
        return [_json_value(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA:
        return None
    if isinstance(value, float):
        return None if not np.isfinite(value) else value
    return value


def json_text(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def told(words: Mapping[str, str]) -> str:
    """Texts by name as `json_text` has them, many times as fast."""
    return orjson.dumps(words).decode()


def about(members: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is said of all rows, but for the columns and sources that have tables of their own."""
    return [
        (name, said if isinstance(said, str) else json_text(said))
        for name, said in members.items()
        if name not in ("columns", "sources")
    ]


def csv_cell(value: Any) -> Any:
    """A value as a cell: lists joined, nothing that a spreadsheet reads as a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        value = joined(value)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def joined(value: Any) -> Any:
    """A list or a dict as one text; any other value as it is."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{k}={v}" for k, v in value.items())
    return value


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame for formats without lists: lists joined, dicts as JSON."""
    odd = {
        str(name): pd.array([_flat(v) for v in frame[name]], dtype="str")
        for name in frame.columns
        if frame[name].dtype == object
    }
    return frame.assign(**odd) if odd else frame


def _flat(value: Any) -> str | None:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return told(value)
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(joined(value))
