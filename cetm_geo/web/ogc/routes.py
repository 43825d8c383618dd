"""The routes under /api, their headers, and how what goes wrong is said."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from cetm_geo.errors import CetmError, FilterError, StoreError
from cetm_geo.web.ogc import documents, pages
from cetm_geo.web.ogc.asking import Asked, asked_for
from cetm_geo.web.ogc.collection import SITES, Titles
from cetm_geo.web.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, PROBLEM, SCHEMA_JSON
from cetm_geo.web.service import Service

Document = Mapping[str, Any]


def blueprint(service: Service) -> Blueprint:
    """OGC API - Features over the titles of the store in force."""
    routes = Blueprint("ogc", __name__, url_prefix="/api")
    held = _Held(service)

    @routes.get("/")
    @routes.get("")
    @_answers
    def landing() -> Response:
        return _told(held.titles(), documents.landing(_root()), pages.landing)

    @routes.get("/conformance")
    @_answers
    def conformance() -> Response:
        return _told(held.titles(), documents.conformance(), pages.plain)

    @routes.get("/openapi.json")
    @_answers
    def openapi() -> Response:
        titles = held.titles()
        return _told(titles, documents.openapi(_root(), titles), pages.openapi, OPENAPI)

    @routes.get("/openapi.html")
    @_answers
    def openapi_page() -> Response:
        titles = held.titles()
        page = pages.openapi(documents.openapi(_root(), titles))
        return _headed(titles, Response(page, content_type=f"{HTML}; charset=utf-8"))

    @routes.get("/collections")
    @_answers
    def collections() -> Response:
        titles = held.titles()
        return _told(titles, documents.collections(_root(), titles), pages.collections)

    @routes.get(f"/collections/{SITES}")
    @_answers
    def collection() -> Response:
        titles = held.titles()
        return _told(titles, documents.collection(_root(), titles), pages.collection)

    @routes.get(f"/collections/{SITES}/queryables")
    @_answers
    def queryables() -> Response:
        titles = held.titles()
        told = documents.queryables(_root(), titles)
        return _told(titles, told, pages.plain, SCHEMA_JSON)

    @routes.get(f"/collections/{SITES}/items")
    @_answers
    def items() -> Response:
        titles = held.titles()
        words = _words()
        asked = asked_for(words, titles)
        features = titles.features(titles.ids[asked.now].tolist())
        return _items(titles, asked, words, features)

    @routes.get(f"/collections/{SITES}/items/<path:feature_id>")
    @_answers
    def item(feature_id: str) -> Response:
        titles = held.titles()
        if not service.has_site(feature_id):
            return problem(404, f"There is no title {feature_id!r}.", "See the items for ids.")
        here = f"{_root()}/collections/{SITES}"
        told = json.loads(titles.features([feature_id])[0])
        links = [
            documents.link(f"{here}/items/{quote(feature_id)}", "self", GEOJSON),
            documents.link(f"{here}/items/{quote(feature_id)}?f=html", "alternate", HTML),
            documents.link(here, "collection", JSON),
        ]
        return _told(titles, {**told, "links": links}, pages.item, GEOJSON)

    @routes.get("/collections/<path:name>")
    @_answers
    def unknown(name: str) -> Response:
        return problem(404, f"There is no collection {name!r}.", f"There is {SITES}.")

    return routes


class _Held:
    """The titles of the generation in force."""

    def __init__(self, service: Service) -> None:
        self._service, self._lock = service, threading.Lock()
        self._titles: Titles | None = None

    def titles(self) -> Titles:
        """Read once per generation; raises StoreError."""
        store = self._service.store()
        with self._lock:
            if self._titles is None or self._titles.store.generation != store.generation:
                self._titles = Titles(store)
            return self._titles


def problem(status: int, what: str, hint: str = "") -> Response:
    """An error by RFC 9457."""
    told = {"type": "about:blank", "title": what, "status": status, "detail": hint}
    answer = Response(json.dumps(told), status, content_type=PROBLEM)
    return _open(answer)


def _answers(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view whose errors leave as problems."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        try:
            if request.args.get("f", "json") not in ("json", "html"):
                raise FilterError("f is neither json nor html.", "Leave it out, or use one.")
            return view(*args, **kwargs)
        except StoreError as error:
            return problem(503, error.what, error.hint)
        except CetmError as error:
            return problem(400, error.what, error.hint)
        except HTTPException as error:
            return problem(error.code or 400, error.description or error.name)

    return answer


def _words() -> dict[str, str]:
    """The words of the request. Raises FilterError where one comes twice."""
    given = request.args.to_dict(flat=False)
    twice = next((word for word, values in given.items() if len(values) > 1), None)
    if twice is not None:
        raise FilterError(f"{twice[:80]} is given twice.", "Give it once.")
    return {word: values[0] for word, values in given.items()}


def _items(
    titles: Titles, asked: Asked, words: Mapping[str, str], features: list[bytes]
) -> Response:
    here = f"{_root()}/collections/{SITES}"

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
    told = {
        "type": "FeatureCollection",
        "numberMatched": len(asked.matched),
        "numberReturned": len(features),
        "timeStamp": f"{titles.store.meta['as_of'][:10]}T00:00:00Z",
        "links": links,
    }
    if _is_page():
        rows = [json.loads(feature) for feature in features]
        return _told(titles, {**told, "features": rows}, pages.items, GEOJSON)
    head = json.dumps(told)[:-1].encode()
    body = head + b', "features": [' + b",\n".join(features) + b"]}"
    return _headed(titles, Response(body, content_type=GEOJSON))


def _told(
    titles: Titles, told: Document, page: Callable[[Document], str], kind: str = JSON
) -> Response:
    """A document as JSON, or as a page where that is asked for."""
    if _is_page():
        answer = Response(page(told), content_type=f"{HTML}; charset=utf-8")
    else:
        answer = Response(json.dumps(told, ensure_ascii=False), content_type=kind)
    return _headed(titles, answer)


def _is_page() -> bool:
    form = request.args.get("f")
    if form:
        return form == "html"
    return request.accept_mimetypes.best_match([JSON, HTML], JSON) == HTML


def _headed(titles: Titles, answer: Response) -> Response:
    """With an ETag of the generation and of what was asked, so that nothing is sent twice."""
    key = f"{titles.store.generation} {request.url} {answer.content_type}"
    answer.set_etag(hashlib.sha256(key.encode()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Accept"
    answer.make_conditional(request)
    return _open(answer)


def _open(answer: Response) -> Response:
    """Pages of other hosts may read it: it is what anybody may ask for."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _root() -> str:
    return f"{request.url_root.rstrip('/')}/api"
