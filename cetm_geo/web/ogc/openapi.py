"""OpenAPI 3.1 of the API: what can be asked, and the form of each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cetm_geo.version import VERSION
from cetm_geo.web.ogc.asking import LIMIT, MOST
from cetm_geo.web.ogc.catalogue import Catalogue
from cetm_geo.web.ogc.collection import Collection
from cetm_geo.web.ogc.documents import (
    GEOJSON,
    HTML,
    JSON,
    MATRIX_SET,
    OPENAPI,
    PROBLEM,
    RECORDS,
    SCHEMA_JSON,
    TITLE,
    Document,
)
from cetm_geo.web.ogc.forms import SCHEMAS
from cetm_geo.web.screener import ANSWER_S
from cetm_geo.web.security import MAX_BODY_BYTES
from cetm_geo.web.tiles import MAX_ZOOM, TILE
from cetm_geo.words import DISCLAIMER

_LIMITS = (
    f"Limits: {MOST} items of a page, 4,000 characters of a filter, {MAX_BODY_BYTES >> 20} MB of a "
    f"body, a polygon of at most 40 degrees across; POST /screen answers what layers and rasters "
    f"say within {ANSWER_S:.0f} s each, the rest is a job whose answer is kept for an hour."
)
_FEATURES = "features"


def document(root: str, catalogue: Catalogue) -> Document:
    """The document. root: the API's address, without a slash at its end."""
    every = catalogue.collections
    tiled = [name for name, one in every.items() if one.head.layer_id]
    tiles = "/collections/{collectionId}/tiles"
    paths = {
        "/": _get("Where to go", "landing"),
        "/conformance": _get("What it conforms to", "conformance"),
        "/openapi.json": _get("This document", "object", OPENAPI),
        "/openapi.html": {"get": _page("This document to read")},
        "/collections": _get("The collections", "collections"),
        "/collections/{collectionId}": _get(
            "A collection", "collection", path=[_collection(every)]
        ),
        "/collections/{collectionId}/queryables": _get(
            "What it is asked by", "schema", SCHEMA_JSON, path=[_collection(every)]
        ),
        "/collections/{collectionId}/schema": _get(
            "What its items hold", "schema", SCHEMA_JSON, path=[_collection(every)]
        ),
        "/collections/{collectionId}/schema/feature": _get(
            "The same as the schema of a GeoJSON feature",
            "schema",
            SCHEMA_JSON,
            path=[_collection(every)],
        ),
        **_items_of(every),
        "/tiles": _get("Vector tiles of all layers", "tilesets"),
        "/tileMatrixSets": _get("The matrix sets", "matrixSets"),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "How tiles are cut",
            "matrixSet",
            path=[_in_path("tileMatrixSetId", _one_of([MATRIX_SET]))],
        ),
        tiles: _get("Its tilesets", "tilesets", path=[_collection(tiled)]),
        f"{tiles}/{MATRIX_SET}": _get("Its tileset", "tileset", path=[_collection(tiled)]),
        f"{tiles}/{MATRIX_SET}/tilejson.json": _get(
            "The same as TileJSON", "tilejson", path=[_collection(tiled)]
        ),
        f"{tiles}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": {"get": _tile(tiled)},
        "/screen": {"post": _screen()},
        "/screenings/{job}": _screening(),
        **{f"/{name}": _get(said, "record") for name, said in RECORDS.items() if name != "profile"},
        "/profile": _profile(),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": f"{DISCLAIMER} {_LIMITS}"},
        "servers": [{"url": root}],
        "paths": {path: _named(path, ways) for path, ways in paths.items()},
        "components": {"schemas": SCHEMAS},
    }


def _items_of(every: Mapping[str, Collection]) -> Document:
    """Items of each collection; layers of features, which are asked by the same, together."""
    layers = {name: one for name, one in every.items() if one.head.table == _FEATURES}
    alone = {name: one for name, one in every.items() if name not in layers}
    paths: Document = {}
    for name, one in alone.items():
        paths |= _items(f"/collections/{name}/items", one, [])
    if layers:
        first = next(iter(layers.values()))
        paths |= _items("/collections/{collectionId}/items", first, [_collection(layers)])
    return paths


def _items(path: str, rows: Collection, of_path: list[Document]) -> Document:
    own = rows.asked_by()
    day = f"Day in {rows.head.day}" if rows.head.day else "No item has a day: all are in"
    words = [
        _word("bbox", "west,south,east,north in degrees", {"type": "string"}),
        _word("datetime", f"{day}, or FIRST/LAST with .. for open", {"type": "string"}),
        _word("limit", f"Most items of a page, up to {MOST}", _whole(1, LIMIT)),
        _word("offset", "Items to leave out at the beginning", _whole(0, 0)),
        _word("filter", "CQL2 text", {"type": "string", "maxLength": 4000}),
        _word("filter-lang", "", _one_of(["cql2-text"])),
        *(
            _word(name, own[name].get("description", ""), {"type": own[name]["type"]})
            for name in rows.properties
            if name not in rows.measured
        ),
    ]
    feature_id = _in_path("featureId", {"type": "string", "minLength": 1})
    many = _get(f"The {rows.head.noun} that match", "featureCollection", GEOJSON, of_path, words)
    one = _get("One of them", "feature", GEOJSON, [*of_path, feature_id])
    one["get"]["responses"].setdefault("404", _problem("There is none of this id"))
    return {path: many, f"{path}/{{featureId}}": one}


