"""Small helps for talking to the browser: attributes, and callbacks of assets/bridge.js."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dash import ClientsideFunction, Dash


def attrs(given: Mapping[str, str]) -> dict[str, Any]:
    """aria- and data- attributes as keyword arguments, which Python cannot spell."""
    return dict(given)


def in_browser(app: Dash, function: str, *wiring: Any, space: str = "cetm", **options: Any) -> None:
    """Wire a function of a namespace of assets/: `cetm` is that of bridge.js."""
    # Dash ships this method without types.
    cast(Any, app).clientside_callback(ClientsideFunction(space, function), *wiring, **options)
