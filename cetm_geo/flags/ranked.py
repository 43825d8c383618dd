"""Sites made ready to be scored and ranked again and again, under one draw of the choices after
the other: weights, the power of the mean, cut points, and where outlines lie within their error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cetm_geo.arrays import Flags, Floats, Indices
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.weighing import MOST_POINTS, POWER, indicators_of
from cetm_geo.model import Cut, Theme

CUT_RANGE = (0.8, 1.2)
# Steps of a published scale are no numbers that someone chose: there is no class of 2.7.
FIXED_UNITS = ("class", "contact", "0 or 1", "order")
# Counts: a cut point of theirs is a whole number again.
WHOLE_UNITS = (
    "basins", "borders", "countries", "features", "layers", "minerals", "points", "settlements",
    "territories", "titles",
)  # fmt: skip
_DIGITS = 12  # scores that differ by less, of 1, are the same but for rounding


@dataclass(frozen=True, eq=False)
class Shift:
    """What an indicator of n sites may be as its outlines lie within their error, arrays (n,).

    From `best`, where they lie as well as they may for the site, by `middle`, as they are drawn, to
    `worst`; in between the value runs straight, and never below 0. The three may lie below it: an
    overlap begins or ends on the way. nan where no outline matters.
    """

    best: Floats
    middle: Floats
    worst: Floats

    def take(self, rows: Indices) -> Shift:
        """Those of some sites."""
        return Shift(self.best[rows], self.middle[rows], self.worst[rows])

    def at(self, where: Floats) -> Floats:
        """The value of each site. where: (..., n), from 0, the best, by 0.5, as drawn, to 1."""
        below = self.best + 2 * where * (self.middle - self.best)
        above = self.middle + (2 * where - 1) * (self.worst - self.middle)
        return np.maximum(np.where(where < 0.5, below, above), 0.0)

    def matters(self, cuts: Sequence[Cut]) -> Flags:
        """Sites whose points may change by it: a cut point lies, or may be drawn, in between."""
        ends = np.maximum([self.best, self.worst], 0.0)
        low, high = ends.min(axis=0), ends.max(axis=0)
        out = np.zeros(len(low), bool)
        for cut in cuts:
            for at in cut.at:
                out |= (low <= CUT_RANGE[1] * at) & (CUT_RANGE[0] * at <= high)
        return np.asarray(out & np.isfinite(low + high + self.middle) & (low < high))


Shifts = Mapping[str, Shift]  # by indicator


def ranks(scores: Floats) -> Floats:
    """1 for the highest; equal ones share the mean of their ranks. (n,)"""
    order = np.argsort(-scores)
    ordered = scores[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])
    count = np.diff(np.r_[first, len(ordered)])
    out = np.empty(len(scores))
    out[order] = np.repeat(first + (count + 1) / 2, count)
    return out


# --- choices -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Draws:
    """d draws of the choices. weights: (d, themes). power: (d,). at: of each cut, in the order of
    the catalogue, its points, (d, points)."""

    weights: Floats
    power: Floats
    at: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.power)

    def take(self, rows: slice) -> Draws:
        """Some of them."""
        return Draws(self.weights[rows], self.power[rows], tuple(at[rows] for at in self.at))


def scaled(cut: Cut, factors: Floats) -> Floats:
    """The points of a cut multiplied, (d, points), and in order again; steps of a scale stay."""
    at = np.broadcast_to(np.asarray(cut.at, np.float64), factors.shape)
    if cut.unit in FIXED_UNITS:
        return at
    moved = np.sort(at * factors, axis=1)
    if cut.unit in WHOLE_UNITS:
        moved = np.round(moved)
    return moved[:, ::-1] if cut.falling else moved


@dataclass(frozen=True, eq=False)
class _Column:
    """An indicator: its distinct values, which of them each site has, and whose may be another."""

    distinct: Floats
    place: Indices
    moved: Indices
    shift: Shift | None

    @staticmethod
    def of(values: Floats, shift: Shift | None, cuts: Sequence[Cut]) -> _Column:
        distinct, place = np.unique(values, return_inverse=True)
        if shift is None:
            return _Column(distinct, place, np.empty(0, np.intp), None)
        moved = np.flatnonzero(shift.matters(cuts) & np.isfinite(values))
        return _Column(distinct, place, moved, shift.take(moved) if len(moved) else None)

    def raised(self, cut: Cut, at: Floats, power: Floats, where: Floats | None) -> Floats:
        """Points of each site to the power of each draw, (d, n); 0 without a value.

        Args:
            at: of the cut, (d, points). where: (d, n), the sites' places within their error.
        """
        out = _raised(self.distinct[None, :], cut, at, power)[:, self.place]
        if where is not None and self.shift is not None:
            out[:, self.moved] = _raised(self.shift.at(where[:, self.moved]), cut, at, power)
        return out


def _raised(values: Floats, cut: Cut, at: Floats, power: Floats) -> Floats:
    """As `weighing.points_of`, of values (1 or d, m) under cut points (d, points), to a power."""
    passed = np.zeros((len(at), values.shape[1]), np.intp)
    for place in range(at.shape[1]):
        own = at[:, place, None]
        passed += values < own if cut.falling else values >= own
    points = np.array([0.0, *cut.points])[None, :] ** power[:, None]
    out = np.take_along_axis(points, passed, axis=1)
    for special, apart in cut.special.items():
        draw, site = np.nonzero(np.broadcast_to(values == float(special), out.shape))
        out[draw, site] = apart ** power[draw]
    return out


@dataclass(frozen=True, eq=False)
class Ranked:
    """n sites that have a score.

    given: (themes, n), where anything of a theme is known. place: of each site by its id among
    all, so that what is drawn for a site does not hang on the order they come in.
    """

    themes: tuple[Theme, ...]
    cuts: tuple[Cut, ...]
    columns: Mapping[str, _Column]
    given: Flags
    place: Indices

    @staticmethod
    def of(facts: Facts, cuts: Sequence[Cut], shifts: Shifts) -> Ranked:
        """Of the facts of these sites, and shifts of the same."""
        themes = tuple(dict.fromkeys(cut.theme for cut in cuts))
        given = np.zeros((len(themes), len(facts)), bool)
        for cut in cuts:
            given[themes.index(cut.theme)] |= ~np.isnan(facts[cut.indicator].comparable)
        columns = {
            name: _Column.of(
                facts[name].comparable, shifts.get(name), [c for c in cuts if c.indicator == name]
            )
            for name in indicators_of(cuts)
        }
        place = np.empty(len(facts), np.intp)
        place[np.argsort(facts.site_ids, kind="stable")] = np.arange(len(facts))
        return Ranked(themes, tuple(cuts), columns, given, place)

    def __len__(self) -> int:
        return len(self.place)

    @property
    def moves(self) -> bool:
        """True if the outline of some site may matter."""
        return any(column.shift is not None for column in self.columns.values())

    def as_it_is(self, count: int = 1) -> Draws:
        """The score as it is given, so many times: equal weights, the project's power and cuts."""
        at = tuple(np.tile(np.asarray(cut.at, np.float64), (count, 1)) for cut in self.cuts)
        return Draws(np.ones((count, len(self.themes))), np.full(count, POWER), at)

    def relative(self, draws: Draws, where: Floats | None = None) -> Floats:
        """Scores under draws to their power, of the most there can be: they order as scores do.

        Args:
            where: (d, n), from 0 to 1: where each site lies within its error; as drawn without it.

        Returns (d, n).
        """
        shape = len(draws), len(self)
        total, weights = np.zeros(shape), np.zeros(shape)
        for row, theme in enumerate(self.themes):
            best = np.zeros(shape)
            for cut, at in zip(self.cuts, draws.at, strict=True):
                if cut.theme == theme:
                    own = self.columns[cut.indicator].raised(cut, at, draws.power, where)
                    np.maximum(best, own, out=best)
            total += draws.weights[:, row, None] * best
            weights += draws.weights[:, row, None] * self.given[row]
        most = MOST_POINTS ** draws.power[:, None]
        return np.asarray(np.round(total / weights / most, _DIGITS))
