"""The drawer under the map: the titles as a table, the map's equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid
from dash import Dash, Input, Output, dcc, html
from flask import Response, jsonify, request

from cetm_geo import words
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.downloads import titles_menu
from cetm_geo.dashboard.explore import titletable
from cetm_geo.dashboard.explore.choices import Found
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.dashboard.tree import Tree
from cetm_geo.errors import CetmError
from cetm_geo.language import _, ngettext
from cetm_geo.model import Role
from cetm_geo.web import Service
from cetm_geo.web.filters import filters_of
from cetm_geo.web.problems import of_error

DRAWER, HEAD, WANTED, BODY, GRID = (
    "drawer",
    "table-head",
    "table-wanted",
    "table-body",
    "titles-grid",
)
_NAMESPACE = "cetm_table"
_SCRIPT = "_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js"
# A reader who never opens the table never fetches the grid: assets/table.js asks for its script.
dash_ag_grid._js_dist[0]["dynamic"] = True


def layout() -> html.Section:
    """The drawer; closed it is a line. The grid is drawn when it is opened first."""
    toggle = {"data-table-toggle": "true", "data-go": "table=1", "aria-expanded": "false"}
    named = html.Button(
        [sign("icon-table"), html.Strong(_("Table"))],
        className="drawer-toggle",
        **attrs({**toggle, "aria-controls": BODY}),
    )
    arrow = html.Button(
        sign("icon-up"),
        className="icon-button drawer-arrow",
        **attrs({**toggle, "aria-label": _("Show or hide the table"), "aria-controls": BODY}),
    )
    return html.Section(
        [
            dcc.Store(id=WANTED),
            html.Div(
                [named, html.Div(Tree([], HEAD), className="drawer-said"), arrow],
                className="drawer-head",
            ),
            html.P(id="table-problem", className="drawer-problem", role="alert", hidden=True),
            html.Div(id=BODY, className="drawer-body"),
            html.Span(id="table-begun", hidden=True),
            html.Span(id="table-opened", hidden=True),
        ],
        id=DRAWER,
        className="drawer",
        **attrs({"aria-label": _("Table of titles"), "data-script": _script_address()}),
    )


def _script_address() -> str:
    return f"{_SCRIPT}?v={dash_ag_grid.__version__}"


def heading(found: Found, withheld: str = "") -> list[Component]:
    """What the table holds, and where it is downloaded. withheld: why shapes are not, or ""."""
    count = found.counts.count
    if count == found.counts.of:
        said = words.counted("{n} title", "{n} titles", count)
    else:
        said = ngettext("{n} of {total} title", "{n} of {total} titles", found.counts.of).format(
            n=words.number(count), total=words.number(found.counts.of)
        )
    return [
        html.Span(said, key="count", className="muted drawer-count"),
        html.Span(_("Follows the filters"), key="follows", className="muted follows"),
        titles_menu(found.filters, count, withheld),
    ]


def withheld(service: Service) -> str:
    """Why no title's outline may be downloaded here; "" where some may."""
    store = service.store()
    sources = service.resident(store).sources.values()
    registers = [row["layer_id"] for row in sources if row["role"] == Role.CONCESSION]
    reasons = {service.withheld(store, layer) for layer in registers}
    return _("Outlines: withheld by licence") if registers and "" not in reasons else ""


def grid(roles: Sequence[str]) -> Any:
    """The grid over blocks of rows that assets/table.js asks for."""
    return dash_ag_grid.AgGrid(
        id=GRID,
        columnDefs=titletable.columns(roles),
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        rowModelType="infinite",
        getRowId="params.data.id",
        style={"height": "100%", "width": "100%"},
        dashGridOptions={
            "theme": {"function": "cetmTheme(themeQuartz)"},
            "localeText": titletable.locale_text(),
            "cacheBlockSize": titletable.BLOCK,
            "maxBlocksInCache": 20,
            # Requests of dash-ag-grid's own source are never answered and must not hold up ours.
            "maxConcurrentDatasourceRequests": -1,
            "blockLoadDebounceMillis": 60,
            "rowSelection": {
                "mode": "singleRow",
                "checkboxes": False,
                "enableClickSelection": False,
            },
            "tooltipShowDelay": 600,
            "tooltipShowMode": "whenTruncated",
            "suppressMultiSort": True,
            "suppressMovableColumns": True,
            "suppressColumnVirtualisation": True,
            "ensureDomOrder": True,
            "animateRows": False,
        },
    )


def register(app: Dash, service: Service) -> None:
    """Open the drawer that the address asks for, and answer for its rows."""
    in_browser(app, "drawer", Output(WANTED, "data"), Input("query", "data"), space=_NAMESPACE)
    in_browser(
        app, "begin", Output("table-begun", "children"), Input(BODY, "children"), space=_NAMESPACE
    )
    in_browser(
        app, "opened", Output("table-opened", "children"), Input("route", "data"), space=_NAMESPACE
    )

    @app.callback(Output(BODY, "children"), Input(WANTED, "data"), prevent_initial_call=True)
    def draw(wanted: bool | None) -> Any:
        sources = service.resident(service.store()).sources.values() if wanted else ()
        return grid([row["role"] for row in sources]) if wanted else None

    def rows() -> Response:
        try:
            return jsonify(answer(service, request.args))
        except CetmError as error:
            return of_error(error)

    prefix = app.config.requests_pathname_prefix
    app.server.add_url_rule(f"{prefix}explore/rows", view_func=rows)


def answer(service: Service, args: Mapping[str, str]) -> dict[str, Any]:
    """Rows from `start` to `end` of what the filters find, sorted by `sort`; or where the title
    `of` stands among them: index, None if it is not. Raises SiteError."""
    filters, finder = filters_of(args), service.finder()
    parts = [part.partition(".") for part in args.get("sort", "").split(",") if part]
    sort = [(column, way or "asc") for column, _dot, way in parts]
    if args.get("of"):
        return {"index": finder.place_of(args["of"], filters, sort)}
    start = max(0, _whole(args.get("start"), 0))
    end = min(_whole(args.get("end"), start + titletable.BLOCK), start + 2 * titletable.BLOCK)
    page = finder.rows(filters, sort, start, end)
    return {"rows": [titletable.shown(row) for row in page.rows], "count": page.count}


def _whole(text: str | None, other: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else other
