"""The switch between languages: a cookie keeps the choice, and the page is asked for again."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, Input

from cetm_geo import language
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.language import _
from cetm_geo.web import Service

CHOICE = "language"


def layout() -> dmc.Select:
    """The choice, each language by its own name."""
    return dmc.Select(
        id=CHOICE,
        data=[{"value": key, "label": name} for key, name in language.NAMES.items()],
        value=language.chosen(),
        allowDeselect=False,
        checkIconPosition="right",
        size="xs",
        className="languages-switch",
        **attrs({"aria-label": _("Language")}),
    )


def register(app: Dash, service: Service) -> None:
    """Keep the choice and show the page anew."""
    in_browser(app, "speak", Input(CHOICE, "value"), prevent_initial_call=True)
