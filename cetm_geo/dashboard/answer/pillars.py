"""The section Four pillars: what each one's rules answer, the points by theme, and the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.words import THEMES
from cetm_geo.dashboard.figures import Component
from cetm_geo.flags.weighing import MOST_POINTS
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import FlagStatus, Pillar, Severity
from cetm_geo.model.rules import Theme

PILLARS = Spoken(
    {
        Pillar.STEWARDSHIP: N_("Stewardship"),
        Pillar.GOVERNANCE: N_("Governance"),
        Pillar.PRODUCTION: N_("Production"),
        Pillar.TRADE: N_("Trade"),
    }
)
_BLOCKS = int(MOST_POINTS)


def pillars_view(answer: Row) -> Component:
    """The four pillars of the UN framework, and the themes of the score."""
    head = html.H2([_("Four pillars"), html.Small(_("a block a rule; hatched is not assessed"))])
    rows = [_pillar(Pillar(pillar), answer["flags"]) for pillar in PILLARS]
    points = {row["theme"]: row for row in answer["themes"]}
    themes = [_theme(theme, points[theme]) for theme in Theme if theme in points]
    scale = _("0 to {most}, higher is worse; hatched is unknown").format(most=_BLOCKS)
    return html.Section(
        [
            head,
            html.Ul(rows, className="pillars"),
            html.H3([_("Points by theme"), html.Small(scale)]),
            html.Ul(themes, className="themes"),
            html.P(score(answer["tier"], answer["site"]), className="muted"),
        ],
        className="block four-pillars",
        **attrs({"data-part": "pillars"}),
    )


def _pillar(pillar: Pillar, cards: Sequence[Row]) -> Component:
    own = [card for card in cards if pillar in card["pillars"]]
    count = _counts(own)
    blocks = [html.Span(className=f"block-{word}") for word, n in count.items() for _n in range(n)]
    return html.Li(
        [
            html.Span(PILLARS[pillar], className="pillar-name"),
            html.Span(blocks, className="blocks", **attrs({"aria-hidden": "true"})),
            html.Span(main_reason(own), className="pillar-reason"),
            html.Small(answers_text(own)),
        ]
    )


def _counts(cards: Sequence[Row]) -> Mapping[str, int]:
    return {word: sum(answer_of(card) == word for card in cards) for word in reading.ANSWERS}


def main_reason(cards: Sequence[Row]) -> str:
    """What weighs most among a pillar's rules: the worst raised flag, or that there is none."""
    raised = [card for card in cards if card["status"] == FlagStatus.RAISED]
    if raised:
        worst = min(raised, key=lambda card: list(Severity).index(Severity(card["severity"])))
        return reading.in_language(worst["label"])
    if any(card["status"] == FlagStatus.CLEAR for card in cards):
        return _("no flag is raised")
    return _("nothing could be assessed") if cards else _("no rule asks about it here")


def answer_of(card: Row) -> str:
    """What a rule answers: the severity of a raised flag, else its status."""
    raised = card["status"] == FlagStatus.RAISED.value
    return str(card["severity"] if raised else card["status"])


def answers_text(cards: Sequence[Row]) -> str:
    """How many rules give each answer."""
    count = _counts(cards)
    return ", ".join(reading.ANSWERS[word](n) for word, n in count.items() if n)


def _theme(theme: Theme, row: Row) -> Component:
    least, most = row["points"], row["points_high"]
    open_to = most if least is None or most > least else None
    strip: list[Any] = [
        html.Span(className="open", style=_width(open_to)) if open_to else None,
        html.Span(className="full", style=_width(least)) if least else None,
    ]
    return html.Li(
        [
            html.Span(THEMES[theme]),
            html.Span(strip, className="strip", **attrs({"aria-hidden": "true"})),
            html.Small(points_text(least, most)),
        ]
    )


def _width(points: float) -> dict[str, str]:
    return {"width": f"{100 * points / MOST_POINTS:.0f}%"}


def points_text(least: float | None, most: float) -> str:
    """Points of a theme as known, and at most."""
    if least is None:
        return _("not known")
    if most <= least:
        return plain(least)
    return _("{least} to {most}").format(least=plain(least), most=plain(most))


def plain(points: float) -> str:
    """A number of points without a needless decimal."""
    return words.number(points, 0 if float(points).is_integer() else 1)


def score(tier: Row, site: Row) -> str:
    """The score with its interval and what it rests on, and what it is for."""
    if tier["score"] is None:
        return _("No score: nothing that it rests on is known.")
    low, high = tier["score_low"], tier["score_high"]
    text = (
        _(
            "Score {score} of {most}, from {low} to {high} with what is unknown at its best and at "
            "its worst; it rests on {share} of the themes by weight."
        )
        if high - low >= 0.05
        else _("Score {score} of {most}; it rests on {share} of the themes by weight.")
    )
    use = (
        _("A score orders proposals within a tier only; it never sets the tier.")
        if reading.is_proposal(site)
        else _("A score orders titles within a tier only; it never sets the tier.")
    )
    numbers = {"score": tier["score"], "low": low, "high": high}
    told = {key: words.number(value, 1) for key, value in numbers.items()}
    share = words.share(tier["score_coverage_share"])
    return f"{text.format(**told, most=_BLOCKS, share=share)} {use}"
