"""Forms of what the API gives and takes, as JSON Schema by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Form = Mapping[str, Any]
_TEXT: Form = {"type": "string"}
_NUMBER: Form = {"type": "number"}
_COUNT: Form = {"type": "integer", "minimum": 0}
_OBJECT: Form = {"type": "object"}


def _ref(name: str) -> Form:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(form: Form, least: int = 0) -> Form:
    return {"type": "array", "items": form} | ({"minItems": least} if least else {})


def _of(needed: Mapping[str, Form], may: Mapping[str, Form] | None = None) -> Form:
    """An object with members that it always has, and such as it may have."""
    properties = {**needed, **(may or {})}
    return {"type": "object", "required": list(needed), "properties": properties}


def _words(words: Sequence[str]) -> Form:
    return {"type": "string", "enum": list(words)}


_LINKS = _many(_ref("link"), least=1)
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
           "GeometryCollection")  # fmt: skip
_SHAPE: Form = {"oneOf": [{"type": "null"}, _of({"type": _words(_SHAPES)})]}
_RINGS = _many(_many(_many(_NUMBER, 2), 4), 1)
_POLYGON: Form = {
    "oneOf": [
        _of({"type": _words(["Polygon"]), "coordinates": _RINGS}),
        _of({"type": _words(["MultiPolygon"]), "coordinates": _many(_RINGS, 1)}),
    ]
}
_DRAWN_FEATURE = _of(
    {"type": _words(["Feature"]), "geometry": _POLYGON},
    {"properties": {
        "type": ["object", "null"],
        "description": "name; what it is to be: minerals (ids), method, stage",
    }},
)  # fmt: skip

SCHEMAS: Form = {
    "object": _OBJECT,
    "page": _TEXT,
    "link": _of({"href": _TEXT, "rel": _TEXT}, {"type": _TEXT, "title": _TEXT}),
    "problem": _of(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT}
    ),
    "landing": _of({"title": _TEXT, "description": _TEXT, "links": _LINKS}),
    "conformance": _of({"conformsTo": _many(_TEXT, 1)}),
    "collections": _of({"links": _LINKS, "collections": _many(_ref("collection"))}),
    "collection": _of(
        {"id": _TEXT, "title": _TEXT, "description": _TEXT, "links": _LINKS,
         "itemType": _words(["feature"]), "crs": _many(_TEXT, 1),
         "extent": _of({"spatial": _of({"bbox": _many(_many(_NUMBER, 4), 1)})})},
        {"attribution": _TEXT},
    ),
    "schema": _of({"$schema": _TEXT, "$id": _TEXT, "type": _words(["object"]),
                   "properties": _OBJECT}),
    "featureCollection": _of(
        {"type": _words(["FeatureCollection"]), "features": _many(_ref("feature")),
         "numberMatched": _COUNT, "numberReturned": _COUNT, "timeStamp": _TEXT, "links": _LINKS}
    ),
    "feature": _of(
        {"type": _words(["Feature"]), "id": _TEXT, "geometry": _SHAPE, "properties": _OBJECT},
        {"links": _LINKS},
    ),
    "tilesets": _of({"links": _LINKS, "tilesets": _many(_ref("tileset"))}),
    "tileset": _of(
        {"title": _TEXT, "dataType": _words(["vector"]), "crs": _TEXT, "tileMatrixSetURI": _TEXT,
         "links": _LINKS},
        {"layers": _many(_OBJECT), "boundingBox": _OBJECT, "tileMatrixSetLimits": _many(_OBJECT)},
    ),
    "matrixSets": _of({"links": _LINKS, "tileMatrixSets": _many(_OBJECT, 1)}),
    "matrixSet": _of({"id": _TEXT, "crs": _TEXT, "tileMatrices": _many(_OBJECT, 1)}),
    "tilejson": _of(
        {"tilejson": _TEXT, "tiles": _many(_TEXT, 1), "vector_layers": _many(_OBJECT, 1),
         "bounds": _many(_NUMBER, 4), "minzoom": _COUNT, "maxzoom": _COUNT},
        {"attribution": _TEXT},
    ),
    "record": _of({"links": _LINKS}),
    "drawn": {
        "description": "A GeoJSON polygon or multipolygon, a Feature of one, or a collection of "
        "one such Feature, in longitude and latitude.",
        "oneOf": [
            _POLYGON,
            _DRAWN_FEATURE,
            _of({"type": _words(["FeatureCollection"]),
                 "features": {**_many(_DRAWN_FEATURE, 1), "maxItems": 1}}),
        ],
    },
    "screening": _of(
        {"site": _OBJECT, "tier": _OBJECT, "flags": _many(_OBJECT), "overlaps": _many(_OBJECT),
         "indicators": _many(_OBJECT), "sources": _many(_OBJECT), "missing": _many(_TEXT),
         "pieces": _OBJECT},
        {"job": _TEXT},
    ),
    "job": _of(
        {"state": _words(["running", "done", "failed", "measuring"])},
        {"what": _TEXT, "done": {"type": "number"}, "of": {"type": "number"}, "problem": _TEXT},
    ),
}  # fmt: skip
