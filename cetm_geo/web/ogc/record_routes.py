"""What the store holds beside collections: the rulebook, sources, the profile of its country."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from cetm_geo import export
from cetm_geo.rulebook import plain
from cetm_geo.store import Store
from cetm_geo.web.countries import Measuring
from cetm_geo.web.countries_api import PATIENCE_S
from cetm_geo.web.ogc import pages
from cetm_geo.web.ogc.answering import answers, opened, problem, root, told
from cetm_geo.web.ogc.catalogue import Held
from cetm_geo.web.ogc.documents import JSON, RECORDS, itself
from cetm_geo.web.rulebook_api import values
from cetm_geo.web.service import Service

_AGAIN_S = "5"
_Said = Mapping[str, Any]


def add(routes: Blueprint, service: Service, held: Held) -> None:
    """Put the routes of records on those of the API."""

    def record(name: str, of: Callable[[Store], _Said]) -> None:
        @answers()
        def view() -> Response:
            store = held.catalogue().store
            said = {"links": itself(f"{root()}/{name}"), **of(store)}
            return told(store.generation, said, pages.record(RECORDS[name]))

        routes.add_url_rule(f"/{name}", name, view)

    record("indicators", _part("indicators"))
    record("rules", _part("rules"))
    record("norms", _part("norms"))
    record("sources", export.store_provenance)

    @routes.get("/profile")
    @answers("country")
    def profile() -> Response:
        countries = service.countries
        known = [one.iso3 for one in countries.named()]
        iso3 = request.args.get("country", countries.own()).upper()
        if iso3 not in known:
            what = f"There are no titles in country {iso3[:80]!r}."
            hint = f"There are in {', '.join(known)}." if known else "No title lies in a known one."
            return problem(404, what, hint)
        said = countries.ask(iso3, PATIENCE_S)
        here = f"{root()}/profile"
        if isinstance(said, Measuring):
            word = {"state": "measuring", "what": said.what, "done": said.done, "of": said.of}
            answer = Response(json.dumps(word), 202, content_type=JSON)
            answer.headers["Retry-After"] = _AGAIN_S
            return opened(answer)
        document = {"links": itself(here), **said}
        return told(held.catalogue().generation, document, pages.record(RECORDS["profile"]))


def _part(name: str) -> Callable[[Store], _Said]:
    """A part of the rulebook that the flags were made with."""

    def of(store: Store) -> _Said:
        entries = [plain(one) for one in values(getattr(store.rulebook, name))]
        return {"rules_version": store.manifest["rules_version"], name: entries}

    return of
