"""Levels and scores that a file states, held against what its own numbers give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cetm_geo import vocabulary
from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.books import Books
from cetm_geo.levels import Bounds, bounds_of
from cetm_geo.model import IssueAction, Scale, ScaleCheck
from cetm_geo.readers import Parts

SCORE_TOLERANCE = 0.01  # of a score that runs to 5 or so
_SAME = 1e-9  # a number as near to a bound as this is of either level
# If more of the rows are off, and these are many, the columns do not belong together.
_MOST, _MANY = 0.5, 20
_NAMED = 5
_TOLD = 1000  # rows that get an issue each


def note_levels(
    parts: Parts,
    scale: Scale,
    level: Floats,
    columns: Mapping[str, str],
    missing_texts: Sequence[str],
    books: Books,
) -> None:
    """An issue for each row whose level is not the one that its raw number gives.

    Args:
        parts: rows and the features they speak of. level: of each row, nan for no data. columns:
            those that scales name, in the file's spelling.

    Only ranked levels with a raw number can be computed again: levels that stand apart are set by
    other data. The bounds are those that the file's own labels state; where they say no more than
    the published ones, rounded or cut off, these. A number that the rounding of a label leaves open
    is not told. Scores are computed from the published knots, and counted where they differ.
    """
    check = scale.check
    if check is None or scale.column not in columns:
        return
    if check.raw not in columns:
        books.note_layer(f"no column {check.raw}: {scale.label} is not computed again")
        return
    read = _Read.of(parts, scale, check, level, columns, missing_texts)
    cuts, as_published = _cuts(read, books)
    asked = read.is_told & books.kept[parts.feature]
    without = np.isin(level, scale.ranked) & np.isnan(read.raw) & books.kept[parts.feature]
    if without.any():
        books.note_layer(
            f"{scale.label}: {int(without.sum())} rows state a level and no {check.raw}: not "
            "computed again"
        )
    _note_off(read, cuts, asked, books)
    if as_published and check.score in columns:
        score = vocabulary.numbers_in(parts.rows[columns[check.score]], missing_texts)
        _note_scores(read, score, asked, books)


@dataclass(frozen=True)
class _Read:
    """What is compared: of each row its rank (-1 where it has none), raw number and label."""

    scale: Scale
    check: ScaleCheck
    feature: Indices
    rank: Indices
    raw: Floats
    label: Texts | None

    @staticmethod
    def of(
        parts: Parts,
        scale: Scale,
        check: ScaleCheck,
        level: Floats,
        columns: Mapping[str, str],
        missing_texts: Sequence[str],
    ) -> _Read:
        ranked = np.array(scale.ranked, np.float64)
        rank = np.where(np.isin(level, ranked), np.searchsorted(ranked, level), -1)
        raw = vocabulary.numbers_in(parts.rows[columns[check.raw]], missing_texts)
        label = None
        if check.labels in columns:
            label = np.array(vocabulary.texts(parts.rows[columns[check.labels]]), object)
        return _Read(scale, check, parts.feature, rank, raw, label)

    @property
    def is_told(self) -> Flags:
        """Rows with a rank and a number."""
        return (self.rank >= 0) & ~np.isnan(self.raw)

    def name(self, rank: int) -> str:
        """A rank in words."""
        code = self.scale.ranked[rank]
        return f"{code} ({self.scale.levels[code]})"


# --- where a level ends --------------------------------------------------------------------------


def _cuts(read: _Read, books: Books) -> tuple[Floats, bool]:
    """Between each two ranks the least and the greatest number at which the upper may begin,
    (ranks - 1, 2), nan where nothing states it; and whether they are the published ones."""
    knots = np.array(read.check.knots[1:-1], np.float64)
    stated = _stated(read, books)
    cuts = np.column_stack([knots, knots]) if len(knots) else np.full((len(stated), 2), np.nan)
    as_published = bool(len(knots))
    for i, found in enumerate(stated):
        if found is None:
            continue
        at, step = found
        if as_published and _is_rounded(float(knots[i]), at, step):
            continue
        if len(knots):
            books.note_layer(
                f"{read.scale.label}: the file's labels part the levels {read.name(i)} and "
                f"{read.name(i + 1)} at {at:g}, not at {knots[i]:g} as published: by the labels"
            )
        cuts[i] = at - step / 2, at + step
    changed = len(knots) and not np.array_equal(cuts, np.column_stack([knots, knots]))
    return cuts, as_published and not changed


def _is_rounded(exact: float, written: float, step: float) -> bool:
    """True if a number as it is written is this one, rounded or cut off to its digits."""
    return bool(-step / 2 - _SAME <= exact - written < step - _SAME)


def _stated(read: _Read, books: Books) -> list[tuple[float, float] | None]:
    """What the labels say of where each rank ends and the next begins: the number, its step."""
    count = len(read.scale.ranked)
    bounds = [_bounds(read, rank, books) for rank in range(count)]
    out: list[tuple[float, float] | None] = []
    for below, above in pairwise(bounds):
        ends = [(below.high, below.high_step)] if below and np.isfinite(below.high) else []
        begins = [(above.low, above.low_step)] if above and np.isfinite(above.low) else []
        said = [*ends, *begins]
        apart = len(said) > 1 and abs(said[0][0] - said[1][0]) > min(said[0][1], said[1][1])
        out.append(min(said, key=lambda pair: pair[1]) if said and not apart else None)
    return out


def _bounds(read: _Read, rank: int, books: Books) -> Bounds | None:
    """The bounds in the label of a rank; where its rows have several labels, in the commonest."""
    if read.label is None:
        return None
    found = pd.Series(read.label[read.rank == rank]).value_counts()
    found = found[found.index != ""]
    if len(found) > 1:
        words = ", ".join(f"{label!r} ({n})" for label, n in found.items())
        books.note_layer(f"{read.scale.label}: rows of level {read.name(rank)} say {words}")
    return bounds_of(str(found.index[0])) if len(found) else None


# --- what is off ---------------------------------------------------------------------------------


def _note_off(read: _Read, cuts: Floats, asked: Flags, books: Books) -> None:
    """An issue per row, or one for all where most are off."""
    slack = _SAME * np.maximum(np.abs(cuts), 1.0)
    least = np.r_[-np.inf, cuts[:, 0] - slack[:, 0]]
    most = np.r_[cuts[:, 1] + slack[:, 1], np.inf]
    low = np.where(np.isnan(least), -np.inf, least)[read.rank]
    high = np.where(np.isnan(most), np.inf, most)[read.rank]
    off = np.flatnonzero(asked & ((read.raw < low) | (read.raw >= high)))
    if not len(off):
        return
    says = np.array(list(_says(read, cuts, off)), object)
    if len(off) > max(_MOST * asked.sum(), _MANY):
        some = ", ".join(str(i) for i in books.ids[read.feature[off[:_NAMED]]])
        books.note_layer(
            f"{read.scale.label}: {len(off)} of {int(asked.sum())} rows state another level than "
            f"{read.check.raw} gives ({some}, ...): is it in the unit of the labels? The first: "
            f"{says[0]}"
        )
        return
    books.note_rows(read.feature[off[:_TOLD]], says[:_TOLD], IssueAction.NOTED)
    if len(off) > _TOLD:
        books.note_layer(f"{read.scale.label}: {len(off) - _TOLD} more rows are off like these")


def _says(read: _Read, cuts: Floats, rows: Indices) -> Iterator[str]:
    """What is off in each of some rows: the level, the number, and the level that it gives."""
    given = np.searchsorted(cuts[:, 0], read.raw[rows], side="right")
    known = not np.isnan(cuts).any()
    for row, right in zip(rows.tolist(), given.tolist(), strict=True):
        gives = f", which gives {read.name(right)}" if known else ", which is beyond its bounds"
        yield (
            f"{read.scale.label}: stated as {read.name(int(read.rank[row]))}, while "
            f"{read.check.raw} is {read.raw[row]:g}{gives}"
        )


def _note_scores(read: _Read, score: Floats, asked: Flags, books: Books) -> None:
    """How many scores differ from those on the straight lines between the published knots."""
    knots, raw = np.array(read.check.knots), read.raw
    if read.check.logarithmic:
        knots, raw = np.log(knots), np.log(np.maximum(raw, read.check.knots[0]))
    asked = asked & ~np.isnan(score)
    off = asked & (np.abs(np.interp(raw, knots, np.arange(len(knots))) - score) > SCORE_TOLERANCE)
    if off.any():
        some = ", ".join(str(i) for i in books.ids[read.feature[np.flatnonzero(off)[:_NAMED]]])
        books.note_layer(
            f"{read.scale.label}: {int(off.sum())} of {int(asked.sum())} scores in "
            f"{read.check.score} differ by more than {SCORE_TOLERANCE:g} from those that "
            f"{read.check.raw} gives ({some})"
        )
