"""A proposal without the land that raises critical flags: offered, shown, used if so wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.panels.drafted import DRAFTS, DRAWN, NOW, SAID, to_show
from cetm_geo.dashboard.propose.drafts import added
from cetm_geo.dashboard.propose.leaving import asks_for_distance, critical_of, left_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import described
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.proposing import without_no_go

PLACE, SAID_OF, BODY, LEFT = "leave-out", "leave-out-offer", "leave-out-body", "left-out"
ASK, FARTHER, USE = "leave-out-ask", "leave-out-farther", "leave-out-use"


def place(answer: Mapping[str, Any]) -> html.Div:
    """The offer, hidden where no critical flag is raised, and what comes of it."""
    ask = html.Button(_("Leave out the no-go"), id=ASK, className="button primary")
    use = html.Button(_("Make it a new draft"), id=USE, className="button primary", hidden=True)
    farther = html.Button(
        _("Leave out the distances too"), id=FARTHER, className="button", hidden=True
    )
    found = html.Div(
        id=BODY,
        className="left-out",
        **attrs({"aria-live": "polite", "data-measuring": _("Leaving out…")}),
    )
    card = html.Section(
        [
            html.H2(_("Leave out what is no-go")),
            html.P(offer(answer), id=SAID_OF),
            found,
            html.Div([ask, use, farther], className="actions"),
        ],
        className="offer",
    )
    return html.Div(
        [dcc.Store(id=LEFT), card], id=PLACE, hidden=not critical_of(answer), className="block"
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
        Output(DRAFTS, "data", allow_duplicate=True),
        Output(BODY, "children", allow_duplicate=True),
        Input(USE, "n_clicks"),
        State(LEFT, "data"),
        State(DRAFTS, "data"),
        State(NOW, "data"),
        prevent_initial_call=True,
    )
    def use(
        clicks: int | None,
        left: Mapping[str, Any] | None,
        drafts: Mapping[str, Any] | None,
        now: dict[str, Any] | None,
    ) -> tuple[Any, Any, Any]:
        if not clicks or not left or not left["geometry"] or not drafts or not now:
            return no_update, no_update, no_update
        more = added(drafts, {**now, "screening": True}, origin=drafts["current"])
        if more is None:
            what = _("No more drafts can stand side by side.")
            return no_update, no_update, figures.problem(what, _("Take one away first."))
        return to_show(left["geometry"]), more, no_update

    in_browser(app, "leftOut", Input(LEFT, "data"))
