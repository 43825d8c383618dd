"""The routes under /api: documents and items of collections; other files add theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from cetm_geo.web.ogc import documents, openapi, pages, record_routes, screen_routes, tile_routes
from cetm_geo.web.ogc.answering import (
    Document,
    answers,
    headed,
    is_page,
    page_told,
    problem,
    root,
    told,
    words_asked,
)
from cetm_geo.web.ogc.asking import Asked, asked_for
from cetm_geo.web.ogc.catalogue import Catalogue, Held
from cetm_geo.web.ogc.collection import Collection
from cetm_geo.web.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA_JSON
from cetm_geo.web.service import Service
from cetm_geo.web.tiles import Packed

_ONE = "/collections/<name>"
_View = Callable[[Catalogue, Collection], Response]


def blueprint(service: Service, packed: Packed) -> Blueprint:
    """OGC API - Features and Tiles over the store in force, and screening. packed: its tiles."""
    routes = Blueprint("ogc", __name__, url_prefix="/api")
    held = Held(service)
    _add_documents(routes, held)
    _add_collections(routes, held)
    tile_routes.add(routes, held, packed)
    screen_routes.add(routes, service)
    record_routes.add(routes, service, held)
    routes.add_url_rule("/<path:rest>", "nothing", _nothing)
    routes.app_errorhandler(NotFound)(_no_route)
    routes.app_errorhandler(MethodNotAllowed)(_no_such_way)
    return routes


def _add_documents(routes: Blueprint, held: Held) -> None:
    @routes.get("/")
    @routes.get("")
    @answers()
    def landing() -> Response:
        return told(held.catalogue().generation, documents.landing(root()), pages.linked)

    @routes.get("/conformance")
    @answers()
    def conformance() -> Response:
        return told(held.catalogue().generation, documents.conformance(), pages.plain)

    @routes.get("/openapi.json")
    @answers()
    def openapi_document() -> Response:
        catalogue = held.catalogue()
        document = openapi.document(root(), catalogue)
        return told(catalogue.generation, document, pages.openapi, OPENAPI)

    @routes.get("/openapi.html")
    @answers()
    def openapi_page() -> Response:
        catalogue = held.catalogue()
        page = pages.openapi(openapi.document(root(), catalogue))
        return page_told(catalogue.generation, page)

    @routes.get("/collections")
    @answers()
    def collections() -> Response:
        catalogue = held.catalogue()
        document = documents.collections(root(), catalogue)
        return told(catalogue.generation, document, pages.collections)


def _add_collections(routes: Blueprint, held: Held) -> None:
    def add(path: str, view: _View, *words: str) -> None:
        """A route below a collection; words: as in `answers`."""

        @answers(*words)
        def answer(name: str) -> Response:
            catalogue = held.catalogue()
            rows = catalogue.collections.get(name)
            return view(catalogue, rows) if rows else _no_collection(name)

        routes.add_url_rule(f"{_ONE}{path}", view.__name__, answer)

    def collection(catalogue: Catalogue, rows: Collection) -> Response:
        document = documents.collection(root(), catalogue, rows)
        return told(catalogue.generation, document, pages.linked)

    def queryables(catalogue: Catalogue, rows: Collection) -> Response:
        document = documents.queryables(root(), rows)
        return told(catalogue.generation, document, pages.properties, SCHEMA_JSON)

    def schema(catalogue: Catalogue, rows: Collection) -> Response:
        document = documents.schema(root(), rows)
        return told(catalogue.generation, document, pages.properties, SCHEMA_JSON)

    def feature_schema(catalogue: Catalogue, rows: Collection) -> Response:
        document = documents.feature_schema(root(), rows)
        return told(catalogue.generation, document, pages.plain, SCHEMA_JSON)

    def items(catalogue: Catalogue, rows: Collection) -> Response:
        words = words_asked()
        asked = asked_for(words, rows)
        return _items(catalogue, rows, asked, words)

    add("", collection)
    add("/queryables", queryables)
    add("/schema", schema)
    add("/schema/feature", feature_schema)
    add("/items", items, "*")

    @routes.get(f"{_ONE}/items/<path:feature_id>")
    @answers()
    def item(name: str, feature_id: str) -> Response:
        catalogue = held.catalogue()
        rows = catalogue.collections.get(name)
        if rows is None:
            return _no_collection(name)
        place = rows.place(feature_id)
        if place < 0:
            what = f"{name} holds nothing of id {feature_id!r}."
            return problem(404, what, "See its items for ids.")
        return _item(catalogue, rows, place)


def _items(
    catalogue: Catalogue, rows: Collection, asked: Asked, words: Mapping[str, str]
) -> Response:
    here = f"{root()}/collections/{rows.head.id}"

    def page(offset: int, form: str = "") -> str:
        more = {**words, "offset": str(offset), "limit": str(asked.limit)}
        return f"{here}/items?{urlencode({**more, 'f': form} if form else more)}"

    links = [
        documents.link(page(asked.offset), "self", GEOJSON),
        documents.link(page(asked.offset, "html"), "alternate", HTML),
        documents.link(here, "collection", JSON),
    ]
    if asked.offset + asked.limit < len(asked.matched):
        links.append(documents.link(page(asked.offset + asked.limit), "next", GEOJSON))
    if asked.offset:
        links.append(documents.link(page(max(0, asked.offset - asked.limit)), "prev", GEOJSON))
    features = rows.features(asked.now.tolist())
    head = {
        "type": "FeatureCollection",
        "numberMatched": len(asked.matched),
        "numberReturned": len(features),
        "timeStamp": f"{catalogue.store.meta['as_of'][:10]}T00:00:00Z",
        "links": links,
    }
    if is_page():
        found: Document = {**head, "features": [json.loads(feature) for feature in features]}
        return page_told(catalogue.generation, pages.items(found, rows.head))
    body = json.dumps(head)[:-1].encode() + b', "features": [' + b",\n".join(features) + b"]}"
    return headed(catalogue.generation, body, GEOJSON)


def _item(catalogue: Catalogue, rows: Collection, place: int) -> Response:
    feature = json.loads(rows.features([place])[0])
    here = f"{root()}/collections/{rows.head.id}"
    own = f"{here}/items/{quote(str(rows.ids[place]), safe='')}"
    links = [*documents.itself(own, GEOJSON), documents.link(here, "collection", JSON)]
    return told(catalogue.generation, {**feature, "links": links}, pages.item, GEOJSON)


def _no_collection(name: str) -> Response:
    return problem(404, f"There is no collection {name!r}.", "See /api/collections.")


@answers("*")
def _nothing(rest: str) -> Response:
    """What no other route answers: the page's own route would give the page."""
    adapter = current_app.create_url_adapter(request)
    ways = {*(adapter.allowed_methods() if adapter else ())} - {"GET", "HEAD", "OPTIONS"}
    if ways:
        raise MethodNotAllowed(sorted(ways))
    return problem(404, f"There is nothing at /api/{rest[:80]}.", "See /api for what there is.")


def _no_route(error: NotFound) -> Response | NotFound:
    """Addresses with a new line, which no route takes."""
    if not request.path.startswith("/api/"):
        return error
    return problem(404, "There is nothing at this address.", "See /api for what there is.")


def _no_such_way(error: MethodNotAllowed) -> Response | MethodNotAllowed:
    """Methods that an address below /api does not know; others are not this blueprint's matter."""
    if not request.path.startswith("/api"):
        return error
    ways = ", ".join(sorted(error.valid_methods or ()))
    answer = problem(405, f"{request.method} is no way to ask {request.path[:80]}.", f"Use {ways}.")
    answer.headers["Allow"] = ways
    return answer
