"""What a proposal is to be: mineral, method, stage. They stand in the address."""

from __future__ import annotations

from collections.abc import Iterable

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.panels.drafted import SAID
from cetm_geo.dashboard.propose import describing
from cetm_geo.described import MOST_MINERALS
from cetm_geo.language import _
from cetm_geo.rulebook.minerals import read_minerals
from cetm_geo.web import Service

MINERALS, METHOD, STAGE = "proposal-minerals", "proposal-method", "proposal-stage"


def layout() -> html.Section:
    """Three choices; what is not said is a choice too."""
    return html.Section(
        [
            html.H2(_("What it is to be")),
            html.P(
                _("It picks the rules that are asked. What is not said counts as not known."),
                className="muted",
            ),
            dmc.MultiSelect(
                id=MINERALS,
                label=_("Minerals"),
                data=describing.mineral_choices(_minerals()),
                placeholder=_("Not said"),
                searchable=True,
                clearable=True,
                hidePickedOptions=True,
                maxValues=MOST_MINERALS,
                limit=60,
                nothingFoundMessage=_("No mineral by this name"),
                clearButtonProps={"aria-label": _("Take all minerals away")},
            ),
            html.Div(
                [
                    dmc.Select(
                        id=METHOD,
                        label=_("Method"),
                        data=describing.method_choices(),
                        value="unknown",
                        allowDeselect=False,
                    ),
                    dmc.Select(
                        id=STAGE,
                        label=_("Stage"),
                        data=describing.stage_choices(),
                        value="unknown",
                        allowDeselect=False,
                    ),
                ],
                className="pair",
            ),
        ],
        className="block describing",
        **attrs({"data-part": "described"}),
    )


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
