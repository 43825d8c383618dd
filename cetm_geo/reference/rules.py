"""docs/rules.md: every rule with its levels, thresholds, norms and sentences; scores; countries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cetm_geo.model.rules import (
    LANGUAGES,
    Condition,
    CountryPack,
    Cut,
    Level,
    Norm,
    Operator,
    Override,
    Rule,
    Rulebook,
    Severity,
    Theme,
    Threshold,
)
from cetm_geo.rulebook.countries import country_name
from cetm_geo.rulebook.norms import UNVERIFIED
from cetm_geo.words import day, plural, sentence_case

PAGE = "rules.md"
THEMES: Mapping[Theme, str] = {
    Theme.PROTECTED_NATURE: "Protected nature",
    Theme.FOREST_HABITAT: "Forest and habitat",
    Theme.WATER: "Water",
    Theme.PEOPLE: "People and heritage",
    Theme.COMMUNITY_LAND: "Indigenous and community land",
    Theme.HAZARD_TAILINGS: "Hazards and tailings",
    Theme.GOVERNANCE: "Governance",
    Theme.PRODUCTION: "Production",
    Theme.TRADE: "Trade",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: "stop and review: a no-go for some, or harm that cannot be undone",
    Severity.HIGH: "do not go on without a named action",
    Severity.MODERATE: "assess",
    Severity.INFO: "record",
    Severity.DATA_GAP: "cannot say",
}
_LANGUAGES = dict(zip(LANGUAGES, ("English", "French", "Spanish", "Portuguese"), strict=True))
_UNITS = {"km2": " km²", "share": " %", "contact": "", "0 or 1": ""}
_TABLE = re.compile(r"<!-- rule x site -->\n(.*?)\n?<!-- end -->", re.DOTALL)
_HEAD = """# Rules

Generated from `cetm_geo/rules/` by `python -m cetm_geo.reference`; change the rules, not this page.

{count} of {themes}. A rule compares what was measured of a site with thresholds and says what the
site **touches**. It is a screen, no finding that anyone broke a norm, and no legal advice.

| severity | what it asks for |
|---|---|
{severities}

- *Raised, clear, not assessed.* What is not known is never clear. A value that was found counts
  even where the data do not reach all of the site; that none was found counts only where they do.
- *Overlaps.* Land in common raises a rule. What touches only within the mapping error, or rests on
  a circle drawn round a point or on a site that is itself such a circle, raises it one severity
  lower and marked *verify*.
- *The worst level that holds* is the flag's. The number it shows is the first that held.
- *Thresholds* hold from the day they state, or always, each with its reason. Those called a choice
  are ours; a country sets its own in its pack.
- *Norms* are shown beside a flag, each with what it is to the site's country: docs/norms.md.
- *Sentences.* What no reader of the language and of the law has gone through is marked here, and
  wherever it is shown.
- *Where.* A rule that does not say where it is asked is asked everywhere.
"""
_SCORES = """
## Scores

They order sites within a tier and decide nothing. Points from 0 to 5; those of a theme are its
worst indicator's. From each value on, the points behind it; below the first, none. A distance
counts for at most 2, the points of the smallest overlap: with 5 points for touching as for half the
land, the share would order nothing.

| theme | indicator | points | why |
|---|---|---|---|
"""
_REQUIRED = """
## What a site must be screened for

Without an answer of each of these, no site is fully screened and none is called clear:
{roles}.
"""


def page(rulebook: Rulebook, table: str = "") -> str:
    """The whole text of docs/rules.md.

    Args:
        table: Markdown of which rule each site of the sample raises, if there is one (`table_of`).
    """
    parts = [_intro(rulebook), _sites(table)]
    for theme in THEMES:
        own = [rule for rule in rulebook.rules.values() if rule.theme == theme]
        parts += [f"## {THEMES[theme]}", *(_rule(rule, rulebook) for rule in own)]
    parts += [_scores(rulebook.cuts), _required(rulebook)]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def table_of(text: str) -> str:
    """The table of rules by sites that a page holds, "" if there is none."""
    found = _TABLE.search(text)
    return found.group(1) if found else ""


def _intro(rulebook: Rulebook) -> str:
    rows = "\n".join(f"| {_word(s)} | {told} |" for s, told in SEVERITIES.items())
    count = plural(len(rulebook.rules), "rule")
    return _HEAD.format(count=count, themes=plural(len(THEMES), "theme"), severities=rows)


def _sites(table: str) -> str:
    if not table:
        return ""
    return f"## Which site raises which rule\n\n<!-- rule x site -->\n{table}\n<!-- end -->"


def _word(name: str) -> str:
    return name.replace("_", " ")


# --- one rule ------------------------------------------------------------------------------------


def _rule(rule: Rule, rulebook: Rulebook) -> str:
    """A rule's section: when, where, by which numbers and norms, and in which words."""
    lines = [f"### {rule.label['en']}", "", f"`{rule.id}`" + _row(rule), ""]
    lines += [f"- **{sentence_case(_word(x.severity))}** when {_level(x)}" for x in rule.levels]
    lines += [f"- {line}" for line in _facts(rule, rulebook)]
    if rule.thresholds:
        lines += ["", "| threshold | holds | why |", "|---|---|---|", *_thresholds(rule)]
    lines += ["", "| | sentence |", "|---|---|", *_sentences(rule)]
    return "\n".join(lines)


def _row(rule: Rule) -> str:
    return f", row {rule.row} of the method" if rule.row else ""


def _level(level: Level) -> str:
    """The conditions of a level in words."""
    every = [_condition(c) for c in level.all]
    some = [_condition(c) for c in level.any]
    if some:
        every.append(" or ".join(some) if len(some) < 4 else f"any of {', '.join(some)} is")
    return " and ".join(every) + (" raised" if any(c.rule for c in level.any) else "")


