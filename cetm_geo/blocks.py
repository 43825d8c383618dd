"""Blocks of a raster's cells -> what each cell says.

A block is a window of some 500 x 500 cells that begins where blocks of the file do, and is read
once for all sites that have a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cetm_geo.arrays import Flags, Floats, Indices
from cetm_geo.errors import LayerError
from cetm_geo.model import Measure, RasterSpec
from cetm_geo.readers.mosaics import misfit
from cetm_geo.readers.rasters import Cells, Raster

# What a cell is: beyond all files; without data; of an impossible value; of a value that is seen
# but does not count; and from COUNTS on one of the codes, or of any value that counts.
OUT, NONE, ODD, SEEN, COUNTS = range(5)


@dataclass(frozen=True)
class Mask:
    """Cells count only where another raster on the same grid is at or above cells.threshold.

    Where that raster has no value nothing is known of the cell: it counts as no data.
    """

    raster: Raster
    cells: RasterSpec


@dataclass(frozen=True)
class Block:
    """A window of cells; arrays (height, width).

    index, kinds: what each cell is, kinds[index]: OUT, NONE, ODD, SEEN, or COUNTS and more: then,
    of classes, a place in codes. value: of cells that count, 0 of others; None where their kind
    says all of them. whole: every cell is held by some file.
    """

    row: int
    column: int
    index: Indices
    kinds: Indices
    codes: tuple[int, ...]
    value: Floats | None
    whole: bool

    @property
    def kind(self) -> Indices:
        """What each cell is."""
        return self.kinds[self.index]


class _Reads(Protocol):
    def cells(self, row: int, column: int, height: int, width: int) -> Cells: ...


@dataclass(frozen=True)
class Blocks:
    """Reads windows of a raster, under a mask or not; of one thread."""

    windows: _Reads
    meaning: Meaning
    mask: Blocks | None = None
    shift: tuple[int, int] = (0, 0)

    def read(self, row: int, column: int, height: int, width: int) -> Block:
        """A window of the grid. Raises SourceError where a file cannot be read there."""
        cells = self.windows.cells(row, column, height, width)
        index, kinds, codes, value = self.meaning.of(cells.values)
        all_known = bool(cells.known.all())
        if not all_known:
            np.putmask(index, ~cells.known, len(kinds) - 2)
        if cells.held is not None:
            np.putmask(index, ~cells.held, len(kinds) - 1)
        if self.mask is not None:
            own = row + self.shift[0], column + self.shift[1]
            index, kinds = _under(self.mask.read(*own, height, width).kind, kinds[index])
        if value is not None and not (all_known and self.mask is None):
            value[kinds[index] < COUNTS] = 0.0
        return Block(row, column, index, kinds, codes, value, cells.held is None)


def _under(mask: Indices, kind: Indices) -> tuple[Indices, Indices]:
    """Index and kinds of cells under a mask's."""
    kind[(kind >= SEEN) & (mask < SEEN)] = NONE
    kind[(kind > SEEN) & (mask == SEEN)] = SEEN
    return kind, np.arange(kind.max(initial=COUNTS) + 1)


@contextmanager
def reading(raster: Raster, cells: RasterSpec, mask: Mask | None) -> Iterator[Blocks]:
    """The blocks of a raster; its files are open within the `with` and no longer."""
    with raster.reading() as windows:
        own = Blocks(windows, Meaning(raster, cells))
        if mask is None:
            yield own
            return
        # Of a mask only the threshold tells which of its cells count.
        share = replace(mask.cells, measure=Measure.SHARE)
        with reading(mask.raster, share, None) as over:
            yield replace(own, mask=over, shift=shift_to(mask, raster))


def shift_to(mask: Mask, raster: Raster) -> tuple[int, int]:
    """Rows and columns from a raster's corner to its mask's, so that cell lies on cell.

    Raises LayerError where the two do not lie on one grid, or the mask has no threshold.
    """
    why = misfit(mask.raster, raster)
    if not why and mask.cells.threshold is None:
        why = "states no threshold"
    if why:
        raise LayerError(
            f"{mask.raster.tiles[0].shown}: {why}, so that it does not say which cells of "
            f"{raster.tiles[0].shown} count.",
            "Give both rasters on one grid (gdalwarp -tap -te ... -tr ...).",
        )
    down = (mask.raster.top - raster.top) / raster.cell_y
    right = (raster.left - mask.raster.left) / raster.cell_x
    return round(down), round(right)


class Meaning:
    """What the values of a raster's cells say, as its layer declares it."""

    def __init__(self, raster: Raster, cells: RasterSpec) -> None:
        self._cells = cells
        self._scale = raster.scale if cells.scale is None else cells.scale
        self._offset = raster.offset if cells.offset is None else cells.offset
        self._table: tuple[Indices, tuple[int, ...], Floats | None] | None = None
        kind = np.dtype(raster.dtype)
        if kind.itemsize == 1:
            self._table = self._said(np.arange(256, dtype=np.uint8).view(kind))

    def of(self, values: NDArray[Any]) -> tuple[Indices, Indices, tuple[int, ...], Floats | None]:
        """Index, kinds, codes and value of cells, as in `Block`.

        kinds ends with NONE and OUT, for cells that are found not to be known or held.
        """
        if self._table is None:
            kind, codes, value = self._said(values)
            kinds = np.arange(COUNTS + max(len(codes), 1))
            return kind, np.r_[kinds, NONE, OUT], codes, value
        kinds, codes, numbers = self._table
        index = values.view(np.uint8).astype(np.intp)
        value = None if numbers is None else numbers[index]
        return index, np.r_[kinds, NONE, OUT], codes, value

    def _said(self, raw: NDArray[Any]) -> tuple[Indices, tuple[int, ...], Floats | None]:
        """Kind and value of each number, and the codes of kinds."""
        cells = self._cells
        value = raw.astype(np.float64) * self._scale + self._offset
        kind = np.where(self._sensible(value), COUNTS, ODD)
        kind[~np.isfinite(value)] = NONE
        if cells.measure == Measure.CLASS:
            codes, place = np.unique(value[kind == COUNTS].astype(np.int64), return_inverse=True)
            kind[kind == COUNTS] += place
            return kind, tuple(codes.tolist()), None
        if cells.measure == Measure.SHARE and cells.threshold is not None:
            kind[(kind == COUNTS) & (value < cells.threshold)] = SEEN
            return kind, (), None
        value[kind < COUNTS] = 0.0
        return kind, (), value / 100 if cells.measure == Measure.SHARE else value

    def _sensible(self, value: Floats) -> Flags:
        low = -np.inf if self._cells.valid_min is None else self._cells.valid_min
        high = np.inf if self._cells.valid_max is None else self._cells.valid_max
        with np.errstate(invalid="ignore"):
            out = (value >= low) & (value <= high)
        if self._cells.classes:
            out &= np.isin(value, list(self._cells.classes))
        return np.asarray(out)
