"""The map's place in the page, and the stores through which Dash and map.mjs talk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, dcc, html

from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.figures import sign
from cetm_geo.dashboard.panels.layers import credits_of
from cetm_geo.language import N_, _
from cetm_geo.web import Service

CONFIG = "map-config"
_BUTTONS = (
    ("in", "plus", N_("Zoom in")),
    ("out", "minus", N_("Zoom out")),
    ("fit", "fit", N_("Show all")),
)


def layout(config: Mapping[str, Any], over: Sequence[Any]) -> html.Section:
    """The map with what floats over it."""
    buttons = [
        html.Button(
            sign(f"icon-{icon}"),
            title=_(label),
            **attrs({"aria-label": _(label), "data-map-action": action}),
        )
        for action, icon, label in _BUTTONS
    ]
    return html.Section(
        [
            dcc.Store(id=CONFIG, data=dict(config)),
            html.Div(id="map", className="map-canvas"),
            html.Div(buttons, className="map-buttons floating"),
            _foot(config),
            *over,
        ],
        className="map",
        **attrs({"aria-label": _("Map")}),
    )


def _foot(config: Mapping[str, Any]) -> html.Div:
    """Coordinates, scale and credits; assets/map/furniture.mjs fills the first two."""
    return html.Div(
        [
            html.Span(id="coordinates"),
            html.Span(id="scale-ratio", className="scale-ratio"),
            html.Span(
                [
                    html.Span(
                        id="scale-bar", className="scale-bar", **attrs({"aria-hidden": "true"})
                    ),
                    html.Span(id="scale-text"),
                ],
                className="scale",
            ),
            html.Span(credits_of(config), className="map-credits"),
        ],
        className="map-foot",
    )


def register(app: Dash, service: Service) -> None:
    """Start the map."""
    in_browser(app, "start", Input(CONFIG, "data"))