def _condition(condition: Condition) -> str:
    if condition.rule:
        return f"`{condition.rule}`"
    if condition.op is Operator.OVERLAPS:
        return f"`{condition.indicator}` overlaps"
    return f"`{condition.indicator}` {condition.op.value} *{condition.threshold}*"


def _facts(rule: Rule, rulebook: Rulebook) -> Iterator[str]:
    """Lines below the levels: where, norms, pillars, who helps, notes, countries."""
    yield from _where(rule)
    yield f"Touches: {_norms(rulebook.norms[name] for name in rule.norms)}"
    yield f"Serves: {_served(rule)}"
    if rule.helpers:
        names = ", ".join(rulebook.helpers[name].name for name in rule.helpers)
        yield f"Who can help: {names}"
    if rule.note:
        yield rule.note
    for pack in rulebook.packs.values():
        yield from (_changed(o, pack, rulebook) for o in pack.overrides if o.rule == rule.id)


def _where(rule: Rule) -> Iterator[str]:
    applies = rule.applies
    if applies.stages:
        yield f"Asked of stages: {', '.join(map(_word, applies.stages))}"
    if applies.methods:
        yield f"Asked of methods: {', '.join(map(_word, applies.methods))}"
    if applies.party_to:
        yield f"Asked in parties to: {applies.party_to}"
    if applies.group:
        yield f"Asked in countries of the group {applies.group}"


def _served(rule: Rule) -> str:
    """Its pillars, and the principles of the Secretary-General's Panel."""
    pillars = ", ".join(f"pillar of {pillar.value}" for pillar in rule.pillars)
    principles = ", ".join(f"principle {number} of the Panel" for number in rule.principles)
    return ", ".join(filter(None, [pillars, principles]))


def _norms(norms: Iterable[Norm]) -> str:
    """Norms by instrument, each marked where it was not verified."""
    by_instrument: dict[str, list[Norm]] = {}
    for norm in norms:
        by_instrument.setdefault(norm.short, []).append(norm)
    return "; ".join(
        f"[{short}]({own[0].url}) {', '.join(map(_provision, own))}"
        for short, own in by_instrument.items()
    )


def _provision(norm: Norm) -> str:
    return norm.provision + ("" if norm.verified else f" (*{UNVERIFIED}*)")


def _changed(override: Override, pack: CountryPack, rulebook: Rulebook) -> str:
    """What a country changes of the rule."""
    numbers = [f"*{name}* = {value:g}" for name, value in override.threshold.items()]
    severities = [f"{_word(a)} becomes {_word(b)}" for a, b in override.severity.items()]
    names = dict.fromkeys((*override.law, *override.add_norms))
    changes = ["not asked"] if override.off else [*severities, *numbers]
    told = "; ".join(filter(None, [*changes, _norms(rulebook.norms[name] for name in names)]))
    return f"{country_name(pack.iso3, rulebook.packs)}: {told}. {override.reason}"


def _thresholds(rule: Rule) -> Iterator[str]:
    for threshold in rule.thresholds:
        why = " ".join(filter(None, [threshold.reason, _cited(threshold)]))
        shown = _amount(threshold.value, threshold.unit)
        yield f"| *{threshold.name}* = {shown} | {_span(threshold)} | {_cell(why)} |"


def _cited(threshold: Threshold) -> str:
    return f"Source: {threshold.source}." if threshold.source else ""


def _span(threshold: Threshold) -> str:
    start = f"from {day(threshold.valid_from)}" if threshold.valid_from else ""
    end = f"until {day(threshold.valid_to)}" if threshold.valid_to else ""
    return " ".join(filter(None, [start, end])) or "always"


def _amount(value: float, unit: str) -> str:
    """A number with its unit, a share as per cent."""
    shown = f"{100 * value if unit == 'share' else value:g}"
    return f"class {shown}" if unit == "class" else shown + _UNITS.get(unit, f" {unit}")


def _sentences(rule: Rule) -> Iterator[str]:
    for language, name in _LANGUAGES.items():
        sentence = rule.sentence[language]
        mark = "" if sentence.reviewed else " *(not reviewed)*"
        yield f"| {name} | {_cell(sentence.text)}{mark} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- scores and what is required -----------------------------------------------------------------


def _scores(cuts: Sequence[Cut]) -> str:
    return _SCORES + "\n".join(
        f"| {THEMES[cut.theme]} | `{cut.indicator}` | {_points(cut)} | {_cell(cut.reason)} |"
        for cut in cuts
    )


def _points(cut: Cut) -> str:
    """Steps and what stands apart, as `1 % → 3; 10 % → 4 (share)`."""
    special = {float(text): points for text, points in cut.special.items()}
    steps = [
        f"{_step(at, cut, above=at in special)} → {points:g}"
        for at, points in zip(cut.at, cut.points, strict=True)
    ]
    apart = [f"{_bare(at, cut)} alone → {points:g}" for at, points in special.items() if points]
    return f"{'; '.join([*apart, *steps])} ({cut.unit})"


def _step(at: float, cut: Cut, above: bool) -> str:
    return ("below " if cut.falling else "above " if above else "") + _bare(at, cut)


def _bare(value: float, cut: Cut) -> str:
    return f"{100 * value:g} %" if cut.unit == "share" else f"{value:g}"


def _required(rulebook: Rulebook) -> str:
    out = _REQUIRED.format(roles=_listed(rulebook.requires))
    own = [
        f"- {country_name(pack.iso3, rulebook.packs)}: {_listed(pack.requires)}"
        for pack in rulebook.packs.values()
        if pack.requires
    ]
    return out + ("\nCountries with a list of their own:\n\n" + "\n".join(own) if own else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
