"""Three-valued comparisons: what holds, what fails, and what nobody can say."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags
from cetm_geo.flags.facts import Fact
from cetm_geo.model import Contact, Operator

_COMPARE: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.IS: operator.eq,
    Operator.IS_NOT: operator.ne,
}


@dataclass(frozen=True, eq=False)
class Truth:
    """Of n sites: holds, fails, or neither, which is not known. weak: it holds only by a strip
    within the mapping error or by a circle drawn round a point."""

    holds: Flags
    fails: Flags
    weak: Flags

    @property
    def unknown(self) -> Flags:
        """Neither."""
        return np.asarray(~self.holds & ~self.fails)

    @staticmethod
    def of(holds: Flags, fails: Flags) -> Truth:
        """With nothing weak."""
        return Truth(holds, fails, np.zeros(len(holds), bool))

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.holds & other.holds, self.fails | other.fails, self.weak | other.weak)

    def __or__(self, other: Truth) -> Truth:
        solid = (self.holds & ~self.weak) | (other.holds & ~other.weak)
        holds = self.holds | other.holds
        return Truth(holds, self.fails & other.fails, holds & ~solid)


def holds(op: Operator, value: float, number: float) -> bool:
    """One known value against a number; OVERLAPS asks whether there is any contact."""
    if op is Operator.OVERLAPS:
        return value > Contact.NONE
    return bool(_COMPARE[op](value, number))


def compared(fact: Fact, op: Operator, number: float) -> Truth:
    """An indicator against a number.

    A value that is only what was found so far can make a comparison hold; it cannot make it fail,
    but for a distance that cannot be less than the number, however the data end. What does not
    apply fails. "not equal" of something unknown is unknown.
    """
    if op is Operator.OVERLAPS:
        return _overlaps(fact)
    value = fact.comparable
    with np.errstate(invalid="ignore"):
        holds = np.asarray(_COMPARE[op](value, number)) & ~np.isnan(value)
        fails = fact.known
        if fact.least is not None and op in (Operator.AT_MOST, Operator.BELOW):
            fails = fails | (~np.isnan(fact.least) & ~_COMPARE[op](fact.least, number))
    return Truth.of(holds, fails & ~holds)


def _overlaps(fact: Fact) -> Truth:
    with np.errstate(invalid="ignore"):
        holds = fact.value > Contact.NONE
        weak = holds & (fact.value < Contact.OVERLAP)
    return Truth(holds, fact.known & ~holds, weak)


def all_of(truths: Sequence[Truth], count: int) -> Truth:
    """All hold; of none, it holds."""
    every = Truth.of(np.ones(count, bool), np.zeros(count, bool))
    return reduce(operator.and_, truths, every)


def any_of(truths: Sequence[Truth], count: int) -> Truth:
    """One of them holds; of none asked, it holds."""
    if not truths:
        return all_of((), count)
    return reduce(operator.or_, truths)
