"""A country: its profile as figures that are read in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.bars import waiting_view
from cetm_geo.dashboard.country.view import Paths, country_view, measuring_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.countries import Measuring
from cetm_geo.web.overview import Overviews

BODY, POLL = "country-body", "country-poll"
VIEW = "country"
PATIENCE_S, POLL_MS = 0.9, 1000


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(
        [
            dcc.Interval(id=POLL, interval=POLL_MS, disabled=True),
            html.Div(waiting_view(), id=BODY, className="page-body"),
        ],
        className="page page-country",
    )


def register(app: Dash, service: Service) -> None:
    """Open the country that the address names, else the store's own; ask again while it is
    measured."""
    api = f"{app.config.requests_pathname_prefix}api/v1".lstrip("/")
    pictures = Overviews(service.withheld)

    @app.callback(
        Output(BODY, "children"),
        Output(POLL, "disabled"),
        Input("route", "data"),
        Input(POLL, "n_intervals"),
    )
    def open_country(route: Mapping[str, Any] | None, _polls: int | None) -> tuple[Any, Any]:
        if (route or {}).get("view") != VIEW:
            return no_update, True
        try:
            named = service.countries.named()
            if not named:
                return figures.problem(_("No title lies in a country that is known.")), True
            iso3 = (route or {}).get("country") or service.countries.own()
            profile = service.countries.ask(iso3.upper(), PATIENCE_S)
            if isinstance(profile, Measuring):
                name = next((one.name for one in named if one.iso3 == iso3.upper()), iso3)
                return measuring_view(profile, name), False
            store = service.store()
            height = pictures.height(store, profile["iso3"])
            at = Paths(api, store.generation, height)
            return lean(country_view(profile, named, store.rulebook, at)), True
        except CetmError as error:
            return figures.problem(error.what, error.hint), True
