"""Flags of one site -> rule cards: the rule, its number, the data behind it, and the norm.

A card says what was found, by which threshold, from which data of which day, which norms that
touches, whether each was verified, and who can help. Plain values, ready for JSON and the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from cetm_geo.flags.judged import RANK, conditions_of, land_of
from cetm_geo.flags.sourced import sources_behind
from cetm_geo.flags.truth import holds
from cetm_geo.flags.wording import Shown, amount, in_language, sentence
from cetm_geo.language import chosen, speaking
from cetm_geo.model import (
    LANGUAGES,
    Condition,
    FlagStatus,
    Norm,
    Operator,
    Rule,
    Rulebook,
    Severity,
    SiteStatus,
)
from cetm_geo.rulebook import EffectiveRules, effective
from cetm_geo.rulebook.binding import binds, country_name
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.rulebook.minerals import label_of

Row = Mapping[str, Any]
_CODE = re.compile(r"\b[A-Z]{3}\b")  # of a country
_OVER = (SiteStatus.EXPIRED.value, SiteStatus.REFUSED.value, SiteStatus.WITHDRAWN.value)
_ORDER = {FlagStatus.RAISED.value: 0, FlagStatus.NOT_ASSESSED.value: 1, FlagStatus.CLEAR.value: 2}
_OF_FLAG = (
    "rule_id", "status", "severity", "verify", "at_least", "stale", "indicator_id", "value",
    "threshold", "lack", "iso3",
)  # fmt: skip
_OF_SOURCE = ("layer_id", "label", "as_of", "stale", "licence", "attribution", "problem")
_OF_NORM = (
    "short", "provision", "instrument", "paraphrase", "url", "verified", "in_force_from",
    "in_force_to",
)  # fmt: skip
_OF_HELPER = ("name", "helps", "url", "paraphrase", "verified")


@dataclass(frozen=True)
class Flags:
    """The flags of one site and what they rest on; rows as the store and an answer hold them.

    rows: by `tables.FLAGS`. features: by `tables.FLAG_FEATURES`, with names. indicators: by
    `tables.INDICATORS`. sources: by `tables.SOURCES`. countries: ISO3 of those the site lies in.
    """

    site: Row
    rows: Sequence[Row]
    features: Sequence[Row]
    indicators: Sequence[Row]
    sources: Sequence[Row]
    countries: tuple[str, ...] = ()

    @cached_property
    def measured(self) -> Mapping[str, Row]:
        """The indicators by id."""
        return {row["indicator_id"]: row for row in self.indicators}

    def of_rule(self, rule: Rule) -> list[Row]:
        """The features that are a rule's evidence."""
        return [row for row in self.features if row["rule_id"] == rule.id]


