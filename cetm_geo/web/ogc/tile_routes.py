"""The routes of OGC API - Tiles: the page's own tiles, of layers whose licence lets shapes out."""

from __future__ import annotations

from flask import Blueprint, Response

from cetm_geo.web.ogc import pages, tilesets
from cetm_geo.web.ogc.answering import answers, headed, problem, root, told
from cetm_geo.web.ogc.catalogue import Catalogue, Held
from cetm_geo.web.ogc.collection import Collection
from cetm_geo.web.ogc.documents import MATRIX_SET
from cetm_geo.web.tiles import MAX_ZOOM, TILE, Packed

_HERE = "/collections/<name>/tiles"


def add(routes: Blueprint, held: Held, packed: Packed) -> None:
    """Put the routes of tiles on those of the API."""

    def found(name: str) -> tuple[Catalogue, Collection] | Response:
        catalogue = held.catalogue()
        rows = catalogue.collections.get(name)
        if rows is None:
            return problem(404, f"There is no collection {name!r}.", "See /api/collections.")
        if not rows.head.layer_id:
            what = f"Collection {name} has no tiles of its own."
            return problem(404, what, "See /api/tiles for what has.")
        return catalogue, rows

    @routes.get("/tiles")
    @answers()
    def of_all() -> Response:
        catalogue = held.catalogue()
        return told(catalogue.generation, tilesets.list_of(root(), catalogue), pages.tilesets)

    @routes.get("/tileMatrixSets")
    @answers()
    def matrix_sets() -> Response:
        return told(held.catalogue().generation, tilesets.matrix_sets(root()), pages.plain)

    @routes.get("/tileMatrixSets/<name>")
    @answers()
    def matrix_set(name: str) -> Response:
        if name != MATRIX_SET:
            return problem(404, f"There is no matrix set {name!r}.", f"There is {MATRIX_SET}.")
        return told(held.catalogue().generation, tilesets.matrix_set(), pages.plain)

    @routes.get(_HERE)
    @answers()
    def of_collection(name: str) -> Response:
        one = found(name)
        if isinstance(one, Response):
            return one
        document = tilesets.list_of(root(), *one)
        return told(one[0].generation, document, pages.tilesets)

    @routes.get(f"{_HERE}/{MATRIX_SET}")
    @answers()
    def tileset(name: str) -> Response:
        one = found(name)
        if isinstance(one, Response):
            return one
        return told(one[0].generation, tilesets.tileset(root(), *one), pages.linked)

    @routes.get(f"{_HERE}/{MATRIX_SET}/tilejson.json")
    @answers()
    def tilejson(name: str) -> Response:
        one = found(name)
        if isinstance(one, Response):
            return one
        return told(one[0].generation, tilesets.tilejson(root(), *one), pages.plain)

    @routes.get(f"{_HERE}/{MATRIX_SET}/<int:z>/<int:row>/<int:column>")
    @answers()
    def tile(name: str, z: int, row: int, column: int) -> Response:
        one = found(name)
        if isinstance(one, Response):
            return one
        if z > MAX_ZOOM or row >= 2**z or column >= 2**z:
            hint = f"tileMatrix is 0 to {MAX_ZOOM}, tileRow and tileCol are below 2^tileMatrix."
            return problem(404, f"There is no tile {z}/{row}/{column}.", hint)
        catalogue, rows = one
        body = packed.tile(catalogue.store, rows.head.layer_id, z, column, row)
        return headed(catalogue.generation, body, TILE, is_packed=True)

    @routes.get(f"{_HERE}/<path:rest>")
    @answers("*")
    def no_tile(name: str, rest: str) -> Response:
        what = f"There is no tileset or tile {rest!r} of {name!r}."
        hint = f"Ask for {MATRIX_SET}/tileMatrix/tileRow/tileCol in whole numbers."
        return problem(404, what, hint)
