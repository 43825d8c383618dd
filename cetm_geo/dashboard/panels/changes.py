"""What changed since the shape before, or against the first of the other drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.column import made
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.panels.drafted import BEFORE, DRAFTS, NOW
from cetm_geo.dashboard.propose import describing
from cetm_geo.dashboard.propose.changes import changes_view
from cetm_geo.dashboard.propose.comparison import named
from cetm_geo.dashboard.propose.drafts import against
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import Described
from cetm_geo.differences import differences
from cetm_geo.language import _
from cetm_geo.web import Service

PLACE = "proposal-changes"
Draft = Mapping[str, Any]


def place() -> html.Div:
    """Where it is said; an answer has one."""
    return html.Div(id=PLACE, className="changes", **attrs({"aria-live": "polite"}))


def view(now: Draft | None, other: Draft | None) -> list[Any]:
    """What the present draft is held against, and what differs; nothing of a first one."""
    if not now or not other:
        return []
    letter = other.get("letter")
    title = _("Against {draft}").format(draft=named(letter)) if letter else _("What changed")
    return [
        figures.block(
            title, "", _against(other), *changes_view(differences(other, now), now["pending"])
        )
    ]


def _against(draft: Draft) -> html.P:
    text = _("Held against {area}, {described}.")
    said = draft["described"]
    described = Described(tuple(said["minerals"]), said["method"], said["stage"])
    area = words.area(draft["site"]["area_km2"])
    return html.P(text.format(area=area, described=describing.said(described)), className="muted")


def register(app: Dash, service: Service) -> None:
    """Say it after each answer."""

    @app.callback(
        Output(PLACE, "children"),
        Input(NOW, "data"),
        Input(DRAFTS, "data"),
        State(BEFORE, "data"),
    )
    def show(now: Draft | None, drafts: Draft | None, before: dict[str, Any] | None) -> Any:
        return lean(made(lambda: html.Div(view(now, against(drafts, before)))))
