"""A proposal: drawn on the map or typed as corners, answered by the same figures as a title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.corners import corner_count, geometry_of_drawn, polygon_of_text
from cetm_geo.errors import CetmError
from cetm_geo.web import Service

DRAWN, PIECES, BODY = "drawn", "proposal-pieces", "proposal-body"
TYPED, TYPE_IT, TYPED_PROBLEM = "typed-corners", "screen-typed", "typed-problem"
ACTIONS, SAVE = "proposal-actions", "save-proposal"
_TOOLS = (
    ("draw", "pen", "Draw polygon"),
    ("edit", "corners", "Edit corners"),
    ("clear", "clear", "Clear"),
)


def toolbar() -> html.Div:
    """Buttons over the map; map/draw.mjs answers them."""
    return html.Div(
        [_tool(*tool) for tool in _TOOLS],
        className="toolbar floating",
        role="toolbar",
        **attrs({"aria-label": "Drawing"}),
    )


def _tool(name: str, icon: str, label: str) -> html.Button:
    said = {"data-tool": name, "aria-pressed": "false"}
    return html.Button(
        [figures.sign(f"icon-{icon}"), html.Span(label)], className="tool", **attrs(said)
    )


def layout() -> html.Div:
    """Shape, then answers."""
    typing = html.Details(
        [
            html.Summary("Type or paste corners"),
            dmc.Textarea(
                id=TYPED,
                minRows=4,
                autosize=True,
                maxRows=10,
                label="One corner a line, longitude then latitude in degrees; or GeoJSON",
            ),
            html.Div(id=TYPED_PROBLEM),
            dmc.Button("Screen these corners", id=TYPE_IT, variant="default", n_clicks=0),
        ],
        className="typing",
    )
    return html.Div(
        [
            dcc.Store(id=DRAWN),
            dcc.Store(id=PIECES),
            html.Div(
                [
                    html.H1("A proposed concession", className="site-name"),
                    html.P(
                        "Click corners on the map and close the shape at its first corner. "
                        "It is screened on this server and not kept.",
                        className="lead",
                    ),
                    typing,
                    html.Div(
                        [
                            html.Button(
                                [figures.sign("icon-pen"), "Redraw"],
                                className="button",
                                **attrs({"data-tool": "draw"}),
                            ),
                            html.Button(
                                [figures.sign("icon-clear"), "Clear"],
                                className="button",
                                **attrs({"data-tool": "clear"}),
                            ),
                            html.Button(
                                [figures.sign("icon-down"), "GeoJSON"], id=SAVE, className="button"
                            ),
                        ],
                        id=ACTIONS,
                        className="actions",
                        hidden=True,
                    ),
                ],
                className="site-head",
            ),
            html.Div(id=BODY, className="proposal-body", **attrs({"aria-live": "polite"})),
        ],
        className="panel panel-propose",
    )


def view(answer: Mapping[str, Any], corners: int) -> list[Any]:
    """A proposal's shape and its answers."""
    shape = figures.block("Shape", "", figures.shape_view(answer["site"], corners))
    return [shape, *figures.answer_view(answer)]


def register(app: Dash, service: Service) -> None:
    """Screen what was drawn or typed."""

    @app.callback(
        Output(BODY, "children"),
        Output(PIECES, "data"),
        Output(ACTIONS, "hidden"),
        Input(DRAWN, "data"),
        running=[(Output(BODY, "className"), "proposal-body measuring", "proposal-body")],
        prevent_initial_call=True,
    )
    def screen_drawn(drawn: Mapping[str, Any] | None) -> tuple[Any, Any, bool]:
        if not drawn:
            return None, None, True
        try:
            geometry = geometry_of_drawn(drawn)
            done = service.propose(geometry)
        except CetmError as error:
            return figures.problem(error.what, error.hint), None, False
        return view(done.answer, corner_count(geometry)), done.pieces, False

    @app.callback(
        Output(DRAWN, "data"),
        Output(TYPED_PROBLEM, "children"),
        Input(TYPE_IT, "n_clicks"),
        State(TYPED, "value"),
        prevent_initial_call=True,
    )
    def take_typed(clicks: int, text: str | None) -> tuple[Any, Any]:
        try:
            geometry = polygon_of_text(text or "")
        except CetmError as error:
            return no_update, figures.problem(error.what, error.hint)
        corners = corner_count(geometry)
        return {"geometry": geometry, "corners": corners, "typed": clicks}, None

    in_browser(app, "shape", Input(DRAWN, "data"))
    in_browser(app, "pieces", Input(PIECES, "data"))
