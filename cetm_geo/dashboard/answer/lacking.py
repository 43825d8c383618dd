"""Why a site is not fully screened: the required answers that are not there, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row, in_language, note_of
from cetm_geo.flags.flagging import required_in
from cetm_geo.flags.rating import indicators_of, roles_asked
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import FlagStatus, IndicatorStatus, LayerState, Role, Rulebook, Severity

_GRAVE = (Severity.CRITICAL, Severity.HIGH, Severity.MODERATE)
_KNOWN = (
    IndicatorStatus.OK,
    IndicatorStatus.GEOMETRY_REPAIRED,
    IndicatorStatus.BEYOND_SEARCH,
    IndicatorStatus.NOT_APPLICABLE,
)
# Why a value is not known, by the status of an indicator.
REASONS = Spoken(
    {
        IndicatorStatus.LAYER_MISSING: N_("no layer answers"),
        IndicatorStatus.OUTSIDE_LAYER_EXTENT: N_("the data do not reach far enough"),
        IndicatorStatus.NO_DATA: N_("the data do not say"),
        IndicatorStatus.STALE: N_("the data are older than they may be"),
    }
)


@dataclass(frozen=True)
class Lack:
    """A required answer that is not there, and why."""

    what: str
    why: str


def lacking(answer: Row, rulebook: Rulebook) -> list[Lack]:
    """What keeps a site from being fully screened; [] where nothing does."""
    if answer["tier"]["fully_screened"]:
        return []
    codes = str(answer["tier"]["countries"] or "").split(";")
    required = list(dict.fromkeys(x for iso3 in codes for x in required_in(rulebook, iso3)))
    found = [*_roles(answer, required), *_indicators(answer, required, rulebook)]
    return list(dict.fromkeys([*found, *_rules(answer, required, rulebook)]))


def _roles(answer: Row, required: Sequence[str]) -> Iterator[Lack]:
    own = {x["role"]: x for x in answer["lines"] if x["scope_kind"] == "role"}
    for role in (name for name in required if name in set(Role)):
        line = own.get(role)
        if line is None:
            yield Lack(words.role_label(role), _("not asked"))
        elif line["gap"]:
            state = words.STATES[LayerState(line["state"])].label
            yield Lack(words.role_label(role), note_of(line) or state)


def _indicators(answer: Row, required: Sequence[str], rulebook: Rulebook) -> Iterator[Lack]:
    measured = {row["indicator_id"]: row for row in answer["indicators"]}
    groups = rulebook.groups
    for name in indicators_of(required, rulebook):
        row = measured.get(name, {"status": IndicatorStatus.LAYER_MISSING.value, "value": None})
        far = row["status"] in (IndicatorStatus.BEYOND_SEARCH, IndicatorStatus.NOT_APPLICABLE)
        if row["status"] not in _KNOWN or (row["value"] is None and not far):
            group = groups.get(name.removesuffix("_contact"))
            label = in_language(group.label if group else rulebook.labels.get(name, {}))
            yield Lack(words.sentence_case(label or name), reason(row["status"]))


def _rules(answer: Row, required: Sequence[str], rulebook: Rulebook) -> Iterator[Lack]:
    """Rules of weight without an answer, that ask of required roles alone."""
    roles = {name for name in required if name in set(Role)}
    for card in answer["flags"]:
        if card["status"] == FlagStatus.NOT_ASSESSED.value:
            rule = rulebook.rules[card["rule_id"]]
            asked = roles_asked(rule, rulebook)
            grave = any(level.severity in _GRAVE for level in rule.levels)
            if grave and asked and asked <= roles:
                yield Lack(in_language(rule.label), why_not_assessed(card))


def why_not_assessed(card: Row) -> str:
    """Why a rule could not be answered."""
    if card["lack"] is None:
        return _("whether it applies here is not recorded")
    return reason(card["lack"])


def reason(status: str) -> str:
    """Why a value is not known, in words."""
    return REASONS[status] if status in REASONS else _("not known")
