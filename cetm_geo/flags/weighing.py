"""Indicators -> points from 0 to 5 per theme, and one score that orders sites within a tier.

Cut points are fixed, so that another concession never changes a site's score. The score of a theme
is the largest of its indicators', which no good value can pay for; the whole is a power mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.arrays import Floats, Indices
from cetm_geo.flags.facts import Facts
from cetm_geo.model import Cut, Theme

MOST_POINTS = 5.0
POWER = 4.0  # 1 is the mean, infinity the largest: high values weigh, and none decides alone


@dataclass(frozen=True, eq=False)
class Weighed:
    """Scores of n sites.

    themes: those that cuts name. points, points_high: (themes, n): the largest of what is known,
    nan where nothing is; and what it would be if all that is unknown were at its worst. score:
    (n,), themes of which nothing is known left out; nan where all are. score_low, score_high: with
    what is missing at 0 and at 5. coverage_share: weight of the themes of which some is known.
    """

    themes: tuple[Theme, ...]
    points: Floats
    points_high: Floats
    score: Floats
    score_low: Floats
    score_high: Floats
    coverage_share: Floats

    @property
    def leading(self) -> Indices:
        """Per site the theme with the most points; -1 where none has any."""
        points = np.nan_to_num(self.points, nan=0.0)
        best = points.argmax(axis=0)
        return np.where(points.max(axis=0) > 0, best, -1)


def weigh(
    facts: Facts, cuts: Sequence[Cut], weights: Mapping[Theme, float] | None = None
) -> Weighed:
    """Points of each theme and the score.

    Args:
        weights: of themes; 1 each without.
    """
    themes = tuple(dict.fromkeys(cut.theme for cut in cuts))
    points = np.full((len(themes), len(facts)), np.nan)
    high = np.zeros_like(points)
    for cut in cuts:
        row, fact = themes.index(cut.theme), facts[cut.indicator]
        own = points_of(fact.comparable, cut)
        points[row] = np.fmax(points[row], own)
        worst = max((*cut.points, *cut.special.values()))
        high[row] = np.fmax(high[row], np.where(fact.known, np.nan_to_num(own), worst))
    high[np.isnan(points)] = MOST_POINTS
    by_theme = np.array([(weights or {}).get(theme, 1.0) for theme in themes])
    score, coverage = power_mean(points, by_theme)
    low, _ = power_mean(np.nan_to_num(points, nan=0.0), by_theme)
    most, _ = power_mean(high, by_theme)
    return Weighed(themes, points, high, score, low, most, coverage)


def points_of(values: Floats, cut: Cut) -> Floats:
    """Points of an indicator's values, of any shape; nan where there is none.

    A value counts from each cut point on: at or above it, or for falling ones below it; the nearer
    the more. Values that stand apart have points of their own.
    """
    points = np.array([0.0, *cut.points])
    if cut.falling:
        at = np.searchsorted(-np.asarray(cut.at), -values, side="left")
    else:
        at = np.searchsorted(np.asarray(cut.at), values, side="right")
    out = np.where(np.isnan(values), np.nan, points[np.minimum(at, len(cut.at))])
    for special, own in cut.special.items():
        out[values == float(special)] = own
    return np.asarray(out)


def power_mean(points: Floats, weights: Floats, power: float = POWER) -> tuple[Floats, Floats]:
    """Power mean over themes, (n,), of those that are not nan, and their share of the weight."""
    given = ~np.isnan(points)
    weight = np.where(given, weights[:, None], 0.0)
    total = weight.sum(axis=0)
    raised = (weight * np.where(given, points, 0.0) ** power).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Any = (raised / total) ** (1 / power)
    return np.where(total > 0, mean, np.nan), total / weights.sum()


def indicators_of(cuts: Sequence[Cut]) -> list[str]:
    """Ids of the indicators that have cut points."""
    return list(dict.fromkeys(cut.indicator for cut in cuts))
