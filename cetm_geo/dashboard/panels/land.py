"""What rasters answer of a drawn shape: asked for once the rest is shown, which does not wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.corners import corner_count, geometry_of_drawn
from cetm_geo.dashboard.panels.unfinished import Unfinished
from cetm_geo.dashboard.terrain import Land, land_view, pending
from cetm_geo.errors import CetmError
from cetm_geo.web import Service
from cetm_geo.web.background import RASTERS, Jobs

LAND, ASK = "land", "land-ask"
UNFINISHED = Unfinished("land-unfinished", RASTERS)


def place(sources: Sequence[Mapping[str, Any]]) -> html.Div:
    """Rows that wait for the answer; that they are shown asks for it, where there is a raster."""
    if not sources:
        return html.Div(land_view(Land()))
    waiting = land_view(pending(sources))
    return html.Div(
        [dcc.Store(id=ASK, data=True), html.Div(waiting, id=LAND, **attrs({"aria-live": "polite"}))]
    )


def register(app: Dash, service: Service, jobs: Jobs, drawn: str) -> None:
    """Measure the shape that the store `drawn` holds."""

    @app.callback(
        Output(LAND, "children"),
        Output(UNFINISHED.job, "data"),
        Input(ASK, "data"),
        State(drawn, "data"),
        State(UNFINISHED.job, "data"),
    )
    def measure(
        _: Any, shape: Mapping[str, Any] | None, job: Mapping[str, Any] | None
    ) -> tuple[Any, Any]:
        if job:  # of the shape before
            jobs.cancel(job["token"])
        if not shape:
            return None, None
        try:
            geometry = geometry_of_drawn(shape)
            found = service.propose_rasters(geometry)
        except CetmError as error:
            return figures.problem(error.what, error.hint), None
        view = [land_view(Land.of(found))]
        try:
            corners = corner_count(geometry)
            return view, UNFINISHED.begun(jobs, found["missing"], geometry, corners)
        except CetmError as error:
            return [figures.problem(error.what, error.hint), *view], None

    @app.callback(
        Output(UNFINISHED.job, "data", allow_duplicate=True),
        Input(drawn, "data"),
        State(UNFINISHED.job, "data"),
        prevent_initial_call=True,
    )
    def forget(_: Any, job: Mapping[str, Any] | None) -> None:
        if job:
            jobs.cancel(job["token"])

    outputs = [Output(LAND, "children", allow_duplicate=True)]
    UNFINISHED.register(app, jobs, outputs, lambda found, _: (land_view(Land.of(found)),))
