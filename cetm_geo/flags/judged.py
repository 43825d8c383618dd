"""Facts x rules -> which flags are raised, clear or not assessed, and on which numbers.

Every rule is asked once of all sites of a country; a site across a border is asked under the rules
of each of its countries, and the worse answer stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.flags.facts import Fact, Facts
from cetm_geo.flags.truth import Truth, all_of, any_of, compared
from cetm_geo.model import Condition, FlagStatus, Level, Operator, Rule, Rulebook, Severity
from cetm_geo.rulebook import EffectiveRules

# Indicators of which the outline of a site is no part.
_OF_TABLES = (
    "licence_", "register_", "holder_", "stage_", "consent_", "disclosure_", "minerals_",
    "by_product_", "missing_layer_", "data_confidence_",
)  # fmt: skip
# From the least to the worst; a flag that rests on little is one step less.
SEVERITIES = (
    Severity.DATA_GAP,
    Severity.INFO,
    Severity.MODERATE,
    Severity.HIGH,
    Severity.CRITICAL,
)
RANK: Mapping[Severity, int] = {severity: i for i, severity in enumerate(SEVERITIES)}
NOT_ASKED, CLEAR, NOT_ASSESSED, RAISED = 0, 1, 2, 3
STATUS_WORDS = ("", FlagStatus.CLEAR.value, FlagStatus.NOT_ASSESSED.value, FlagStatus.RAISED.value)
_NONE = -1
_UNKNOWN = "unknown"  # stage or method


@dataclass(eq=False, kw_only=True)
class Answers:
    """What one rule, or each of r rules, says of n sites: arrays (n,) or (r, n); see `Flagged`."""

    status: Any
    severity: Any
    value: Floats
    threshold: Any
    indicator: Any
    lack: Any
    verify: Flags
    at_least: Flags
    stale: Flags


@dataclass(eq=False, kw_only=True)
class Flagged(Answers):
    """Answers of r rules for n sites, arrays (r, n).

    status: codes of STATUS_WORDS; NOT_ASKED where the rule does not apply. severity: codes of
    SEVERITIES where raised, else -1. value: what was compared, nan where nothing was; threshold:
    with which number, positions in `numbers`, -1 with none.
    indicator: positions in `indicators`, -1 where there is none; where a flag is not assessed, the
    one that is lacking, and lack the code of its status. verify: rests on mapping error, a circle
    or a placeholder alone. at_least: a worse level could not be assessed. stale: rests on old data.
    country: positions in `countries` of the rules that were applied.
    """

    rule_ids: tuple[str, ...]
    indicators: tuple[str, ...]
    countries: tuple[str, ...]
    numbers: tuple[float, ...]
    country: Any

    @property
    def raised(self) -> Flags:
        """Where a flag is raised."""
        return np.asarray(self.status == RAISED)

    def row_of(self, rule_id: str) -> int:
        """Position of a rule."""
        return self.rule_ids.index(rule_id)


@dataclass(frozen=True, eq=False)
class Asked:
    """What decides whether a rule is asked of a site at all, arrays (n,): words."""

    stage: Texts
    method: Texts
    placeholder: Flags

    def take(self, rows: Indices) -> Asked:
        """Those of some sites."""
        return Asked(self.stage[rows], self.method[rows], self.placeholder[rows])


def judge(
    facts: Facts,
    asked: Asked,
    countries: Mapping[str, Indices],
    effective: Mapping[str, EffectiveRules],
    rulebook: Rulebook,
) -> Flagged:
    """Ask every rule of every site.

    Args:
        facts: the indicators the rules use, of n sites. asked: stage, method and kind of each.
        countries: per ISO3 ("" = not known) the positions of the sites that lie in it; a site may
            lie in several. effective: the rules in force in each.

    Returns the answers in the order of the rulebook.
    """
    ids = tuple(rulebook.rules)
    names = tuple(indicators_of(rulebook))
    numbers = sorted({n for rules in effective.values() for n in rules.numbers.values()})
    out = _empty(ids, names, tuple(countries), tuple(numbers), len(facts))
    for code, (iso3, rows) in enumerate(countries.items()):
        everywhere = len(rows) == len(facts)
        some = facts if everywhere else facts.take(rows)
        judging = _Judging(some, asked.take(rows), effective[iso3], names, numbers)
        for rule in ordered(rulebook):
            _merge(out, ids.index(rule.id), rows, judging.answer(rule), code)
    return out


def indicators_of(rulebook: Rulebook) -> list[str]:
    """Ids of all indicators that the rules compare or show, each once."""
    found: dict[str, None] = {}
    for rule in rulebook.rules.values():
        for condition in conditions_of(rule):
            if condition.indicator:
                found[condition.indicator] = None
                if condition.op is Operator.OVERLAPS:
                    found[land_of(condition.indicator)] = None
    return list(found)


def conditions_of(rule: Rule) -> list[Condition]:
    """All conditions of a rule, level by level."""
    return [c for level in rule.levels for c in (*level.all, *level.any)]


def land_of(contact_id: str) -> str:
    """The indicator of the land behind a contact."""
    return contact_id.removesuffix("_contact") + "_overlap_km2"


def ordered(rulebook: Rulebook) -> list[Rule]:
    """The rules, each after those it asks about."""
    done: dict[str, Rule] = {}

    def add(rule: Rule) -> None:
        if rule.id not in done:
            for condition in conditions_of(rule):
                if condition.rule:
                    add(rulebook.rules[condition.rule])
            done[rule.id] = rule

    for rule in rulebook.rules.values():
        add(rule)
    return list(done.values())


_FIELDS = tuple(f.name for f in fields(Answers))
_DTYPES: Mapping[str, Any] = {
    "status": np.int8, "severity": np.int8, "value": np.float64, "threshold": np.int16,
    "indicator": np.int16, "lack": np.int8, "verify": bool, "at_least": bool, "stale": bool,
}  # fmt: skip
_START: Mapping[str, Any] = {
    "status": NOT_ASKED, "severity": _NONE, "value": np.nan, "threshold": _NONE,
    "indicator": _NONE, "lack": _NONE, "verify": False, "at_least": False, "stale": False,
}  # fmt: skip


def _blank(shape: Any) -> dict[str, Any]:
    return {name: np.full(shape, _START[name], _DTYPES[name]) for name in _FIELDS}


def _empty(
    ids: tuple[str, ...],
    names: tuple[str, ...],
    countries: tuple[str, ...],
    numbers: tuple[float, ...],
    sites: int,
) -> Flagged:
    shape = len(ids), sites
    country = np.full(shape, _NONE, np.int16)
    return Flagged(
        rule_ids=ids,
        indicators=names,
        countries=countries,
        numbers=numbers,
        country=country,
        **_blank(shape),
    )


def _merge(out: Flagged, row: int, sites: Indices, answer: Answers, code: int) -> None:
    """Write an answer over what stands there, where it is worse."""
    before = 10 * out.status[row, sites] + out.severity[row, sites]
    worse = 10 * answer.status + answer.severity > before
    at = sites[worse]
    for name in _FIELDS:
        getattr(out, name)[row, at] = getattr(answer, name)[worse]
    out.country[row, at] = code


class _Judging:
    """The rules of one country asked of its sites."""

    def __init__(
        self,
        facts: Facts,
        asked: Asked,
        effective: EffectiveRules,
        names: Sequence[str],
        numbers: Sequence[float],
    ) -> None:
        self.facts, self.asked, self.effective = facts, asked, effective
        self._place_of_number = {number: i for i, number in enumerate(numbers)}
        self.count = len(facts)
        self._place = {name: i for i, name in enumerate(names)}
        self._answers: dict[str, Answers] = {}

    def answer(self, rule: Rule) -> Answers:
        """What a rule says of every site."""
        answer = Answers(**_blank(self.count))
        self._answers[rule.id] = answer
        applies = self.effective.applies(rule.id)
        if applies is False:
            return answer
        truths = [self._level(rule, level) for level in rule.levels]
        found = np.full(self.count, _NONE, np.int8)
        for place, (level, truth) in enumerate(zip(rule.levels, truths, strict=True)):
            rank = RANK[self.effective.severity(rule.id, place)]
            lower = np.where(self._is_weak(rule, truth), max(rank - 1, min(rank, 1)), rank)
            better = truth.holds & (lower > found)
            found[better] = lower[better]
            answer.verify[better] = (self._is_weak(rule, truth) & truth.holds)[better]
            self._evidence(answer, rule, level, better)
        fails = np.logical_and.reduce([t.fails for t in truths])
        raised = found >= 0
        answer.status[:] = np.where(raised, RAISED, np.where(fails, CLEAR, NOT_ASSESSED))
        answer.severity[:] = found
        for place, truth in enumerate(truths):
            rank = RANK[self.effective.severity(rule.id, place)]
            answer.at_least |= raised & truth.unknown & (rank > found)
        self._unraised(answer, rule)
        self._stale(answer, rule)
        if applies is None:
            _silence(answer, np.ones(self.count, bool))
        self._leave_out(answer, rule)
        return answer

    def _level(self, rule: Rule, level: Level) -> Truth:
        every = [self._condition(rule, c) for c in level.all]
        some = [self._condition(rule, c) for c in level.any]
        return all_of(every, self.count) & any_of(some, self.count)

    def _condition(self, rule: Rule, condition: Condition) -> Truth:
        if condition.rule:
            status = self._answers[condition.rule].status
            return Truth.of(status == RAISED, (status == CLEAR) | (status == NOT_ASKED))
        number = self._number(rule, condition)
        return compared(self.facts[condition.indicator], condition.op, number)

    def _number(self, rule: Rule, condition: Condition) -> float:
        if condition.op is Operator.OVERLAPS:
            return np.nan
        return self.effective.number(rule.id, condition.threshold)

    def _is_weak(self, rule: Rule, truth: Truth) -> Flags:
        """Where an answer rests on a strip, a circle, or on a site that is a placeholder."""
        if rests_on_outline(rule):
            return truth.weak | self.asked.placeholder
        return truth.weak

    def _evidence(self, answer: Answers, rule: Rule, level: Level, rows: Flags) -> None:
        """The first number that made a level hold, for the sites of `rows`."""
        open_ = rows.copy()
        for condition in (*level.all, *level.any):
            if condition.rule or not open_.any():
                continue
            here = open_ & self._condition(rule, condition).holds
            self._show(answer, rule, condition, here)
            open_ &= ~here

    def _show(self, answer: Answers, rule: Rule, condition: Condition, rows: Flags) -> None:
        if not rows.any():
            return
        shown = condition.indicator
        if condition.op is Operator.OVERLAPS:
            shown = land_of(shown)
        answer.value[rows] = self.facts[shown].value[rows]
        number = self._number(rule, condition)
        answer.threshold[rows] = self._place_of_number.get(number, _NONE)
        answer.indicator[rows] = self._place[shown]

    def _unraised(self, answer: Answers, rule: Rule) -> None:
        """Of the least level: what a clear flag compared, and what is lacking where none is."""
        conditions = [c for c in conditions_of(rule)[::-1] if c.indicator]
        is_clear, is_open = answer.status == CLEAR, answer.status == NOT_ASSESSED
        for condition in conditions:
            self._show(answer, rule, condition, is_clear)
        for condition in conditions if is_open.any() else ():
            fact = self.facts[condition.indicator]
            unknown = self._condition(rule, condition).unknown & is_open
            self._show(answer, rule, condition, unknown)
            answer.indicator[unknown] = self._place[condition.indicator]
            answer.lack[unknown] = fact.status[unknown]

    def _stale(self, answer: Answers, rule: Rule) -> None:
        for name in {c.indicator for c in conditions_of(rule) if c.indicator}:
            answer.stale |= self.facts[name].stale

    def _leave_out(self, answer: Answers, rule: Rule) -> None:
        """Sites of a stage or by a method that the rule is not for. Where that is not known, what
        would be raised is not assessed, unless the rule is for the unknown too."""
        out, unsure = np.zeros(self.count, bool), np.zeros(self.count, bool)
        for kinds, words in (
            (rule.applies.stages, self.asked.stage),
            (rule.applies.methods, self.asked.method),
        ):
            if kinds:
                unknown = words == _UNKNOWN
                fits = np.isin(words, [kind.value for kind in kinds])
                out |= ~fits & ~unknown
                unsure |= ~fits & unknown
        _silence(answer, unsure)
        for name in _FIELDS:
            getattr(answer, name)[out] = _START[name]


def _silence(answer: Answers, rows: Flags) -> None:
    """Nobody can say whether the rule holds for these: what would be raised is not assessed."""
    silent = rows & (answer.status == RAISED)
    for name in ("severity", "verify", "at_least"):
        getattr(answer, name)[silent] = _START[name]
    answer.status[silent] = NOT_ASSESSED


def rests_on_outline(rule: Rule) -> bool:
    """True unless all that a rule asks stands in the register or other tables."""
    asked = [c.indicator for c in conditions_of(rule) if c.indicator]
    return any(not name.startswith(_OF_TABLES) for name in asked)


def known(fact: Fact) -> Flags:
    """Sites of which an indicator is known for good and rests on data that are not stale."""
    return fact.known & ~fact.stale
