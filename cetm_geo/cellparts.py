"""Polygons on a grid -> the exact part of every cell that lies in each of them.

Every edge is cut at the lines of the grid. The height of such a bit is the cover of all cells to
its right in the row, and what lies beyond it the cover of its own cell; added up from left to right
they are the parts (the signed areas of font rasterisers). Heights are rounded to 2^-51 of a shape's
own, so that sums of covers are exact: a cell that no edge passes has a part of exactly 0 or 1, and
comes as one of a run of cells alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import shapely

from cetm_geo.arrays import Floats, Geometries, Indices, ranges

_BITS = 51
_AT_ONCE = 1 << 15  # bits of edges: their arrays stay in the processor's cache


@dataclass(frozen=True, eq=False)
class CellParts:
    """Cells that shapes have a part of, by shape, row and column.

    shape, row, column, part: cells that an edge passes, and their part, above 0, to 1.
    run_shape, run_row, run_column, run_length, run_part: cells beside each other that none passes
    but level ones, from run_column on, and the part of each: 1, less where a level edge passes
    them, and more only where a shape overlaps itself.
    """

    shape: Indices
    row: Indices
    column: Indices
    part: Floats
    run_shape: Indices
    run_row: Indices
    run_column: Indices
    run_length: Indices
    run_part: Floats

    @classmethod
    def joined(cls, several: Sequence[CellParts]) -> CellParts:
        """Several one after the other."""
        names = [f.name for f in fields(cls)]
        return cls(*(np.concatenate([getattr(p, name) for p in several]) for name in names))


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of shapes on a grid, x in columns and y in rows, downwards; level ones are left out.

    shape: which one, sorted. top, foot: heights of their ends below the shape's first row, in whole
    units. left, right: x of the upper and of the lower end. side: 1 where the shape lies to the
    right, else -1. first_row, unit: per shape.
    """

    shape: Indices
    top: Floats
    foot: Floats
    left: Floats
    right: Floats
    side: Floats
    first_row: Indices
    unit: Floats

    @classmethod
    def of(cls, shapes: Geometries) -> Edges:
        """Edges of polygons (n,); empty ones have none."""
        parts, of_part = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        coords, ring = shapely.get_coordinates(rings, return_index=True)
        shape = of_part[of_ring][ring].astype(np.intp)
        bounds = np.nan_to_num(shapely.bounds(shapes))
        first_row = np.floor(bounds[:, 1])
        _, exponent = np.frexp(np.maximum(bounds[:, 3] - first_row, 1e-9))
        unit = np.ldexp(1.0, exponent - _BITS)
        x, y = coords[:, 0], coords[:, 1] - first_row[shape]
        y = np.rint(y / unit[shape]) * unit[shape]
        start = np.flatnonzero((ring[1:] == ring[:-1]) & (y[1:] != y[:-1]))
        rises = y[start + 1] < y[start]  # against the clock as numbers go: the shape is beyond it
        upper, lower = start + rises, start + ~rises
        side = np.where(rises, 1.0, -1.0)
        return cls(
            shape[start], y[upper], y[lower], x[upper], x[lower], side,
            first_row.astype(np.intp), unit,
        )  # fmt: skip

    def bits(self, width: int) -> Indices:
        """Of each edge, into how many bits a grid so many columns wide cuts it, at most."""
        left, right = (np.floor(np.clip(x, -1, width)) for x in (self.left, self.right))
        down = np.ceil(self.foot) - np.floor(self.top)
        return np.asarray(down + np.abs(left - right) + 1, dtype=np.intp)

    def of_shapes(self, first: int, end: int) -> Edges:
        """The edges of some of the shapes, which keep their numbers."""
        kept = slice(*np.searchsorted(self.shape, [first, end]))
        return Edges(
            self.shape[kept],
            self.top[kept],
            self.foot[kept],
            self.left[kept],
            self.right[kept],
            self.side[kept],
            self.first_row,
            self.unit,
        )


def parts_of(edges: Edges, rows: tuple[int, int], width: int) -> CellParts:
    """Parts of the cells in rows[0] <= row < rows[1] and 0 <= column < width."""
    last = np.flatnonzero(np.r_[edges.shape[1:] != edges.shape[:-1], True][: len(edges.shape)])
    shapes, through = edges.shape[last], np.cumsum(edges.bits(width))[last]
    found, start, before = [], 0, 0
    while start < len(shapes):
        end = max(int(np.searchsorted(through, before + _AT_ONCE, side="right")), start + 1)
        own = edges.of_shapes(int(shapes[start]), int(shapes[end - 1]) + 1)
        found.append(_summed(_in_cells(_in_rows(own, rows), width), width))
        start, before = end, int(through[end - 1])
    return CellParts.joined(found or [_summed(_in_cells(_in_rows(edges, rows), width), width)])


