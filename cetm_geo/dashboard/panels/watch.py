"""New data, or a server that is gone: noticed by the page and offered to the reader."""

from __future__ import annotations

from dash import Dash, html

from cetm_geo.web import Service

BODY = "watch-body"


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(html.Div(id=BODY), className="watch")


def register(app: Dash, service: Service) -> None:
    """Open what the address names."""
