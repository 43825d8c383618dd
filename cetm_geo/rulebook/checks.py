"""What must fit between the files of a rulebook: ids, units, days, severities, languages.

Each mistake names the file and the key; nothing here stops at the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import combinations
from pathlib import Path

from cetm_geo.errors import Problem
from cetm_geo.model import Role
from cetm_geo.model.rules import (
    Condition,
    FeatureGroup,
    IndicatorSpec,
    Operator,
    Rule,
    Severity,
    Threshold,
)
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.rulebook.rules import file_of
from cetm_geo.rulebook.sentences import problems_of_sentences, problems_of_texts
from cetm_geo.rulebook.spans import overlap, problems_of_span

WORST_FIRST = tuple(Severity)
_PRINCIPLES = range(1, 8)


@dataclass(frozen=True)
class Known:
    """What rules and packs may name; None where its file could not be read.

    rules: of every rule that was written. roles: of each scope (a role or a group) its role.
    memberships: short names of treaties and of groups of countries that have members.
    """

    rules: Collection[str]
    norms: Collection[str] | None
    helpers: Collection[str] | None
    specs: Sequence[IndicatorSpec] | None
    roles: Mapping[str, str] | None
    memberships: Collection[str] | None

    @cached_property
    def indicators(self) -> Indicators | None:
        """The catalogue, asked by id."""
        return None if self.specs is None else Indicators(self.specs)

    @cached_property
    def _ids(self) -> list[str]:
        """Ids of the catalogue as they may have been meant, places but the scope left open."""
        found = (s.id.replace("{scope}", x) for s in self.specs or () for x in s.scopes or ("",))
        return [name for name in found if "{" not in name]

    def unit_of(self, indicator: str) -> str | None:
        """The unit of an indicator; None where there is none, or no catalogue."""
        return self.indicators.unit_of(indicator) if self.indicators else None

    def has(self, indicator: str) -> bool:
        """False where the catalogue has no such indicator."""
        return self.indicators is None or self.unit_of(indicator) is not None

    def no_indicator(self, indicator: str) -> str:
        """What is said of an id that the catalogue does not have."""
        return astray("indicator", indicator, self._ids)


def roles_of(groups: Mapping[str, FeatureGroup]) -> dict[str, str]:
    """Scope -> its role, of all roles and groups."""
    return {**{r.value: r.value for r in Role}, **{g.id: g.role for g in groups.values()}}


def land_of(contact_id: str) -> str:
    """The indicator of the land that a contact rests on: the number such a condition shows."""
    return contact_id.removesuffix("_contact") + "_overlap_km2"


def astray(kind: str, name: str, known: Collection[str]) -> str:
    """What is said of a name that nothing has, and which it may have been meant to be."""
    near = get_close_matches(name, known, 1)
    return f"no {kind} {name!r}" + (f"; did you mean {near[0]}?" if near else "")


def unknown(
    key: str, kind: str, names: Iterable[str], known: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    """Names that nothing has, as (key, told); none where `known` is not known itself."""
    if known is not None:
        yield from ((key, astray(kind, name, known)) for name in names if name not in known)


# --- rules ---------------------------------------------------------------------------------------


def problems_of_rules(rules: Mapping[str, Rule], known: Known, folder: Path) -> list[Problem]:
    """All that is wrong with rules, each with its file and `rule.<id>.<key>`."""
    out = [
        Problem(str(file_of(rule.theme, folder)), f"rule.{rule.id}.{key}", told)
        for rule in rules.values()
        for key, told in _of_rule(rule, known)
    ]
    for ring in circles(rules):
        rule = rules[ring[0]]
        told = f"rules ask about each other in a circle: {' -> '.join([*ring, ring[0]])}"
        out.append(Problem(str(file_of(rule.theme, folder)), f"rule.{rule.id}.levels", told))
    return out


def _of_rule(rule: Rule, known: Known) -> Iterator[tuple[str, str]]:
    yield from _named(rule, known)
    for language, told in problems_of_texts(rule.label):
        yield f"label.{language}", told
    if not rule.pillars:
        yield "pillars", "at least one"
    yield from (
        ("principles", f"{number} is not one of the Panel's seven")
        for number in rule.principles
        if number not in _PRINCIPLES
    )
    yield from _of_levels(rule, known)
    yield from _of_thresholds(rule)
    yield from problems_of_sentences(rule, known.roles or {}, known.indicators)


def _named(rule: Rule, known: Known) -> Iterator[tuple[str, str]]:
    """What a rule names outside its conditions."""
    if not rule.norms:
        yield "norms", "at least one"
    yield from unknown("norms", "norm", rule.norms, known.norms)
    yield from unknown("helpers", "helper", rule.helpers, known.helpers)
    yield from unknown("scope", "role or group", filter(None, [rule.scope]), known.roles)
    applies = rule.applies
    for key, kind, name in (
        ("applies.party_to", "treaty with parties", applies.party_to),
        ("applies.group", "group of countries", applies.group),
    ):
        yield from unknown(key, kind, filter(None, [name]), known.memberships)


def _of_levels(rule: Rule, known: Known) -> Iterator[tuple[str, str]]:
    if not rule.levels:
        yield "levels", "at least one"
    order = [WORST_FIRST.index(level.severity) for level in rule.levels]
    if order != sorted(set(order)):
        words = ", ".join(level.severity for level in rule.levels)
        yield "levels", f"each severity once, the worst first, not {words}"
    for place, level in enumerate(rule.levels):
        if not (level.all or level.any):
            yield f"levels.{place}", "no condition"
        for side in ("all", "any"):
            for number, condition in enumerate(getattr(level, side)):
                for told in _of_condition(condition, rule, known):
                    yield f"levels.{place}.{side}.{number}", told


def _of_condition(condition: Condition, rule: Rule, known: Known) -> Iterator[str]:
    if bool(condition.indicator) == bool(condition.rule):
        yield "give an indicator or a rule"
    elif condition.rule:
        if condition.threshold:
            yield "a rule is raised or not: it is compared with no threshold"
        if condition.rule not in known.rules:
            yield astray("rule", condition.rule, known.rules)
    elif not known.has(condition.indicator):
        yield known.no_indicator(condition.indicator)
    elif condition.op is not Operator.OVERLAPS:
        yield from _of_number(condition, rule, known.unit_of(condition.indicator))
    elif known.unit_of(condition.indicator) not in ("contact", None):
        yield f"overlaps asks a contact, not {condition.indicator}"
    if condition.op is Operator.OVERLAPS and condition.indicator and condition.threshold:
        yield "overlaps is compared with no threshold"


def _of_number(condition: Condition, rule: Rule, unit: str | None) -> Iterator[str]:
    """A comparison names a threshold of the rule, in the indicator's own unit."""
    names = [t.name for t in rule.thresholds]
    if not condition.threshold:
        yield f"{condition.op} needs a threshold"
    elif condition.threshold not in names:
        yield astray("threshold", condition.threshold, names)
    for threshold in rule.thresholds:
        if threshold.name == condition.threshold and unit not in (threshold.unit, None):
            yield f"{condition.indicator} is in {unit}, {threshold.name} in {threshold.unit!r}"


