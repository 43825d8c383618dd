"""One title: facts, verdict, a line a layer, flags, overlaps, pillars, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.downstream import downstream_view
from cetm_geo.dashboard.flagcards import flags_view
from cetm_geo.dashboard.lacking import lacking
from cetm_geo.dashboard.panels import download, sureness
from cetm_geo.dashboard.pillars import pillars_view
from cetm_geo.dashboard.terrain import Land, land_view
from cetm_geo.dashboard.tiers import verdict_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.model import Rulebook
from cetm_geo.web import Service

BODY, FOCUS = "site-body", "focus"
COPY = "copy-link"


def layout() -> html.Div:
    """The panel, empty until a title is opened."""
    return html.Div(
        [
            dcc.Store(id=FOCUS),
            html.A(
                [figures.sign("icon-back"), _("All titles")],
                href="?",
                className="back",
                **attrs({"data-go": "site=&place="}),
            ),
            dcc.Loading(html.Div(id=BODY, className="site-body"), delay_show=400, type="dot"),
        ],
        className="panel panel-site",
    )


def view(answer: Mapping[str, Any], rulebook: Rulebook) -> list[Any]:
    """The panel's content for an answer."""
    site_id = str(answer["site"]["site_id"])
    head = html.Div(
        [
            html.P(site_id, className="muted site-id"),
            figures.facts_view(answer["site"]),
            html.Div(
                [
                    html.A(
                        [figures.sign("icon-down"), "GeoJSON"],
                        href=download.address(ids=[site_id]),
                        download="",
                        className="button",
                    ),
                    html.Button(
                        [figures.sign("icon-link"), html.Span("Copy link", id="copied")],
                        id=COPY,
                        className="button",
                    ),
                ],
                className="actions",
            ),
        ],
        className="site-head",
    )
    parts = figures.answer_view(
        answer,
        verdict_view(answer, lacking(answer, rulebook)),
        flags_view(answer),
        downstream_view(answer),
        land_view(Land.of(answer)),
        pillars_view(answer),
        sureness.layout(),
    )
    return lean([head, *parts])


def focus_of(site: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the map needs to show a site; None where its place is withheld."""
    if site["west"] is None:
        return None
    bounds = [[site["west"], site["south"]], [site["east"], site["north"]]]
    return {"site_id": site["site_id"], "bounds": bounds}


def register(app: Dash, service: Service) -> None:
    """Open the title that the address names."""

    @app.callback(Output(BODY, "children"), Output(FOCUS, "data"), Input("route", "data"))
    def open_site(route: Mapping[str, Any] | None) -> tuple[Any, Any]:
        site_id = (route or {}).get("site")
        if not site_id:
            return None, None
        try:
            answer = service.answer(site_id)
            rulebook = service.resident(service.store()).under.rulebook
        except CetmError as error:
            return figures.problem(error.what, error.hint), None
        return view(answer, rulebook), focus_of(answer["site"])

    in_browser(app, "focus", Input(FOCUS, "data"))
    in_browser(
        app,
        "copyLink",
        Output("copied", "children"),
        Input(COPY, "n_clicks"),
        prevent_initial_call=True,
    )
