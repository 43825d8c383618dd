"""What a proposal is to be: mineral, method, stage. They stand in the address."""

from __future__ import annotations

from collections.abc import Iterable

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import in_browser
from cetm_geo.dashboard.panels.drafted import SAID
from cetm_geo.dashboard.propose import describing
from cetm_geo.dashboard.propose.steps import step
from cetm_geo.described import MOST_MINERALS
from cetm_geo.language import _
from cetm_geo.rulebook.minerals import read_minerals
from cetm_geo.web import Service

MINERALS, METHOD, STAGE = "proposal-minerals", "proposal-method", "proposal-stage"


def layout() -> figures.Component:
    """Three choices; what is not said is a choice too."""
    minerals = dmc.MultiSelect(
        id=MINERALS,
        label=_("Minerals"),
        data=describing.mineral_choices(_minerals()),
        value=[],
        placeholder=_("Not said"),
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        maxValues=MOST_MINERALS,
        limit=60,
        nothingFoundMessage=_("No mineral by this name"),
        clearButtonProps={"aria-label": _("Take all minerals away")},
    )
    method = _choice(METHOD, _("Method"), describing.method_choices())
    stage = _choice(STAGE, _("Stage"), describing.stage_choices())
    choices = html.Div([minerals, method, stage], className="describing")
    return step(2, _("Details"), _("they pick the rules"), choices, part="described")


def _choice(name: str, label: str, choices: list[dict[str, str]]) -> dmc.Select:
    return dmc.Select(id=name, label=label, data=choices, value="unknown", allowDeselect=False)


def _minerals() -> Iterable[str]:
    return read_minerals()[0]


def register(app: Dash, service: Service) -> None:
    """The choices write the address, and the address sets the choices: assets/bridge.js."""
    in_browser(
        app,
        "describe",
        Input(MINERALS, "value"),
        Input(METHOD, "value"),
        Input(STAGE, "value"),
        prevent_initial_call=True,
    )
    in_browser(
        app,
        "described",
        Output(MINERALS, "value"),
        Output(METHOD, "value"),
        Output(STAGE, "value"),
        Input(SAID, "data"),
        State(MINERALS, "value"),
        State(METHOD, "value"),
        State(STAGE, "value"),
    )
