"""The titles as a table: the map's equal, in a drawer under it."""

from __future__ import annotations

from dash import Dash, html

from cetm_geo.web import Service

BODY = "table-body"


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(html.Div(id=BODY), className="drawer")


def register(app: Dash, service: Service) -> None:
    """Open what the address names."""
