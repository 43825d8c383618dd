"""All bad inputs as cases that are tried (`tests.trying`), those of the readers' own tests too."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from rasterio.errors import NotGeoreferencedWarning
from werkzeug.datastructures import Headers

from cetm_geo import pipeline
from cetm_geo.coordinates import confirmed, polygon_of, read_corners
from cetm_geo.dashboard import create_app
from cetm_geo.model import Source
from cetm_geo.readers.rasters import open_raster
from cetm_geo.web import uploads
from cetm_geo.zonal import measure_zones
from tests import bad_files, made, test_catalog, test_coordinates, test_mosaics, test_rasters
from tests import test_hostile_files as hostile
from tests import test_uploads as given
from tests.bad_catalogues import CATALOGUES, Put, changed, raster
from tests.bad_requests import CORNERS, DRAWINGS, PARAMETERS, Request
from tests.grids import geotiff
from tests.test_hostile_files import Place
from tests.trying import REFUSED, Answer, Case

_PROBLEM, _ERROR = "application/problem+json", "application/json"
Attempt = Callable[[], Answer]


def _then(*texts: str) -> str:
    """A regular expression for plain texts, one behind the other."""
    return ".*".join(re.escape(text) for text in texts)


# --- files ---------------------------------------------------------------------------------------


def _layer(make: hostile.Make, keys: Mapping[str, Any]) -> Callable[[Place], Attempt]:
    """A file that a catalogue names is read as a build reads it."""

    def prepare(at: Place) -> Attempt:
        path = make(at)

        def attempt() -> Answer:
            layer = hostile.layer_of(at, path, **keys)
            assert made.balanced(layer)
            books = layer.source
            ended = f"{books['rows_accepted']} and {books['rows_rejected']}"
            why = "; ".join(layer.issues["problem"])
            return Answer(ended, why, layer.features.to_csv() + layer.issues.to_csv() + str(books))

        return attempt

    return prepare


def _grid(make: hostile.Make, form: str = "geotiff", path: str = "") -> Callable[[Place], Attempt]:
    """A raster is opened, and cells of it are measured."""

    def prepare(at: Place) -> Attempt:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            name = make(at)

        def attempt() -> Answer:
            found = open_raster(at.folder, Source(path or name), form)
            zonal = measure_zones([bad_files.CELL], found, bad_files.COUNT)
            why = "; ".join([*found.remarks, *(x for x in zonal.problem if x)])
            return Answer(f"{found.width} x {found.height}", why, f"{found} {zonal}")

        return attempt

    return prepare


def _given(name: str, make: Callable[[], bytes]) -> Callable[[Place], Attempt]:
    """A file that a reader of the page gives, read by the process that is made for it."""

    def prepare(_: Place) -> Attempt:
        content = make()

        def attempt() -> Answer:
            found = uploads.read_upload(content, name)
            return Answer("200", found.question, str(found))

        return attempt

    return prepare


def _old_raster(write: Callable[[Path], object]) -> hostile.Make:
    def make(at: Place) -> str:
        write(at.folder / "a.tif")
        return "a.tif"

    return make


def _old_list(old: str, new: str) -> hostile.Make:
    def make(at: Place) -> str:
        geotiff(at.canary / "secret.tif", [[99, 99, 99]] * 2, nodata=-9, dtype="int16")
        test_mosaics.listed(at.folder, replaced=(old, new.replace("{outside}", str(at.canary))))
        return "all.vrt"

    return make


def _of_files() -> Iterator[Case]:
    for name, (make, keys, reason, remedy) in hostile.REFUSED.items():
        yield Case("file", name, _layer(make, keys), REFUSED, _then(reason, remedy))
    for name, (make, keys, (accepted, rejected), words) in hostile.TOLD.items():
        yield Case("file", name, _layer(make, keys), f"{accepted} and {rejected}", _then(words))
    for name, (make, keys, ended, why) in bad_files.FEATURES.items():
        yield Case("file", name, _layer(make, keys), ended, why)
    for name, (write, words) in test_rasters.REFUSED.items():
        path = "*.tif" if "tile" in name else "a.tif"
        yield Case("raster", name, _grid(_old_raster(write), path=path), REFUSED, _then(words))
    for name, ((old, new), _, words) in test_mosaics.REFUSED.items():
        yield Case("list of tiles", name, _grid(_old_list(old, new), "vrt"), REFUSED, words)
    for name, (make, ended, why) in bad_files.RASTERS.items():
        yield Case("raster", name, _grid(make), ended, why)
    for name, (file_name, content, reason) in given.BAD.items():
        yield Case("given file", name, _given(file_name, content), REFUSED, _then(reason))


# --- requests ------------------------------------------------------------------------------------


@cache
def _client(folder: Path) -> FlaskClient:
    app = create_app(folder / "store", public=True, proposals=folder / "proposals")
    return app.server.test_client()


def _asked(request: Request) -> Callable[[Place], Attempt]:
    def prepare(at: Place) -> Attempt:
        client = _client(at.folder.parent)

        def put_in(text: str) -> str:
            return text.replace("{canary}", str(at.canary)).replace("{address}", at.address)

        body = request.body
        if body is not None and not isinstance(body, bytes):
            body = put_in(body if isinstance(body, str) else json.dumps(body)).encode()
        more: Any = {}
        if request.said_bytes is not None:
            more = {"environ_overrides": {"CONTENT_LENGTH": str(request.said_bytes)}}

        def attempt() -> Answer:
            with client.open(
                put_in(request.path),
                method=request.method or ("GET" if body is None else "POST"),
                data=body,
                content_type=request.kind if body is not None else None,
                headers=Headers(request.headers),
                **more,
            ) as answer:
                return Answer(
                    str(answer.status_code), _said(answer), f"{answer.text}{answer.headers}"
                )

        return attempt

    return prepare


def _said(answer: Any) -> str:
    """The reason in an answer; where it is none, its kind and how it begins."""
    if answer.content_type == _PROBLEM:
        told = json.loads(answer.text)
        assert told["status"] == answer.status_code
        return f"{told['title']} {told['detail']}"
    if answer.content_type == _ERROR and answer.status_code >= 400:
        told = answer.json["error"]
        return f"{told['what']} {told['hint']}"
    return f"{answer.content_type}: {answer.text}"


def _typed(text: str) -> Callable[[Place], Attempt]:
    def attempt() -> Answer:
        shape = polygon_of(confirmed(read_corners(text)))
        return Answer("read", "", str(shape))

    return lambda _: attempt


def _of_requests() -> Iterator[Case]:
    tables = {"drawing": DRAWINGS, "corners": CORNERS, "parameter": PARAMETERS}
    for family, table in tables.items():
        for name, (request, status, why) in table.items():
            yield Case(family, name, _asked(request), str(status), why)
    for text, reason in test_coordinates.BAD.items():
        name = repr(text if len(text) < 60 else f"{text[:60]}...")
        yield Case("corners", name, _typed(text), REFUSED, _then(reason))


# --- catalogues ----------------------------------------------------------------------------------


def _built(put: Put) -> Callable[[Place], Attempt]:
    def prepare(at: Place) -> Attempt:
        layers = at.folder / "layers"
        layers.mkdir()
        put(at, layers)

        def attempt() -> Answer:
            done = pipeline.build(layers, at.folder, at.folder / "made", made.ON)
            why = "; ".join(x for layer in done.layers.values() for x in layer.issues["problem"])
            return Answer("built", why, str(done.layers))

        return attempt

    return prepare


def _of_catalogues() -> Iterator[Case]:
    for name, (put, why) in CATALOGUES.items():
        yield Case("catalogue", name, _built(put), REFUSED, why)
    for change, key in test_catalog.ONE_MISTAKE:
        name = f"{key}, {change[1]!r}"
        yield Case("catalogue", name, _built(changed(change)), REFUSED, _then(f": {key}"))
    for change, key, said in test_rasters.WRONG_CELLS:
        name = f"{key}, {change[1]!r}: {said}"
        yield Case("catalogue", name, _built(raster(change)), REFUSED, _then(f": {key}: ", said))


ALL = (*_of_files(), *_of_requests(), *_of_catalogues())
CASES: Mapping[str, Case] = {case.key: case for case in ALL}
