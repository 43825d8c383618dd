"""How the API answers: as JSON or as a page, in gzip, with an ETag, open to pages of other hosts,
and what goes wrong as problems by RFC 9457."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from cetm_geo.errors import CetmError, FilterError, StoreError
from cetm_geo.version import VERSION
from cetm_geo.web.ogc.documents import HTML, JSON, PROBLEM
from cetm_geo.web.security import MAX_BODY_BYTES

Document = Mapping[str, Any]
FORM = ("f", "lang")
_LEAST_PACKED = 1_000  # bytes: what is smaller weighs as much in gzip


def problem(status: int, what: str, hint: str = "") -> Response:
    """An error by RFC 9457."""
    told = {"type": "about:blank", "title": what, "status": status, "detail": hint}
    return opened(Response(json.dumps(told), status, content_type=PROBLEM))


def answers(*words: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """A view whose errors leave as problems.

    words: what may be asked of it beside FORM; "*": the view itself says what may.
    """

    def of(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Response:
            try:
                _check_words(words)
                return view(*args, **kwargs)
            except StoreError as error:
                return problem(503, error.what, error.hint)
            except CetmError as error:
                return problem(400, error.what, error.hint)
            except RequestEntityTooLarge:
                what = f"The body is larger than {MAX_BODY_BYTES >> 20} MB."
                return problem(413, what, "Send one polygon, with fewer corners.")
            except MethodNotAllowed:
                raise  # its own handler says what may be
            except HTTPException as error:
                return problem(error.code or 400, error.description or error.name)

        return answer

    return of


def _check_words(words: tuple[str, ...]) -> None:
    if request.args.get("f", "json") not in ("json", "html"):
        raise FilterError("f is neither json nor html.", "Leave it out, or use one.")
    unknown = [word for word in request.args if word not in (*FORM, *words)]
    if unknown and "*" not in words:
        raise FilterError(f"There is no parameter {unknown[0][:80]!r} here.", "Leave it out.")


def words_asked() -> dict[str, str]:
    """The words of the request. Raises FilterError where one comes twice."""
    given = request.args.to_dict(flat=False)
    twice = next((word for word, values in given.items() if len(values) > 1), None)
    if twice is not None:
        raise FilterError(f"{twice[:80]} is given twice.", "Give it once.")
    return {word: values[0] for word, values in given.items()}


def told(
    generation: str, document: Document, page: Callable[[Document], str], kind: str = JSON
) -> Response:
    """A document as JSON, or as a page where that is asked for."""
    if is_page():
        return page_told(generation, page(document))
    return headed(generation, json.dumps(document, ensure_ascii=False).encode(), kind)


def page_told(generation: str, page: str) -> Response:
    """A page."""
    return headed(generation, page.encode(), f"{HTML}; charset=utf-8")


def is_page() -> bool:
    """Whether HTML is asked for."""
    form = request.args.get("f")
    if form:
        return form == "html"
    return request.accept_mimetypes.best_match([JSON, HTML], JSON) == HTML


def headed(generation: str, body: bytes, kind: str, is_packed: bool = False) -> Response:
    """A body with an ETag of the generation and of what was asked, so that nothing is sent twice.

    is_packed: the body is in gzip already; it is unpacked for those who do not read that.
    """
    in_gzip = request.accept_encodings.quality("gzip") > 0
    if in_gzip and not is_packed:
        in_gzip = len(body) >= _LEAST_PACKED
        body = gzip.compress(body, compresslevel=5, mtime=0) if in_gzip else body
    elif is_packed and not in_gzip:
        body = gzip.decompress(body)
    answer = Response(body, content_type=kind)
    if in_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    key = f"{VERSION} {generation} {request.url} {kind} {in_gzip}"
    answer.set_etag(hashlib.sha256(key.encode()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Accept, Accept-Encoding"
    answer.make_conditional(request)
    return opened(answer)


def opened(answer: Response) -> Response:
    """Pages of other hosts may read what anybody may ask for; no page may send anything from there
    but what a form can."""
    if request.method in ("GET", "HEAD"):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def root() -> str:
    """The API's address, without a slash at its end."""
    return f"{request.url_root.rstrip('/')}/api"
