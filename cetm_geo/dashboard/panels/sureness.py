"""How sure the order is: folded, and measured only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.sureness import sureness_view, what_it_is
from cetm_geo.dashboard.client import attrs
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.sureness import Sureness

ASK, FOUND = "rank-again", "rank-found"


def layout() -> html.Section:
    """What it is, and the button that asks."""
    body = [
        html.P(what_it_is(), className="muted"),
        html.Button(_("Rank it again"), id=ASK, className="button"),
        html.Div(id=FOUND, **attrs({"aria-live": "polite"})),
    ]
    asked = html.Details([html.Summary(_("How sure is the order?")), *body], className="asked")
    return html.Section(asked, className="block")


def register(app: Dash, service: Service) -> None:
    """Rank the title that is open."""
    sureness = Sureness(service)

    @app.callback(
        Output(FOUND, "children"),
        Input(ASK, "n_clicks"),
        State("route", "data"),
        running=[(Output(ASK, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def rank(clicks: int | None, route: Mapping[str, Any] | None) -> Any:
        site_id = (route or {}).get("site")
        if not clicks or not site_id:
            return None
        try:
            return sureness_view(sureness.of(str(site_id)))
        except CetmError as error:
            return figures.problem(error.what, error.hint)
