"""/feed: what is new since the build before, as Atom."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request

from cetm_geo.changes import MEDIA_TYPE
from cetm_geo.language import chosen
from cetm_geo.web.feed import Feed
from cetm_geo.web.problems import answers_in_json, json_problem
from cetm_geo.web.service import Service

PATIENCE_S = 5.0
_AGAIN_S = "30"


def blueprint(service: Service) -> Blueprint:
    """The route of the feed."""
    routes = Blueprint("feed", __name__)
    held = Feed(service.store)

    @routes.get("/feed")
    @answers_in_json
    def feed() -> Response:
        text = held.ask(PATIENCE_S)
        if text is None:
            answer = json_problem(503, "The two states are being compared.", "Ask again soon.")
            answer.headers["Retry-After"] = _AGAIN_S
            return answer
        answer = Response(text, content_type=f"{MEDIA_TYPE}; charset=utf-8")
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["Content-Language"] = chosen()
        answer.headers["Vary"] = "Accept-Language, Cookie"
        answer.set_etag(hashlib.sha256(text).hexdigest()[:32])
        answer.make_conditional(request)
        return answer

    return routes
