"""Finding titles under /api/v1: a page of rows, downloads of what is found, and suggestions.

Titles are asked for by the words of the page's address (`filters.WORDS`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context

from cetm_geo.errors import SiteError
from cetm_geo.export import Format, csv_cell, store_provenance
from cetm_geo.language import _
from cetm_geo.model import Publish
from cetm_geo.web.files import as_file, titles_file
from cetm_geo.web.filters import Filters, filters_of, written
from cetm_geo.web.finding import KINDS, Finder
from cetm_geo.web.finding.columns import BOUNDS
from cetm_geo.web.finding.rows import COLUMNS, Sort
from cetm_geo.web.problems import answers_in_json
from cetm_geo.web.service import Service

ROWS, MOST_ROWS, SUGGESTIONS = 100, 1000, 50
_CHUNK = 2000  # rows of a CSV that are made at once
_IN_CSV = (*(c for c in COLUMNS if c not in (*BOUNDS, "layer_id")), "flags", "gaps", "withheld")


def blueprint(service: Service) -> Blueprint:
    """Routes of finding."""
    routes = Blueprint("finding", __name__, url_prefix="/api/v1")

    @routes.get("/sites.json")
    @answers_in_json
    def page() -> Response:
        finder, filters = service.finder(), _filters_of_request(service)
        start, count = _whole("start", 0), min(_whole("count", ROWS), MOST_ROWS)
        found = finder.rows(filters, _sort_of_request(), start, start + count)
        whole = {"generation": finder.generation, "count": found.count, "of": len(finder)}
        return jsonify({**whole, "start": start, "rows": found.rows})

    @routes.get("/sites.<any(geojson, geojsonseq, parquet, gpkg, fgb, xlsx):form>")
    @answers_in_json
    def shapes(form: str) -> Response:
        finder = service.finder()
        found = finder.ids(finder.match(_filters_of_request(service)))
        return as_file(titles_file(service, form, found).content, form, f"sites.{form}")

    @routes.get("/sites.csv")
    @answers_in_json
    def table() -> Response:
        finder, sort = service.finder(), _sort_of_request()
        filters = _filters_of_request(service)
        finder.rows(filters, sort, end=0)  # what cannot be read is said before the file begins
        sources = service.resident(service.store()).sources
        local = {x for x, row in sources.items() if row["publish"] == Publish.LOCAL_ONLY}
        lines = stream_with_context(_csv_of(finder, filters, sort, local))
        return as_file(lines, Format.CSV, "sites.csv")

    @routes.get("/provenance.json")
    @answers_in_json
    def provenance() -> Response:
        return jsonify(store_provenance(service.store()))

    @routes.get("/find")
    @answers_in_json
    def find() -> Response:
        kinds = [kind for kind in request.args.get("kind", "").split(",") if kind] or KINDS
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown:
            what = _("The filter {word}={value} cannot be read.")
            hint = _("Write one of {words}.").format(words=", ".join(KINDS))
            raise SiteError(what.format(word="kind", value=unknown[0][:80]), hint)
        most = min(_whole("count", 8), SUGGESTIONS)
        found = service.finder().suggest(request.args.get("q", ""), most, kinds)
        return jsonify(suggestions=[asdict(one) for one in found])

    return routes


def _filters_of_request(service: Service) -> Filters:
    """Filters from the words of the request; those of a word that comes several times are joined.

    Raises SiteError.
    """
    given = request.args.to_dict(flat=False)
    # An id may hold a comma; one that was not encoded is known by being a title's.
    ids = [written((one,)) if service.has_site(one) else one for one in given.get("ids", ())]
    return filters_of({word: ",".join(v) for word, v in (given | {"ids": ids}).items()})


def _sort_of_request() -> Sort:
    """Columns and ways from sort=area_km2.desc,name; rising where no way is given."""
    parts = [part.partition(".") for part in request.args.get("sort", "").split(",") if part]
    return [(column, way or "asc") for column, _dot, way in parts]


def _whole(word: str, other: int) -> int:
    text = request.args.get(word, "")
    if not text:
        return other
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        what = _("{word}={value} is no whole number.").format(word=word, value=text[:80])
        raise SiteError(what, _("Count from 0."))
    return int(text)


def _csv_of(finder: Finder, filters: Filters, sort: Sort, local: set[str]) -> Iterator[str]:
    """Rows of what is found. local: registers whose names leave no machine."""
    yield _lines([_IN_CSV])
    start = 0
    while found := finder.rows(filters, sort, start, start + _CHUNK).rows:
        start += len(found)
        rows = [_without_names(row) if row["layer_id"] in local else row for row in found]
        yield _lines([[csv_cell(row.get(name)) for name in _IN_CSV] for row in rows])


def _without_names(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "name": None, "holder": None, "withheld": "licence: name, holder"}


def _lines(rows: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
