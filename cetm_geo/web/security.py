"""Headers that keep a page to itself: no inline script but Dash's own, no other host."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Container, Sequence
from typing import Any, TypeGuard

from flask import Flask, Response, request

from cetm_geo.web.problems import is_text, json_problem

MAX_BODY_BYTES = 2 * 1024 * 1024
_MOST_UNREAD_BYTES = 16 << 20  # of a body that was refused
_REST_SECONDS = 5
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_CALLBACK_PATH = "_dash-update-component"


def script_hash(script: str) -> str:
    """The CSP source that allows exactly this inline script."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(script_hashes: Sequence[str], hosts: Sequence[str] = ()) -> str:
    """The Content-Security-Policy; styles are inline because the UI kit sets them so.

    hosts: origins that the map may ask, by the operator's choice of a base map; else none.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": " ".join(["'self' data: blob:", *hosts]),
        "font-src": "'self'",
        "connect-src": " ".join(["'self'", *hosts]),
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def protect(
    server: Flask,
    script_hashes: Sequence[str],
    callbacks: Container[str],
    hosts: Sequence[str] = (),
) -> None:
    """Set headers on every answer, a limit on every body, and refuse malformed callbacks.

    Args:
        callbacks: the outputs that Dash knows of; it is asked at each call.
        hosts: as in `policy`.
    """
    csp = policy(script_hashes, hosts)
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @server.after_request
    def add_headers(response: Response) -> Response:
        for name, value in {**_HEADERS, "Content-Security-Policy": csp}.items():
            response.headers.setdefault(name, value)
        if response.status_code == 413:
            _read_the_rest()
        return response

    @server.before_request
    def refuse_malformed_callback() -> Any:
        if not request.path.endswith(_CALLBACK_PATH) or request.method != "POST":
            return None
        try:
            body = request.get_json(silent=True)
        except RecursionError:
            body = None
        if not (_is_callback(body) and body["output"] in callbacks and is_text(body)):
            return json_problem(400, "The callback's body is malformed.", "Reload the page.")
        return None


def _read_the_rest() -> None:
    """Read what is left of a body that is refused, and keep nothing of it.

    A connection that is closed with bytes unread is reset: the refusal may not reach who sent
    them, and a proxy says 502 in its place. Who sends slowly, or far too much, is not waited for.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is None or (request.content_length or 0) > _MOST_UNREAD_BYTES:
        return
    body, left = request.environ["wsgi.input"], _MOST_UNREAD_BYTES
    until, patience = time.monotonic() + _REST_SECONDS, connection.gettimeout()
    connection.settimeout(_REST_SECONDS)
    try:
        while time.monotonic() < until and left > 0 and (part := body.read(min(left, 1 << 16))):
            left -= len(part)
    except OSError:  # they are gone, or silent
        return
    finally:
        connection.settimeout(patience)


def _is_callback(body: Any) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(body, dict)
        and isinstance(body.get("output"), str)
        and isinstance(body.get("inputs"), list)
        and isinstance(body.get("changedPropIds", []), list)
        and all(isinstance(given, (dict, list)) for given in body["inputs"])
    )
