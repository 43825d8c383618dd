"""The section How sure is the order: where a title stands by score, and how far that may move."""

from __future__ import annotations

from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component
from cetm_geo.flags.sensitivity import DRAWS, RANGE_SHARES, WORST_SHARE
from cetm_geo.model.rules import Theme
from cetm_geo.reference.rules import THEMES

WHAT = (
    f"The score again in {words.number(DRAWS)} draws of what someone chose or measured: weights "
    "of the themes, the power of the mean, cut points, and where outlines lie within their error. "
    "It tells how far the order by score holds; no tier hangs on it."
)


def sureness_view(found: Row) -> Component:
    """Rank, its range in the draws, the share of draws in the worst quarter, what moves it."""
    if found["rank"] is None:
        return html.P("No theme of this title is known, so it has no rank.", className="muted")
    count = int(found["sites_count"])
    low, rank, high = (_place(found[key]) for key in ("rank_low", "rank", "rank_high"))
    most = _percent(RANGE_SHARES[1] - RANGE_SHARES[0])
    moving = found["moving_theme"]
    theme = THEMES[Theme(moving)] if moving else "none: alone, no theme moves it"
    rows: list[tuple[str, Any]] = [
        ("Rank by score", f"{rank} of {words.plural(count, 'title')} of all tiers"),
        (f"In {most} of the draws", f"from {low} to {high}"),
        (f"In the highest {_percent(WORST_SHARE)}", _quarter(found["worst_quarter_share"])),
        ("Moved most by", theme),
    ]
    facts = [part for term, said in rows for part in (html.Dt(term), html.Dd(said))]
    return html.Div([_strip(found, count), html.Dl(facts)], className="sureness")


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{words.GLUE}%"


def _place(rank: float) -> str:
    return words.number(rank, 0 if float(rank).is_integer() else 1)


def _quarter(share: float) -> str:
    return "in no draw" if share <= 0 else f"in {words.share(share)} of the draws"


def _strip(found: Row, count: int) -> Component:
    """The range on a line from the first rank to the last, and the rank as it is."""

    def at(rank: float) -> float:
        return 100 * (rank - 1) / max(count - 1, 1)

    low, high = at(found["rank_low"]), at(found["rank_high"])
    span = {"left": f"{low:.1f}%", "width": f"{high - low:.1f}%"}
    here = {"left": f"{at(found['rank']):.1f}%"}
    marks = [html.Span(className="range", style=span), html.Span(className="here", style=here)]
    return html.Div(marks, className="ranks", **attrs({"aria-hidden": "true"}))
