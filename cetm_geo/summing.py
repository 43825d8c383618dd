"""Parts of cells x blocks of a raster -> what adds up of each site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from cetm_geo.arrays import Floats, Indices, Texts, ranges, sums
from cetm_geo.blocks import COUNTS, ODD, OUT, SEEN, Block, Blocks
from cetm_geo.cellareas import CellAreas
from cetm_geo.cellparts import CellParts
from cetm_geo.errors import SourceError
from cetm_geo.model import Measure
from cetm_geo.zones import BIN, BINS

_TOUCHED = 1e-6  # parts of a cell below this are rounding: its value is not met
_PACKED_BITS = 63
_FEW = 16  # kinds that are counted without a look whether there are any
_CELLS_AT_ONCE = 1 << 20


@dataclass
class Totals:
    """What adds up of n sites, as `zones.Zonal` has it; highest is -inf where no value is met."""

    amount: Floats
    highest: Floats
    found_km2: Floats
    held_km2: Floats
    held_cells: Floats
    odd: Floats
    bins: Floats | None
    problem: Texts
    codes: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def none(cls, count: int, binned: bool) -> Totals:
        """Nothing yet."""
        amount, found, held, cells, odd = np.zeros((5, count))
        bins = np.zeros((count, BINS)) if binned else None
        problem = np.full(count, "", object)
        return cls(amount, np.full(count, -np.inf), found, held, cells, odd, bins, problem)

    def put(self, sites: Indices, found: Totals) -> None:
        """Totals of some of the sites in their places; of one with a problem that alone."""
        self.problem[sites] = found.problem
        good = found.problem == ""
        sites = sites[good]
        for name in ("amount", "highest", "found_km2", "held_km2", "held_cells", "odd"):
            getattr(self, name)[sites] = getattr(found, name)[good]
        if self.bins is not None and found.bins is not None:
            self.bins[sites] = found.bins[good]
        for code, km2 in found.codes.items():
            self.of_code(code)[sites] = km2[good]

    def of_code(self, code: int) -> Floats:
        """Land of a code, per site."""
        return self.codes.setdefault(code, np.zeros(len(self.amount)))


@dataclass(frozen=True)
class Work:
    """What is the same for all blocks: where they are read, and where sums go."""

    read: Blocks
    areas: CellAreas
    measure: Measure
    totals: Totals

    def add(self, parts: CellParts) -> None:
        """Adds what sites have of the raster; one whose cells cannot be read gets the reason."""
        for block, cells, runs in _by_block(parts, self.areas):
            self._add(block, cells, runs)

    def _add(self, number: int, cells: _Runs, runs: _Runs) -> None:
        both = [r for r in (cells, runs) if len(r.site)]
        row, column = (min(int(getattr(r, n).min()) for r in both) for n in ("row", "column"))
        height = max(int(r.row.max()) for r in both) + 1 - row
        width = max(int((r.column + r.length).max()) for r in both) - column
        try:
            block = self.read.read(row, column, height, width)
        except SourceError as error:
            self._add_apart(number, cells, runs, error)
            return
        one = _One(self, block, number)
        one.add_cells(cells)
        one.add_runs(runs)

    def _add_apart(self, number: int, cells: _Runs, runs: _Runs, error: SourceError) -> None:
        """Site by site: what is broken may lie beside what most of them need."""
        sites = np.unique(np.r_[cells.site, runs.site]).tolist()
        if len(sites) == 1:
            self.totals.problem[sites[0]] = str(error)
            return
        for site in sites:
            self._add(number, cells.take(cells.site == site), runs.take(runs.site == site))


@dataclass(frozen=True, eq=False)
class _Runs:
    """Cells beside each other in a row of a block, from column on, that sites have a part of."""

    site: Indices
    row: Indices
    column: Indices
    length: Indices
    part: Floats

    def take(self, chosen: Any) -> _Runs:
        return _Runs(*(getattr(self, f.name)[chosen] for f in fields(self)))


def _by_block(parts: CellParts, areas: CellAreas) -> Iterator[tuple[int, _Runs, _Runs]]:
    """Of each block its number, single cells, and runs from its end backwards."""
    one = np.ones(len(parts.shape), np.intp)
    cells = _Runs(parts.shape, parts.row, parts.column, one, parts.part)
    of_cell = areas.block_of(cells.row, cells.column)
    order = np.argsort(of_cell, kind="stable")
    cells, of_cell = cells.take(order), of_cell[order]
    runs = _in_fields(parts, areas.layout.columns)
    of_run = areas.block_of(runs.row, runs.column)
    place = areas.place_of(runs.row, runs.column)
    order = np.argsort(of_run * areas.layout.size - place, kind="stable")
    runs, of_run = runs.take(order), of_run[order]
    for block in np.unique(np.r_[of_cell[_new(of_cell)], of_run[_new(of_run)]]).tolist():
        own = (slice(*np.searchsorted(of, [block, block + 1])) for of in (of_cell, of_run))
        yield block, cells.take(next(own)), runs.take(next(own))


def _new(numbers: Indices) -> Indices:
    """Where a number differs from the one before it."""
    return np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]][: len(numbers)])


def _in_fields(parts: CellParts, columns: int) -> _Runs:
    """Runs cut where fields of equally large cells end."""
    end = parts.run_column + parts.run_length
    first = parts.run_column // columns
    which, number = ranges(first, (end - 1) // columns - first + 1)
    start = np.maximum(number * columns, parts.run_column[which])
    length = np.minimum((number + 1) * columns, end[which]) - start
    own = parts.run_shape[which], parts.run_row[which]
    return _Runs(*own, start, length, parts.run_part[which])


# --- one block -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _One:
    """A block that was read, and its number among the blocks."""

    work: Work
    block: Block
    number: int

    def add_cells(self, cells: _Runs) -> None:
        """Adds cells that an outline passes."""
        totals, block, site = self.work.totals, self.block, cells.site
        if not len(site):
            return
        at = cells.row - block.row, cells.column - block.column
        kind = block.kinds[block.index[at]]
        km2 = cells.part * self.work.areas.of(cells.row, cells.column, self.number)
        held, seen = kind != OUT, kind >= SEEN
        self._sum("held_cells", site, cells.part * held)
        self._sum("held_km2", site, km2 * held)
        self._sum("found_km2", site, km2 * seen)
        self._sum("odd", site, (kind == ODD) & (cells.part > _TOUCHED))
        if block.codes:
            count = len(block.codes)
            coded = np.flatnonzero(kind >= COUNTS)
            place = site[coded] * count + kind[coded] - COUNTS
            land = sums(km2[coded], place, len(totals.amount) * count).reshape(-1, count)
            self._sum_codes(land.T)
        if block.value is None:
            self._sum("amount", site, km2 * self._is_amount(kind))
            return
        value = block.value[at]
        self._sum("amount", site, value * (cells.part if self._is_count else km2))
        if self.work.measure == Measure.VALUE:
            met = np.flatnonzero((kind >= COUNTS) & (cells.part > _TOUCHED))
            np.maximum.at(totals.highest, site[met], value[met])
            self._sum_bins(site, value, np.where(kind >= COUNTS, km2, 0.0))

    def add_runs(self, runs: _Runs) -> None:
        """Adds cells that no outline passes, sorted from the block's end backwards."""
        totals, block, site = self.work.totals, self.block, runs.site
        if not len(site):
            return
        km2 = runs.part * self.work.areas.of(runs.row, runs.column, self.number)
        pairs = self._pairs(runs)
        out, odd, seen, coded = np.zeros((4, len(site)))
        for kind, count in self._counts(pairs):
            if kind == OUT:
                out = count
            elif kind == ODD:
                odd = count
            else:
                seen = seen + count
                coded = coded + count * self._is_amount(kind)
            if kind >= COUNTS and block.codes:
                own = totals.of_code(block.codes[kind - COUNTS])
                own += sums(count * km2, site, len(own))
        self._sum("held_cells", site, (runs.length - out) * runs.part)
        self._sum("held_km2", site, (runs.length - out) * km2)
        self._sum("found_km2", site, seen * km2)
        self._sum("odd", site, odd * (runs.part > _TOUCHED))
        if block.value is None:
            self._sum("amount", site, coded * km2)
            return
        amount = _reduced(np.add, block.value, pairs)
        self._sum("amount", site, amount * (runs.part if self._is_count else km2))
        if self.work.measure == Measure.VALUE:
            counted = np.where(block.kind >= COUNTS, block.value, -np.inf)
            met = runs.part > _TOUCHED
            np.maximum.at(totals.highest, site[met], _reduced(np.maximum, counted, pairs)[met])
            self._bin_runs(runs, km2)

    @property
    def _is_count(self) -> bool:
        return self.work.measure == Measure.COUNT

    def _is_amount(self, kind: Any) -> Any:
        """Which kinds of cells make up the amount: of codes all but 0."""
        codes = self.block.codes
        if 0 not in codes:
            return kind >= COUNTS
        return (kind >= COUNTS) & (kind != COUNTS + codes.index(0))

    def _sum(self, name: str, site: Indices, values: Any) -> None:
        total = getattr(self.work.totals, name)
        total += sums(values, site, len(total))

    def _sum_codes(self, land: Floats) -> None:
        for code, km2 in zip(self.block.codes, land, strict=True):
            if km2.any():
                own = self.work.totals.of_code(code)
                own += km2

    def _pairs(self, runs: _Runs) -> Indices:
        """First cell and the cell after the last of each run, one after the other."""
        width = self.block.index.shape[1]
        first = (runs.row - self.block.row) * width + runs.column - self.block.column
        return np.column_stack([first, first + runs.length]).ravel()

    def _counts(self, pairs: Indices) -> Iterator[tuple[int, Floats]]:
        """Of each kind but NONE how many cells of each run are of it; several at once in a number.

        A kind that no cell of the block is of may be left out.
        """
        kinds = self._kinds()
        bits = int(np.diff(pairs)[::2].max()).bit_length()
        each = _PACKED_BITS // bits
        for start in range(0, len(kinds), each):
            chosen = kinds[start : start + each]
            table = np.zeros(COUNTS + max(len(self.block.codes), 1), np.uint64)
            table[chosen] = np.uint64(1) << np.arange(0, bits * len(chosen), bits, dtype=np.uint64)
            packed = _reduced(np.add, table[self.block.kinds], pairs, self.block.index)
            for i, kind in enumerate(chosen):
                one = (packed >> np.uint64(bits * i)) & np.uint64((1 << bits) - 1)
                yield kind, one.astype(np.float64)

    def _kinds(self) -> list[int]:
        block = self.block
        kinds = [OUT] * (not block.whole) + [ODD, SEEN]
        kinds += range(COUNTS, COUNTS + max(len(block.codes), 1))
        if len(kinds) <= _FEW:
            return kinds
        met = np.bincount(block.index.ravel(), minlength=len(block.kinds)) > 0
        present = set(block.kinds[met].tolist())
        return [kind for kind in kinds if kind in present]

    def _bin_runs(self, runs: _Runs, km2: Floats) -> None:
        if self.work.totals.bins is None or self.block.value is None:
            return
        through = np.cumsum(runs.length)
        start = 0
        while start < len(through):
            before = through[start] - runs.length[start]
            end = max(int(np.searchsorted(through, before + _CELLS_AT_ONCE)), start + 1)
            which, column = ranges(runs.column[start:end], runs.length[start:end])
            which += start
            at = runs.row[which] - self.block.row, column - self.block.column
            counted = self.block.kinds[self.block.index[at]] >= COUNTS
            self._sum_bins(runs.site[which], self.block.value[at], km2[which] * counted)
            start = end

    def _sum_bins(self, site: Indices, value: Floats, km2: Floats) -> None:
        bins = self.work.totals.bins
        if bins is not None:
            place = site * BINS + np.minimum(value / BIN, BINS - 1).astype(np.intp)
            np.add.at(bins.reshape(-1), place, km2)


def _reduced(how: np.ufunc, values: Any, pairs: Indices, index: Indices | None = None) -> Any:
    """Values of each run of cells made one: values[cell], or values[index[cell]]."""
    cells = values if index is None else index
    flat = np.empty(cells.size + 1, values.dtype)  # a run may end where the block does
    flat[-1] = 0
    if index is None:
        flat[:-1] = values.ravel()
    else:
        np.take(values, index.ravel(), out=flat[:-1], mode="clip")
    return how.reduceat(flat, pairs)[::2]
