"""What a large drawing's first answer leaves out: measured behind the page, with progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.web.background import Jobs

JOB, POLL, BODY, STOP = "unfinished-job", "unfinished-poll", "unfinished-body", "unfinished-stop"
POLL_MS = 1000


def layout() -> html.Div:
    """Empty until an answer leaves something out."""
    return html.Div(
        [
            dcc.Store(id=JOB),
            dcc.Interval(id=POLL, interval=POLL_MS, disabled=True),
            html.Div(id=BODY, **attrs({"aria-live": "polite"})),
        ]
    )


def begun(
    jobs: Jobs, missing: Sequence[str], geometry: Mapping[str, Any], corners: int
) -> dict[str, Any] | None:
    """The job that measures what an answer leaves out; None where it leaves nothing.

    Raises SiteError where no more can be begun.
    """
    if not missing:
        return None
    token = jobs.start(geometry, "Proposal")
    return {"token": token, "missing": list(missing), "corners": corners}


def view(missing: Sequence[str], state: Mapping[str, Any]) -> html.Div:
    """What is still being measured, how far it is, and a way to stop it."""
    done, of = int(state.get("done", 0)), int(state.get("of", 0))
    bar: dict[str, Any] = {"value": str(done), "max": str(of)} if of else {}
    what = f"step {done + 1} of {of}: {state['what']}" if of else "starting"
    return html.Div(
        [
            html.P([html.B("Part of the answer is still being measured: "), ", ".join(missing)]),
            html.Progress(**bar, **attrs({"aria-label": "Measuring"})),
            html.P(what, className="muted"),
            html.Button([figures.sign("icon-clear"), "Stop"], id=STOP, className="button"),
        ],
        className="unfinished",
    )


def ended(missing: Sequence[str], why: str) -> html.Div:
    """The answer stays without what is missing, and says so."""
    text = f"{why} The answer below is without: {', '.join(missing)}."
    return html.Div(html.P(text), className="unfinished", role="status")


def register(app: Dash, jobs: Jobs, answer: str, pieces: str, answer_view: Any) -> None:
    """Ask how far the job is, and put its answer in place of the first.

    Args:
        answer, pieces: ids of what holds the first answer. answer_view: draws one, of so many
            corners.
    """

    @app.callback(Output(POLL, "disabled"), Output(BODY, "children"), Input(JOB, "data"))
    def begin(job: Mapping[str, Any] | None) -> tuple[bool, Any]:
        return (True, None) if not job else (False, view(job["missing"], {}))

    @app.callback(
        Output(answer, "children", allow_duplicate=True),
        Output(pieces, "data", allow_duplicate=True),
        Output(BODY, "children", allow_duplicate=True),
        Output(POLL, "disabled", allow_duplicate=True),
        Input(POLL, "n_intervals"),
        State(JOB, "data"),
        prevent_initial_call=True,
    )
    def look(_: int, job: Mapping[str, Any] | None) -> tuple[Any, Any, Any, bool]:
        if not job:
            return no_update, no_update, no_update, True
        state = jobs.state(job["token"])
        if state["state"] == "running":
            return no_update, no_update, view(job["missing"], state), False
        found = jobs.answer(job["token"])
        if found is None:
            why = str(state.get("problem") or "It is no longer being measured.")
            return no_update, no_update, ended(job["missing"], why), True
        jobs.cancel(job["token"])
        return answer_view(found.answer, job["corners"]), found.pieces, None, True

    @app.callback(
        Output(BODY, "children", allow_duplicate=True),
        Output(POLL, "disabled", allow_duplicate=True),
        Input(STOP, "n_clicks"),
        State(JOB, "data"),
        prevent_initial_call=True,
    )
    def stop(clicks: int | None, job: Mapping[str, Any] | None) -> tuple[Any, Any]:
        if not clicks or not job:
            return no_update, no_update
        jobs.cancel(job["token"])
        return ended(job["missing"], "Stopped."), True
