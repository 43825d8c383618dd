"""The other side: one protected area, territory or basin, and the titles on it."""

from __future__ import annotations

from dash import Dash, html

from cetm_geo.web import Service

BODY = "place-body"


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(html.Div(id=BODY), className="panel panel-place")


def register(app: Dash, service: Service) -> None:
    """Open what the address names."""