class CardMaker:
    """Makes cards by one rulebook, as of one day."""

    def __init__(self, rulebook: Rulebook, as_of: date) -> None:
        self.rulebook, self.as_of = rulebook, as_of
        self._indicators = Indicators(rulebook.indicators)
        self._effective: dict[str, EffectiveRules] = {}
        # What is the same on every card of a rule or a norm, which nobody changes.
        self._whens: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._norms: dict[tuple[str, tuple[str, ...], str], dict[str, Any]] = {}

    def cards(self, flags: Flags) -> list[dict[str, Any]]:
        """A card for every rule asked of a site: the raised ones first, of these the worst."""
        return sorted((self._card(row, flags) for row in flags.rows), key=_place)

    def norms(self, cards: Sequence[Row], countries: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The norms that cards name, by id: what each says, whether that was verified, and whether
        it binds the countries of a site."""
        names = dict.fromkeys(name for card in cards for name in card["norm_ids"])
        where = tuple(countries)
        return {name: self._norm(self.rulebook.norms[name], where) for name in names}

    def helpers(self, cards: Sequence[Row]) -> dict[str, dict[str, Any]]:
        """Who can help, by the ids that cards name."""
        names = dict.fromkeys(name for card in cards for name in card["helper_ids"])
        held = self.rulebook.helpers
        return {name: {key: getattr(held[name], key) for key in _OF_HELPER} for name in names}

    def messages(self, row: Row, flags: Flags) -> dict[str, str]:
        """What a raised flag says, per language."""
        rule = self.rulebook.rules[row["rule_id"]]
        return {x: sentence(rule, self._shown(rule, row, flags, x), x) for x in LANGUAGES}

    def rules(self, iso3: str | None) -> EffectiveRules:
        """The rules in force in a country."""
        code = iso3 or ""
        if code not in self._effective:
            self._effective[code] = effective(self.rulebook, code, self.as_of)
        return self._effective[code]

    def _card(self, row: Row, flags: Flags) -> dict[str, Any]:
        rule = self.rulebook.rules[row["rule_id"]]
        raised = row["status"] == FlagStatus.RAISED.value
        return {
            **{key: row[key] for key in _OF_FLAG},
            "row": rule.row,
            "theme": rule.theme.value,
            "pillars": [pillar.value for pillar in rule.pillars],
            "principles": list(rule.principles),
            "label": dict(rule.label),
            "unit": self._unit(row["indicator_id"], flags),
            "message": self.messages(row, flags) if raised else {},
            "reviewed": {x: rule.sentence[x].reviewed for x in LANGUAGES},
            "expired": raised and flags.site.get("status") in _OVER,
            "placeholder": bool(flags.site.get("placeholder")),
            "when": self.when(rule, row["iso3"]),
            "features": [dict(feature) for feature in flags.of_rule(rule)],
            "data": self._data(rule, flags),
            "norm_ids": list(self.rules(row["iso3"]).norms(rule.id)),
            "helper_ids": list(rule.helpers),
            "changes": [o.reason for o in self.rules(row["iso3"]).changes(rule.id)],
            "note": rule.note,
        }

    def _unit(self, indicator_id: str | None, flags: Flags) -> str:
        """Of an indicator as measured, else as the catalogue has it."""
        if indicator_id is None:
            return ""
        measured = flags.measured.get(indicator_id)
        return str(measured["unit"]) if measured else self._indicators.unit_of(indicator_id) or ""

    def _label(self, indicator_id: str, language: str) -> str:
        return self.rulebook.labels.get(indicator_id, {}).get(language, indicator_id)

    def _shown(self, rule: Rule, row: Row, flags: Flags, language: str) -> Shown:
        unit = self._unit(row["indicator_id"], flags)
        own = flags.measured.get(row["indicator_id"] or "", {})
        text = str(own.get("value_text") or "")
        listed = flags.site.get("minerals")
        return Shown(
            value=row["value"],
            unit=unit,
            threshold=row["threshold"],
            threshold_unit=unit,
            text=in_language(text, unit, language, self.rulebook.minerals),
            evidence=self._evidence(rule, row, flags, language),
            features=[feature.get("name") for feature in flags.of_rule(rule)],
            countries=self._countries(text, language),
            minerals=[
                label_of(m, language, self.rulebook.minerals)
                for m in ([] if listed is None else listed)
            ],
        )

    def _countries(self, text: str, language: str) -> list[str]:
        """The countries whose codes a text holds, by name."""
        with speaking(language):
            return [country_name(code, self.rulebook.packs) for code in _CODE.findall(text)]

    def _evidence(
        self, rule: Rule, row: Row, flags: Flags, language: str
    ) -> list[tuple[str, float | None, str]]:
        """Label, value and unit of every indicator whose comparison held."""
        found: dict[str, tuple[str, float | None, str]] = {}
        for condition in conditions_of(rule):
            value = flags.measured.get(condition.indicator, {}).get("value")
            if value is None or not holds(condition.op, value, self._number(rule, condition, row)):
                continue
            of_land = condition.op is Operator.OVERLAPS
            name = land_of(condition.indicator) if of_land else condition.indicator
            shown = flags.measured.get(name, {}).get("value")
            found.setdefault(name, (self._label(name, language), shown, self._unit(name, flags)))
        return list(found.values())

    def _number(self, rule: Rule, condition: Condition, row: Row) -> float:
        if condition.op is Operator.OVERLAPS:
            return 0.0
        return self.rules(row["iso3"]).number(rule.id, condition.threshold)

    def when(self, rule: Rule, iso3: str | None) -> list[dict[str, Any]]:
        """The levels of a rule as they hold in a country: severity, and what is compared."""
        key = rule.id, iso3 or ""
        if key not in self._whens:
            self._whens[key] = self._levels(rule, self.rules(iso3))
        return self._whens[key]

    def _levels(self, rule: Rule, rules: EffectiveRules) -> list[dict[str, Any]]:
        return [
            {
                "severity": rules.severity(rule.id, place).value,
                "all": [self._comparison(rule, c, rules) for c in level.all],
                "any": [self._comparison(rule, c, rules) for c in level.any],
            }
            for place, level in enumerate(rule.levels)
        ]

    def _comparison(self, rule: Rule, condition: Condition, rules: EffectiveRules) -> Any:
        if condition.rule:
            return {"rule_id": condition.rule}
        name, number = condition.indicator, None
        unit = self._indicators.unit_of(name) or ""
        if (
            condition.op is not Operator.OVERLAPS
            and (rule.id, condition.threshold) in rules.numbers
        ):
            number = rules.number(rule.id, condition.threshold)
        return {
            "indicator_id": name,
            "op": condition.op.value,
            "threshold": number,
            "unit": unit,
            "label": {x: self._label(name, x) for x in LANGUAGES},
            "shown": {} if number is None else {x: amount(number, unit, x) for x in LANGUAGES},
        }

    def _data(self, rule: Rule, flags: Flags) -> list[dict[str, Any]]:
        """The layers an answer rests on: those of its features, else all of its scope's role, else
        those that its indicators are measured from."""
        found = {feature["layer_id"] for feature in flags.of_rule(rule)}
        group = self.rulebook.groups.get(rule.scope)
        role = group.role if group else rule.scope
        rows = [
            source
            for source in flags.sources
            if source["layer_id"] in found or (not found and role and source["role"] == role)
        ]
        asked = [c.indicator for c in conditions_of(rule) if c.indicator]
        behind = rows or sources_behind(asked, flags.sources)
        return [{key: source.get(key) for key in _OF_SOURCE} for source in behind]

    def _norm(self, norm: Norm, countries: tuple[str, ...]) -> dict[str, Any]:
        key = norm.id, countries, chosen()
        if key not in self._norms:
            self._norms[key] = self._bound(norm, countries)
        return self._norms[key]

    def _bound(self, norm: Norm, countries: tuple[str, ...]) -> dict[str, Any]:
        book = self.rulebook
        bindings = {
            iso3: binds(norm, iso3, book.memberships, book.packs, self.as_of)
            for iso3 in countries or ("",)
        }
        return {
            "kind": norm.kind.value,
            **{key: getattr(norm, key) for key in _OF_NORM},
            "binding": {iso3: b.word.value for iso3, b in bindings.items()},
            "binding_text": {iso3: b.text for iso3, b in bindings.items()},
        }


def _place(card: Row) -> tuple[int, int, bool]:
    """Raised before not assessed before clear; of raised ones the worst and surest first."""
    severity = card["severity"]
    worst = -RANK[Severity(severity)] if severity else 0
    return _ORDER[card["status"]], worst, bool(card["verify"])
