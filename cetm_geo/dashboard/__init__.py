"""The page: a Dash app over one store. `create_app` is all that other modules need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cetm_geo.dashboard.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Read when it is first asked for: reports want the page's words without the page."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cetm_geo.dashboard import app  # noqa: PLC0415

    return getattr(app, name)
