"""The four pillars of a country's page: the worst flags, the rules, what is stated. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import to_titles
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.facts import governance, production, stewardship, trade
from cetm_geo.dashboard.country.profiled import ALL, Profile
from cetm_geo.dashboard.country.words import PILLARS, STATED_OF_COUNTRY, WORST
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.language import _, chosen
from cetm_geo.model import Pillar, Rulebook, Severity

RULES_SHOWN = 4
Part = Callable[[Profile, Rulebook], list[Component | None]]
_SIGNS = {
    Severity.CRITICAL: "tier-critical",
    Severity.HIGH: "tier-high",
    Severity.MODERATE: "tier-moderate",
    Severity.INFO: "tier-info",
    Severity.DATA_GAP: "tier-not-screened",
}


def pillars_view(profile: Profile, rulebook: Rulebook) -> Component:
    """The four pillars of the UN framework, in its order."""
    parts: Mapping[Pillar, Part] = {
        Pillar.PRODUCTION: production,
        Pillar.TRADE: trade,
        Pillar.STEWARDSHIP: stewardship,
        Pillar.GOVERNANCE: governance,
    }
    head = html.H2(
        [
            html.Span(_("Four pillars")),
            html.Small(_("of the UN Framework on Just Transitions for these minerals")),
        ]
    )
    own = [_pillar(profile, rulebook, pillar, rest) for pillar, rest in parts.items()]
    return html.Section(
        [head, html.Div(own, className="pillar-parts")],
        className="part four",
        **attrs({"data-part": "pillars"}),
    )


def _pillar(
    profile: Profile,
    rulebook: Rulebook,
    pillar: Pillar,
    rest: Part,
) -> Component:
    own = profile["pillars"][pillar.value]
    return html.Article(
        [
            html.H3(PILLARS[pillar]),
            _worst(own["worst_severity"]),
            _rules(own["flags"], rulebook),
            *rest(profile, rulebook),
            _stated(profile, pillar),
        ],
        className=f"pillar-part {pillar.value}",
    )


def _worst(rows: Sequence[Mapping[str, Any]]) -> Component:
    """Titles by the worst flag of the pillar's rules, as one bar and in words."""
    held = [(r["severity"], r["titles_count"][ALL]) for r in rows if r["titles_count"][ALL]]
    total = sum(n for _word, n in held)
    parts = [
        html.Span(className=f"worst-{word}", style={"width": f"{100 * n / total:.2f}%"})
        for word, n in held
    ]
    told = [html.Li([_mark(word), html.B(words.number(n)), " ", WORST[word]]) for word, n in held]
    return html.Div(
        [
            html.P(_("Titles by the worst flag of this pillar"), className="muted"),
            html.Div(parts, className="worst", **attrs({"aria-hidden": "true"})),
            html.Ul(told, className="worst-counts"),
        ]
    )


def _mark(word: str) -> Component:
    """A tier's sign; of titles without a flag the bar's own empty box, which is no tick."""
    if word in _SIGNS:
        return sign(_SIGNS[Severity(word)])
    return html.Span(className=f"box worst-{word}", **attrs({"aria-hidden": "true"}))


def _rules(themes: Sequence[Mapping[str, Any]], rulebook: Rulebook) -> Component | None:
    """The rules of the pillar that are raised most often by severity: the worst first."""
    every = [rule for theme in themes for rule in theme["rules"] if rule["raised_count"][ALL]]
    every.sort(key=_weight)
    rows = [
        html.Li(
            [
                sign(_SIGNS[_worst_of(rule)], WORST[_worst_of(rule)]),
                html.A(
                    rule["label"].get(chosen(), rule["label"]["en"]),
                    **to_titles("rule", rule["rule_id"]),
                ),
                html.Span(
                    _("{n} of {total}").format(
                        n=words.number(rule["raised_count"][ALL]),
                        total=words.number(rule["asked_count"]),
                    ),
                    className="n",
                ),
            ]
        )
        for rule in every[:RULES_SHOWN]
        if rule["rule_id"] in rulebook.rules
    ]
    return html.Ul(rows, className="raised-most") if rows else None


def _weight(rule: Mapping[str, Any]) -> tuple[int, ...]:
    """So that the rule with most critical flags stands first, then the one with most high ones."""
    severe = rule["raised_by_severity_count"]
    return tuple(-severe[word.value] for word in _ORDER)


_ORDER = (Severity.CRITICAL, Severity.HIGH, Severity.MODERATE, Severity.INFO, Severity.DATA_GAP)


def _worst_of(rule: Mapping[str, Any]) -> Severity:
    return next(w for w in _ORDER if rule["raised_by_severity_count"][w.value] or w is _ORDER[-1])


def _stated(profile: Profile, pillar: Pillar) -> Component | None:
    """What the country itself is stated to do, with year and source; what is not stated, too."""
    own = [row for row in profile["strategies"] if row["pillar"] == pillar.value]
    if not own:
        return None
    rows = []
    for row in own:
        value, about = _("not stated"), ""
        if row["status"] == "ok":
            value = row["value_text"] or "" if row["value"] is None else _amount(row)
            about = " · ".join(str(x) for x in (row["year"], row["source"]) if x)
        told = [html.B(value), html.Small(about) if about else None]
        rows.append(html.Div([html.Dt(STATED_OF_COUNTRY[row["topic"]]), html.Dd(told)]))
    return html.Div(
        [html.H4(_("Stated of the country")), html.Dl(rows, className="stated")],
        className="sub",
    )


def _amount(row: Mapping[str, Any]) -> str:
    if row["topic"].endswith("_share"):
        return words.share(row["value"])
    return words.number(row["value"])
