"""A field to type in, for views that assets/tree.js draws: dash.html has no `input`."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Field(Component):
    """An `input` within a Tree. The browser keeps what is typed; assets/explore.js reads it.

    given: its attributes as React names them (defaultValue, inputMode) and data- and aria-.
    """

    _namespace = "dash_html_components"
    _type = "Input"

    def __init__(self, **given: Any) -> None:
        self._prop_names = [*given]
        self._valid_wildcard_attributes: list[str] = ["data-", "aria-"]
        self.available_properties = [*given]
        self.available_wildcard_properties = ["data-", "aria-"]
        super().__init__(**given)  # type: ignore[no-untyped-call]  # so Dash ships it
