"""The HTTP face: vector tiles, the JSON API, vendored browser modules and security headers.

`Service` is what both faces (this one and the dashboard) ask; `register` puts the routes on the
Flask server that Dash brings.
"""

from __future__ import annotations

from flask import Flask

from cetm_geo.web import api, tiles, vendor
from cetm_geo.web.service import Service

__all__ = ["Service", "register"]


def register(server: Flask, service: Service) -> None:
    """Put every route of the HTTP face on `server`."""
    server.register_blueprint(tiles.blueprint(service))
    server.register_blueprint(api.blueprint(service))
    server.register_blueprint(vendor.blueprint())
