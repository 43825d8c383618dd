"""What the API says of itself: landing page, conformance, collections, OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cetm_geo.version import VERSION
from cetm_geo.web.ogc.asking import LIMIT, MOST
from cetm_geo.web.ogc.collection import SITES, Titles
from cetm_geo.words import DISCLAIMER

Document = dict[str, Any]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON, JSON, HTML = "application/geo+json", "application/json", "text/html"
SCHEMA_JSON = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
PROBLEM = "application/problem+json"
_TITLE = "CETM-Geo: mining titles and what they touch"
_COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMS_TO = (
    f"{_COMMON}/core",
    f"{_FEATURES}-1/1.0/conf/core",
    f"{_FEATURES}-1/1.0/conf/geojson",
    f"{_FEATURES}-1/1.0/conf/html",
    f"{_FEATURES}-3/1.0/conf/queryables",
    f"{_FEATURES}-3/1.0/conf/queryables-query-parameters",
    f"{_FEATURES}-3/1.0/conf/filter",
    f"{_FEATURES}-3/1.0/conf/features-filter",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
)


def link(href: str, rel: str, kind: str, title: str = "") -> Document:
    """A link as OGC's documents hold it."""
    return {"href": href, "rel": rel, "type": kind} | ({"title": title} if title else {})


def landing(root: str) -> Document:
    """root: the API's address, without a slash at its end."""
    return {
        "title": _TITLE,
        "description": DISCLAIMER,
        "links": [
            link(root, "self", JSON, "This document"),
            link(f"{root}?f=html", "alternate", HTML, "This document as a page"),
            link(f"{root}/openapi.json", "service-desc", OPENAPI, "What can be asked"),
            link(f"{root}/openapi.html", "service-doc", HTML, "The same to read"),
            link(f"{root}/conformance", "conformance", JSON, "What it conforms to"),
            link(f"{root}/conformance", f"{_RELS}/conformance", JSON),
            link(f"{root}/collections", "data", JSON, "The collections"),
            link(f"{root}/collections", f"{_RELS}/data", JSON),
        ],
    }


_RELS = "http://www.opengis.net/def/rel/ogc/1.0"


def conformance() -> Document:
    """The classes that hold."""
    return {"conformsTo": list(CONFORMS_TO)}


def collections(root: str, titles: Titles) -> Document:
    """All collections: there is one."""
    here = f"{root}/collections"
    return {
        "links": [
            link(here, "self", JSON),
            link(f"{here}?f=html", "alternate", HTML),
        ],
        "collections": [collection(root, titles)],
    }


def collection(root: str, titles: Titles) -> Document:
    """What the collection of titles is."""
    here = f"{root}/collections/{SITES}"
    return {
        "id": SITES,
        "title": f"Mining titles, {titles.store.meta['label']}",
        "description": "Titles with tier, indicators and raised flags, screened as of "
        f"{titles.store.meta['as_of']}. {DISCLAIMER}",
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [titles.extent], "crs": CRS84}},
        "crs": [CRS84],
        "links": [
            link(here, "self", JSON),
            link(f"{here}?f=html", "alternate", HTML),
            link(f"{here}/items", "items", GEOJSON, "The titles"),
            link(f"{here}/items?f=html", "items", HTML, "The titles as a page"),
            link(f"{here}/queryables", f"{_RELS}/queryables", SCHEMA_JSON, "What it is asked by"),
            link(f"{root}/v1/provenance.json", "describedby", JSON, "Sources and licences"),
        ],
    }


def queryables(root: str, titles: Titles) -> Document:
    """Properties that filters may name, as JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{root}/collections/{SITES}/queryables",
        "type": "object",
        "title": "Mining titles",
        "properties": {"geometry": {"format": "geometry-polygon"}, **titles.schema()},
        "additionalProperties": False,
    }


def openapi(root: str, titles: Titles) -> Document:
    """OpenAPI 3.1 of these routes."""
    items = f"/collections/{SITES}/items"
    facts = [name for name in titles.properties if name not in titles.indicator_ids]
    schema = titles.schema()
    of_items = [
        _word("bbox", "west,south,east,north in degrees", {"type": "string"}),
        _word("datetime", "Day of grant, or FIRST/LAST with .. for open", {"type": "string"}),
        _word("limit", f"Most titles of a page, up to {MOST}", _whole(1, LIMIT)),
        _word("offset", "Titles to leave out at the beginning", _whole(0, 0)),
        _word("filter", "CQL2 text", {"type": "string", "maxLength": 4000}),
        _word("filter-lang", "", {"type": "string", "enum": ["cql2-text"]}),
        *(
            _word(name, schema[name].get("description", ""), {"type": schema[name]["type"]})
            for name in facts
        ),
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": VERSION, "description": DISCLAIMER},
        "servers": [{"url": root}],
        "paths": {
            "/": _get("Where to go", JSON),
            "/conformance": _get("What it conforms to", JSON),
            "/collections": _get("The collections", JSON),
            f"/collections/{SITES}": _get("The collection of titles", JSON),
            f"/collections/{SITES}/queryables": _get("What it is asked by", SCHEMA_JSON),
            items: _get("Titles that match", GEOJSON, of_items),
            f"{items}/{{featureId}}": _get(
                "One title",
                GEOJSON,
                [{**_word("featureId", "", {"type": "string"}), "in": "path", "required": True}],
                missing=True,
            ),
        },
    }


def _get(
    summary: str, kind: str, words: Sequence[Document] = (), missing: bool = False
) -> Document:
    problem = {"content": {PROBLEM: {"schema": {"type": "object"}}}}
    answers = {
        "200": {
            "description": summary,
            "content": {kind: {"schema": {"type": "object"}}, HTML: {"schema": {"type": "string"}}},
        },
        "304": {"description": "As it was"},
        "400": {"description": "A word or a value that cannot be read"} | problem,
        "503": {"description": "There is no store"} | problem,
    }
    if missing:
        answers["404"] = {"description": "There is none of this id"} | problem
    form = _word("f", "json or html", {"type": "string", "enum": ["json", "html"]})
    return {"get": {"summary": summary, "parameters": [form, *words], "responses": answers}}


def _word(name: str, description: str, schema: Document) -> Document:
    told = {"name": name, "in": "query", "schema": schema, "style": "form", "explode": False}
    return told | ({"description": description} if description else {})


def _whole(least: int, default: int) -> Document:
    return {"type": "integer", "minimum": least, "maximum": 999_999_999, "default": default}