def _of_thresholds(rule: Rule) -> Iterator[tuple[str, str]]:
    conditions = [c for level in rule.levels for c in (*level.all, *level.any)]
    used = {c.threshold for c in conditions}
    for name in dict.fromkeys(t.name for t in rule.thresholds):
        if name not in used:
            yield f"thresholds.{name}", "no condition names it"
    for threshold in rule.thresholds:
        if not threshold.reason.strip():
            yield f"thresholds.{threshold.name}.reason", "required, not given"
        span = problems_of_span(("valid_from", "valid_to"), *_span(threshold))
        yield from ((f"thresholds.{threshold.name}.{key}", told) for key, told in span)
    for one, other in combinations(rule.thresholds, 2):
        if one.name == other.name and overlap(_span(one), _span(other)):
            told = f"{_said(one)} and {_said(other)} share days: one number at a time"
            yield f"thresholds.{one.name}", told


def _span(threshold: Threshold) -> tuple[str, str]:
    return threshold.valid_from, threshold.valid_to


def _said(threshold: Threshold) -> str:
    start, end = _span(threshold)
    return f"{threshold.value:g} ({start or 'always'} to {end or 'now'})"


def circles(rules: Mapping[str, Rule]) -> list[tuple[str, ...]]:
    """Rules that ask about each other in a circle; each circle once, from its first rule on."""
    asks = {
        rule.id: [c.rule for level in rule.levels for c in (*level.all, *level.any) if c.rule]
        for rule in rules.values()
    }
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            ring = way[way.index(name) :]
            found.setdefault(frozenset(ring), ring)
        elif name not in done:
            for other in asks.get(name, ()):
                walk(other, (*way, name))
            done.add(name)

    for name in asks:
        walk(name, ())
    return list(found.values())
