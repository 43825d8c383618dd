"""All titles: what the filters of the address find, and every filter with its counts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.explore import choices
from cetm_geo.dashboard.explore.explorer import Explorer
from cetm_geo.dashboard.explore.filterwords import CLEAR
from cetm_geo.dashboard.panels import search, table
from cetm_geo.dashboard.tree import Tree, drawn
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service

_LOG = logging.getLogger(__name__)
# The filters among the words of the address; what they find; and the map's titles that match.
FILTERS, FOUND, FILTER = "filters", "found", "map-filter"
RESULTS, COLUMN, PROBLEM = "explore-results", "explore-column", "explore-problem"
_NAMESPACE = "cetm_explore"


def layout() -> html.Div:
    """Summary and filters; filled as soon as the address is read."""
    return html.Div(
        [
            dcc.Store(id=FILTERS),
            dcc.Store(id=FOUND),
            dcc.Store(id=FILTER),
            html.P(id="explore-waiting", className="waiting", role="status", hidden=True),
            html.Div(id=PROBLEM),
            html.P(id="explore-said", className="unseen", role="status"),
            html.Div(
                Tree([], COLUMN),
                id=RESULTS,
                className="explore-results",
                tabIndex="-1",
                **attrs({"aria-label": _("Filters"), "role": "region", "aria-busy": "true"}),
            ),
        ],
        className="panel panel-explore",
    )


def register(app: Dash, service: Service) -> None:
    """Find what the address asks for, once for all parts of the page that show it."""
    explorer = Explorer(service)
    in_browser(app, "filters", Output(FILTERS, "data"), Input("query", "data"), space=_NAMESPACE)
    in_browser(
        app, "found", Output("explore-said", "children"), Input(FOUND, "data"), space=_NAMESPACE
    )

    @app.callback(
        Output(COLUMN, "nodes"),
        Output(search.QUICK, "nodes"),
        Output(table.HEAD, "nodes"),
        Output(FILTER, "data"),
        Output(FOUND, "data"),
        Output(PROBLEM, "children"),
        Input(FILTERS, "data"),
        prevent_initial_call=True,
        on_error=_failed,
    )
    def find(query: Mapping[str, str] | None) -> Any:
        return *_found(explorer, service, query or {}), None

    in_browser(app, "filter", Input(FILTER, "data"))


def _found(explorer: Explorer, service: Service, query: Mapping[str, str]) -> tuple[Any, ...]:
    offered, found, finder = explorer.find(query)
    count = found.counts.count
    on_map = None
    if not found.filters.is_empty:
        bits = finder.bits(finder.match(found.filters))
        on_map = {"bits": bits, "count": count, "of": found.counts.of}
    return (
        drawn(choices.column(offered, found)).nodes,
        drawn(choices.quick(offered, found)).nodes,
        drawn(table.heading(found, table.withheld(service))).nodes,
        on_map,
        {"count": count, "said": choices.said(found)},
    )


def _failed(error: Exception) -> tuple[Any, ...]:
    """A problem above results that are of other filters than the address asks for."""
    if isinstance(error, CetmError):
        problem = figures.problem(error.what, error.hint)
    else:
        _LOG.error("finding titles failed", exc_info=error)
        problem = figures.problem(_("The titles could not be counted."), _("The log says why."))
    clear = html.Button(_("Clear all filters"), className="button", **attrs({"data-go": CLEAR}))
    old = html.P(_("What is shown below is of the filters before."), className="muted before")
    shown = html.Div([problem, old, clear], className="explore-problem")
    return no_update, no_update, no_update, no_update, {"failed": True}, shown
