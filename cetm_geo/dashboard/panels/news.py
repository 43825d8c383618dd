"""What is new since the generation before; compared when the view is opened, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.bars import waiting_view
from cetm_geo.dashboard.news.view import comparing_view, news_view, no_earlier_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError
from cetm_geo.web import Service
from cetm_geo.web.news import Comparing

BODY, POLL = "news-body", "news-poll"
VIEW = "news"
PATIENCE_S, POLL_MS = 0.9, 1000


def layout() -> html.Div:
    """The panel, empty until it is opened."""
    return html.Div(
        [
            dcc.Interval(id=POLL, interval=POLL_MS, disabled=True),
            html.Div(waiting_view(), id=BODY, className="page-body"),
        ],
        className="page page-news",
    )


def register(app: Dash, service: Service) -> None:
    """Tell what is new when the address asks for it; ask again while it is compared."""

    @app.callback(
        Output(BODY, "children"),
        Output(POLL, "disabled"),
        Input("route", "data"),
        Input(POLL, "n_intervals"),
    )
    def open_news(route: Mapping[str, Any] | None, _polls: int | None) -> tuple[Any, Any]:
        if (route or {}).get("view") != VIEW:
            return no_update, True
        try:
            news = service.news.ask(PATIENCE_S)
            if isinstance(news, Comparing):
                return comparing_view(news), False
            view = no_earlier_view if news.page["before"] is None else news_view
            return lean(view(news.page)), True
        except CetmError as error:
            return figures.problem(error.what, error.hint), True
