"""The list of what was wrong with the data and what was done about it, a page at a time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.data.view import ACTIONS
from cetm_geo.dashboard.figures import Component
from cetm_geo.language import _
from cetm_geo.model import Publish
from cetm_geo.notes import said
from cetm_geo.web.stocktaking import Row, Stock

PAGE_ROWS = 20


def pages_of(stock: Stock) -> int:
    """How many pages the list has; at least one."""
    return max(1, -(-len(stock.problems) // PAGE_ROWS))


def issues_view(stock: Stock, page: int, public: bool = False) -> list[Component]:
    """One page of the list, from 0. public: what licences keep on this machine is not told."""
    if not stock.problems:
        return [html.P(_("Nothing was found wrong with the data, as far as it was looked for."))]
    first = min(max(page, 0), pages_of(stock) - 1) * PAGE_ROWS
    shown = stock.problems[first : first + PAGE_ROWS]
    local = {row["layer_id"] for row in stock.sources if row["publish"] == Publish.LOCAL_ONLY}
    hidden = local if public else set[str]()
    labels = {row["layer_id"]: row["label"] for row in stock.sources}
    told = _("{first} to {last} of {n}").format(
        first=words.number(first + 1),
        last=words.number(first + len(shown)),
        n=words.counted("{n} kind of problem", "{n} kinds of problems", len(stock.problems)),
    )
    return [
        html.P(told, className="muted", role="status"),
        html.Ul([_issue(row, labels, hidden) for row in shown], className="issues"),
    ]


def _issue(row: Row, labels: Mapping[str, str], hidden: set[str]) -> Component:
    label = labels.get(row["layer_id"], row["layer_id"])
    if row["layer_id"] in hidden:
        what: list[Any] = [_("withheld: licence")]
        features = None
    else:
        what, features = [said(row["problem"]), _more(row)], _features(row)
    return html.Li(
        [
            html.Span(label, className="issue-layer"),
            html.Span(_many(row), className="n"),
            html.Span([*what, features], className="issue-what"),
            html.Span(ACTIONS.get(row["action"], row["action"]), className="issue-done"),
        ]
    )


def _many(row: Row) -> str:
    if row["of_layer"]:
        return _("the layer")
    return words.counted("{n} feature", "{n} features", row["many"])


def _more(row: Row) -> str:
    """That others of the kind differ by their numbers alone."""
    varies = row["many"] > 1 and row["kind"] != row["problem"]
    return " " + _("(the first of its kind)") if varies else ""


def _features(row: Row) -> Component | None:
    """Ids of some features, each a way to what it is."""
    if not row["features"]:
        return None
    parts: list[Any] = []
    for feature in row["features"]:
        parts += [", ", _feature(feature, row["layer_id"])]
    rest = row["many"] - len(row["features"])
    if rest > 0:
        parts.append(" " + words.counted("and {n} more", "and {n} more", rest))
    return html.Small(parts[1:])


def _feature(feature: Mapping[str, Any], layer_id: str) -> Component:
    shown = str(feature["feature_id"])
    if feature["site_id"]:
        return _link(shown, {"view": "", "place": "", "site": feature["site_id"]})
    if feature["is_there"]:
        place = f"{layer_id}/{feature['feature_id']}"
        return _link(shown, {"view": "", "site": "", "place": place})
    return html.Span(shown)


def _link(text: str, words_: Mapping[str, str]) -> Component:
    go = urlencode(words_)
    return html.A(text, href=f"?{go}", **attrs({"data-go": go}))


def pager(page: int, pages: int) -> Sequence[tuple[str, bool]]:
    """Labels of the two buttons, and whether each leads nowhere."""
    return ((_("Before"), page <= 0), (_("Next"), page >= pages - 1))
