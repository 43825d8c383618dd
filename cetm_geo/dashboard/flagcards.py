"""Rule cards: what each raised flag says, in four languages, and the flags that are not raised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.cardfacts import facts_view
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component
from cetm_geo.dashboard.lacking import why_not_assessed
from cetm_geo.dashboard.tiers import NOT_A_FINDING
from cetm_geo.flags.sourced import roles_behind
from cetm_geo.flags.wording import amount
from cetm_geo.model import LANGUAGES, RASTER_ROLES, FlagStatus, Severity

LANGUAGE_NAMES = {"en": "English", "fr": "Français", "es": "Español", "pt": "Português"}
_SIGNS = {
    Severity.CRITICAL.value: "tier-critical",
    Severity.HIGH.value: "tier-high",
    Severity.MODERATE.value: "tier-moderate",
    Severity.INFO.value: "tier-info",
    Severity.DATA_GAP.value: "tier-not-screened",
}
_LIGHT = (Severity.INFO.value, Severity.DATA_GAP.value)
_CIRCLE = "the title is known only as a circle round a point"


def flags_view(answer: Row, waiting: bool = False) -> Component:
    """The section Flags: a card for each that is raised, the others by name.

    waiting: rasters have not answered yet; flags that hang on them are still being measured.
    """
    by_status = {
        status: [card for card in answer["flags"] if card["status"] == status]
        for status in FlagStatus
    }
    raised, clear, open_ = (
        by_status[x] for x in (FlagStatus.RAISED, FlagStatus.CLEAR, FlagStatus.NOT_ASSESSED)
    )
    aside = f"{len(raised)} raised · {len(open_)} not assessed · {len(clear)} clear"
    head = html.H2(["Flags", html.Small(aside)])
    light = [card for card in raised if card["severity"] in _LIGHT]
    heavy = [card for card in raised if card["severity"] not in _LIGHT]
    return html.Section(
        [
            head,
            html.P(NOT_A_FINDING, className="muted"),
            _languages(str(answer["site"]["site_id"])) if raised else None,
            _cards(heavy, answer) if heavy else html.P(_nothing(light), className="muted"),
            _cards(light, answer, "light"),
            _not_assessed(open_, waiting),
            _clear(clear),
        ],
        className="block flags",
    )


def _nothing(light: Sequence[Row]) -> str:
    more = " above information" if light else ""
    return f"No flag{more} is raised by the rules that could be asked."


def _languages(site_id: str) -> Component:
    """A choice of the language of labels and sentences; assets/flags.css shows what is chosen."""
    return dmc.SegmentedControl(
        id={"type": "flag-language", "of": "proposal" if _is_drawn(site_id) else "title"},
        data=[{"value": code, "label": name} for code, name in LANGUAGE_NAMES.items()],
        value="en",
        size="xs",
        fullWidth=True,
        className="languages",
        persistence=True,
        persistence_type="local",
        **attrs({"aria-label": "Language of the sentences"}),
    )


def _is_drawn(site_id: str) -> bool:
    return site_id.startswith("proposal-")


# --- one card ------------------------------------------------------------------------------------


def _cards(cards: Sequence[Row], answer: Row, kind: str = "") -> Component | None:
    if not cards:
        return None
    return html.Div([_card(card, answer) for card in cards], className=f"cards {kind}".strip())


def _card(card: Row, answer: Row) -> Component:
    severity = str(card["severity"])
    label, said = words.SEVERITIES[severity], card["label"]["en"]
    facts = facts_view(card, answer)
    if severity in _LIGHT:
        facts = html.Details([html.Summary("Rule, norms and data"), facts], className="folded")
    return html.Article(
        [
            html.Header(
                [
                    figures.sign(_SIGNS[severity]),
                    html.H3([html.Span(card["label"][x], **_in(x)) for x in LANGUAGES]),
                    html.Span(card["row"], className="rule-id"),
                ]
            ),
            html.P([html.B(label), *_marks(card)], className="severity"),
            *(_sentence(card, language) for language in LANGUAGES),
            facts,
        ],
        className=f"card card-{severity}",
        key=str(card["rule_id"]),
        **attrs({"aria-label": f"{label}: {said}"}),
    )


def _in(language: str) -> dict[str, Any]:
    return {"lang": language, "className": "said"}


def _sentence(card: Row, language: str) -> Component:
    """A card's sentence; one that nobody who reads law in the language has gone through says so."""
    unread = html.Span("translation not yet reviewed", className="unverified", lang="en")
    said = [card["message"][language]] + ([] if card["reviewed"][language] else [" ", unread])
    return html.P(said, lang=language, className="said message")


def _marks(card: Row) -> list[Component]:
    """What lessens, lengthens or weakens a raised flag, in words."""
    verify = f"verify: {_CIRCLE}" if card["placeholder"] else "verify on the ground"
    marks = [
        (verify, card["verify"]),
        ("at least: a worse level could not be assessed", card["at_least"]),
        ("expired title", card["expired"]),
        ("rests on old data", card["stale"]),
    ]
    return [html.Span(text, className="mark") for text, holds in marks if holds]


# --- what is not raised --------------------------------------------------------------------------


def _not_assessed(cards: Sequence[Row], waiting: bool) -> Component | None:
    rows = [_row(card, _why(card, waiting)) for card in cards]
    return _folded("Not assessed", "tier-not-screened", rows)


def _why(card: Row, waiting: bool) -> str:
    if waiting and hangs_on_rasters(card):
        return "being measured"
    return why_not_assessed(card)


def hangs_on_rasters(card: Row) -> bool:
    """True if what a rule lacks is a value that rasters give."""
    return bool(set(roles_behind(card["indicator_id"] or "")) & set(RASTER_ROLES))


def _clear(cards: Sequence[Row]) -> Component | None:
    return _folded("Clear", "tier-clear", [_row(card, _number(card)) for card in cards])


def _number(card: Row) -> str:
    """What was compared, and with what."""
    if card["value"] is None or card["unit"] == "0 or 1":
        known = ""
    elif card["unit"] == "class":
        known = f"class {card['value']:g}"
    elif not card["value"] and card["unit"] not in ("km", "share", "points"):
        known = "none"
    else:
        known = amount(card["value"], card["unit"], "en")
    stale = "rests on old data" if card["stale"] else ""
    return "; ".join(part for part in (known, stale) if part)


def _row(card: Row, why: str) -> Component:
    label = html.Span([html.Span(card["label"][x], **_in(x)) for x in LANGUAGES])
    return html.Li([label, html.Small(why)])


def _folded(title: str, mark: str, rows: Sequence[Component]) -> Component | None:
    if not rows:
        return None
    summary = html.Summary([figures.sign(mark), f"{title} ({len(rows)})"])
    return html.Details([summary, html.Ul(rows)], className="other-flags")
