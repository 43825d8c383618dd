"""The rulebook of the store in force as JSON under /api/v1: indicators, rules, norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cetm_geo.model import Rulebook
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


def plain(value: Any) -> Any:
    """An entry as JSON holds it: its fields by name, days as ISO, words of lists as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        kept = [plain(item) for item in value]
        return sorted(kept) if isinstance(value, set | frozenset) else kept
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
