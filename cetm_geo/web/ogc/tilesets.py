"""What is said of vector tiles: tilesets, the matrix set they are cut by, and TileJSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from cetm_geo.measure import MERCATOR_M, mercator
from cetm_geo.web.ogc.catalogue import Catalogue
from cetm_geo.web.ogc.collection import Collection
from cetm_geo.web.ogc.documents import JSON, MATRIX_SET, RELS, Document, itself, link
from cetm_geo.web.ogc.titles import Titles
from cetm_geo.web.tiles import MAX_ZOOM, TILE

_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_DEEPEST = 24  # of the matrix set; tiles end at MAX_ZOOM
_TILE_PX, _PIXEL_M = 256, 0.00028  # of the matrix set, by OGC's standard pixel
_LATITUDE = 85.0511287798  # where web mercator's square ends
_TEXT, _NUMBER, _FLAG = "String", "Number", "Boolean"
_PART = {"part": _TEXT, "placeholder": _FLAG}
_OF_TITLES = {"n": _NUMBER, "tier": _TEXT, "screened": _FLAG, **_PART}
_OF_FEATURES = {"id": _TEXT, "name": _TEXT, "class": _TEXT, **_PART}
_OF_MARKS = {"id": _TEXT, "name": _TEXT, "class": _TEXT, "size": _NUMBER}
_TYPES = {_TEXT: "string", _NUMBER: "number", _FLAG: "boolean"}
_SAID = (
    "Shapes for the eye, simplified to half a pixel; what is measured are the items. part is edge "
    "for an outline that belongs to land told as part cut."
)


def list_of(root: str, catalogue: Catalogue, rows: Collection | None = None) -> Document:
    """The tilesets of a collection, or of all of them."""
    here = f"{root}/collections/{rows.head.id}/tiles" if rows else f"{root}/tiles"
    of = [rows] if rows else list(catalogue.collections.values())
    return {
        "links": itself(here),
        "tilesets": [_item(root, one) for one in of if one.head.layer_id],
    }


def _item(root: str, rows: Collection) -> Document:
    here = f"{root}/collections/{rows.head.id}/tiles/{MATRIX_SET}"
    return {
        "title": rows.head.title,
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _URI,
        "links": [*itself(here), _scheme(root)],
    }


def _scheme(root: str) -> Document:
    here = f"{root}/tileMatrixSets/{MATRIX_SET}"
    return link(here, f"{RELS}/tiling-scheme", JSON, "How tiles are cut")


def tileset(root: str, catalogue: Catalogue, rows: Collection) -> Document:
    """Metadata of a collection's tiles."""
    head, item = rows.head, _item(root, rows)
    here = f"{root}/collections/{head.id}/tiles/{MATRIX_SET}"
    # In the CRS of the matrix set, which a reader takes where it does not look for another.
    lower, upper = mercator(np.array(_box(catalogue, rows)).reshape(2, 2)).tolist()
    tile = link(f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", TILE, "A tile")
    collection = f"{root}/collections/{head.id}"
    return {
        **item,
        "description": f"{head.description} {_SAID}",
        **({"attribution": head.attribution} if head.attribution else {}),
        "boundingBox": {"lowerLeft": lower, "upperRight": upper, "crs": _CRS},
        "tileMatrixSetLimits": [
            {"tileMatrix": str(z), "minTileRow": 0, "maxTileRow": 2**z - 1,
             "minTileCol": 0, "maxTileCol": 2**z - 1}
            for z in range(MAX_ZOOM + 1)
        ],
        "layers": [
            {"id": name, "dataType": "vector", "propertiesSchema": {
                "type": "object",
                "properties": {key: {"type": _TYPES[kind]} for key, kind in fields.items()},
            }}
            for name, fields in _layers(rows).items()
        ],
        "links": [
            *item["links"],
            {**tile, "templated": True},
            link(f"{here}/tilejson.json", "describedby", JSON, "TileJSON"),
            link(collection, f"{RELS}/geodata", JSON, "The collection"),
        ],
    }  # fmt: skip


def tilejson(root: str, catalogue: Catalogue, rows: Collection) -> Document:
    """TileJSON 3.0 of a collection's tiles."""
    head = rows.head
    here = f"{root}/collections/{head.id}/tiles/{MATRIX_SET}"
    west, south, east, north = _box(catalogue, rows)
    told: Document = {
        "tilejson": "3.0.0",
        "name": head.title,
        "description": f"{head.description} {_SAID}",
        "scheme": "xyz",
        "tiles": [f"{here}/{{z}}/{{y}}/{{x}}"],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, 0],
        "vector_layers": [
            {"id": name, "fields": fields, "minzoom": 0, "maxzoom": MAX_ZOOM}
            for name, fields in _layers(rows).items()
        ],
    }
    return told | ({"attribution": head.attribution} if head.attribution else {})


def matrix_sets(root: str) -> Document:
    """The matrix sets: there is one."""
    here = f"{root}/tileMatrixSets"
    one = {"id": MATRIX_SET, "title": MATRIX_SET, "uri": _URI, "crs": _CRS,
           "links": itself(f"{here}/{MATRIX_SET}")}  # fmt: skip
    return {"links": itself(here), "tileMatrixSets": [one]}


def matrix_set() -> Document:
    """WebMercatorQuad by OGC's Two Dimensional Tile Matrix Set 2.0."""
    return {
        "id": MATRIX_SET,
        "title": MATRIX_SET,
        "uri": _URI,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(z) for z in range(_DEEPEST + 1)],
    }


def _matrix(z: int) -> dict[str, Any]:
    cell = 2 * MERCATOR_M / 2**z / _TILE_PX
    return {
        "id": str(z),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-MERCATOR_M, MERCATOR_M],
        "tileWidth": _TILE_PX,
        "tileHeight": _TILE_PX,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }


def _layers(rows: Collection) -> dict[str, dict[str, str]]:
    """Layers within a tile, each with its fields."""
    if isinstance(rows, Titles):
        return {"shapes": _OF_TITLES}
    return {"shapes": _OF_FEATURES, "marks": _OF_MARKS}


def _box(catalogue: Catalogue, rows: Collection) -> list[float]:
    west, south, east, north = catalogue.extent(rows.head)
    return [west, max(south, -_LATITUDE), east, min(north, _LATITUDE)]
