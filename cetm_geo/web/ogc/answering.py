"""How the API answers: as JSON or as a page, in gzip, with an ETag, open to pages of other hosts,
and what goes wrong as problems by RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from cetm_geo.errors import CetmError, FilterError, StoreError
from cetm_geo.web.ogc.documents import HTML, JSON, PROBLEM
from cetm_geo.web.security import MAX_BODY_BYTES
from cetm_geo.web.tagged import tagged

Document = Mapping[str, Any]
FORM = ("f", "lang")


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
    return opened(tagged(generation, body, kind, is_packed))


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
