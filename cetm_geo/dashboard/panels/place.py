"""The other side: one protected area, territory or basin, and the titles on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.place import land, lists
from cetm_geo.dashboard.place.waters import water_view
from cetm_geo.dashboard.tree import drawn
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.model import STATUS_GROUPS
from cetm_geo.web import Service
from cetm_geo.web.places import BY_LAND, BY_TIER

BODY, FOCUS, ORDER = "place-body", "place-focus", "place-order"
BACK = "place-back"  # over a title that was opened from a place
PAGE = 25  # titles of a group at first, and at each asking for more
# Beyond this many the map does not set the titles on a place off from the others.
SET_OFF = 3_000

Answer = Mapping[str, Any]


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(
        [
            dcc.Store(id=FOCUS),
            html.A(
                [figures.sign("icon-back"), _("All titles")],
                href="?",
                className="back",
                **attrs({"data-go": "site=&place="}),
            ),
            dcc.Loading(html.Div(id=BODY, className="place-body"), delay_show=400, type="dot"),
        ],
        className="panel panel-place",
    )


def split(place: str | None) -> tuple[str, str]:
    """Layer and feature of a place as the address says it: a feature's id may hold slashes."""
    layer_id, _slash, feature_id = (place or "").partition("/")
    return layer_id, feature_id


def view(service: Service, layer_id: str, feature_id: str) -> list[Any]:
    """The panel's content. Raises CetmError."""
    answer = service.places.place(layer_id, feature_id)
    sources = service.resident(service.store()).sources
    water = water_view(answer, figures.place_link)
    top = [land.head_view(answer, sources), land.land_view(answer), water]
    titles = _titles_block(service, answer) if answer["is_measured"] else None
    below = [lists.near_view(answer), lists.sources_view(answer, sources)]
    return [drawn(top), titles, drawn(below)]


def _titles_block(service: Service, answer: Answer) -> Any:
    """Titles by group of statuses; what is asked for later replaces each group's list."""
    if not answer["counts"]["all"]["titles"]:
        return None
    order = dmc.SegmentedControl(
        id=ORDER,
        value=BY_LAND,
        data=[{"value": BY_LAND, "label": _("by land")}, {"value": BY_TIER, "label": _("by tier")}],
        size="xs",
        **attrs({"aria-label": _("Order of the titles")}),
    )
    place = answer["place"]
    groups = []
    for group in STATUS_GROUPS:
        count = answer["counts"][group]["titles"]
        heading = html.H3(lists.group_heading(group, answer), className="group-heading")
        groups += [
            drawn(heading),
            html.Div(_list(service, place, group, BY_LAND, PAGE), id=_list_id(group)),
            html.Button(
                _("Show more"),
                id=_more_id(group),
                n_clicks=0,
                hidden=count <= PAGE,
                className="button more-titles",
                **attrs({"aria-label": _("Show more: {group}").format(
                    group=words.STATUS_GROUP_LABELS[group])}),
            ),
        ]  # fmt: skip
    head = html.Div([html.H2(_("Titles on it")), order], className="titles-head")
    return html.Section([head, *groups], className="block place-lists")


def _list(service: Service, place: Answer, group: str, order: str, count: int) -> Any:
    key = (place["layer_id"], place["feature_id"])
    rows, _matching = service.places.titles(*key, group=group, order=order, count=count)
    table = lists.titles_view(rows, place)
    return None if table is None else drawn(table)


def _list_id(group: str) -> str:
    return f"place-titles-{group}"


def _more_id(group: str) -> str:
    return f"place-more-{group}"


def focus_of(service: Service, layer_id: str, feature_id: str) -> dict[str, Any]:
    """What the map needs to show a place. bounds: None where its shape is withheld.

    ns: where the titles on it stand among all; None of too many.
    """
    answer = service.places.place(layer_id, feature_id)
    place = answer["place"]
    bounds = None
    if place["west"] is not None:
        bounds = [[place["west"], place["south"]], [place["east"], place["north"]]]
    ids = [part["feature_id"] for part in answer["parts"]] or [feature_id]
    return {
        "layer_id": layer_id,
        "feature_id": feature_id,
        "ids": ids,
        "is_point": not place["area_km2"],
        "bounds": bounds,
        "ns": service.places.positions(layer_id, feature_id, SET_OFF),
    }


def register(app: Dash, service: Service) -> None:
    """Open what the address names, and list more of its titles."""

    @app.callback(Output(BODY, "children"), Output(FOCUS, "data"), Input("route", "data"))
    def open_place(route: Answer | None) -> tuple[Any, Any]:
        layer_id, feature_id = split((route or {}).get("place"))
        if not layer_id:
            return None, None
        if (route or {}).get("view") != "place":
            return no_update, None  # a title lies open over it
        try:
            shown = view(service, layer_id, feature_id)
            return shown, focus_of(service, layer_id, feature_id)
        except CetmError as error:
            return figures.problem(error.what, error.hint), None

    @app.callback(
        *(Output(_list_id(group), "children") for group in STATUS_GROUPS),
        *(Output(_more_id(group), "hidden") for group in STATUS_GROUPS),
        Input(ORDER, "value"),
        *(Input(_more_id(group), "n_clicks") for group in STATUS_GROUPS),
        State("route", "data"),
        prevent_initial_call=True,
    )
    def list_titles(order: str, *given: Any) -> Any:
        *clicks, route = given
        layer_id, feature_id = split((route or {}).get("place"))
        if not layer_id:
            return (no_update,) * (2 * len(STATUS_GROUPS))
        answer = service.places.place(layer_id, feature_id)
        counts = [PAGE * (1 + (click or 0)) for click in clicks]
        listed = [
            _list(service, answer["place"], group, order, count)
            for group, count in zip(STATUS_GROUPS, counts, strict=True)
        ]
        hidden = [
            answer["counts"][group]["titles"] <= count
            for group, count in zip(STATUS_GROUPS, counts, strict=True)
        ]
        return (*listed, *hidden)

    @app.callback(Output(BACK, "children"), Input("route", "data"))
    def lead_back(route: Answer | None) -> Any:
        layer_id, feature_id = split((route or {}).get("place"))
        if not layer_id or (route or {}).get("view") != "site":
            return None
        try:
            place = service.places.place(layer_id, feature_id)["place"]
        except CetmError:
            return None
        return drawn(lists.back_view(place))

    in_browser(app, "place", Input(FOCUS, "data"))
