"""Names of the arrays and boxes that modules hand to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
Geometries = NDArray[np.object_]  # of shapely
Texts = NDArray[np.object_]  # of str; None or "" where there is none
Box = tuple[float, float, float, float]  # west, south, east, north, or the same of other axes


def sums(values: Floats, rows: Indices, count: int) -> Floats:
    """Values added up by their row, (count,), one after the other: always the same bits."""
    return np.asarray(np.bincount(rows, weights=values, minlength=count), dtype=np.float64)


def ranges(first: Indices, count: Indices) -> tuple[Indices, Indices]:
    """Of each row `count` numbers from `first` on, one after the other: the row, and the number."""
    row = np.repeat(np.arange(len(first)), count)
    before = np.cumsum(count) - count
    return row, (np.arange(len(row)) + (first - before)[row]).astype(np.intp)
