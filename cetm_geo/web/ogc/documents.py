"""What the API says of itself: landing page, conformance, collections, queryables, schemas."""

from __future__ import annotations

from typing import Any

from cetm_geo.web.ogc.catalogue import Catalogue
from cetm_geo.web.ogc.collection import Collection
from cetm_geo.words import DISCLAIMER

Document = dict[str, Any]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON, JSON, HTML = "application/geo+json", "application/json", "text/html"
SCHEMA_JSON = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
PROBLEM = "application/problem+json"
TITLE = "CETM-Geo: mining titles and what they touch"
RELS = "http://www.opengis.net/def/rel/ogc/1.0"
MATRIX_SET = "WebMercatorQuad"
# What the store holds beside collections: address, title.
RECORDS = {
    "indicators": "The indicators that are measured",
    "rules": "The rules that raise flags",
    "norms": "The norms that rules name",
    "sources": "The sources, with licences and what was read of them",
    "profile": "The profile of the country",
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
_TILESETS = "http://www.opengis.net/spec/tms/2.0/conf"
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
    f"{_TILES}/core",
    f"{_TILES}/tileset",
    f"{_TILES}/tilesets-list",
    f"{_TILES}/geodata-tilesets",
    f"{_TILES}/mvt",
    f"{_TILESETS}/tilematrixset",
    f"{_TILESETS}/json-tilematrixset",
)


def link(href: str, rel: str, kind: str, title: str = "") -> Document:
    """A link as OGC's documents hold it."""
    return {"href": href, "rel": rel, "type": kind} | ({"title": title} if title else {})


def itself(here: str, kind: str = JSON) -> list[Document]:
    """Links of a document to itself and to its page."""
    return [
        link(here, "self", kind, "This document"),
        link(f"{here}?f=html", "alternate", HTML, "This document as a page"),
    ]


def landing(root: str) -> Document:
    """root: the API's address, without a slash at its end."""
    return {
        "title": TITLE,
        "description": DISCLAIMER,
        "links": [
            *itself(root),
            link(f"{root}/openapi.json", "service-desc", OPENAPI, "What can be asked"),
            link(f"{root}/openapi.html", "service-doc", HTML, "The same to read"),
            link(f"{root}/conformance", "conformance", JSON, "What it conforms to"),
            link(f"{root}/conformance", f"{RELS}/conformance", JSON),
            link(f"{root}/collections", "data", JSON, "The collections"),
            link(f"{root}/collections", f"{RELS}/data", JSON),
            link(f"{root}/tiles", f"{RELS}/tilesets-vector", JSON, "Vector tiles of its layers"),
            link(f"{root}/tileMatrixSets", f"{RELS}/tiling-schemes", JSON, "How tiles are cut"),
            *(link(f"{root}/{name}", "related", JSON, said) for name, said in RECORDS.items()),
        ],
    }


def conformance() -> Document:
    """The classes that hold."""
    return {"conformsTo": list(CONFORMS_TO)}


def collections(root: str, catalogue: Catalogue) -> Document:
    """All collections."""
    return {
        "links": itself(f"{root}/collections"),
        "collections": [collection(root, catalogue, one) for one in catalogue.collections.values()],
    }


def collection(root: str, catalogue: Catalogue, rows: Collection) -> Document:
    """What a collection is."""
    head = rows.head
    here, noun = f"{root}/collections/{head.id}", head.noun
    links = [
        *itself(here),
        link(f"{here}/items", "items", GEOJSON, f"The {noun}"),
        link(f"{here}/items?f=html", "items", HTML, f"The {noun} as a page"),
        link(f"{here}/queryables", f"{RELS}/queryables", SCHEMA_JSON, "What it is asked by"),
        link(f"{here}/schema", f"{RELS}/schema", SCHEMA_JSON, f"What its {noun} hold"),
        # By this spelling, and of a whole feature, GDAL looks for the types of columns.
        link(f"{here}/schema/feature", "describedBy", SCHEMA_JSON),
        link(f"{root}/sources", "describedby", JSON, "Sources and licences"),
    ]
    if head.layer_id:
        links.append(link(f"{here}/tiles", f"{RELS}/tilesets-vector", JSON, "Vector tiles"))
    if head.licence_url.startswith(("http://", "https://")):
        links.append(link(head.licence_url, "license", HTML, "The licence"))
    return {
        "id": head.id,
        "title": head.title,
        "description": head.description,
        **({"attribution": head.attribution} if head.attribution else {}),
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [catalogue.extent(head)], "crs": CRS84}},
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": links,
    }


def queryables(root: str, rows: Collection) -> Document:
    """Properties that filters may name, as JSON Schema."""
    return {
        "$schema": _DIALECT,
        "$id": f"{root}/collections/{rows.head.id}/queryables",
        "type": "object",
        "title": rows.head.title,
        "properties": {"geometry": _shape(rows), **rows.asked_by()},
        "additionalProperties": False,
    }


def schema(root: str, rows: Collection) -> Document:
    """Properties of a feature, as JSON Schema."""
    return {
        "$schema": _DIALECT,
        "$id": f"{root}/collections/{rows.head.id}/schema",
        "type": "object",
        "title": rows.head.title,
        "properties": {"geometry": _shape(rows), **rows.given()},
    }


def feature_schema(root: str, rows: Collection) -> Document:
    """A GeoJSON feature as JSON Schema."""
    return {
        "$schema": _DIALECT,
        "$id": f"{root}/collections/{rows.head.id}/schema/feature",
        "type": "object",
        "title": rows.head.title,
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": _shape(rows),
            "properties": {"type": "object", "properties": rows.given()},
        },
    }


def _shape(rows: Collection) -> Document:
    return {"x-ogc-role": "primary-geometry", "format": rows.shape}
