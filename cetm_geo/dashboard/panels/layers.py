"""The legend: what is on the map, of which date and source, and what is withheld and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.figures import sign, swatch
from cetm_geo.dashboard.mapconfig import GROUND, GROUPS, TITLES, legend_groups
from cetm_geo.language import _
from cetm_geo.web import Service

LEGEND, VISIBLE = "legend", "visible-layers"
RINGS = "rings"  # lines round the title in hand: assets/map/rings.mjs
Layer = Mapping[str, Any]


def layout(config: Mapping[str, Any]) -> html.Details:
    """The legend with a switch a layer and one a group; assets/map/legend.mjs serves the latter."""
    groups = {name: list(members) for name, members in legend_groups(config["layers"])}
    groups.setdefault(GROUND, [])
    groups[GROUND] += config["ground"]["parts"]
    shown = [layer for members in groups.values() for layer in members]
    switches = dmc.CheckboxGroup(
        id=VISIBLE,
        value=[*(layer["id"] for layer in shown if layer["visible"]), RINGS],
        children=html.Div([_group(name, members) for name, members in groups.items()]),
        **attrs({"aria-label": _("Layers on the map")}),
    )
    head = html.Summary(
        [html.Span([sign("icon-layers"), _("Layers")]), html.Small(_("as of"))],
    )
    body = [switches, html.P(credits_of(config), className="legend-credits"), _licences(shown)]
    return html.Details(
        [head, html.Div(body, className="legend-body")],
        id=LEGEND,
        className="legend floating",
        open=True,
    )


def credits_of(config: Mapping[str, Any]) -> str:
    """Whose data the map shows, each named once, the ground last."""
    layers = [*(x for x in config["layers"] if not x["withheld"]), *config["ground"]["parts"]]
    return " · ".join(dict.fromkeys(filter(None, (layer["attribution"] for layer in layers))))


def _group(name: str, members: Sequence[Layer]) -> html.Div:
    """A group of layers under its switch; of titles the signs, too."""
    label = f"legend-{name}"
    many = len(members) > 1
    switch = html.Button(
        [html.Span(className="box", **attrs({"aria-hidden": "true"})), GROUPS[name]],
        id=label,
        className="legend-group",
        role="checkbox",
        **attrs({"data-layer-group": " ".join(x["id"] for x in members), "aria-checked": "true"}),
    )
    rows = [_row(layer) for layer in members]
    return html.Div(
        [
            switch if many else html.H3(GROUPS[name], id=label),
            *([_tiers()] if name == TITLES else []),
            *rows,
            *([_hand(), _rings()] if name == TITLES else []),
        ],
        role="group",
        className="legend-rows",
        **attrs({"aria-labelledby": label}),
    )


def _tiers() -> html.Ul:
    """The signs of titles, and what their edges say."""
    signs = [html.Li([sign(said.sign), said.label]) for said in words.TIERS.values()]
    partly = _("Dashed edge of a sign: {words}").format(words=_(words.NOT_FULLY_SCREENED))
    edges = [
        html.Li([sign("tier-partly"), partly], className="wide"),
        html.Li([swatch("circle"), _("Title known only as a circle")], className="wide"),
    ]
    return html.Ul([*signs, *edges], className="legend-tiers")


def _hand() -> html.P:
    """What is drawn of the title in hand."""
    return html.P([swatch("piece"), html.Span(_("The overlap itself"))], className="legend-hand")


def _rings() -> dmc.Checkbox:
    """Lines round the title in hand, which the reader may leave out."""
    said = html.Span(_("Rings 1, 5, 10 and 20 km from a title"))
    label = html.Span([swatch("ring"), said], className="legend-row")
    return dmc.Checkbox(label=label, value=RINGS, size="xs")


def _row(layer: Layer) -> dmc.Checkbox:
    reason = layer.get("withheld") or (_("could not be read") if layer.get("problem") else "")
    when = words.day(layer["as_of"]) if layer["as_of"] or "problem" in layer else ""
    label = html.Span(
        [
            swatch(layer["draw"]),
            html.Span([layer["label"], html.Small(reason) if reason else None]),
            html.Span(when, className="when"),
        ],
        className="legend-row",
    )
    return dmc.Checkbox(label=label, value=layer["id"], disabled=bool(reason), size="xs")


def _licences(layers: Iterable[Layer]) -> html.Details:
    """Of every layer, whose it is and under which licence."""
    entries: list[Any] = []
    for layer in layers:
        said = [layer["attribution"], layer["licence"]]
        entries += [
            html.Dt(layer["label"]),
            html.Dd(". ".join(filter(None, said)) or _("not stated")),
        ]
    return html.Details(
        [html.Summary(_("Sources and licences")), html.Dl(entries)], className="legend-licences"
    )


def register(app: Dash, service: Service) -> None:
    """Show and hide layers on the map."""
    in_browser(app, "layers", Input(VISIBLE, "value"))