@dataclass(frozen=True, eq=False)
class _Strips:
    """Edges cut at the lines between rows: line grows by shape and row."""

    shape: Indices
    row: Indices
    line: Indices
    top: Floats
    foot: Floats
    left: Floats
    right: Floats
    side: Floats
    unit: Floats


def _in_rows(edges: Edges, rows: tuple[int, int]) -> _Strips:
    first = edges.first_row[edges.shape]
    start = np.maximum(np.floor(edges.top).astype(np.intp), rows[0] - first)
    end = np.minimum(np.ceil(edges.foot).astype(np.intp), rows[1] - first)
    edge, row = ranges(start, np.maximum(end - start, 0))
    top, foot = np.maximum(row, edges.top[edge]), np.minimum(row + 1, edges.foot[edge])
    lean = ((edges.right - edges.left) / (edges.foot - edges.top))[edge]
    left = edges.left[edge] + (top - edges.top[edge]) * lean
    right = edges.left[edge] + (foot - edges.top[edge]) * lean
    ends = foot == edges.foot[edge]
    right[ends] = edges.right[edge[ends]]
    shape = edges.shape[edge]
    return _Strips(
        shape, row + first[edge], (_lines_before(edges.shape, end)[edge] + row), top, foot, left,
        right, edges.side[edge], edges.unit[shape],
    )  # fmt: skip


def _lines_before(shape: Indices, end: Indices) -> Indices:
    """Per edge, how many rows the shapes before its own have; end: the row after its last."""
    new = np.flatnonzero(np.r_[True, shape[1:] != shape[:-1]][: len(shape)])
    rows = np.maximum(np.maximum.reduceat(end, new), 0) if len(new) else end
    return np.repeat(np.cumsum(rows) - rows, np.diff(np.r_[new, len(shape)]))


@dataclass(frozen=True, eq=False)
class _Bits:
    """Strips cut at the lines between columns, which run from -1, left of the grid, to its width.

    cover: the height, negative where the shape lies to the left. beyond: of that, what lies to the
    right in its own cell.
    """

    shape: Indices
    row: Indices
    line: Indices
    column: Indices
    cover: Floats
    beyond: Floats


def _in_cells(strips: _Strips, width: int) -> _Bits:
    low, high = np.minimum(strips.left, strips.right), np.maximum(strips.left, strips.right)
    first = np.clip(np.floor(low), -1, width).astype(np.intp)
    last = np.clip(np.ceil(high) - 1, first, width).astype(np.intp)
    alone = first == last
    one, many = np.flatnonzero(alone), np.flatnonzero(~alone)
    which, column = ranges(first[many], last[many] - first[many] + 1)
    which = many[which]
    start = np.where(column == first[which], low[which], column)
    end = np.where(column == last[which], high[which], column + 1)
    fall = np.abs(_heights(strips, which, end) - _heights(strips, which, start))
    strip, column = np.r_[one, which], np.r_[first[one], column]
    start, end = np.r_[low[one], start], np.r_[high[one], end]
    cover = np.r_[strips.foot[one] - strips.top[one], fall] * strips.side[strip]
    beyond = cover * (column + 1 - (start + end) / 2)
    return _Bits(strips.shape[strip], strips.row[strip], strips.line[strip], column, cover, beyond)


def _heights(strips: _Strips, which: Indices, x: Floats) -> Floats:
    """Where strips that lean pass x, in whole units; at their ends exactly there."""
    top, foot, left, right, unit = (
        getattr(strips, name)[which] for name in ("top", "foot", "left", "right", "unit")
    )
    y = top + (x - left) * ((foot - top) / (right - left))
    y = np.clip(np.rint(y / unit) * unit, top, foot)
    return np.asarray(np.where(x == left, top, np.where(x == right, foot, y)))


def _summed(bits: _Bits, width: int) -> CellParts:
    place = bits.line * (width + 2) + bits.column
    order = np.argsort(place, kind="stable")
    place = place[order]
    new = np.flatnonzero(np.r_[True, place[1:] != place[:-1]][: len(place)])
    bit = order[new]
    shape, row, line, column = bits.shape[bit], bits.row[bit], bits.line[bit], bits.column[bit]
    cover, beyond = (
        np.add.reduceat(values[order], new) if len(new) else values
        for values in (bits.cover, bits.beyond)
    )
    after = np.cumsum(cover)
    part = np.clip(after - cover + beyond, 0, 1)
    inside = np.flatnonzero((part > 0) & (column >= 0) & (column < width))
    length = np.diff(column) - 1
    run = np.flatnonzero((line[1:] == line[:-1]) & (length > 0) & (after[:-1] != 0))
    return CellParts(
        shape[inside], row[inside], column[inside], part[inside],
        shape[run], row[run], column[run] + 1, length[run], after[run],
    )  # fmt: skip
