"""All routes of the HTTP face, put on one server."""

from __future__ import annotations

from flask import Flask

from cetm_geo.web import (
    api,
    basemap,
    countries_api,
    finding_api,
    news_api,
    ogc,
    places_api,
    proposals_api,
    relief,
    rulebook_api,
    shapes_api,
    tiles,
    vendor,
)
from cetm_geo.web.basemap import Basemap
from cetm_geo.web.service import Service


def register(server: Flask, service: Service, ground: Basemap | None = None) -> None:
    """Put every route of the HTTP face on `server`; ground: the base map it was given."""
    packed = tiles.Packed()
    server.register_blueprint(tiles.blueprint(service, packed))
    server.register_blueprint(api.blueprint(service))
    server.register_blueprint(finding_api.blueprint(service))
    server.register_blueprint(places_api.blueprint(service))
    server.register_blueprint(countries_api.blueprint(service))
    server.register_blueprint(news_api.blueprint(service))
    server.register_blueprint(proposals_api.blueprint(service))
    server.register_blueprint(shapes_api.blueprint(service))
    server.register_blueprint(ogc.blueprint(service, packed))
    server.register_blueprint(rulebook_api.blueprint(service))
    server.register_blueprint(vendor.blueprint())
    server.register_blueprint(relief.blueprint(service))
    server.register_blueprint(basemap.blueprint(ground))
