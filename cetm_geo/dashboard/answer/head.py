"""The head of a title's panel: where it stands among the titles found, its facts, what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.downloads import title_menu
from cetm_geo.dashboard.figures import Component, facts_view, sign, site_address
from cetm_geo.language import _, ngettext
from cetm_geo.web.standing import Neighbour, Standing

_BACK = "site=&place="
_BARS = (62, 88, 40, 74, 81, 55, 90, 68, 77, 48, 84, 60)  # per cent of the width


def bar_view(standing: Standing | None) -> Component:
    """The way back to the titles, the title's code and place among them, and its neighbours."""
    back = html.A(
        [sign("icon-back"), html.Span(_back_label(standing))],
        href="?",
        className="back",
        **attrs({"data-go": _BACK}),
    )
    if standing is None:
        return html.Div([back], className="site-bar")
    steps = [
        _step(standing.before, "prev", _("The title before: {name}")),
        _step(standing.after, "next", _("The next title: {name}")),
    ]
    return html.Div(
        [
            back,
            html.Span(
                [
                    html.Span(
                        standing.site_id.partition(":")[2],
                        className="site-id",
                        title=standing.site_id,
                    ),
                    html.Span(_place(standing), className="site-place"),
                ],
                className="standing",
            ),
            html.Span(steps, className="steps"),
        ],
        className="site-bar",
    )


def _back_label(standing: Standing | None) -> str:
    if standing is None or standing.found == standing.every:
        return _("All titles")
    return words.counted("{n} title found", "{n} titles found", standing.found)


def _place(standing: Standing) -> str:
    count = words.number(standing.found)
    if standing.place is None:
        return _("not among those found")
    text = ngettext("{place} of {n} by tier", "{place} of {n} by tier", standing.found)
    return text.format(place=words.number(standing.place), n=count)


def _step(neighbour: Neighbour | None, rel: str, label: str) -> Component:
    """A link to a neighbour; at an end, its place stays empty."""
    if neighbour is None:
        return html.Span(sign("icon-back"), className=f"step-to {rel} none")
    site_id, name = neighbour
    said = label.format(name=name)
    return html.A(
        sign("icon-back"),
        href=site_address(site_id),
        className=f"step-to {rel}",
        title=said,
        **attrs({"data-go": site_address(site_id)[1:] + "&place=", "aria-label": said}),
    )


def head_view(site: Row, copy_id: str) -> Component:
    """Name and facts of a title, and what can be done with it."""
    return html.Div([facts_view(site), _actions(site, copy_id)], className="site-head")


def _actions(site: Row, copy_id: str) -> Component:
    site_id = str(site["site_id"])
    return html.Div(
        [
            _download(site),
            html.A(
                [sign("icon-down"), _("Evidence, JSON")],
                href=f"api/v1/sites/{quote(site_id, safe='')}",
                download=f"{site_id.replace(':', '_')}.json",
                className="button",
            ),
            html.Button(
                [sign("icon-link"), html.Span(_("Copy link"), id="copied", role="status")],
                id=copy_id,
                className="button",
            ),
        ],
        className="actions",
    )


def _download(site: Row) -> Component:
    if site.get("west") is None:
        said = _("GeoJSON: outline withheld, licence")
        inner: list[Any] = [sign("icon-down"), said]
        return html.Span(inner, className="button off", **attrs({"aria-disabled": "true"}))
    return title_menu(str(site["site_id"]))


def waiting_view() -> Component:
    """What stands where a title's answer will be."""
    bars = [html.Span(style={"width": f"{width}%"}) for width in _BARS]
    return html.Div(
        [
            html.P([sign("measuring"), _("Opening the title")]),
            html.Div(bars, className="bars", **attrs({"aria-hidden": "true"})),
        ],
        className="skeleton",
        role="status",
    )
