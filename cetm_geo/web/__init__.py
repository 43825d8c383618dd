"""The HTTP face: vector tiles, the JSON API, vendored browser modules and security headers.

`Service` is what both faces (this one and the dashboard) ask; `register` puts the routes on the
Flask server that Dash brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cetm_geo.web.routes import register
    from cetm_geo.web.service import Service

__all__ = ["Service", "register"]


def __getattr__(name: str) -> Any:
    """Read when it is first asked for: the command line wants parts of this without a server."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cetm_geo.web import routes, service  # noqa: PLC0415

    return getattr(routes if name == "register" else service, name)
