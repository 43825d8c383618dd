"""Parts of a page, links to titles, and lists of bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.explore.filterwords import CLEAR, with_value
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.language import _


def to_titles(word: str = "", value: str = "") -> dict[str, Any]:
    """href and data-go of a link to the titles of which one word of the address holds, or to all of
    them: other words are dropped."""
    asked = f"&{with_value(word, value)}" if word else ""
    go = f"view=&site=&place=&country=&{CLEAR}{asked}"
    return {"href": f"?{asked.lstrip('&')}", **attrs({"data-go": go})}


def waiting_view() -> Component:
    """What stands on a page until its content is there."""
    told = html.P([html.Strong(_("Reading the store"))])
    return html.Div([sign("measuring"), told], className="page-wait", role="status")


def page_index(view: str, labels: Sequence[tuple[str, str]]) -> Component:
    """Links to the parts of a page, by name and label; assets/pages.js follows them."""
    rows = [
        html.Li(html.A(_(label), href=f"?view={view}", **attrs({"data-jump": name})))
        for name, label in labels
    ]
    return html.Div(
        [html.H2(_("On this page"), className="unseen"), html.Ul(rows)],
        className="page-index",
        role="navigation",
        **attrs({"aria-label": _("On this page")}),
    )


def section(title: Any, aside: Any, *children: Any, name: str = "", kind: str = "") -> Component:
    """A part of a page under its heading. name: what links inside the page call it."""
    head = html.H2([html.Span(title), html.Small(aside) if aside else None])
    named = {"data-part": name} if name else {}
    return html.Section([head, *children], className=f"part {kind}".strip(), **attrs(named))


def bar_row(
    label: Any, share: float, value: str, more: str, *, most: float | None = None, go: str = ""
) -> Component:
    """One bar: its name, as a link where it goes somewhere, how far it reaches, and its numbers.

    share: 0 to 1. most: a paler part that reaches further; None = none.
    """
    name = html.A(label, href=f"?{go}", **attrs({"data-go": go})) if go else html.Span(label)
    pale = html.Span(className="pale", style=_width(most)) if most and most > share else None
    solid = html.Span(className="solid", style=_width(share)) if share > 0 else None
    return html.Li(
        [
            name,
            html.Span([pale, solid], className="reach", **attrs({"aria-hidden": "true"})),
            html.B(value),
            html.Span(more, className="n") if more else None,
        ],
        className="bar-row" + (" with-more" if more else ""),
    )


def _width(share: float) -> dict[str, str]:
    """At least a hair, so that something is never drawn as nothing."""
    return {"width": f"max({100 * min(share, 1.0):.2f}%, 2px)"}


def bars(rows: Sequence[Component], tint: str = "ink") -> Component:
    """A list of bars in one colour of assets/tokens.css."""
    return html.Ul(list(rows), className=f"bar-list {tint}")
