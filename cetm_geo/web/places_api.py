"""Routes about places and about what the map shows of a title in hand, under /api/v1.

GET /places/<layer_id>/<feature_id>                  figures; titles by ?status, order, start, count
GET /places/<layer_id>/<feature_id>.geojson          its outline
GET /places/<layer_id>/<feature_id>/pieces.geojson   land that titles share with it
GET /sites/<site_id>/rings.geojson                   lines 1, 5, 10 and 20 km from a title
GET /sites/<site_id>/outline.geojson                 a title's outline, to every corner
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cetm_geo.errors import SiteError
from cetm_geo.language import _, chosen
from cetm_geo.web.places import BY_LAND, BY_TIER, GROUPS
from cetm_geo.web.problems import answers_in_json, json_problem
from cetm_geo.web.ringlines import rings_of
from cetm_geo.web.service import Service

GEOJSON = "application/geo+json"
_MOST = 500  # titles a call
_RINGS_KEPT = 64


def blueprint(service: Service) -> Blueprint:
    """Routes of places and rings."""
    routes = Blueprint("places", __name__, url_prefix="/api/v1")
    places = service.places
    rings = lru_cache(maxsize=_RINGS_KEPT)(
        lambda generation, language, site_id: json.dumps(rings_of(service.store(), site_id))
    )

    # A feature's id is whatever its source says: slashes in it are part of it, and so are two.
    @routes.get("/places/<layer_id>/<path:feature_id>", merge_slashes=False)
    @answers_in_json
    def place(layer_id: str, feature_id: str) -> Response:
        refused = places.refusal(layer_id, feature_id)
        if refused:
            return json_problem(*refused)
        asked = _titles_asked()
        titles, count = places.titles(layer_id, feature_id, **asked)
        answer = places.place(layer_id, feature_id)
        return jsonify({**answer, "titles": titles, "titles_count": count})

    @routes.get("/places/<layer_id>/<path:feature_id>.geojson", merge_slashes=False)
    @answers_in_json
    def outline(layer_id: str, feature_id: str) -> Response:
        refused = places.refusal(layer_id, feature_id)
        if refused and refused.status == 404:
            return place(layer_id, f"{feature_id}.geojson")  # an id may end so
        if refused:
            return json_problem(*refused)
        withheld = service.withheld(service.store(), layer_id)
        if withheld:
            what = f"Layer {layer_id}: {withheld}."
            return json_problem(403, what, _("Its figures are still given."))
        return Response(json.dumps(places.outline(layer_id, feature_id)), mimetype=GEOJSON)

    @routes.get("/places/<layer_id>/<path:feature_id>/pieces.geojson", merge_slashes=False)
    @answers_in_json
    def pieces(layer_id: str, feature_id: str) -> Response:
        refused = places.refusal(layer_id, feature_id)
        if refused:
            return json_problem(*refused)
        return Response(json.dumps(places.pieces(layer_id, feature_id)), mimetype=GEOJSON)

    @routes.get("/sites/<path:site_id>/rings.geojson")
    @answers_in_json
    def rings_of_site(site_id: str) -> Response:
        refused = _no_shape(service, site_id)
        if refused:
            return refused
        return Response(rings(service.store().generation, chosen(), site_id), mimetype=GEOJSON)

    @routes.get("/sites/<path:site_id>/outline.geojson")
    @answers_in_json
    def outline_of_site(site_id: str) -> Response:
        refused = _no_shape(service, site_id)
        if refused:
            return refused
        feature = {
            "type": "Feature",
            "geometry": service.outline_of(site_id),
            "properties": {"site_id": site_id},
        }
        return Response(json.dumps(feature), mimetype=GEOJSON)

    return routes


def _no_shape(service: Service, site_id: str) -> Response | None:
    """Why no shape of a title is given: there is none, or its register's licence keeps it."""
    if not service.has_site(site_id):
        hint = "See /api/v1/sites.json for ids."
        return json_problem(404, f"There is no site {site_id}.", hint)
    store = service.store()
    register = store.rows("site_facts", site_id=site_id)[0]["layer_id"]
    withheld = service.withheld(store, register)
    if not withheld:
        return None
    return json_problem(403, f"Layer {register}: {withheld}.", "Its figures are still given.")


def _titles_asked() -> dict[str, Any]:
    """The page of titles that a request asks for; raises SiteError where it cannot be read."""
    group = request.args.get("status", GROUPS[0])
    order = request.args.get("order", BY_LAND)
    if group not in GROUPS or order not in (BY_LAND, BY_TIER):
        what = _("status or order cannot be read.")
        hint = _("status is one of {groups}; order is one of {orders}.")
        orders = ", ".join((BY_LAND, BY_TIER))
        raise SiteError(what, hint.format(groups=", ".join(GROUPS), orders=orders))
    texts = [request.args.get(word, other) for word, other in (("start", "0"), ("count", "50"))]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        raise SiteError(_("start or count is no whole number."), _("Send numbers of 0 and more."))
    start, count = map(int, texts)
    return {
        "group": group,
        "order": order,
        "start": start,
        "count": min(max(count, 1), _MOST),
    }
