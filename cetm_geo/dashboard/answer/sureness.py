"""The section How sure is the order: where a title stands by score, and how far that may move."""

from __future__ import annotations

from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.words import THEMES
from cetm_geo.dashboard.figures import Component
from cetm_geo.flags.sensitivity import DRAWS, RANGE_SHARES, WORST_SHARE
from cetm_geo.language import _, ngettext
from cetm_geo.model.rules import Theme


def what_it_is() -> str:
    """What is ranked again, and what it is good for."""
    return _(
        "The score again in {n} draws of what someone chose or measured: weights of the themes, "
        "the power of the mean, cut points, and where outlines lie within their error. It tells "
        "how far the order by score holds; no tier hangs on it."
    ).format(n=words.number(DRAWS))


def sureness_view(found: Row) -> Component:
    """Rank, its range in the draws, the share of draws in the worst quarter, what moves it."""
    if found["rank"] is None:
        return html.P(_("No theme of this title is known, so it has no rank."), className="muted")
    count = int(found["sites_count"])
    low, rank, high = (_place(found[key]) for key in ("rank_low", "rank", "rank_high"))
    most = _percent(RANGE_SHARES[1] - RANGE_SHARES[0])
    moving = found["moving_theme"]
    theme = THEMES[Theme(moving)] if moving else _("none: alone, no theme moves it")
    of_all = ngettext(
        "{rank} of {n} title of all tiers", "{rank} of {n} titles of all tiers", count
    )
    rows: list[tuple[str, Any]] = [
        (_("Rank by score"), of_all.format(rank=rank, n=words.number(count))),
        (
            _("In {share} of the draws").format(share=most),
            _("from {low} to {high}").format(low=low, high=high),
        ),
        (
            _("In the highest {share}").format(share=_percent(WORST_SHARE)),
            _quarter(found["worst_quarter_share"]),
        ),
        (_("Moved most by"), theme),
    ]
    facts = [part for term, said in rows for part in (html.Dt(term), html.Dd(said))]
    return html.Div([_strip(found, count), html.Dl(facts)], className="sureness")


def _percent(share: float) -> str:
    return f"{words.number(100 * share)}{words.GLUE}%"


def _place(rank: float) -> str:
    return words.number(rank, 0 if float(rank).is_integer() else 1)


def _quarter(share: float) -> str:
    if share <= 0:
        return _("in no draw")
    return _("in {share} of the draws").format(share=words.share(share))


def _strip(found: Row, count: int) -> Component:
    """The range on a line from the first rank to the last, and the rank as it is."""

    def at(rank: float) -> float:
        return 100 * (rank - 1) / max(count - 1, 1)

    low, high = at(found["rank_low"]), at(found["rank_high"])
    span = {"insetInlineStart": f"{low:.1f}%", "width": f"{high - low:.1f}%"}
    here = {"insetInlineStart": f"{at(found['rank']):.1f}%"}
    marks = [html.Span(className="range", style=span), html.Span(className="here", style=here)]
    return html.Div(marks, className="ranks", **attrs({"aria-hidden": "true"}))
