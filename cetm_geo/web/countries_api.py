"""Profiles of countries under /api/v1/countries: JSON, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cetm_geo.country import markdown
from cetm_geo.country.rows import COLUMNS, rows_of
from cetm_geo.language import chosen
from cetm_geo.model import Rulebook
from cetm_geo.web.countries import Measuring
from cetm_geo.web.overview import Overviews
from cetm_geo.web.problems import answers_in_json, json_problem
from cetm_geo.web.service import Service

PATIENCE_S = 60.0
_AGAIN_S = "5"


def blueprint(service: Service) -> Blueprint:
    """Routes of the profiles."""
    routes = Blueprint("countries", __name__, url_prefix="/api/v1")
    pictures = Overviews(service.withheld)

    @routes.get("/countries.json")
    @answers_in_json
    def countries() -> Response:
        named = service.countries.named()
        own = service.countries.own()
        return jsonify(
            [{"iso3": x.iso3, "name": x.name, "titles_count": x.titles, "is_own": x.iso3 == own}
             for x in named]
        )  # fmt: skip

    @routes.get("/countries/<iso3>.<any(json, md, csv):form>")
    @answers_in_json
    def profile(iso3: str, form: str) -> Response:
        said = service.countries.ask(iso3.upper(), PATIENCE_S)
        if isinstance(said, Measuring):
            return not_yet(said)
        make, mimetype = _FORMS[form]
        answer = Response(make(said, service.store().rulebook), mimetype=mimetype)
        name = f"{said['iso3']}-{said['as_of']}.{form}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @routes.get("/countries/<iso3>.svg")
    @answers_in_json
    def overview(iso3: str) -> Response:
        theme = "dark" if request.args.get("theme") == "dark" else "light"
        drawn = pictures.svg(service.store(), iso3.upper(), theme)
        if drawn is None:
            return json_problem(404, "There is no outline of this country that may be shown.")
        answer = Response(drawn, mimetype="image/svg+xml")
        # The page names the generation in the address: another one has another picture.
        kept = "private, max-age=31536000, immutable" if request.args.get("of") else "no-cache"
        answer.headers["Cache-Control"] = kept
        return answer

    return routes


def not_yet(said: Measuring) -> Response:
    """That a profile is being measured, how far it is, and when to ask again."""
    answer = jsonify(state="measuring", what=said.what, done=said.done, of=said.of)
    answer.status_code = 202
    answer.headers["Retry-After"] = _AGAIN_S
    return answer


def _json(profile: Mapping[str, Any], _: Rulebook) -> str:
    return json.dumps(profile, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _markdown(profile: Mapping[str, Any], rulebook: Rulebook) -> str:
    """In the reader's language."""
    return markdown(profile, rulebook, chosen())


def _csv(profile: Mapping[str, Any], _: Rulebook) -> str:
    """A row a number; no cell can be read as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows_of(profile):
        writer.writerow(["" if value is None else _cell(value) for value in row])
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


_FORMS: Mapping[str, tuple[Callable[[Mapping[str, Any], Rulebook], str], str]] = {
    "json": (_json, "application/json"),
    "md": (_markdown, "text/markdown; charset=utf-8"),
    "csv": (_csv, "text/csv; charset=utf-8"),
}
