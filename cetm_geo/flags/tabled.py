"""Flags, tiers and scores as tables: one row a site and rule, with what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables
from cetm_geo.arrays import Texts
from cetm_geo.flags.facts import STATUSES
from cetm_geo.flags.judged import (
    NOT_ASKED,
    SEVERITIES,
    STATUS_WORDS,
    Flagged,
)
from cetm_geo.flags.rating import TIERS, Rated
from cetm_geo.flags.weighing import Weighed
from cetm_geo.model import Severity


def flags_table(flagged: Flagged, site_ids: Texts) -> pd.DataFrame:
    """By `tables.FLAGS`, sorted by site; rules that do not apply to a site have no row."""
    asked = flagged.status.T != NOT_ASKED
    rules, sites = flagged.status.shape
    lack = [status.value for status in STATUSES]
    severities = [severity.value for severity in SEVERITIES]
    site = np.repeat(np.arange(sites, dtype=np.int32), asked.sum(axis=1))
    rule = np.broadcast_to(np.arange(rules, dtype=np.int16), asked.shape)[asked]
    columns = {
        "site_id": _words(site, site_ids),
        "rule_id": _words(rule, flagged.rule_ids),
        "status": _words(flagged.status.T[asked] - 1, STATUS_WORDS[1:]),
        "severity": _words(flagged.severity.T[asked], severities),
        "indicator_id": _words(flagged.indicator.T[asked], flagged.indicators),
        "value": flagged.value.T[asked],
        "threshold": np.array([*flagged.numbers, np.nan])[flagged.threshold.T[asked]],
        "verify": flagged.verify.T[asked],
        "at_least": flagged.at_least.T[asked],
        "stale": flagged.stale.T[asked],
        "lack": _words(flagged.lack.T[asked], lack),
        "iso3": _words(flagged.country.T[asked], flagged.countries),
    }
    return pd.DataFrame(columns, copy=False)


def _words(codes: Any, words: Sequence[str] | Texts) -> pd.Categorical:
    """Words by their position; none where it is -1."""
    kinds = pd.Index(np.asarray(words, object), dtype="str")
    return pd.Categorical.from_codes(np.asarray(codes), categories=kinds)


def tiers_table(rated: Rated, weighed: Weighed, site_ids: Texts, countries: Texts) -> pd.DataFrame:
    """By `tables.TIERS`. countries: per site the codes of those whose rules were asked."""
    count = {severity: rated.count[i] for i, severity in enumerate(SEVERITIES)}
    themes = [theme.value for theme in weighed.themes]
    columns = {
        "site_id": site_ids,
        "tier": _words(rated.tier, [tier.value for tier in TIERS]),
        "fully_screened": rated.fully_screened,
        "countries": countries,
        "critical_count": count[Severity.CRITICAL],
        "high_count": count[Severity.HIGH],
        "moderate_count": count[Severity.MODERATE],
        "info_count": count[Severity.INFO],
        "score": weighed.score,
        "score_low": weighed.score_low,
        "score_high": weighed.score_high,
        "score_coverage_share": weighed.coverage_share,
        "leading_theme": _words(weighed.leading, themes),
    }
    return pd.DataFrame(tables.build(tables.TIERS, columns))


def theme_scores_table(weighed: Weighed, site_ids: Texts) -> pd.DataFrame:
    """By `tables.THEME_SCORES`, sorted by site."""
    sites, themes = len(site_ids), len(weighed.themes)
    columns = {
        "site_id": _words(np.repeat(np.arange(sites), themes), site_ids),
        "theme": _words(np.tile(np.arange(themes), sites), [t.value for t in weighed.themes]),
        "points": weighed.points.T.ravel(),
        "points_high": weighed.points_high.T.ravel(),
    }
    return pd.DataFrame(columns, copy=False)
