"""The rulebook of the store in force as JSON under /api/v1: indicators, rules, norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cetm_geo.model import Rulebook
from cetm_geo.rulebook import plain
from cetm_geo.web.problems import answers_in_json
from cetm_geo.web.service import Service


def blueprint(service: Service) -> Blueprint:
    """Routes of what flags are raised by."""
    routes = Blueprint("rulebook", __name__, url_prefix="/api/v1")

    def told(name: str, entries: Any) -> Response:
        store = service.store()
        answer = jsonify(
            rules_version=store.manifest["rules_version"], **{name: [plain(x) for x in entries]}
        )
        answer.set_etag(f"{store.generation}-{name}")
        answer.make_conditional(request)
        return answer

    def book() -> Rulebook:
        return service.store().rulebook

    @routes.get("/indicators.json")
    @answers_in_json
    def indicators() -> Response:
        return told("indicators", book().indicators)

    @routes.get("/rules.json")
    @answers_in_json
    def rules() -> Response:
        return told("rules", values(book().rules))

    @routes.get("/norms.json")
    @answers_in_json
    def norms() -> Response:
        return told("norms", values(book().norms))

    return routes


def values(entries: Any) -> list[Any]:
    """The entries of a part of the rulebook."""
    return list(entries.values()) if isinstance(entries, Mapping) else list(entries)
