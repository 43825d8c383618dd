"""Frames in the shape of a contract: built from columns or rows, stacked from parts, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cetm_geo.measure import LONLAT
from cetm_geo.tables.contracts import Column, Contract

_PANDAS: Mapping[str, Any] = {"text": "str", "number": "float64", "count": "int64", "flag": "bool"}


def columns(contract: Contract) -> list[str]:
    """Names of a contract's columns, in order."""
    return [column.name for column in contract]


def build(
    contract: Contract, data: Mapping[str, Any] | Sequence[Any] | pd.DataFrame | None = None
) -> Any:
    """A frame in the shape of `contract` from columns or rows; absent nullable columns are null.

    Returns a GeoDataFrame in EPSG:4326 where the contract has a geometry, else a DataFrame.
    Raises TypeError / ValueError as `validate` does.
    """
    frame = pd.DataFrame(data if data is not None else {c.name: [] for c in contract})
    absent = [c.name for c in contract if c.nullable and c.name not in frame]
    return validate(frame.assign(**dict.fromkeys(absent)) if absent else frame, contract)


def validate(frame: pd.DataFrame, contract: Contract) -> Any:
    """`frame` with exactly the contract's columns and dtypes.

    Raises ValueError naming the column that is missing or holds a null it must not.
    """
    missing = [c.name for c in contract if c.name not in frame]
    if missing:
        raise ValueError(f"table lacks the columns {missing}; it has {list(frame.columns)}")
    cast = {c.name: _cast(frame[c.name], c) for c in contract}
    out = pd.DataFrame(cast, index=frame.index, copy=False)
    if any(c.dtype == "geometry" for c in contract):
        return gpd.GeoDataFrame(out, geometry="geometry", crs=LONLAT)
    return out


def _cast(values: pd.Series[Any], column: Column) -> Any:
    """An array in the column's dtype: a series would be aligned, which costs more than the rest."""
    if column.dtype == "list":
        return values.astype(object).array  # of no rows at all pandas would take it for numbers
    if not column.nullable and pd.isna(values.array).any():
        raise ValueError(f"column {column.name} holds a null")
    if column.dtype == "geometry":
        return values.array
    if column.dtype == "word":
        return _words(values)
    return _texts(values) if column.dtype == "text" else values.array.astype(_PANDAS[column.dtype])


def _words(values: pd.Series[Any]) -> Any:
    words = values.astype("category").array
    # Of no word at all pandas would take the kinds for numbers.
    return words if len(words.categories) else words.set_categories(pd.Index([], dtype="str"))


def _texts(values: pd.Series[Any]) -> Any:
    if values.dtype == "str":
        return values.array
    texts = values.to_numpy(object)
    if pd.api.types.infer_dtype(texts, skipna=True) in ("string", "empty"):
        return pd.array(texts, dtype="str")
    return values.where(values.notna(), None).astype("str").array


def stack(parts: Iterable[Mapping[str, Any]], contract: Contract) -> Any:
    """One frame from parts given as columns (arrays of one length, or a value for every row).

    A part may leave nullable columns out. Far cheaper than concatenating frames, which matters
    where one drawn polygon is answered in a few milliseconds.

    Raises ValueError naming the column that holds a null it must not.
    """
    kept = [(part, _length(part)) for part in parts]
    if not kept:
        return build(contract)
    frame = pd.DataFrame({c.name: _stacked(kept, c) for c in contract}, copy=False)
    if any(c.dtype == "geometry" for c in contract):
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=LONLAT)
    return frame


def _stacked(parts: Sequence[tuple[Mapping[str, Any], int]], column: Column) -> Any:
    """One column of all parts in its dtype."""
    dtype = {"number": np.float64, "flag": bool, "count": np.int64}.get(column.dtype, object)
    missing = np.nan if column.dtype == "number" else None
    out = np.empty(sum(n for _, n in parts), dtype)
    start = 0
    for part, n in parts:
        value = part.get(column.name, missing) if column.nullable else part[column.name]
        if n == 1:  # of a drawing nearly all are, and numpy takes its time over a slice
            one = value[0] if isinstance(value, np.ndarray) else value
            out[start] = missing if one is None else one
        else:
            out[start : start + n] = missing if value is None else value
        start += n
    if not column.nullable and column.dtype in ("text", "number") and pd.isna(out).any():
        raise ValueError(f"column {column.name} holds a null")
    return pd.array(out, dtype="str") if column.dtype == "text" else out


def _length(part: Mapping[str, Any]) -> int:
    return max(len(v) for v in part.values() if isinstance(v, np.ndarray))
