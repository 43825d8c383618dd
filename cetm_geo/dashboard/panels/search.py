"""The search box: suggests titles, holders and places while one types; and the quick filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import Dash, html
from flask import Response, jsonify, request

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.explore.choices import suggesting
from cetm_geo.dashboard.figures import sign
from cetm_geo.dashboard.tree import Tree, drawn
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.filters import Filters, query_of
from cetm_geo.web.finding import TITLE, Suggestion
from cetm_geo.web.problems import of_error

FIELD, QUICK = "search-field", "quick-filters"
LIMIT, HOLDERS = 9, 8
_SIGNS = {"title": "icon-title", "holder": "icon-holder", "place": "icon-place"}


def layout() -> html.Div:
    """The box at the head of the column; on a small screen it floats over the map."""
    box = [
        sign("icon-search"),
        suggesting("all", FIELD, _("Search licences, holders, places")),
        html.Span("/", className="key", **attrs({"aria-hidden": "true"})),
    ]
    return html.Div(
        [
            html.Div(drawn(box), className="search-box", role="search"),
            html.Span(id="search-said", className="unseen", role="status"),
            html.Div(Tree([], QUICK), className="quick chips"),
        ],
        className="search",
    )


def shown(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as assets/search.js takes it."""
    return {
        "kind": suggestion.kind,
        "label": suggestion.label,
        "detail": suggestion.detail,
        "go": suggestion.go,
        "sign": _SIGNS.get(suggestion.kind, "icon-search"),
    }


def answer(found: Sequence[Suggestion]) -> dict[str, Any]:
    """Suggestions, and how many there are, as is read out."""
    said = (
        words.counted("{n} suggestion", "{n} suggestions", len(found))
        if found
        else _("Nothing found by this name")
    )
    return {"suggestions": [shown(one) for one in found], "said": said}


def in_texts(text: str) -> Suggestion:
    """Every title whose texts hold what is typed, as Enter alone asks for them."""
    label = _("All titles with “{text}”").format(text=text)
    detail = _("in licence number, name, holder or mineral")
    return Suggestion("text", label, detail, urlencode(query_of(Filters(text=text))))


def register(app: Dash, service: Service) -> None:
    """Answer what is typed."""

    def suggest() -> Response:
        return suggestions(service, request.args)

    prefix = app.config.requests_pathname_prefix
    app.server.add_url_rule(f"{prefix}explore/suggest", view_func=suggest)


def suggestions(service: Service, args: Mapping[str, str]) -> Response:
    """What a text may mean: of all kinds, or titles or holders alone."""
    try:
        finder = service.finder()
    except CetmError as error:
        return of_error(error)
    text = args.get("q", "").strip()
    if args.get("kind") == "outline":
        return jsonify(answer(finder.suggest(text, HOLDERS, (TITLE,))))
    if args.get("kind") != "holder":
        found = finder.suggest(text, LIMIT)
        return jsonify(answer([*found, in_texts(text)] if text else []))
    return jsonify(answer(finder.suggest(text, HOLDERS, ("holder",))))
