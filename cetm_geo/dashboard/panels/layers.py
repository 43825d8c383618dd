"""The legend: what is on the map, of which date, and what is withheld and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, html

from cetm_geo import words
from cetm_geo.dashboard.client import in_browser
from cetm_geo.dashboard.figures import sign, swatch
from cetm_geo.dashboard.mapconfig import legend_order
from cetm_geo.web import Service

LEGEND, VISIBLE = "legend", "visible-layers"


def layout(config: Mapping[str, Any]) -> html.Details:
    """The legend with a switch a layer."""
    layers = legend_order(config["layers"])
    rows = dmc.CheckboxGroup(
        id=VISIBLE,
        value=[layer["id"] for layer in layers if layer["visible"]],
        children=html.Div([_row(layer) for layer in layers], className="legend-rows"),
    )
    head = html.Summary([html.Span([sign("icon-layers"), "Layers"]), html.Small("as of")])
    piece = html.P([swatch("piece"), html.Span("The overlap itself")], className="legend-extra")
    return html.Details(
        [head, html.Div([_tiers(), rows, piece], className="legend-body")],
        id=LEGEND,
        className="legend floating",
        open=True,
    )


def _tiers() -> html.Ul:
    """The signs of titles, and what their dashed edge says."""
    signs = [html.Li([sign(said.sign), said.label]) for said in words.TIERS.values()]
    partly = [sign("tier-partly"), f"Dashed edge: {words.NOT_FULLY_SCREENED}"]
    return html.Ul([*signs, html.Li(partly, className="wide")], className="legend-tiers")


def _row(layer: Mapping[str, Any]) -> dmc.Checkbox:
    reason = layer["withheld"] or ("not read" if layer["problem"] else "")
    label = html.Span(
        [
            swatch(layer["draw"]),
            html.Span([layer["label"], html.Small(reason) if reason else None]),
            html.Span(words.day(layer["as_of"]), className="when"),
        ],
        className="legend-row",
    )
    return dmc.Checkbox(label=label, value=layer["id"], disabled=bool(reason), size="xs")


def register(app: Dash, service: Service) -> None:
    """Show and hide layers on the map."""
    in_browser(app, "layers", Input(VISIBLE, "value"))
