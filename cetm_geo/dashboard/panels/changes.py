"""What changed since the shape before, or against draft A, which the reader has set aside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.column import made
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.panels.drafted import BEFORE, DRAWN, NOW, PINNED, SAID
from cetm_geo.dashboard.propose import describing
from cetm_geo.dashboard.propose.changes import changes_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import Described
from cetm_geo.differences import differences
from cetm_geo.language import _
from cetm_geo.web import Service

PLACE, PIN, UNPIN, BACK = "proposal-changes", "pin-draft", "unpin-draft", "back-to-before"
Draft = Mapping[str, Any]


def place() -> html.Div:
    """Where it is said; an answer has one."""
    return html.Div(id=PLACE, className="changes", **attrs({"aria-live": "polite"}))


def view(now: Draft | None, before: Draft | None, pinned: Draft | None) -> list[Any]:
    """What the present draft is held against, what differs, and what can be done."""
    if not now:
        return []
    against = pinned or before
    title = _("Draft A against this one") if pinned else _("What changed")
    parts: list[Any] = []
    if against:
        parts += [_against(against), *changes_view(differences(against, now), now["pending"])]
    else:
        parts.append(html.P(_("Change the shape or what it is to be, and see here what differs.")))
    return [figures.block(title, "", *parts, _actions(pinned, before))]


def _against(draft: Draft) -> html.P:
    text = _("Held against {area}, {described}.")
    said = draft["described"]
    described = Described(tuple(said["minerals"]), said["method"], said["stage"])
    area = words.area(draft["site"]["area_km2"])
    return html.P(text.format(area=area, described=describing.said(described)), className="muted")


def _actions(pinned: Draft | None, before: Draft | None) -> html.Div:
    pin = html.Button(_("Set aside as draft A"), id=PIN, className="button")
    back = html.Button(
        _("Back to draft A") if pinned else _("Back to the shape before"),
        id=BACK,
        className="button",
        hidden=not (pinned or before),
    )
    unpin = html.Button(_("Forget draft A"), id=UNPIN, className="button", hidden=not pinned)
    return html.Div([pin, back, unpin], className="actions")


def shape_of(draft: Draft) -> dict[str, Any]:
    """A draft's shape, to be drawn and screened again."""
    return {"geometry": draft["geometry"], "typed": time.time()}


def register(app: Dash, service: Service) -> None:
    """Say it after each answer."""

    @app.callback(
        Output(PLACE, "children"),
        Input(NOW, "data"),
        Input(PINNED, "data"),
        State(BEFORE, "data"),
    )
    def show(now: Draft | None, pinned: Draft | None, before: Draft | None) -> Any:
        return lean(made(lambda: html.Div(view(now, before, pinned))))

    @app.callback(
        Output(PINNED, "data"),
        Output(DRAWN, "data", allow_duplicate=True),
        Output(SAID, "data", allow_duplicate=True),
        Input(PIN, "n_clicks"),
        Input(UNPIN, "n_clicks"),
        Input(BACK, "n_clicks"),
        State(NOW, "data"),
        State(BEFORE, "data"),
        State(PINNED, "data"),
        prevent_initial_call=True,
    )
    def act(
        pin: int | None,
        unpin: int | None,
        back: int | None,
        now: Draft | None,
        before: Draft | None,
        pinned: Draft | None,
    ) -> tuple[Any, Any, Any]:
        asked = ctx.triggered_id
        if asked == PIN and pin:
            return now, no_update, no_update
        if asked == UNPIN and unpin:
            return None, no_update, no_update
        draft = pinned or before
        if asked == BACK and back and draft:
            return no_update, shape_of(draft), draft["described"]
        return no_update, no_update, no_update

    in_browser(app, "earlier", Input(BEFORE, "data"), Input(PINNED, "data"))
