"""How firm an order by score is: the score again under other weights, powers, cuts and outlines.

In each draw every weight is multiplied by a number from 0.75 to 1.25, the power is 1, 2, 4 or 8,
every cut point is multiplied by a number from 0.8 to 1.2 (and they stay in order), and each site's
outline lies somewhere within its error, by one number for all that is measured of it. All sites
are ranked anew. Nothing here changes a tier, and no site's draws hang on the order of the sites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables
from cetm_geo.arrays import Floats, Indices, Texts
from cetm_geo.flags.facts import Fact, Facts
from cetm_geo.flags.ranked import CUT_RANGE, Draws, Ranked, Shift, Shifts, ranks, scaled
from cetm_geo.flags.weighing import indicators_of, weigh
from cetm_geo.model import Cut, Theme
from cetm_geo.workers import in_threads

DRAWS = 1000
MOST_DRAWS = 65_535  # what a count of two bytes holds
POWERS = (1.0, 2.0, 4.0, 8.0)
WEIGHT_RANGE = (0.75, 1.25)
RANGE_SHARES = (0.05, 0.95)
WORST_SHARE = 0.25
_RANKS_APART = 200  # ranks of more sites are told apart by so many steps
_SITES_AT_ONCE = 10_000
_SCORES_AT_ONCE = 1 << 18
OTHERS = 2_000  # that one site of the page is held against, at most


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Of n sites, nan where no theme is known.

    rank: 1 is the highest score, equal scores share the mean of their ranks. rank_low, rank_high:
    in 5 % of the draws the rank is at most the one, in 95 % at most the other.
    worst_quarter_share: of the draws that put the site into the quarter of the sites (rounded up)
    with the highest scores. moving: position in `themes` of the one whose weight or cut points,
    changed alone, move its rank most; -1 where none does.
    """

    themes: tuple[Theme, ...]
    score: Floats
    rank: Floats
    rank_low: Floats
    rank_high: Floats
    worst_quarter_share: Floats
    moving: Indices

    @property
    def moving_theme(self) -> list[str | None]:
        """The theme that moves each site's rank most."""
        return [self.themes[place].value if place >= 0 else None for place in self.moving]


