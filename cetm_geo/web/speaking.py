"""The reader's language of a request: asked for in the address, else by cookie, else accepted."""

from __future__ import annotations

from flask import Flask, Response, request

from cetm_geo import language

COOKIE = "cetm_language"
A_YEAR_S = 365 * 24 * 3600


def language_of_request() -> str:
    """A key of `language.NAMES`."""
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in language.NAMES:
            return str(asked)
    return language.negotiated([tag for tag, _ in request.accept_languages])


def speak_to_readers(server: Flask) -> None:
    """Answer every request in its reader's language; one in the address of a page is remembered."""

    @server.before_request
    def choose() -> None:
        language.choose(language_of_request())

    @server.teardown_request
    def forget(_: BaseException | None) -> None:
        # The thread may do something else next, and what is stored is English.
        language.choose(language.SOURCE)

    @server.after_request
    def remember(response: Response) -> Response:
        asked = request.args.get("lang")
        is_new = asked in language.NAMES and request.cookies.get(COOKIE) != asked
        if is_new and response.mimetype == "text/html":
            response.set_cookie(COOKIE, str(asked), max_age=A_YEAR_S, samesite="Lax", path="/")
        return response
