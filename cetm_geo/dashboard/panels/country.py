"""A country: its profile as figures that are read in a minute."""

from __future__ import annotations

from dash import Dash, html

from cetm_geo.web import Service

BODY = "country-body"


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(html.Div(id=BODY), className="page page-country")


def register(app: Dash, service: Service) -> None:
    """Open what the address names."""
