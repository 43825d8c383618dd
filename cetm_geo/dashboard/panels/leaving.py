"""A proposal without the land that raises critical flags: offered, shown, used if so wanted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.panels.drafted import DRAWN, NOW, SAID
from cetm_geo.dashboard.propose.leaving import asks_for_distance, critical_of, left_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import described
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.proposing import without_no_go

PLACE, SAID_OF, BODY, LEFT = "leave-out", "leave-out-offer", "leave-out-body", "left-out"
ASK, FARTHER, USE = "leave-out-ask", "leave-out-farther", "leave-out-use"


def place() -> html.Div:
    """The offer, hidden until a critical flag is raised, and what comes of it."""
    return html.Div(
        [
            dcc.Store(id=LEFT),
            figures.block(
                _("Leave out what is no-go"),
                "",
                html.P(id=SAID_OF),
                html.Div(
                    html.Button(_("Leave out the no-go"), id=ASK, className="button"),
                    className="actions",
                ),
                html.Div(
                    id=BODY,
                    className="left-out",
                    **attrs({"aria-live": "polite", "data-measuring": _("Leaving out…")}),
                ),
                html.Div(
                    [
                        html.Button(_("Use this shape"), id=USE, className="button", hidden=True),
                        html.Button(
                            _("Leave out the distances too"),
                            id=FARTHER,
                            className="button",
                            hidden=True,
                        ),
                    ],
                    className="actions",
                ),
            ),
        ],
        id=PLACE,
        hidden=True,
    )


def offer(draft: Mapping[str, Any] | None) -> str:
    """How many critical flags there are, and what can be tried."""
    flags = words.counted(
        "{n} critical flag is raised.", "{n} critical flags are raised.", len(critical_of(draft))
    )
    return f"{flags} " + _("Try the shape without the land that they rest on.")


def register(app: Dash, service: Service) -> None:
    """Offer it, work it out, use it."""

    @app.callback(Output(PLACE, "hidden"), Output(SAID_OF, "children"), Input(NOW, "data"))
    def offered(now: Mapping[str, Any] | None) -> tuple[bool, str]:
        return not critical_of(now), offer(now)

    @app.callback(
        Output(BODY, "children"),
        Output(LEFT, "data"),
        Output(USE, "hidden"),
        Output(FARTHER, "hidden"),
        Input(ASK, "n_clicks"),
        Input(FARTHER, "n_clicks"),
        State(DRAWN, "data"),
        State(SAID, "data"),
        running=[(Output(BODY, "className"), "left-out measuring", "left-out")],
        prevent_initial_call=True,
    )
    def leave_out(
        asked: int | None, farther: int | None, drawn: Any, words_of_it: Any
    ) -> tuple[Any, ...]:
        if not drawn or not (asked or farther):
            return (no_update,) * 4
        try:
            rules = service.store().rulebook
            said = described(words_of_it or {}, rules)
            geometry = geometry_of_drawn(drawn)
            distances = ctx.triggered_id == FARTHER
            found = without_no_go(service, geometry, said=said, distances=distances)
        except CetmError as error:
            return figures.problem(error.what, error.hint), None, True, True
        labels = {name: dict(rule.label) for name, rule in rules.rules.items()}
        body = lean(html.Div(left_view(found, labels)))
        left = {"geometry": found["geometry"], "pieces": found["pieces"]}
        usable = bool(found["left_out"]) and found["geometry"] is not None
        kept = left if found["left_out"] else None
        return body, kept, not usable, not asks_for_distance(found)

    @app.callback(
        Output(DRAWN, "data", allow_duplicate=True),
        Input(USE, "n_clicks"),
        State(LEFT, "data"),
        prevent_initial_call=True,
    )
    def use(clicks: int | None, left: Mapping[str, Any] | None) -> Any:
        if not clicks or not left or not left["geometry"]:
            return no_update
        return {"geometry": left["geometry"], "typed": time.time()}

    in_browser(app, "leftOut", Input(LEFT, "data"))
