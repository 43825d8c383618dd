"""What is loaded, from when, how complete, what was rejected, what cannot be seen; the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.bars import page_index, section, waiting_view
from cetm_geo.dashboard.data.issues import issues_view, pager, pages_of
from cetm_geo.dashboard.data.key import key_view
from cetm_geo.dashboard.data.limits import limits_view, missing_view
from cetm_geo.dashboard.data.norms import helpers_view, norms_page
from cetm_geo.dashboard.data.rules import Book, rules_view
from cetm_geo.dashboard.data.view import (
    failed_view,
    head_view,
    layers_view,
    rasters_view,
    software_view,
    tables_view,
)
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError
from cetm_geo.language import N_, _
from cetm_geo.web import Service
from cetm_geo.web.stocktaking import Stock, Stocktaking

BODY, ISSUES, PAGE = "data-body", "data-issues", "issues-page"
BEFORE, NEXT = "issues-before", "issues-next"
VIEW = "data"
_INDEX = (
    ("failed", N_("Could not be read")),
    ("layers", N_("Layers")),
    ("rasters", N_("Rasters")),
    ("tables", N_("The user's tables")),
    ("issues", N_("What was wrong with the data")),
    ("missing", N_("Required answers that are missing")),
    ("limits", N_("What this program cannot see")),
    ("key", N_("Key of signs")),
    ("rules", N_("Rules")),
    ("norms", N_("Norms")),
    ("helpers", N_("Who can help")),
    ("software", N_("Software and store")),
)


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(
        html.Div(waiting_view(), id=BODY, className="page-body"), className="page page-data"
    )


def view(stock: Stock, public: bool) -> list[Any]:
    """The whole page."""
    book = Book.of(stock)
    parts = [
        failed_view(stock),
        layers_view(stock),
        rasters_view(stock),
        tables_view(stock),
        _issues(stock, public),
        missing_view(stock),
        limits_view(),
        key_view(),
        rules_view(book),
        norms_page(book),
        helpers_view(book),
        software_view(stock),
    ]
    shown = [one for one in _INDEX if one[0] != "failed" or parts[0] is not None]
    return lean(
        [
            head_view(stock),
            html.Div(
                [page_index("data", shown), html.Div(parts, className="data-parts")],
                className="data-columns",
            ),
        ]
    )


def _issues(stock: Stock, public: bool) -> Any:
    labels = pager(0, pages_of(stock))
    buttons = [
        html.Button(label, id=name, className="button", disabled=stops)
        for name, (label, stops) in zip((BEFORE, NEXT), labels, strict=True)
    ]
    return section(
        _("What was wrong with the data"),
        _("and what was done about it"),
        dcc.Store(id=PAGE, data=0),
        html.Div(issues_view(stock, 0, public), id=ISSUES),
        html.Div(buttons, className="actions", hidden=pages_of(stock) < 2),
        name="issues",
    )


def register(app: Dash, service: Service) -> None:
    """Open the page when the address asks for it; turn the pages of the list of problems."""
    books = Stocktaking(service.store)

    @app.callback(Output(BODY, "children"), Input("route", "data"))
    def open_data(route: Mapping[str, Any] | None) -> Any:
        if (route or {}).get("view") != VIEW:
            return no_update
        try:
            return view(books.stock(), service.public)
        except CetmError as error:
            return figures.problem(error.what, error.hint)

    @app.callback(
        Output(ISSUES, "children"),
        Output(PAGE, "data"),
        Output(BEFORE, "disabled"),
        Output(NEXT, "disabled"),
        Input(BEFORE, "n_clicks"),
        Input(NEXT, "n_clicks"),
        State(PAGE, "data"),
        prevent_initial_call=True,
    )
    def turn(_before: int | None, _next: int | None, page: int | None) -> tuple[Any, ...]:
        try:
            stock = books.stock()
        except CetmError as error:
            return figures.problem(error.what, error.hint), page, True, True
        pages = pages_of(stock)
        step = {BEFORE: -1, NEXT: 1}.get(str(ctx.triggered_id), 0)
        here = min(max((page or 0) + step, 0), pages - 1)
        (_label, first), (_more, last) = pager(here, pages)
        return lean(issues_view(stock, here, service.public)), here, first, last
