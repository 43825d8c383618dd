"""The rules by theme: when each raises a flag, on which norms, and what it answers here. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.cards import CardMaker
from cetm_geo.dashboard.answer.reading import in_language
from cetm_geo.dashboard.bars import section, to_titles
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.compared import compared
from cetm_geo.dashboard.country.words import PILLARS, THEMES
from cetm_geo.dashboard.explore.filterwords import STAGES
from cetm_geo.dashboard.figures import Component, english, sign
from cetm_geo.flags.wording import amount
from cetm_geo.language import N_, _, chosen, ngettext
from cetm_geo.model import Norm, Rule, Severity, Threshold
from cetm_geo.web.stocktaking import Answered, Stock

SIGNS: Mapping[str, str] = {
    Severity.CRITICAL: "tier-critical",
    Severity.HIGH: "tier-high",
    Severity.MODERATE: "tier-moderate",
    Severity.INFO: "tier-info",
    Severity.DATA_GAP: "tier-not-screened",
}
_ORDER = tuple(SIGNS)
_BRACES = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Book:
    """The rules as they hold in the store's own country, and what they answer."""

    stock: Stock
    iso3: str
    maker: CardMaker

    @staticmethod
    def of(stock: Stock) -> Book:
        """Of a store's books."""
        day = date.fromisoformat(stock.meta["as_of"][:10])
        return Book(stock, stock.meta.get("country", ""), CardMaker(stock.rulebook, day))


def rules_view(book: Book) -> Component:
    """Themes, and in each its rules: those raised most first."""
    rules = book.stock.rulebook.rules.values()
    note = _(
        "A rule compares what was measured with a threshold and says what a title touches: a "
        "screen, no finding that a norm was broken. What is not known is never clear."
    )
    parts = [_theme(theme, [r for r in rules if r.theme == theme], book) for theme in THEMES]
    return section(
        _("Rules"),
        words.counted("{n} rule", "{n} rules", len(rules)),
        html.P(note, className="muted"),
        html.Ul([_severity(s) for s in _ORDER], className="severities"),
        *parts,
        name="rules",
    )


_ASKS_FOR = {
    Severity.CRITICAL: N_("stop and review: a no-go for some, or harm that cannot be undone"),
    Severity.HIGH: N_("do not go on without a named action"),
    Severity.MODERATE: N_("assess"),
    Severity.INFO: N_("record"),
    Severity.DATA_GAP: N_("cannot say"),
}


def _severity(severity: str) -> Component:
    asks = _(_ASKS_FOR[Severity(severity)])
    return html.Li([sign(SIGNS[severity]), html.B(words.SEVERITIES[severity]), html.Span(asks)])


def _theme(theme: str, rules: Sequence[Rule], book: Book) -> Component:
    answers = book.stock.answers
    ordered = sorted(rules, key=lambda rule: -answers.get(rule.id, Answered()).raised)
    head = html.Div(
        [
            html.H3(THEMES[theme]),
            *(
                html.Span(text, className="n")
                for text in (_("raised"), _("clear"), _("not assessed"))
            ),
        ],
        className="rule-line head",
    )
    return html.Div(
        [head, *(_rule(rule, book) for rule in ordered)],
        className="rule-theme",
        **attrs({"data-part": f"rules-{theme}"}),
    )


# --- one rule ------------------------------------------------------------------------------------


def _rule(rule: Rule, book: Book) -> Component:
    """Its line; opened, what it asks and what stands behind it."""
    answered = book.stock.answers.get(rule.id, Answered())
    worst = min((level.severity for level in rule.levels), key=_ORDER.index)
    label = in_language(rule.label)
    counts = (answered.raised, answered.clear, answered.not_assessed)
    spoken = ", ".join(_(text).format(n=n) for text, n in zip(_SPOKEN, counts, strict=True))
    line = html.Summary(
        [
            sign(SIGNS[worst], words.SEVERITIES[worst]),
            html.Span(label, className="rule-name"),
            *(html.Span(words.number(n) if n else "–", className="n") for n in counts),
        ],
        className="rule-line",
        title=spoken,
    )
    return html.Details(
        [line, html.Div(_opened(rule, answered, book), className="rule-opened")],
        className="rule",
    )


_SPOKEN = (N_("{n} raised"), N_("{n} clear"), N_("{n} not assessed"))


def _opened(rule: Rule, answered: Answered, book: Book) -> list[Component | None]:
    return [
        _sentence(rule),
        _raised(rule, answered),
        html.Dl(
            [html.Div([html.Dt(term), html.Dd(told)]) for term, told in _facts(rule, book) if told],
            className="facts-of",
        ),
    ]


def _sentence(rule: Rule) -> Component:
    """What a flag says, its places open."""
    held = rule.sentence.get(chosen()) or rule.sentence["en"]
    mark = None
    if not held.reviewed:
        mark = html.Span(_("translation not yet reviewed"), className="unverified")
    return html.P([_BRACES.sub("[…]", held.text), " ", mark], className="rule-sentence")


