"""Everything that was measured of sites -> their flags, tiers and scores. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Indices, Texts
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.judged import Asked, Flagged, indicators_of, judge
from cetm_geo.flags.rating import Rated, rate
from cetm_geo.flags.rating import indicators_of as required_indicators
from cetm_geo.flags.weighing import Weighed, weigh
from cetm_geo.flags.weighing import indicators_of as indicators_of_cuts
from cetm_geo.model import Rulebook
from cetm_geo.rulebook import effective

Countries = Sequence[tuple[str, ...]] | Texts  # per site, ISO3 of those it lies in


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the rules say of n sites, and what it was said of."""

    facts: Facts
    flagged: Flagged
    rated: Rated
    weighed: Weighed
    countries: Texts


def wanted(rulebook: Rulebook) -> list[str]:
    """Ids of all indicators that rules, scores or countries ask for."""
    required = [name for pack in rulebook.packs.values() for name in pack.requires]
    asked = required_indicators((*rulebook.requires, *required), rulebook)
    found = (*indicators_of(rulebook), *indicators_of_cuts(rulebook.cuts), *asked)
    return list(dict.fromkeys(found))


def judgement(
    sites: Any,
    facts: Facts,
    gaps: Mapping[str, Flags],
    countries: Countries,
    rulebook: Rulebook,
    as_of: date,
) -> Judgement:
    """Flags, tiers and scores of sites.

    Args:
        sites: by `tables.SITES`. facts: at least the indicators of `wanted`. gaps: per role, the
            sites of which its answer has a gap. countries: under whose rules each site lies; of one
            without any the rules hold as they stand.
    """
    rows = by_country(countries)
    rules = {iso3: effective(rulebook, iso3, as_of) for iso3 in rows}
    flagged = judge(facts, asked_of(sites), rows, rules, rulebook)
    requires = [(at, required_in(rulebook, iso3)) for iso3, at in rows.items()]
    rated = rate(flagged, facts, gaps, requires, rulebook)
    joined = np.array([";".join(own) or None for own in countries], object)
    return Judgement(facts, flagged, rated, weigh(facts, rulebook.cuts), joined)


def asked_of(sites: Any) -> Asked:
    """What of the sites themselves decides whether a rule is asked."""
    return Asked(
        sites["stage"].to_numpy(object),
        sites["method"].to_numpy(object),
        sites["placeholder"].to_numpy(bool),
    )


def required_in(rulebook: Rulebook, iso3: str) -> tuple[str, ...]:
    """What a site of a country must be screened for: its pack's words, else those for all."""
    pack = rulebook.packs.get(iso3)
    return pack.requires if pack and pack.requires else rulebook.requires


def by_country(countries: Countries) -> dict[str, Indices]:
    """Per country the positions of the sites that lie in it; "" for those in none."""
    kinds, which = np.unique(_joined(countries), return_inverse=True)
    out: dict[str, list[Indices]] = {}
    for place, kind in enumerate(kinds):
        for iso3 in str(kind).split(";"):
            out.setdefault(iso3, []).append(np.flatnonzero(which == place))
    return {iso3: np.sort(np.concatenate(parts)) for iso3, parts in sorted(out.items())}


def _joined(countries: Countries) -> Any:
    return np.array([";".join(own) for own in countries], dtype=str)


def gaps_of_roles(coverage: Sequence[Mapping[str, Any]]) -> dict[str, Flags]:
    """Per role, the sites of which its answer has a gap.

    Args:
        coverage: parts by `tables.COVERAGE`, of all sites in order.
    """
    return {
        part["scope_id"]: np.asarray(part["gap"], bool)
        for part in coverage
        if part["scope_kind"] == "role" and part["class_id"] == ""
    }


def facts_of(sites: Any, measured: Sequence[Mapping[str, Any]], rulebook: Rulebook) -> Facts:
    """The facts that rules and scores ask for, from columns by `tables.INDICATORS`."""
    site_ids = np.asarray(pd.Series(sites["site_id"]).to_numpy(object))
    return Facts.from_columns(site_ids, measured, wanted(rulebook))