def _get(
    summary: str,
    form: str,
    kind: str = JSON,
    path: Sequence[Document] = (),
    words: Sequence[Document] = (),
) -> Document:
    """A route that gives a document, as JSON or as a page. form: its schema's name."""
    answers = {
        "200": {"description": summary, "content": {kind: _form(form), HTML: _form("page")}},
        "304": {"description": "As it was"},
        "400": _problem("A word or a value that cannot be read"),
        **({"404": _problem("There is none of this id")} if path else {}),
        "503": _problem("There is no store"),
    }
    asked = [*path, _word("f", "json or html", _one_of(["json", "html"])), *words]
    return {"get": {"summary": summary, "parameters": asked, "responses": answers}}


def _page(summary: str) -> Document:
    way: Document = _get(summary, "page", HTML)["get"]
    return way


def _tile(tiled: Sequence[str]) -> Document:
    below = {"type": "integer", "minimum": 0, "maximum": 2**MAX_ZOOM - 1}
    asked = [
        _collection(tiled),
        _in_path("tileMatrix", {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}),
        _in_path("tileRow", below),
        _in_path("tileCol", below),
    ]
    answers = {
        "200": {"description": "A tile", "content": {TILE: {}}},
        "304": {"description": "As it was"},
        "400": _problem("A word that is none"),
        "404": _problem("There is no such tile"),
        "503": _problem("There is no store"),
    }
    return {"summary": "A vector tile", "parameters": asked, "responses": answers}


def _screen() -> Document:
    body = {GEOJSON: _form("drawn"), JSON: _form("drawn")}
    later = {
        "Location": {"description": "Where the whole answer will be", "schema": {"type": "string"}},
        "Retry-After": {"description": "Seconds", "schema": {"type": "string"}},
    }
    answers = {
        "200": {"description": "All was answered", "content": {JSON: _form("screening")}},
        "202": {
            "description": "What was answered in time; `missing` names the rest, which a job asks",
            "headers": later,
            "content": {JSON: _form("screening")},
        },
        "400": _problem("The body is no polygon that can be screened"),
        "413": _problem("The body is too large"),
        "415": _problem("The body is not said to be JSON"),
        "503": _problem("There is no store, or too much is being measured"),
    }
    return {
        "summary": "Screen a polygon; nothing is kept",
        "requestBody": {"required": True, "content": body},
        "responses": answers,
    }


def _screening() -> Document:
    job = [_in_path("job", {"type": "string", "pattern": "^[0-9a-f]{32}$"})]
    gone = _problem("There is no such screening, or it is an hour old")
    refused = _problem("A word that is none")
    found = {"description": "How far it is, and its answer", "content": {JSON: _form("job")}}
    return {
        "get": {
            "summary": "How far a screening is, and its answer when it is done",
            "parameters": job,
            "responses": {"200": found, "400": refused, "404": gone},
        },
        "delete": {
            "summary": "End a screening",
            "parameters": job,
            "responses": {"204": {"description": "It is ended"}, "400": refused, "404": gone},
        },
    }


def _profile() -> Document:
    country = _word("country", "Code of three letters, the store's own without it",
                    {"type": "string", "pattern": "^[A-Za-z]{3}$"})  # fmt: skip
    way = _get(RECORDS["profile"], "record", words=[country])
    measured = {"description": "It is being measured", "content": {JSON: _form("job")}}
    way["get"]["responses"] |= {
        "202": measured,
        "404": _problem("There are no titles in this country"),
    }
    return way


def _named(path: str, ways: Document) -> Document:
    """Ways with an operationId each, made of their path."""
    parts = [part.strip("{}") for part in path.split("/") if part] or ["landing"]
    return {
        method: {"operationId": ".".join([method, *parts]), **way} for method, way in ways.items()
    }


def _collection(names: Sequence[str] | Mapping[str, Any]) -> Document:
    return _in_path("collectionId", _one_of(list(names)))


def _in_path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _word(name: str, description: str, schema: Document) -> Document:
    told = {"name": name, "in": "query", "schema": schema, "style": "form", "explode": False}
    return told | ({"description": description} if description else {})


def _one_of(words: Sequence[str]) -> Document:
    return {"type": "string", "enum": list(words)}


def _whole(least: int, default: int) -> Document:
    return {"type": "integer", "minimum": least, "maximum": 999_999_999, "default": default}


def _form(name: str) -> Document:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def _problem(description: str) -> Document:
    return {"description": description, "content": {PROBLEM: _form("problem")}}
