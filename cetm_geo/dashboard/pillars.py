"""The section Four pillars: what each one's rules answer, the points by theme, and the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import answer as reading
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.figures import Component
from cetm_geo.flags.weighing import MOST_POINTS
from cetm_geo.model import FlagStatus, Pillar, Severity
from cetm_geo.model.rules import Theme
from cetm_geo.reference.rules import THEMES

PILLARS: dict[Pillar, str] = {
    Pillar.PRODUCTION: "Production",
    Pillar.TRADE: "Trade",
    Pillar.STEWARDSHIP: "Stewardship",
    Pillar.GOVERNANCE: "Governance",
}
# What a rule may answer, the worst first, and how so many are called.
_ANSWERS: dict[str, str] = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MODERATE: "moderate",
    Severity.INFO: "for information",
    Severity.DATA_GAP: "on gaps in the data",
    FlagStatus.NOT_ASSESSED: "not assessed",
    FlagStatus.CLEAR: "clear",
}
_BLOCKS = int(MOST_POINTS)


def pillars_view(answer: Row) -> Component:
    """The four pillars of the UN framework, and the themes of the score."""
    head = html.H2(["Four pillars", html.Small("a block a rule; hatched is not assessed")])
    rows = [_pillar(pillar, answer["flags"]) for pillar in PILLARS]
    points = {row["theme"]: row for row in answer["themes"]}
    themes = [_theme(theme, points[theme]) for theme in Theme if theme in points]
    return html.Section(
        [
            head,
            html.Ul(rows, className="pillars"),
            html.H3(["Points by theme", html.Small("0 to 5, higher is worse; hatched is unknown")]),
            html.Ul(themes, className="themes"),
            html.P(score(answer["tier"], reading.noun(answer["site"])), className="muted"),
        ],
        className="block four-pillars",
    )


def _pillar(pillar: Pillar, cards: Sequence[Row]) -> Component:
    own = [card for card in cards if pillar in card["pillars"]]
    count = {word: sum(answer_of(card) == word for card in own) for word in _ANSWERS}
    blocks = [html.Span(className=f"block-{word}") for word, n in count.items() for _ in range(n)]
    return html.Li(
        [
            html.Span(PILLARS[pillar], className="pillar-name"),
            html.Span(blocks, className="blocks", **_hidden()),
            html.Small(_told(count)),
        ]
    )


def answer_of(card: Row) -> str:
    """What a rule answers: the severity of a raised flag, else its status."""
    raised = card["status"] == FlagStatus.RAISED.value
    return str(card["severity"] if raised else card["status"])


def _told(count: dict[str, int]) -> str:
    said = [f"{words.number(n)} {_ANSWERS[word]}" for word, n in count.items() if n]
    return ", ".join(said) or "no rule asks about it here"


def _hidden() -> dict[str, Any]:
    return {"aria-hidden": "true"}


def _theme(theme: Theme, row: Row) -> Component:
    least, most = row["points"], row["points_high"]
    open_to = most if least is None or most > least else None
    strip = [
        html.Span(className="open", style=_width(open_to)) if open_to else None,
        html.Span(className="full", style=_width(least)) if least else None,
    ]
    return html.Li(
        [
            html.Span(THEMES[theme]),
            html.Span(strip, className="strip", **_hidden()),
            html.Small(_points(least, most)),
        ]
    )


def _width(points: float) -> dict[str, str]:
    return {"width": f"{100 * points / MOST_POINTS:.0f}%"}


def _points(least: float | None, most: float) -> str:
    if least is None:
        return "not known"
    return f"{least:g}" if most <= least else f"{least:g} to {most:g}"


def score(tier: Row, noun: str) -> str:
    """The score with its interval and what it rests on, and what it is for."""
    if tier["score"] is None:
        return "No score: nothing that it rests on is known."
    low, high = tier["score_low"], tier["score_high"]
    span = f", from {low:.1f} to {high:.1f} with what is unknown at its best and at its worst"
    share = words.share(tier["score_coverage_share"])
    return (
        f"Score {tier['score']:.1f} of {MOST_POINTS:g}{span if high - low >= 0.05 else ''}; "
        f"it rests on {share} of the themes by weight. "
        f"A score orders {noun}s within a tier only; it never sets the tier."
    )
