"""Rule cards: what each raised flag says in the reader's language, and the flags not raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.cardfacts import facts_view, known_number
from cetm_geo.dashboard.answer.lacking import why_not_assessed
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.answer.tiers import NOT_A_FINDING, unreviewed
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component
from cetm_geo.flags.sourced import roles_behind
from cetm_geo.language import _, chosen
from cetm_geo.model import RASTER_ROLES, FlagStatus, Severity, SiteStatus

SIGNS = {
    Severity.CRITICAL.value: "tier-critical",
    Severity.HIGH.value: "tier-high",
    Severity.MODERATE.value: "tier-moderate",
    Severity.INFO.value: "tier-info",
    Severity.DATA_GAP.value: "tier-not-screened",
}
More = Callable[[Row], Component]
LIGHT = (Severity.INFO.value, Severity.DATA_GAP.value)
# Cards that stand open: all that they rest on is in sight.
_OPEN = (Severity.CRITICAL.value, Severity.HIGH.value)


def flags_view(answer: Row, waiting: bool = False, more: More | None = None) -> Component:
    """The section Flags: a card for each that is raised, the others by name.

    waiting: rasters have not answered yet; flags that hang on them are still being measured.
    more: what stands below the facts of a card.
    """
    by_status = {
        status: [card for card in answer["flags"] if card["status"] == status]
        for status in FlagStatus
    }
    raised, clear, open_ = (
        by_status[x] for x in (FlagStatus.RAISED, FlagStatus.CLEAR, FlagStatus.NOT_ASSESSED)
    )
    aside = _("{raised} raised · {open} not assessed · {clear} clear").format(
        raised=len(raised), open=len(open_), clear=len(clear)
    )
    light = [card for card in raised if card["severity"] in LIGHT]
    heavy = [card for card in raised if card["severity"] not in LIGHT]
    return html.Section(
        [
            html.H2([_("Flags"), html.Small(aside)]),
            html.P(_(NOT_A_FINDING), className="muted"),
            _cards(heavy, answer, more=more)
            if heavy
            else html.P(nothing_raised(light), className="muted"),
            _cards(light, answer, "light", more),
            _not_assessed(open_, waiting),
            _clear(clear),
        ],
        className="block flags",
        **attrs({"data-part": "flags"}),
    )


def nothing_raised(light: Sequence[Row]) -> str:
    """That no flag is raised, or none above information."""
    if light:
        return _("No flag above information is raised by the rules that could be asked.")
    return _("No flag is raised by the rules that could be asked.")


# --- one card ------------------------------------------------------------------------------------


def _cards(
    cards: Sequence[Row], answer: Row, kind: str = "", more: More | None = None
) -> Component | None:
    if not cards:
        return None
    return html.Div(
        [_card(card, answer, more) for card in cards], className=f"cards {kind}".strip()
    )


def _card(card: Row, answer: Row, more: More | None) -> Component:
    severity = str(card["severity"])
    label, title = words.SEVERITIES[severity], reading.in_language(card["label"])
    return html.Article(
        [
            html.Header(
                [
                    figures.sign(SIGNS[severity]),
                    html.H3(title),
                    html.Span(card["row"], className="rule-id"),
                ]
            ),
            html.P([html.B(label), *_marks(card, answer["site"])], className="severity"),
            _sentence(card),
            *_facts(card, answer),
            more(card) if more else None,
        ],
        className=f"card card-{severity}",
        key=str(card["rule_id"]),
        **attrs({"aria-label": _("{severity}: {rule}").format(severity=label, rule=title)}),
    )


def _facts(card: Row, answer: Row) -> list[Component | None]:
    """What a card rests on: in sight on a grave one, else folded."""
    if card["severity"] in _OPEN:
        return [facts_view(card, answer)]
    summary = html.Summary(_("Rule, norms and data"))
    return [html.Details([summary, facts_view(card, answer)], className="folded")]


def _sentence(card: Row) -> Component:
    """A card's sentence; one that nobody who reads law in the language has gone through says so."""
    parts: list[Any] = [reading.in_language(card["message"])]
    if not card["reviewed"].get(chosen(), True):
        parts += [" ", unreviewed()]
    return html.P(parts, className="message")


def _marks(card: Row, site: Row) -> list[Component]:
    return [html.Span(text, className="mark") for text in marks_of(card, site)]


def marks_of(card: Row, site: Row) -> list[str]:
    """What lessens, lengthens or weakens a raised flag, in words."""
    verify = (
        _("verify: the title is known only as a circle round a point")
        if card["placeholder"]
        else _("verify on the ground")
    )
    marks = [
        (verify, card["verify"]),
        (_("at least: a worse level could not be assessed"), card["at_least"]),
        (_over(site), card["expired"]),
        (_("rests on old data"), card["stale"]),
    ]
    return [text for text, holds in marks if holds]


def _over(site: Row) -> str:
    if site.get("status") == SiteStatus.REFUSED:
        return _("refused title")
    return (
        _("withdrawn title") if site.get("status") == SiteStatus.WITHDRAWN else _("expired title")
    )


# --- what is not raised --------------------------------------------------------------------------


def _not_assessed(cards: Sequence[Row], waiting: bool) -> Component | None:
    rows = [_row(card, _why(card, waiting)) for card in cards]
    title = _("Not assessed ({n})").format(n=len(rows))
    return _folded(title, "tier-not-screened", rows)


def _why(card: Row, waiting: bool) -> str:
    if waiting and hangs_on_rasters(card):
        return _("being measured")
    return why_not_assessed(card)


def hangs_on_rasters(card: Row) -> bool:
    """True if what a rule lacks is a value that rasters give."""
    return bool(set(roles_behind(card["indicator_id"] or "")) & set(RASTER_ROLES))


def _clear(cards: Sequence[Row]) -> Component | None:
    rows = [_row(card, compared_number(card)) for card in cards]
    return _folded(_("Clear ({n})").format(n=len(rows)), "tier-clear", rows)


def compared_number(card: Row) -> str:
    """What was compared."""
    if card["value"] is None or card["unit"] == "0 or 1":
        known = ""
    elif not card["value"] and card["unit"] not in ("km", "share", "points", "class"):
        known = _("none")
    else:
        known = known_number(card["value"], card["unit"])
    stale = _("rests on old data") if card["stale"] else ""
    return "; ".join(part for part in (known, stale) if part)


def _row(card: Row, why: str) -> Component:
    return html.Li([html.Span(reading.in_language(card["label"])), html.Small(why)])


def _folded(title: str, mark: str, rows: Sequence[Component]) -> Component | None:
    if not rows:
        return None
    summary = html.Summary([figures.sign(mark), title])
    return html.Details([summary, html.Ul(rows)], className="other-flags")
