"""Drafts side by side: begun from the one in hand, chosen by their cards, compared in a drawer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.column import made
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.panels.drafted import BEFORE, DRAFTS, DRAWN, NOW, SAID, to_show
from cetm_geo.dashboard.propose.comparison import ASKED, cards_view, comparison_view, named
from cetm_geo.dashboard.propose.drafts import LETTERS, added, by_letter, held, without
from cetm_geo.dashboard.tree import lean
from cetm_geo.language import _
from cetm_geo.web import Service

CARDS, LETTER, NEW = "drafts", "draft-letter", "new-draft"
DRAWER, COMPARISON = "compare", "comparison"
Drafts = Mapping[str, Any]


def stores() -> list[dcc.Store]:
    """What cards ask for."""
    return [dcc.Store(id=ASKED)]


def letter() -> html.Small:
    """Which draft is in hand, beside the heading of its shape."""
    return html.Small(id=LETTER)


def layout() -> html.Div:
    """The cards, and the way to one more."""
    new = html.Button(
        _("Compare with another draft"), id=NEW, className="button small", hidden=True
    )
    return html.Div([html.Div(id=CARDS), new])


def drawer() -> html.Section:
    """The table of drafts, below the map; hidden while there is one alone."""
    head = html.Div(
        html.Strong([figures.sign("icon-table"), _("Drafts side by side")]),
        className="drawer-head",
    )
    return html.Section(
        [head, html.Div(id=COMPARISON, className="compare-body")],
        id=DRAWER,
        className="compare",
        hidden=True,
        **attrs({"aria-label": _("Drafts side by side")}),
    )


def register(app: Dash, service: Service) -> None:
    """Hold the newest answer, begin, choose and take away drafts."""

    @app.callback(
        Output(DRAFTS, "data"),
        Input(NOW, "data"),
        State(DRAFTS, "data"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    def hold(now: dict[str, Any] | None, drafts: Drafts | None, drawn: Any) -> Any:
        # Rasters of a draft may answer when another is in hand already.
        is_late = bool(now and drawn) and now["geometry"] != drawn["geometry"]  # type: ignore[index]
        return no_update if is_late else held(drafts, now)

    @app.callback(
        Output(DRAFTS, "data", allow_duplicate=True),
        Output(DRAWN, "data", allow_duplicate=True),
        Output(SAID, "data", allow_duplicate=True),
        Input(NEW, "n_clicks"),
        Input(ASKED, "data"),
        State(NOW, "data"),
        State(DRAFTS, "data"),
        prevent_initial_call=True,
    )
    def act(
        new: int | None,
        asked: Mapping[str, Any] | None,
        now: dict[str, Any] | None,
        drafts: Drafts | None,
    ) -> tuple[Any, Any, Any]:
        if ctx.triggered_id == NEW:
            more = added(drafts, now) if new and now else None
            return more or no_update, no_update, no_update
        draft = by_letter(drafts, str((asked or {}).get("letter")))
        if draft is None or drafts is None or asked is None:
            return no_update, no_update, no_update
        if asked.get("do") == "remove":
            return without(drafts, draft["letter"]), no_update, no_update
        chosen = {**drafts, "current": draft["letter"]}
        return chosen, to_show(draft["geometry"]), draft["described"]

    @app.callback(
        Output(CARDS, "children"),
        Output(LETTER, "children"),
        Output(NEW, "hidden"),
        Output(COMPARISON, "children"),
        Output(DRAWER, "hidden"),
        Input(DRAFTS, "data"),
        prevent_initial_call=True,
    )
    def show(drafts: Drafts | None) -> tuple[Any, ...]:
        count = len(drafts["list"]) if drafts else 0
        if not drafts or not count:
            return None, None, True, None, True
        own = named(drafts["current"]) if drafts["current"] and count > 1 else None
        table = lean(made(lambda: html.Div(comparison_view(drafts))))
        can_begin = bool(drafts["current"]) and count < len(LETTERS)
        return lean(cards_view(drafts)), own, not can_begin, table, count < 2

    in_browser(app, "earlier", Input(DRAFTS, "data"), Input(BEFORE, "data"))
