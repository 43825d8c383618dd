"""A site's tier: its sign, why it stands there, what follows, and whether all was screened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import answer as reading
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.dashboard.lacking import Lack
from cetm_geo.model import FlagStatus, Severity, Tier

_SHOWN = 3  # of what is lacking; opened, all of it
NOT_A_FINDING = "A screen of public data, not a legal finding."
# What rasters add to a drawing's flags, before they have answered and after.
PENDING = "People, trees and ground follow: it may get worse."
COUNTED_IN = "People, trees and ground are counted in."


@dataclass(frozen=True)
class Verdict:
    """A tier in words. because: the worst flag's sentence, "" where none decides."""

    tier: Tier
    because: str
    follows: str
    screened: bool
    lacking: Sequence[Lack] = ()


def verdict(answer: Row, lacking: Sequence[Lack] = ()) -> Verdict:
    """What the page says first of a site."""
    tier = Tier(answer["tier"]["tier"])
    raised = [card for card in answer["flags"] if card["status"] == FlagStatus.RAISED.value]
    decided = tier not in (Tier.NOT_FULLY_SCREENED, Tier.CLEAR)
    because = str(raised[0]["message"]["en"]) if decided else ""
    follows = _follows(raised[1:], "more flag") if decided else _follows(raised, "flag")
    return Verdict(tier, because, follows, bool(answer["tier"]["fully_screened"]), lacking)


def _follows(cards: Sequence[Row], noun: str) -> str:
    """How many flags are raised beside the one that decides, by severity."""
    count = {s: sum(card["severity"] == s for card in cards) for s in Severity}
    said = [
        f"{words.number(count[severity])} {word}"
        for severity, word in (
            (Severity.CRITICAL, "critical"),
            (Severity.HIGH, "high"),
            (Severity.MODERATE, "moderate"),
            (Severity.INFO, "for information"),
            (Severity.DATA_GAP, "on gaps in the data"),
        )
        if count[severity]
    ]
    if not said:
        return f"No {noun} is raised."
    total = sum(count.values())
    listed = ", ".join(said[:-1]) + (" and " if said[:-1] else "") + said[-1]
    return f"{words.plural(total, noun)} {'is' if total == 1 else 'are'} raised: {listed}."


def verdict_view(answer: Row, lacking: Sequence[Lack] = (), rasters: str = "") -> Component:
    """The tier with its reason, what follows, and what was not screened.

    rasters: PENDING or COUNTED_IN of a drawing; a row of one height, so that nothing jumps.
    """
    said = verdict(answer, lacking)
    tier = words.TIERS[said.tier]
    meaning = f"{words.sentence_case(tier.meaning)}."
    body = [
        html.H2(tier.label),
        html.P([html.B("Because: "), said.because] if said.because else meaning),
        html.P(said.follows),
        _screened(said),
        _rasters(rasters) if rasters else None,
        html.P(f"{reading.answered(answer)} {NOT_A_FINDING}", className="muted"),
    ]
    return html.Section(
        [sign(tier.sign), html.Div(body)], className=f"verdict verdict-{said.tier.value}"
    )


def screened_sign(fully: bool) -> Component:
    """The sign that stands beside a tier: a ring with a tick, or a dashed one with a slash."""
    tier = Tier.CLEAR if fully else Tier.NOT_FULLY_SCREENED
    return sign(words.TIERS[tier].sign)


def _screened(said: Verdict) -> Component:
    """Whether all was screened; opened, what was not and why."""
    mark = screened_sign(said.screened)
    if said.screened:
        text = html.Span("Fully screened: every required layer answered.")
        return html.P([mark, text], className="screened")
    worse = "" if said.tier is Tier.NOT_FULLY_SCREENED else " A worse flag may be missing."
    if not said.lacking:
        return html.P([mark, html.Span(f"Not fully screened.{worse}")], className="screened")
    named = words.listed([lack.what for lack in said.lacking], _SHOWN)
    text = html.Span(f"Not fully screened, no full answer on: {named}.{worse}")
    rows = [html.Li([html.Span(lack.what), html.Small(lack.why)]) for lack in said.lacking]
    return html.Details(
        [html.Summary([mark, text], className="screened"), html.Ul(rows)], className="lacking"
    )


def _rasters(text: str) -> Component:
    waiting = text == PENDING
    mark = sign("measuring" if waiting else "tier-clear")
    return html.P([mark, html.Span(text)], className="screened")
