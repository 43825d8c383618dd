"""Why something differs: the title, a layer or a rule changed, told apart; possibly several.

Where none of these did, what else differs between the two states is named (tables of the user's,
the day, the program), and where nothing does it is not explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from cetm_geo.changes.comparing import FACTS
from cetm_geo.changes.sides import Side
from cetm_geo.flags.judged import conditions_of, rests_on_outline
from cetm_geo.flags.sourced import sources_behind
from cetm_geo.model import Role, Rule
from cetm_geo.rulebook import EffectiveRules

Cause = dict[str, Any]
Feature = tuple[str, str]  # layer_id, feature_id
NEW, GONE, SHAPE = "new", "gone", "shape"


class Why(StrEnum):
    """What changed."""

    TITLE = "title"
    LAYER = "layer"
    RULE = "rule"
    TABLES = "tables"
    DAY = "day"
    SOFTWARE = "software"
    NOT_EXPLAINED = "not_explained"


# Of indicators that begin so, the facts of the title that they are made of.
_READ: Mapping[str, tuple[str, ...]] = {
    "licence_": ("status", "status_text", "applied_on", "granted_on", "expires_on"),
    "register_": FACTS,
    "holder_": ("holder",),
    "stage_": ("stage", "stage_text"),
    "minerals_": ("minerals", "commodity_text"),
    "by_product_": ("minerals", "commodity_text"),
    "processing_": ("minerals", "commodity_text"),
    "declared_area_": ("declared_area_km2",),
    "concession_": ("status", "stage"),
}
_OF_TABLES = ("consent_", "disclosure_")
_OTHER_TITLES = ("concession_", "_under_titles_")


@dataclass(frozen=True)
class _Reads:
    """What a rule rests on, by either side's version of it.

    indicators: that it compares. of_title: its shape, and facts. layers: that its numbers may come
    from. rules: that it asks about.
    """

    indicators: set[str]
    of_title: set[str]
    layers: list[str]
    rules: list[str]


# How a layer is held, which may move what it shares with titles though no feature moved.
_HELD = {
    "role",
    "complete_within",
    "positional_error_m",
    "rounded_to_km2",
    "tells",
    "problem",
    "came",
    "went",
}
_NO_CAUSE = {"label", "file", "licence", "publish"}


@dataclass(frozen=True)
class Causes:
    """What changed between two sides, asked for one difference at a time.

    titles: site_id -> what of it changed: new, gone, shape, or names of facts. layers: as
    `comparing.other_layers`. features: as `comparing.other_features`, titles among them.
    """

    before: Side
    after: Side
    titles: Mapping[str, Sequence[str]]
    layers: Mapping[str, Sequence[str]]
    features: Mapping[Feature, str]
    _rules: dict[tuple[str, str], Cause | None] = field(default_factory=dict)
    _reads: dict[str, _Reads] = field(default_factory=dict)

    def of_pair(self, site_id: str, feature: Feature) -> list[Cause]:
        """Why a site shares another amount of land with a feature."""
        out = self._title(site_id, {SHAPE})
        if feature in self.features:
            out.append(self._layer(feature[0], [feature]))
        elif not out and _HELD & set(self.layers.get(feature[0], ())):
            out.append(self._layer(feature[0]))
        return out or self.rest

    def of_flags(
        self, rows: Sequence[Mapping[str, Any]], evidence: Mapping[tuple[str, str], set[Feature]]
    ) -> list[list[Cause]]:
        """Why the flags of one site differ, in the order of `rows` (as sql/changed_flags.sql).

        A rule that asks about others has what explains those, too.
        """
        own = {
            row["rule_id"]: self._of_flag(row, evidence.get((row["site_id"], row["rule_id"]), ()))
            for row in rows
        }
        out = []
        for rule_id, causes in own.items():
            asked = [own[name] for name in self._read(rule_id).rules if name in own]
            out.append(merged([causes, *asked]) or self.rest)
        return out

    def of_tier(self, site_id: str, of_flags: Iterable[Sequence[Cause]]) -> list[Cause]:
        """Why a site stands in another tier: what explains its flags, and what has to be known."""
        out = [c for c in merged(of_flags) if c["cause"] != Why.NOT_EXPLAINED]
        if self.before.rulebook.requires != self.after.rulebook.requires:
            out.append({"cause": Why.RULE.value, "rule_id": None, "what": ["requires"]})
        return out or self._title(site_id, set()) or self.rest

    @cached_property
    def rest(self) -> list[Cause]:
        """What else differs between the two states; that nothing does, where nothing does."""
        old, new = self.before.head, self.after.head
        out: list[Cause] = []
        if old["tables"] != new["tables"]:
            out.append({"cause": Why.TABLES.value, "what": _other(old["tables"], new["tables"])})
        if old["as_of"] != new["as_of"]:
            out.append({"cause": Why.DAY.value, "what": [old["as_of"], new["as_of"]]})
        if old["software"] != new["software"]:
            what = _other(old["software"], new["software"])
            out.append({"cause": Why.SOFTWARE.value, "what": what})
        return out or [{"cause": Why.NOT_EXPLAINED.value, "what": []}]

    def _of_flag(self, row: Mapping[str, Any], evidence: Iterable[Feature]) -> list[Cause]:
        site_id, rule_id = row["site_id"], row["rule_id"]
        what = self.titles.get(site_id, ())
        if NEW in what or GONE in what:
            return self._title(site_id, set())
        reads = self._read(rule_id)
        out = self._title(site_id, reads.of_title)
        met = list(evidence)
        changed = [feature for feature in met if feature in self.features]
        for layer_id in sorted({layer for layer, _ in changed}):
            out.append(self._layer(layer_id, sorted(f for f in changed if f[0] == layer_id)))
        iso3 = row["after_iso3"] or row["before_iso3"] or ""
        rule = self.of_rule(rule_id, iso3)
        out += [rule] if rule else []
        recorded = any(name.startswith(_OF_TABLES) for name in reads.indicators)
        if recorded and self.rest[0]["cause"] == Why.TABLES:
            out.append(self.rest[0])
        if not met or not out:
            out += [self._layer(name) for name in reads.layers if name in self._read_anew]
        return out

    # --- the title -------------------------------------------------------------------------------

    def _title(self, site_id: str, counts: set[str]) -> list[Cause]:
        found = self.titles.get(site_id, ())
        what = [x for x in found if x in (NEW, GONE) or x in counts]
        return [{"cause": Why.TITLE.value, "what": what}] if what else []

    def _read(self, rule_id: str) -> _Reads:
        if rule_id not in self._reads:
            asked = self._asked(rule_id)
            self._reads[rule_id] = _Reads(
                asked,
                self._of_title(rule_id, asked),
                self._layers_behind(rule_id, asked),
                self._closure(rule_id)[1:],
            )
        return self._reads[rule_id]

    def _of_title(self, rule_id: str, asked: set[str]) -> set[str]:
        out: set[str] = set()
        for rule in self._versions(rule_id):
            out |= {SHAPE} if rests_on_outline(rule) else set()
            out |= {"stage"} if rule.applies.stages else set()
            out |= {"method"} if rule.applies.methods else set()
        for begins, facts in _READ.items():
            if any(name.startswith(begins) for name in asked):
                out |= set(facts)
        return out

    # --- layers ----------------------------------------------------------------------------------

    def _layer(self, layer_id: str, features: Iterable[Feature] = ()) -> Cause:
        told = [{"feature_id": f[1], "kind": self.features[f]} for f in features]
        what = [x for x in self.layers.get(layer_id, ()) if x not in _NO_CAUSE]
        return {"cause": Why.LAYER.value, "layer_id": layer_id, "what": what, "features": told}

    @cached_property
    def _read_anew(self) -> set[str]:
        """Layers that differ in more than their words."""
        return {name for name, what in self.layers.items() if set(what) - _NO_CAUSE}

    def _layers_behind(self, rule_id: str, asked: set[str]) -> list[str]:
        rows = {**self.before.sources, **self.after.sources}
        found = {row["layer_id"] for row in sources_behind(asked, list(rows.values()))}
        scopes = {rule.scope for rule in self._versions(rule_id)}
        roles = scopes | {
            group.role
            for side in (self.before, self.after)
            for name, group in side.rulebook.groups.items()
            if name in scopes or any(x.startswith(f"{name}_") for x in asked)
        }
        found |= {name for name, row in rows.items() if row["role"] in roles}
        if not any(word in name for name in asked for word in _OTHER_TITLES):
            # Of the register such a rule reads the title's own row, which is told as the title.
            found = {x for x in found if rows[x]["role"] != Role.CONCESSION.value}
        elif any("_under_titles_" in name for name in asked):
            found |= {x for x, row in rows.items() if row["role"] == Role.CONCESSION.value}
        return sorted(found)

    # --- rules -----------------------------------------------------------------------------------

    def of_rule(self, rule_id: str, iso3: str) -> Cause | None:
        """What differs of how a rule judges in a country; None where nothing does."""
        key = (rule_id, iso3)
        if key not in self._rules:
            old, new = (
                _judging(side.rules_in(iso3), rule_id) for side in (self.before, self.after)
            )
            self._rules[key] = _rule_cause(rule_id, old, new)
        return self._rules[key]

    def _versions(self, rule_id: str) -> list[Rule]:
        books = (self.before.rulebook.rules, self.after.rulebook.rules)
        return [rules[rule_id] for rules in books if rule_id in rules]

    def _closure(self, rule_id: str) -> list[str]:
        """A rule and those it asks about, itself first."""
        out = [rule_id]
        for name in out:
            for rule in self._versions(name):
                out += [c.rule for c in conditions_of(rule) if c.rule and c.rule not in out]
        return list(dict.fromkeys(out))

    def _asked(self, rule_id: str) -> set[str]:
        """Indicators that a rule compares."""
        rules = self._versions(rule_id)
        return {c.indicator for rule in rules for c in conditions_of(rule) if c.indicator}


def merged(several: Iterable[Sequence[Cause]]) -> list[Cause]:
    """Causes of several differences, each once."""
    out: list[Cause] = []
    for causes in several:
        out += [cause for cause in causes if cause not in out]
    return out


def _other(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _judging(rules: EffectiveRules, rule_id: str) -> dict[str, Any] | None:
    """What of a rule decides its answers in a country; None where there is no such rule."""
    rule = rules.rules.get(rule_id)
    if rule is None:
        return None
    asked = [c.indicator for c in conditions_of(rule)]
    groups = {
        name: (group.role, group.classes, group.tenures, group.rest, group.counted, group.min_order)
        for name, group in rules.rulebook.groups.items()
        if name == rule.scope or any(x.startswith(f"{name}_") for x in asked)
    }
    return {
        "conditions": rule.levels,
        "thresholds": {name: n for (of, name), n in rules.numbers.items() if of == rule_id},
        "severities": [rules.severity(rule_id, place) for place in range(len(rule.levels))],
        "applies": (rule.applies, rules.applies(rule_id)),
        "features": (rule.scope, groups),
    }


def _rule_cause(
    rule_id: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Cause | None:
    if old is None or new is None:
        what = [] if old is new else [NEW if old is None else GONE]
    else:
        what = [key for key in old if old[key] != new[key]]
    if not what:
        return None
    numbers = [(side or {}).get("thresholds", {}) for side in (old, new)]
    told = [
        {"threshold": name, "before": numbers[0].get(name), "after": numbers[1].get(name)}
        for name in _other(*numbers)
    ]
    return {"cause": Why.RULE.value, "rule_id": rule_id, "what": what, "thresholds": told}
