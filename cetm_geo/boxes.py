"""Which boxes meet which: an index over boxes in Hilbert order, by arrays alone.

Boxes that stand together lie together, so that the box round every BLOCK of them, and round every
BLOCK of those, leaves few to compare. It costs no memory beyond those few boxes, takes no time to
build, and is read by many threads at once.
"""

from __future__ import annotations

import numpy as np

from cetm_geo.arrays import Floats, Indices

BLOCK = 32
_PAIRS_AT_ONCE = 4_000_000


class BoxIndex:
    """Boxes (n, 4) as west, south, east, north; those with a NaN meet nothing."""

    def __init__(self, boxes: Floats) -> None:
        self._levels = [_in_columns(boxes)]
        while len(self._levels[-1][0]) > BLOCK:
            self._levels.append(_around_blocks(self._levels[-1]))

    def meeting(self, boxes: Floats) -> tuple[Indices, Indices]:
        """Positions (in `boxes`, in the index) of all pairs that meet, sorted by both."""
        top = max(len(self._levels[-1][0]), 1)
        step = max(1, _PAIRS_AT_ONCE // (top * BLOCK))
        found = [self._meeting(boxes[i : i + step], i) for i in range(0, len(boxes), step)]
        if not found:
            return np.empty(0, np.intp), np.empty(0, np.intp)
        asked, held = zip(*found, strict=True)
        return np.concatenate(asked), np.concatenate(held)

    def _meeting(self, boxes: Floats, first: int) -> tuple[Indices, Indices]:
        asked_boxes = _in_columns(boxes)
        top = len(self._levels[-1][0])
        asked = np.repeat(np.arange(len(boxes)), top)
        held = np.tile(np.arange(top), len(boxes))
        for below, level in enumerate(reversed(self._levels), start=1):
            kept = _meet(asked_boxes, asked, level, held)
            asked, held = asked[kept], held[kept]
            if below < len(self._levels):
                size = len(self._levels[-below - 1][0])
                asked = np.repeat(asked, BLOCK)
                held = (held[:, None] * BLOCK + np.arange(BLOCK)).ravel()
                inside = held < size
                asked, held = asked[inside], held[inside]
        return asked + first, held


Columns = tuple[Floats, Floats, Floats, Floats]


def _in_columns(boxes: Floats) -> Columns:
    west, south, east, north = np.ascontiguousarray(np.asarray(boxes, np.float64).T)
    return west, south, east, north


def _around_blocks(boxes: Columns) -> Columns:
    starts = np.arange(0, len(boxes[0]), BLOCK)
    west, south, east, north = boxes
    return (
        np.fmin.reduceat(west, starts),
        np.fmin.reduceat(south, starts),
        np.fmax.reduceat(east, starts),
        np.fmax.reduceat(north, starts),
    )


def _meet(a: Columns, of_a: Indices, b: Columns, of_b: Indices) -> Indices:
    """Positions of the pairs whose boxes share at least a point; each side narrows what is left."""
    left = np.flatnonzero(a[0][of_a] <= b[2][of_b])
    left = left[b[0][of_b[left]] <= a[2][of_a[left]]]
    left = left[a[1][of_a[left]] <= b[3][of_b[left]]]
    return np.asarray(left[b[1][of_b[left]] <= a[3][of_a[left]]], dtype=np.intp)