def _raised(rule: Rule, answered: Answered) -> Component:
    """The way to the titles that raise it, by severity."""
    if not answered.raised:
        return html.P(_("No title of this store raises it."), className="muted")
    kinds = answered.severities or {}
    told = ", ".join(
        f"{words.number(kinds[s])} {words.SEVERITIES[s].lower()}" for s in _ORDER if kinds.get(s)
    )
    text = words.counted(
        "See the {n} title that raises it", "See the {n} titles that raise it", answered.raised
    )
    link = html.A(text, **to_titles("rule", rule.id))
    return html.P([link, html.Span(f" ({told})", className="muted")])


def _facts(rule: Rule, book: Book) -> list[tuple[str, Any]]:
    return [
        (_("Raised when"), _levels(rule, book)),
        (_("Asked"), _where(rule)),
        (_("Thresholds"), [_threshold(t) for t in rule.thresholds]),
        (_("In this country"), [html.P(x, **english()) for x in _changes(rule, book)]),
        (_("Norms"), _norms(rule, book)),
        (_("Serves"), _serves(rule)),
        (_("Note"), html.Span(rule.note, **english()) if rule.note else ""),
        (_("Who can help"), _helpers(rule, book)),
        (_("Id"), html.Span(f"{rule.id} {rule.row}".strip(), className="rule-id")),
    ]


def _levels(rule: Rule, book: Book) -> list[Component]:
    """A line a level as it holds in the country, the worst first."""
    return [
        html.P([html.B(words.SEVERITIES[level["severity"]] + ": "), _when(level, book)])
        for level in book.maker.when(rule, book.iso3 or None)
    ]


def _when(level: Mapping[str, Any], book: Book) -> str:
    every = [_compared(c, book) for c in level["all"]]
    some = [_compared(c, book) for c in level["any"]]
    if some:
        every.append(_(" or ").join(some))
    return _(" and ").join(every)


def _compared(comparison: Mapping[str, Any], book: Book) -> str:
    if "rule_id" in comparison:
        rule = book.stock.rulebook.rules[comparison["rule_id"]]
        return _("the flag “{label}” is raised").format(label=in_language(rule.label))
    return compared(comparison)


def _where(rule: Rule) -> str:
    applies = rule.applies
    parts = []
    if applies.stages:
        parts.append(
            _("of stages {stages}").format(stages=", ".join(STAGES[s] for s in applies.stages))
        )
    if applies.methods:
        named = ", ".join(m.value.replace("_", " ") for m in applies.methods)
        parts.append(_("of methods {methods}").format(methods=named))
    if applies.party_to:
        parts.append(_("in parties to {treaty}").format(treaty=applies.party_to))
    if applies.group:
        parts.append(_("in countries of the group {group}").format(group=applies.group))
    return words.sentence_case("; ".join(parts)) if parts else _("Everywhere")


def _threshold(threshold: Threshold) -> Component:
    """Number, reason and source, and the days between which it holds."""
    shown = amount(threshold.value, threshold.unit, chosen())
    if threshold.unit == "class":
        shown = _("class {n}").format(n=f"{threshold.value:g}")
    since, until = (words.day(x) if x else "" for x in (threshold.valid_from, threshold.valid_to))
    span = ""
    if since:
        span = _("From {day}. ").format(day=since)
    if until:
        span += _("Until {day}. ").format(day=until)
    source = f" {threshold.source}." if threshold.source else ""
    return html.P([html.B(shown), " ", span, html.Span(threshold.reason + source, **english())])


def _changes(rule: Rule, book: Book) -> list[str]:
    """What the country's own pack changes, with its reason."""
    return [o.reason for o in book.maker.rules(book.iso3).changes(rule.id)]


def _norms(rule: Rule, book: Book) -> list[Component]:
    """Each norm and whether its text was verified; what it says stands in the list of norms."""
    held = book.stock.rulebook.norms
    packs = {n.id: n for pack in book.stock.rulebook.packs.values() for n in pack.norms}
    names = book.maker.rules(book.iso3).norms(rule.id)
    found = [held.get(name) or packs.get(name) for name in names]
    return [_norm(norm) for norm in found if norm is not None]


def _norm(norm: Norm) -> Component:
    cite = f"{norm.short}, {norm.provision}" if norm.provision else norm.short
    return html.P([html.Span(cite, **english()), " ", seal(norm.verified)])


def seal(verified: bool) -> Component:
    """Whether somebody opened a norm's text."""
    text = _("text verified") if verified else _("norm text not yet verified")
    return html.Span(text, className="verified" if verified else "unverified")


def _serves(rule: Rule) -> str:
    """Its pillars, and the principles of the Secretary-General's Panel."""
    parts = [PILLARS[pillar] for pillar in rule.pillars]
    if rule.principles:
        numbers = ", ".join(str(n) for n in rule.principles)
        text = ngettext(
            "principle {numbers} of the Panel",
            "principles {numbers} of the Panel",
            len(rule.principles),
        )
        parts.append(text.format(numbers=numbers))
    return "; ".join(parts)


def _helpers(rule: Rule, book: Book) -> str:
    return ", ".join(book.stock.rulebook.helpers[name].name for name in rule.helpers)
