"""The rules as they hold in one country on one day: its numbers, severities, laws and treaties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cetm_geo.model.rules import Override, Rule, Rulebook, Severity, Threshold
from cetm_geo.rulebook.countries import is_member, is_party
from cetm_geo.rulebook.spans import first_day

_Question = Callable[..., bool | None]


@dataclass(frozen=True, eq=False)
class EffectiveRules:
    """A rulebook under a country's pack on a day; iso3 "" = a country that is not known.

    A site that lies in several countries is under the rules of each.
    """

    rulebook: Rulebook
    iso3: str
    as_of: date

    @property
    def rules(self) -> Mapping[str, Rule]:
        """All rules, those that are not asked here among them (`applies`)."""
        return self.rulebook.rules

    @cached_property
    def numbers(self) -> Mapping[tuple[str, str], float]:
        """(rule id, name of a threshold) -> its number; without those of other days alone."""
        found = {
            (rule.id, threshold.name): threshold.value
            for rule in self.rules.values()
            for threshold in rule.thresholds
            if _is_of_day(threshold, self.as_of)
        }
        for override in self._overrides:
            for name, value in override.threshold.items():
                found[override.rule, name] = value
        return found

    @cached_property
    def off(self) -> Mapping[str, str]:
        """Rules that are not asked here on that day -> why."""
        found = {
            rule.id: f"no number for {threshold.name} on {self.as_of.isoformat()}"
            for rule in self.rules.values()
            for threshold in rule.thresholds
            if (rule.id, threshold.name) not in self.numbers
        }
        return {**found, **{o.rule: o.reason for o in self._overrides if o.off}}

    def applies(self, rule_id: str) -> bool | None:
        """Whether a rule is asked here at all; None where nobody can say, for lack of a record.

        By its treaty, its group of countries, its dates and the pack; stage and method are asked of
        each site.
        """
        if rule_id in self.off:
            return False
        applies = self.rules[rule_id].applies
        answers: list[bool | None] = []
        if applies.party_to:
            answers.append(self._asked(is_party, applies.party_to))
        if applies.group:
            answers.append(self._asked(is_member, applies.group))
        if False in answers:
            return False
        return None if None in answers else True

    def severity(self, rule_id: str, place: int) -> Severity:
        """Severity of a rule's level, levels counted from 0, the worst first."""
        own = self.rules[rule_id].levels[place].severity
        for override in self._of(rule_id):
            own = override.severity.get(own, own)
        return own

    def number(self, rule_id: str, threshold: str) -> float:
        """What a rule compares with.

        Raises KeyError where it has no number on that day: such a rule is off.
        """
        return self.numbers[rule_id, threshold]

    def norms(self, rule_id: str) -> tuple[str, ...]:
        """Ids of the norms a rule touches: its own, then the law that the country names."""
        added = (n for o in self._of(rule_id) for n in (*o.law, *o.add_norms))
        return tuple(dict.fromkeys((*self.rules[rule_id].norms, *added)))

    def changes(self, rule_id: str) -> tuple[Override, ...]:
        """What the country changes of a rule, with its reasons."""
        return tuple(self._of(rule_id))

    @cached_property
    def _overrides(self) -> tuple[Override, ...]:
        pack = self.rulebook.packs.get(self.iso3)
        return pack.overrides if pack else ()

    def _of(self, rule_id: str) -> Iterator[Override]:
        return (o for o in self._overrides if o.rule == rule_id)

    def _asked(self, question: _Question, name: str) -> bool | None:
        if not self.iso3:
            return None
        book = self.rulebook
        return question(book.memberships, book.packs, self.iso3, name, self.as_of)


def effective(rulebook: Rulebook, iso3: str, as_of: date) -> EffectiveRules:
    """The rules as they hold in one country on a day.

    Args:
        iso3: "" where the country is not known: the rules as they stand, and whether those of a
            treaty or a group of countries are asked is then not known.
    """
    return EffectiveRules(rulebook, iso3, as_of)


def _is_of_day(threshold: Threshold, as_of: date) -> bool:
    """From its first day until the day it ends, which no longer belongs to it."""
    start, end = first_day(threshold.valid_from), first_day(threshold.valid_to)
    return (start is None or start <= as_of) and (end is None or as_of < end)
