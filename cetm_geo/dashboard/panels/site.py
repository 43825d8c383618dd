"""One title: where it stands among those found, and everything that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, dcc, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.column import answer_view
from cetm_geo.dashboard.answer.downstream import countries_of, downstream_view
from cetm_geo.dashboard.answer.flagcards import flags_view
from cetm_geo.dashboard.answer.head import bar_view, head_view, waiting_view
from cetm_geo.dashboard.answer.lacking import lacking
from cetm_geo.dashboard.answer.others import others_view
from cetm_geo.dashboard.answer.pillars import pillars_view
from cetm_geo.dashboard.answer.terrain import Land, land_view
from cetm_geo.dashboard.answer.tiers import under_rules, verdict_view
from cetm_geo.dashboard.client import in_browser
from cetm_geo.dashboard.panels import place, sureness
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError
from cetm_geo.model import Rulebook
from cetm_geo.web import Service
from cetm_geo.web.filters import filters_of
from cetm_geo.web.standing import standing_of

BODY, BAR, FOCUS = "site-body", "site-bar", "focus"
COPY = "copy-link"


def layout() -> html.Div:
    """The panel, empty until a title is opened."""
    return html.Div(
        [
            dcc.Store(id=FOCUS),
            html.Div(id=place.BACK),
            html.Div(lean(bar_view(None)), id=BAR),
            dcc.Loading(
                html.Div(id=BODY, className="site-body"),
                delay_show=250,
                custom_spinner=waiting_view(),
                overlay_style={"visibility": "visible"},
                parent_className="site-loading",
            ),
        ],
        className="panel panel-site",
    )


def view(
    answer: Mapping[str, Any], rulebook: Rulebook, land: Sequence[Mapping[str, Any]] = ()
) -> list[Any]:
    """The panel's content for an answer. land: rows of land_under_title.sql."""
    under = under_rules(answer, rulebook.packs)
    countries = countries_of(answer, rulebook.packs)
    parts = answer_view(
        answer,
        lambda: verdict_view(answer, lacking(answer, rulebook), under=under),
        lambda: flags_view(answer),
        lambda: downstream_view(answer, countries),
        lambda: land_view(Land.of(answer)),
        lambda: others_view(answer, land),
        lambda: pillars_view(answer),
        sureness.layout,
    )
    return lean([head_view(answer["site"], COPY), *parts])


def focus_of(site: Mapping[str, Any], n: int | None = None) -> dict[str, Any] | None:
    """What the map needs to show a site; None where its place is withheld. n: as tiles name it."""
    if site["west"] is None:
        return None
    bounds = [[site["west"], site["south"]], [site["east"], site["north"]]]
    return {"site_id": site["site_id"], "n": n, "bounds": bounds}


def register(app: Dash, service: Service) -> None:
    """Open the title that the address names."""

    @app.callback(Output(BODY, "children"), Output(FOCUS, "data"), Input("route", "data"))
    def open_site(route: Mapping[str, Any] | None) -> tuple[Any, Any]:
        site_id = (route or {}).get("site")
        if not site_id:
            return None, None
        try:
            answer = service.answer(site_id)
            store = service.store()
            rulebook = service.resident(store).under.rulebook
            land = store.rows("land_under_title")
            n = store.value("position_of_site", site_id=site_id)
        except CetmError as error:
            return figures.problem(error.what, error.hint), None
        return view(answer, rulebook, land), focus_of(answer["site"], n)

    @app.callback(Output(BAR, "children"), Input("route", "data"), Input("query", "data"))
    def place_among(route: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> Any:
        site_id = (route or {}).get("site")
        if not site_id:
            return lean(bar_view(None))
        try:
            found = standing_of(service.finder(), str(site_id), filters_of(query or {}))
        except CetmError:
            found = None
        return lean(bar_view(found))

    in_browser(app, "focus", Input(FOCUS, "data"))
    in_browser(
        app,
        "copyLink",
        Output("copied", "children"),
        Input(COPY, "n_clicks"),
        prevent_initial_call=True,
    )