def sensitivity(
    facts: Facts,
    cuts: Sequence[Cut],
    shifts: Shifts | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> Sensitivity:
    """Rank the sites of `facts` in seeded draws.

    Args:
        shifts: what values may be where outlines are off; without it they are as measured.
        draws: from 1 to MOST_DRAWS.

    Raises ValueError for another number of draws.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise ValueError(f"from 1 to {MOST_DRAWS} draws, not {draws}")
    score = weigh(facts, cuts).score
    rows = np.flatnonzero(~np.isnan(score))
    moved = {name: shift.take(rows) for name, shift in (shifts or {}).items()}
    ranked = Ranked.of(facts.take(rows), cuts, moved)
    rank = ranks(ranked.relative(ranked.as_it_is())[0])
    low, high, quarter = _drawn(ranked, draws, seed)
    moving = np.full(len(score), -1)
    moving[rows] = _moving(ranked, rank)
    return Sensitivity(
        ranked.themes,
        score,
        rank=_spread(rank, rows, len(score)),
        rank_low=_spread(low, rows, len(score)),
        rank_high=_spread(high, rows, len(score)),
        worst_quarter_share=_spread(quarter, rows, len(score)),
        moving=moving,
    )


def _spread(values: Floats, rows: Indices, count: int) -> Floats:
    out = np.full(count, np.nan)
    out[rows] = values
    return out


# --- the draws -----------------------------------------------------------------------------------


def _draws(ranked: Ranked, count: int, seed: int) -> Draws:
    random = np.random.default_rng([seed, 0])
    weights = random.uniform(*WEIGHT_RANGE, (count, len(ranked.themes)))
    power = random.choice(POWERS, count)
    factors = [random.uniform(*CUT_RANGE, (count, len(cut.at))) for cut in ranked.cuts]
    at = (scaled(cut, own) for cut, own in zip(ranked.cuts, factors, strict=True))
    return Draws(weights, power, tuple(at))


def _drawn(ranked: Ranked, draws: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """The ranks that 5 % and 95 % of the draws come to, and the share in the worst quarter."""
    count = len(ranked)
    steps = max(2 * min(count, _RANKS_APART) - 1, 1)  # half ranks, while they are few
    per_rank = (steps - 1) / max(count - 1, 1)
    tally, worst = np.zeros((count, steps), np.uint16), np.zeros(count)
    every, lock, site = _draws(ranked, draws, seed), Lock(), np.arange(count)

    def work(mine: slice) -> None:
        where = _places(ranked, range(draws)[mine], seed) if ranked.moves else None
        for scores in ranked.relative(every.take(mine), where):
            rank = ranks(scores)
            step = np.rint((rank - 1) * per_rank).astype(np.intp)
            with lock:
                tally[site, step] += 1
                np.add(worst, rank <= np.ceil(WORST_SHARE * count), out=worst)

    if count:
        size = max(_SCORES_AT_ONCE // count, 1)
        in_threads(work, [slice(at, at + size) for at in range(0, draws, size)])
    found = (_reached(tally, share * draws) / (per_rank or 1) for share in RANGE_SHARES)
    low, high = (1 + np.round(2 * reached) / 2 for reached in found)
    return low, high, worst / draws


def _places(ranked: Ranked, draws: range, seed: int) -> Floats:
    """Where in its error each site lies in some draws, (d, n)."""
    generators = (np.random.default_rng([seed, 1, draw]) for draw in draws)
    return np.array([random.random(len(ranked))[ranked.place] for random in generators])


def _reached(tally: Any, least: float) -> Floats:
    """Of each row the first place up to which there are at least so many."""
    out = np.zeros(len(tally))
    for start in range(0, len(tally), _SITES_AT_ONCE):
        part = slice(start, start + _SITES_AT_ONCE)
        through = np.cumsum(tally[part], axis=1, dtype=np.uint32)
        out[part] = (through >= least).argmax(axis=1)
    return out


def _moving(ranked: Ranked, rank: Floats) -> Indices:
    """Per site the theme that moves its rank most: its weight or its cut points changed alone."""
    most, moving = np.zeros(len(rank)), np.full(len(rank), -1)
    for row in range(len(ranked.themes) if len(rank) else 0):
        alone = _alone(ranked, row)
        for place in range(len(alone)):
            scores = ranked.relative(alone.take(slice(place, place + 1)))[0]
            moved = np.abs(ranks(scores) - rank)
            more = moved > most
            most[more], moving[more] = moved[more], row
    return moving


def _alone(ranked: Ranked, row: int) -> Draws:
    """The score as it is, but for one theme: its weight, or all its cut points, at their ends."""
    out = ranked.as_it_is(len(WEIGHT_RANGE) + len(CUT_RANGE))
    out.weights[: len(WEIGHT_RANGE), row] = WEIGHT_RANGE
    for cut, at in zip(ranked.cuts, out.at, strict=True):
        if cut.theme == ranked.themes[row]:
            factors = np.repeat(np.array(CUT_RANGE)[:, None], at.shape[1], axis=1)
            at[len(WEIGHT_RANGE) :] = scaled(cut, factors)
    return out


# --- what is handed on ---------------------------------------------------------------------------


def sensitivity_table(found: Sensitivity, site_ids: Texts) -> pd.DataFrame:
    """By `tables.SENSITIVITY`, in the order of the sites."""
    names = ("score", "rank", "rank_low", "rank_high", "worst_quarter_share", "moving_theme")
    columns = {"site_id": site_ids, **{name: getattr(found, name) for name in names}}
    return pd.DataFrame(tables.build(tables.SENSITIVITY, columns))


def of_site(
    subject: Facts,
    among: Facts,
    cuts: Sequence[Cut],
    shifts: Shifts | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> dict[str, Any]:
    """How firmly one site stands among others, as the page tells it.

    Args:
        subject: of one site, drawn or stored. among: of all stored sites; of more than OTHERS
            every so many-th by id is taken, and ranks are told as among all.
        shifts: of the subject, (1,) each; the others are as measured.

    Keys: those of `tables.SENSITIVITY`, of plain values, and sites_count: how many are ranked, the
    subject among them.
    """
    others = np.flatnonzero(among.site_ids != subject.site_ids[0])
    known = others[~np.isnan(weigh(among.take(others), cuts).score)]
    known = known[np.argsort(among.site_ids[known], kind="stable")]
    chosen = known[:: max(1, -(-len(known) // OTHERS))]
    together = _joined(subject, among.take(chosen), indicators_of(cuts))
    moved = {name: _and_others(shift, len(chosen)) for name, shift in (shifts or {}).items()}
    found = sensitivity(together, cuts, moved, draws, seed)
    row = sensitivity_table(found, together.site_ids).astype(object).iloc[0].to_dict()
    out: dict[str, Any] = {str(k): None if pd.isna(v) else v for k, v in row.items()}
    ranked = not np.isnan(found.rank[0])
    for name in ("rank", "rank_low", "rank_high") if ranked and len(chosen) < len(known) else ():
        out[name] = round(1 + (out[name] - 1) * len(known) / len(chosen))
    return {**out, "sites_count": len(known) + int(ranked)}


def _and_others(shift: Shift, count: int) -> Shift:
    still = np.full(count, np.nan)
    return Shift(*(np.r_[own, still] for own in (shift.best, shift.middle, shift.worst)))


def _joined(first: Facts, then: Facts, names: Sequence[str]) -> Facts:
    of = {
        name: Fact(
            np.r_[first[name].value, then[name].value], np.r_[first[name].status, then[name].status]
        )
        for name in names
    }
    return Facts(np.r_[first.site_ids, then.site_ids], of)
