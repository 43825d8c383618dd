"""What was measured of sites -> what their register and tables say, flags, tiers and scores. Pure.

The last step of a screening, the same for a batch and for the one drawn polygon; of a drawing it is
done again when its rasters have answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables
from cetm_geo.arrays import Texts
from cetm_geo.borders import countries_of_sites
from cetm_geo.confidence import confidence_indicators
from cetm_geo.evidence import Evidence
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.features import flag_features
from cetm_geo.flags.flagging import (
    Judgement,
    by_country,
    gaps_of_roles,
    judgement,
    required_in,
    wanted,
)
from cetm_geo.flags.tabled import flags_table, theme_scores_table, tiers_table
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns
from cetm_geo.model import Rulebook
from cetm_geo.register_indicators import register_indicators
from cetm_geo.rounding import Rounding
from cetm_geo.rulebook import read_rulebook
from cetm_geo.statements import NOTHING, Statements


@dataclass(frozen=True)
class Under:
    """Under what sites are assessed.

    country: ISO3 of sites that lie in no country that is loaded; "" = not known. said: what the
    user's tables state.
    """

    rulebook: Rulebook = field(default_factory=read_rulebook)
    country: str = ""
    said: Statements = NOTHING


@dataclass(frozen=True, eq=False)
class Assessment:
    """What the rules say of sites; frames by `tables`."""

    flags: pd.DataFrame
    flag_features: pd.DataFrame
    tiers: pd.DataFrame
    theme_scores: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Assessed:
    """Sites with all that their flags rest on, kept so that more facts can be added."""

    evidence: Evidence
    ground: Ground
    facts: Facts
    gaps: Mapping[str, Any]
    countries: Texts
    as_of: date
    under: Under

    def assessment(self) -> Assessment:
        """Flags, tiers and scores."""
        sites, book = self.evidence.sites, self.under.rulebook
        found = judgement(sites, self.facts, self.gaps, self.countries, book, self.as_of)
        return _tabled(found, self)

    def with_more(self, measured: Sequence[Mapping[str, Any]]) -> Assessed:
        """The same, with indicators that came later."""
        ids = self.facts.site_ids
        more = Facts.from_columns(ids, measured, wanted(self.under.rulebook))
        facts = Facts(ids, {**self.facts.of, **more.of})
        return Assessed(
            self.evidence, self.ground, facts, self.gaps, self.countries, self.as_of, self.under
        )


def assessed(
    evidence: Evidence,
    ground: Ground,
    coverage: Sequence[Columns],
    measured: Sequence[Columns],
    sources: pd.DataFrame,
    as_of: date,
    under: Under,
) -> tuple[Assessed, list[Columns]]:
    """What sites' flags rest on, and the indicators that are measured for this alone.

    Args:
        coverage: parts by `tables.COVERAGE`. measured: parts by `tables.INDICATORS`.
        sources: by `tables.SOURCES`.
    """
    sites, book = evidence.sites, under.rulebook
    countries = countries_of_sites(sites, ground, under.country)
    told = [
        *register_indicators(evidence, ground.asked, as_of, book.minerals, book.lists, under.said),
        *_confidence(sites, countries, coverage, sources, book),
    ]
    ids = evidence.site_ids
    facts = Facts.from_columns(ids, [*measured, *told], wanted(book))
    gaps = gaps_of_roles(coverage)
    return Assessed(evidence, ground, facts, gaps, countries, as_of, under), told


def _confidence(
    sites: Any, countries: Any, coverage: Sequence[Columns], sources: pd.DataFrame, book: Rulebook
) -> list[Columns]:
    """How far sites rest on data, by what the pack of their first country requires."""
    firsts = [own[:1] for own in countries]
    rows = by_country(firsts)
    parts = [
        (at, confidence_indicators(sites, required_in(book, iso3), coverage, sources))
        for iso3, at in rows.items()
    ]
    if len(parts) == 1:
        return parts[0][1]
    rows_of = [at for at, _ in parts]
    return [_chosen(kinds, rows_of) for kinds in zip(*(p for _, p in parts), strict=True)]


def _chosen(kinds: Sequence[Columns], rows: Sequence[Any]) -> Columns:
    """One indicator of all sites from those of each country's sites."""
    out = {key: value for key, value in kinds[0].items() if not isinstance(value, np.ndarray)}
    count = len(kinds[0]["site_id"])
    for key in {k for kind in kinds for k, v in kind.items() if isinstance(v, np.ndarray)}:
        column = np.empty(count, np.float64 if key == "value" else object)
        for kind, at in zip(kinds, rows, strict=True):
            given = kind.get(key)
            column[at] = given[at] if isinstance(given, np.ndarray) else given
        out[key] = column
    return out


def _tabled(found: Judgement, of: Assessed) -> Assessment:
    ids = of.evidence.site_ids
    features = flag_features(found.flagged, of.under.rulebook, of.ground, of.evidence)
    rounding = Rounding.of(of.ground)
    km2 = of.evidence.sites.set_index("site_id")["area_km2"]
    return Assessment(
        flags=rounding.flags(flags_table(found.flagged, ids), km2),
        flag_features=rounding.flag_features(tables.stack(features, tables.FLAG_FEATURES), km2),
        tiers=tiers_table(found.rated, found.weighed, ids, found.countries),
        theme_scores=theme_scores_table(found.weighed, ids),
    )
