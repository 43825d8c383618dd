"""The frame of the page: top bar, column, map; and the page that is shown without a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.panels import (
    country,
    data,
    download,
    drafting,
    draw,
    explore,
    languages,
    layers,
    news,
    place,
    search,
    site,
    table,
    watch,
)
from cetm_geo.dashboard.panels import map as map_panel
from cetm_geo.errors import CetmError
from cetm_geo.language import N_, _

MANTINE, URL, SHELL = "mantine", "url", "shell"
# What is open (view, site, place, country), and the rest of the address: the filters.
ROUTE, QUERY = "route", "query"
THEME, THEME_SWITCH, NOTICE = "theme", "theme-switch", "notice"
COBALT = [
    "#eef2fd",
    "#dbe4fb",
    "#b9cbfb",
    "#94b4ff",
    "#6d90f2",
    "#4a72e6",
    "#2f5cdb",
    "#1f4fd1",
    "#1842b0",
    "#12358f",
]
MANTINE_THEME: dict[str, Any] = {
    "primaryColor": "cobalt",
    "primaryShade": {"light": 7, "dark": 3},
    "autoContrast": True,
    "colors": {"cobalt": COBALT},
    "fontFamily": "var(--sans)",
    "defaultRadius": 6,
    "cursorType": "pointer",
}


def frame(children: Any) -> dmc.MantineProvider:
    """`children` under the theme and the address that every page has."""
    return dmc.MantineProvider(
        [
            dcc.Location(id=URL, refresh="callback-nav"),
            dcc.Store(id=THEME, storage_type="local"),
            *children,
        ],
        id=MANTINE,
        theme=MANTINE_THEME,
    )


def page(config: Mapping[str, Any], meta: Mapping[str, str], keeps: bool = False) -> Any:
    """The whole page of a store. keeps: whether proposals are kept on this server."""
    column = html.Section(
        [
            html.Button(
                id="sheet-handle",
                className="sheet-handle",
                **attrs({"aria-label": _("Raise or lower this panel")}),
            ),
            html.Div(
                [
                    html.Div(id=NOTICE),
                    html.Div(
                        html.H1(_("Mining titles"), className="unseen"),
                        className="panel panel-explore",
                    ),
                    explore.layout(),
                    site.layout(),
                    place.layout(),
                    draw.layout(keeps),
                    html.P(_(words.DISCLAIMER), className="disclaimer"),
                ],
                id="column-scroll",
                className="scroll",
            ),
        ],
        id="column",
        className="column",
        **attrs({"aria-label": _("Titles and answers")}),
    )
    return frame(
        [
            dcc.Store(id=ROUTE),
            dcc.Store(id=QUERY),
            _skips(),
            watch.layout(str(config["generation"]), str(config["api"]).removesuffix("api/v1")),
            download.layout(),
            top_bar(meta),
            html.Main(
                [
                    search.layout(),
                    column,
                    map_panel.layout(config, [draw.toolbar(), layers.layout(config)]),
                    table.layout(),
                    drafting.drawer(),
                    country.layout(),
                    news.layout(),
                    data.layout(),
                ],
                id=SHELL,
                className="shell view-explore",
            ),
        ]
    )


def _skips() -> html.Div:
    """Links for the keyboard, past the bar; assets/shell.js follows them."""
    goals = (
        (_("Skip to the filters and answers"), "#column-scroll,.page"),
        (_("Skip to the table"), ".drawer"),
    )
    links = [
        html.A(said, href="#shell", className="skip", **attrs({"data-skip": goal}))
        for said, goal in goals
    ]
    return html.Div(links, className="skips")


_PLACES_TO_BE = (
    ("explore", N_("Explore"), "view=&site=&place="),
    ("propose", N_("Propose"), "view=propose&site=&place="),
    ("country", N_("Country"), "view=country"),
    ("news", N_("What is new"), "view=news"),
    ("data", N_("Data and rules"), "view=data"),
)


def top_bar(meta: Mapping[str, str]) -> html.Header:
    """Mark, the places to be, what the data are of, the language and the theme.

    On a small screen the places, and what the data are of, stand in a menu.
    """
    as_of = _("{label} · screened {day}").format(
        label=meta.get("label", ""), day=words.day(meta.get("as_of"))
    )
    links = [
        html.A(_(label), href=f"?{go}", **attrs({"data-go": go, "data-view": view}))
        for view, label, go in _PLACES_TO_BE
    ]
    button = html.Button(
        [
            figures.sign("icon-menu"),
            html.Span(_("Menu:"), className="unseen"),
            html.Span(_(_PLACES_TO_BE[0][1]), id="here"),
            figures.sign("icon-open"),
        ],
        className="menu-button narrow-only",
        **attrs({"aria-expanded": "false", "aria-controls": "places"}),
    )
    places = html.Div(
        [
            html.Nav(links, id="navigation", **attrs({"aria-label": _("Main")})),
            html.Span(as_of, className="as-of"),
        ],
        id="places",
        className="menu",
    )
    return html.Header(
        [
            html.A(
                [figures.sign("brand"), html.Span("CETM-Geo", className="brand-name")],
                href="?",
                className="brand",
                **attrs({"data-go": _PLACES_TO_BE[0][2], "aria-label": "CETM-Geo"}),
            ),
            html.Div([button, places], className="places-menu"),
            languages.layout(),
            html.Button(
                figures.sign("icon-moon"),
                id=THEME_SWITCH,
                className="icon-button",
                title=_("Light or dark"),
                **attrs({"aria-label": _("Switch between light and dark")}),
            ),
        ],
        className="bar",
    )


def no_store_page(error: CetmError, prefix: str = "/") -> Any:
    """What is shown while there is no store to read."""
    body = html.Main(
        [
            html.H1(_("There are no data to show yet")),
            figures.problem(error.what, error.hint),
            html.P(_("This page says so as soon as they are there.")),
            html.P(_(words.DISCLAIMER), className="muted"),
        ],
        className="plain-page",
    )
    return frame([watch.layout(prefix=prefix), body])
