"""Flags -> a tier for every site, and whether it was fully screened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Indices
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.judged import NOT_ASSESSED, RANK, SEVERITIES, Flagged, conditions_of, known
from cetm_geo.model import Role, Rule, Rulebook, Severity, Tier

TIERS = tuple(Tier)
_OF_SEVERITY = {
    Severity.CRITICAL: Tier.CRITICAL,
    Severity.HIGH: Tier.HIGH,
    Severity.MODERATE: Tier.MODERATE,
    Severity.INFO: Tier.INFO,
}
_ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, eq=False)
class Rated:
    """Of n sites: tier, codes of TIERS; fully_screened; count: raised flags per severity of
    `SEVERITIES`, (severities, n)."""

    tier: Any
    fully_screened: Flags
    count: Any


def rate(
    flagged: Flagged,
    facts: Facts,
    gaps: Mapping[str, Flags],
    requires: Sequence[tuple[Indices, tuple[str, ...]]],
    rulebook: Rulebook,
) -> Rated:
    """The tier of each site: its worst raised severity.

    Args:
        gaps: per role, the sites of which its layers' answer is missing, partial or stale.
        requires: positions of sites, and what they must be screened for: roles, groups, or
            ids of indicators; a site that stands in several must meet all.

    A site is fully screened where no required role has a gap, every required indicator is known
    from data that are not stale, and no rule of moderate severity or worse that asks of required
    roles alone stays without an answer. With nothing above info raised it is clear only then.
    """
    sites = len(facts)
    fully = np.ones(sites, bool)
    for rows, names in requires:
        own = {role: gap[rows] for role, gap in gaps.items()}
        fully[rows] &= ~_lacking(facts.take(rows), own, indicators_of(names, rulebook), names)
        for place in _decisive(flagged, rulebook, names):
            fully[rows] &= flagged.status[place, rows] != NOT_ASSESSED
    severity = np.where(flagged.raised, flagged.severity, -1)
    count = np.array([(severity == i).sum(axis=0) for i in range(len(SEVERITIES))])
    worst = severity.max(axis=0, initial=-1)
    tier = np.full(sites, TIERS.index(Tier.CLEAR), np.int8)
    for word, of_tier in _OF_SEVERITY.items():
        tier[worst == RANK[word]] = TIERS.index(of_tier)
    tier[~fully & (worst <= RANK[Severity.INFO])] = TIERS.index(Tier.NOT_FULLY_SCREENED)
    return Rated(tier, fully, count)


def indicators_of(required: Sequence[str], rulebook: Rulebook) -> list[str]:
    """Ids of the indicators that must be known: those required, and the contact of groups."""
    names = [name for name in required if name not in _ROLES]
    return [f"{name}_contact" if name in rulebook.groups else name for name in names]


def _lacking(
    facts: Facts, gaps: Mapping[str, Flags], indicators: Sequence[str], names: Sequence[str]
) -> Flags:
    out = np.zeros(len(facts), bool)
    for name in names:
        if name in _ROLES:
            out |= gaps.get(name, np.ones(len(facts), bool))
    for name in indicators:
        out |= ~known(facts[name])
    return out


def _decisive(flagged: Flagged, rulebook: Rulebook, names: Sequence[str]) -> list[int]:
    """Positions of the rules whose silence leaves a site not fully screened."""
    required = {name for name in names if name in _ROLES}
    places = []
    for place, name in enumerate(flagged.rule_ids):
        rule = rulebook.rules[name]
        grave = max(RANK[level.severity] for level in rule.levels) >= RANK[Severity.MODERATE]
        roles = roles_asked(rule, rulebook)
        if grave and roles and roles <= required:
            places.append(place)
    return places


def roles_asked(rule: Rule, rulebook: Rulebook) -> set[str]:
    """Roles whose layers a rule asks, and "" for whatever is no role's."""
    scopes = {role: role for role in _ROLES}
    scopes |= {group.id: group.role for group in rulebook.groups.values()}
    longest = sorted(scopes, key=len, reverse=True)
    found = set()
    for condition in conditions_of(rule):
        if condition.indicator:
            own = (s for s in longest if condition.indicator.startswith(f"{s}_"))
            found.add(scopes.get(next(own, ""), ""))
    return found
