"""The JSON API under /api/v1: a site and its overlap pieces, screening a polygon, health."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from cetm_geo.coordinates import Corners, confirmed, facts, polygon_of, read_corners
from cetm_geo.described import Described, described
from cetm_geo.errors import CoordinatesUnreadable, SiteError
from cetm_geo.language import chosen
from cetm_geo.web.background import RASTERS, Jobs
from cetm_geo.web.cache import BytesCache
from cetm_geo.web.files import as_file, bundle_file, proposal_file
from cetm_geo.web.problems import answers_in_json, is_text, json_problem
from cetm_geo.web.service import Service
from cetm_geo.web.tagged import packed, tagged

GEOJSON = "application/geo+json"
MAX_NAME = 120
_MOST_WORD = 40
_LONLAT = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:[\d.]*:?CRS84|EPSG:[\d.]*:?4326)", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z]{2,10}:[A-Za-z0-9]{1,12}")


_TOLD_BYTES = 24 << 20  # of titles told last, packed: some 500


def blueprint(service: Service) -> Blueprint:
    """Routes of the JSON API."""
    routes = Blueprint("api", __name__, url_prefix="/api/v1")
    jobs = Jobs(service.store_path, service.public)
    told = BytesCache(_TOLD_BYTES)

    @routes.get("/sites/<path:site_id>/overlaps.geojson")
    @answers_in_json
    def overlaps(site_id: str) -> Response:
        if not service.has_site(site_id):
            return _no_site(site_id)
        return Response(json.dumps(service.pieces(site_id)), mimetype=GEOJSON)

    @routes.get("/sites/<path:site_id>/bundle.zip")
    @answers_in_json
    def bundle(site_id: str) -> Response:
        if not service.has_site(site_id):
            return _no_site(site_id)
        return bundle_file(service, site_id)

    @routes.get("/sites/<path:site_id>")
    @answers_in_json
    def site(site_id: str) -> Response:
        generation = service.store().generation
        key = generation, chosen(), site_id
        text = told.get(key)
        if text is None:
            if not service.has_site(site_id):
                return _no_site(site_id)
            text = packed(jsonify(service.answer(site_id)).data)
            told.put(key, text)
        answer = tagged(f"{generation} {chosen()}", text, "application/json", is_packed=True)
        answer.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
        return answer

    @routes.post("/screen")
    @answers_in_json
    def screen() -> Response:
        geometry, name, said, more = sent(json_body(), service)
        done = service.screener.propose(geometry, name, said)
        if done.answer["missing"]:
            more["job"] = jobs.start(geometry, name, said=said)
        return jsonify({**done.answer, "pieces": done.pieces, **more})

    @routes.post("/screen.<any(geojson, geojsonseq, csv, parquet, gpkg, fgb, xlsx):form>")
    @answers_in_json
    def screen_to_file(form: str) -> Response:
        geometry, name, said, _read_as = sent(json_body(), service)
        made = proposal_file(service, form, geometry, name, said)
        return as_file(made.content, form, f"screened.{form}")

    @routes.post("/screen/rasters")
    @answers_in_json
    def screen_rasters() -> Response:
        geometry, name, said, more = sent(json_body(), service)
        found = service.screener.propose_rasters(geometry, name, said)
        if found["missing"]:
            more["job"] = jobs.start(geometry, name, RASTERS, said)
        return jsonify({**found, **more})

    @routes.get("/screenings/<token>")
    @answers_in_json
    def screening(token: str) -> Response:
        state = jobs.state(token)
        done = jobs.answer(token) if state["state"] == "done" else None
        if done is not None:
            return jsonify({**state, **done})
        if state["state"] == "unknown":
            hint = "Results are kept for an hour; send the shape again."
            return json_problem(404, "There is no such screening.", hint)
        return jsonify(state)

    @routes.delete("/screenings/<token>")
    @answers_in_json
    def cancel(token: str) -> Response:
        jobs.cancel(token)
        return Response(status=204)

    @routes.get("/health")
    @answers_in_json
    def health() -> Response:
        store = service.store()
        resident = service.resident(store)
        return jsonify(
            status="ok",
            generation=store.generation,
            as_of=resident.meta.get("as_of"),
            layers=sorted(resident.sources),
        )

    return routes


def sent(body: Any, service: Service) -> tuple[Mapping[str, Any], str, Described, dict[str, Any]]:
    """The polygon a body holds as GeoJSON or as corners, its name, what it is said to be (in the
    properties of a Feature, or beside corners), and how corners were read.

    Raises SiteError, CoordinatesUnreadable, AxesUnconfirmed.
    """
    rulebook = service.store().rulebook
    if isinstance(body, dict) and "corners" in body:
        corners = corners_of(body, service.area())
        name = str(body.get("name") or "Proposal")[:MAX_NAME]
        said = described(body, rulebook)
        return polygon_of(corners), name, said, {"reading": facts(corners)[0]}
    geometry, name = geometry_of(body)
    return geometry, name, described(properties_of(body), rulebook), {}


def properties_of(body: Any) -> Mapping[str, Any]:
    """Those of a Feature, or of the one in a FeatureCollection; a bare geometry has none."""
    if body.get("type") == "FeatureCollection":
        body = body["features"][0]
    properties = body.get("properties") if body.get("type") == "Feature" else None
    return properties if isinstance(properties, dict) else {}


def geometry_of(body: Any) -> tuple[dict[str, Any], str]:
    """The polygon in a GeoJSON geometry, Feature or FeatureCollection of one, and its name."""
    name = "Proposal"
    _refuse_another_crs(body)
    if isinstance(body, dict) and body.get("type") == "FeatureCollection":
        features = body.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise SiteError("The file does not hold exactly one polygon.", "Send one at a time.")
        body = features[0]
        _refuse_another_crs(body)
    if isinstance(body, dict) and body.get("type") == "Feature":
        properties = body.get("properties") or {}
        given = properties.get("name") if isinstance(properties, dict) else None
        name = str(given)[:MAX_NAME] if given else name
        body = body.get("geometry")
        _refuse_another_crs(body)
    if not isinstance(body, dict) or body.get("type") not in ("Polygon", "MultiPolygon"):
        kind = body.get("type") if isinstance(body, dict) else None
        word = kind[:_MOST_WORD] if isinstance(kind, str) and kind else "shape without a type"
        what = f"What was sent is a {word}, not a GeoJSON polygon."
        raise SiteError(what, "Send a Polygon or MultiPolygon in longitude, latitude (WGS 84).")
    return body, name


def _refuse_another_crs(body: Any) -> None:
    """GeoJSON is in WGS 84 since RFC 7946, but some programs still say otherwise in it.

    Raises SiteError: numbers of another CRS would be taken for degrees.
    """
    stated = body.get("crs") if isinstance(body, dict) else None
    if stated is None:
        return
    properties = stated.get("properties") if isinstance(stated, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not (isinstance(name, str) and _LONLAT.fullmatch(name)):
        raise SiteError(
            f"The shape states a CRS of its own, {str(name or stated)[:80]!r}.",
            "Send longitude, latitude (WGS 84), without crs.",
        )


def corners_of(body: Mapping[str, Any], near: tuple[float, float, float, float]) -> Corners:
    """The corners of {"corners": text, "crs": code, "axes": order}, the last two optional.

    Raises CoordinatesUnreadable, or AxesUnconfirmed where the text can be read in two ways.
    """
    text, crs, axes = (body.get(key) or "" for key in ("corners", "crs", "axes"))
    if not all(isinstance(given, str) for given in (text, crs, axes)):
        raise CoordinatesUnreadable("corners, crs and axes are not all texts.", "Send texts.")
    # Other forms of a CRS may name files of this machine.
    if crs and not _CODE.fullmatch(crs):
        raise CoordinatesUnreadable(f"{crs!r} is no code.", "Send crs as a code, EPSG:4326.")
    return confirmed(read_corners(text, crs=crs, axes=axes, near=near))


def _no_site(site_id: str) -> Response:
    return json_problem(404, f"There is no site {site_id}.", "See /api/v1/sites.json for ids.")


def json_body() -> Any:
    """The body as JSON. Raises SiteError where it is none, or holds what is no Unicode,
    UnsupportedMediaType where it is packed, and RequestEntityTooLarge."""
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() != "identity":
        what = f"The body is packed ({coding[:40]!r}): send it as it is, without Content-Encoding."
        raise UnsupportedMediaType(what)
    data = request.get_data(cache=False)
    # A body of unsaid length is cut where the limit is, without a word.
    if request.content_length is None and len(data) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"The body is not JSON: {_why(error)}.", "Send JSON in UTF-8.") from error
    if not is_text(body):
        what = "The body holds text that is not Unicode: half a surrogate pair."
        raise SiteError(what, "Write each letter whole.")
    return body


def _why(error: BaseException) -> str:
    """What keeps a body from being JSON, in words for who sent it."""
    if isinstance(error, RecursionError):
        return "its brackets are nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not of its encoding"
    return str(error).partition("; use sys.")[0]


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not a number")
