"""POST /api/screen: a polygon in, its screening out; what takes longer is a job to ask again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from cetm_geo.described import described
from cetm_geo.errors import SiteError
from cetm_geo.web.api import geometry_of, json_body, properties_of
from cetm_geo.web.background import WHOLE, Jobs
from cetm_geo.web.ogc.answering import answers, problem, root
from cetm_geo.web.ogc.documents import GEOJSON, JSON
from cetm_geo.web.service import Service

_AGAIN_S = "2"  # after which a job may have got further
_BUSY_S = "30"


def add(routes: Blueprint, service: Service) -> None:
    """Put the routes of screening on those of the API."""
    jobs = Jobs(service.store_path, service.public)

    @routes.post("/screen")
    @answers()
    def screen() -> Response:
        if request.mimetype not in (GEOJSON, JSON):
            what = f"The body is said to be {(request.mimetype or 'nothing')[:80]!r}."
            return problem(415, what, f"Send GeoJSON with Content-Type: {GEOJSON}.")
        body = json_body()
        geometry, name = geometry_of(body)
        said = described(properties_of(body), service.store().rulebook)
        done = service.screener.propose_in_time(geometry, name, said)
        answer = {**done.answer, "pieces": done.pieces}
        if not done.answer["missing"]:
            return _fresh(answer)
        try:
            token = jobs.start(geometry, name, WHOLE, said)
        except SiteError as error:
            busy = problem(503, error.what, error.hint)
            busy.headers["Retry-After"] = _BUSY_S
            return busy
        started = _fresh({**answer, "job": token}, 202)
        started.headers["Location"] = f"{root()}/screenings/{token}"
        started.headers["Retry-After"] = _AGAIN_S
        return started

    @routes.get("/screenings/<token>")
    @answers()
    def screening(token: str) -> Response:
        state = jobs.state(token)
        if state["state"] == "unknown":
            return _unknown()
        done = jobs.answer(token) if state["state"] == "done" else None
        answer = _fresh({**state, **(done or {})})
        if state["state"] == "running":
            answer.headers["Retry-After"] = _AGAIN_S
        return answer

    @routes.delete("/screenings/<token>")
    @answers()
    def cancel(token: str) -> Response:
        if jobs.state(token)["state"] == "unknown":
            return _unknown()
        jobs.cancel(token)
        return Response(status=204)


def _unknown() -> Response:
    hint = "Results are kept for an hour; send the polygon again."
    return problem(404, "There is no such screening.", hint)


def _fresh(told: Mapping[str, Any], status: int = 200) -> Response:
    """What is of one polygon, and so neither kept by anybody nor read by other hosts' pages."""
    answer = Response(json.dumps(told, ensure_ascii=False), status, content_type=JSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer
