"""What is loaded, from when, how complete, what was rejected, and what cannot be seen."""

from __future__ import annotations

from dash import Dash, html

from cetm_geo.web import Service

BODY = "data-body"


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(html.Div(id=BODY), className="page page-data")


def register(app: Dash, service: Service) -> None:
    """Open what the address names."""
