"""What a large drawing's first answer leaves out: measured behind the page, with progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.language import _
from cetm_geo.notes import said
from cetm_geo.web.background import LAYERS, Jobs

POLL_MS = 1000


@dataclass(frozen=True)
class Unfinished:
    """One such place of the page: `name` begins its ids; what: what its jobs screen against."""

    name: str
    what: str = LAYERS

    @property
    def job(self) -> str:
        """Id of the store that holds the job under way, or nothing."""
        return f"{self.name}-job"

    def layout(self) -> html.Div:
        """Empty until an answer leaves something out."""
        return html.Div(
            [
                dcc.Store(id=self.job),
                dcc.Interval(
                    id=f"{self.name}-poll", interval=POLL_MS, disabled=True, max_intervals=1
                ),
                html.Div(id=f"{self.name}-body", **attrs({"aria-live": "polite"})),
            ]
        )

    def begun(
        self,
        jobs: Jobs,
        missing: Sequence[str],
        geometry: Mapping[str, Any],
        described: Described = NOT_SAID,
    ) -> dict[str, Any] | None:
        """The job that measures what an answer leaves out; None where it leaves nothing.

        Raises SiteError where no more can be begun.
        """
        if not missing:
            return None
        token = jobs.start(geometry, _("Proposal"), self.what, described)
        return {"token": token, "missing": list(missing)}

    def following(
        self, jobs: Jobs, missing: Sequence[str], before: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The same for the shape of the job before."""
        if not missing:
            return None
        token = jobs.follow(before["token"], self.what)
        return {**before, "token": token, "missing": list(missing)}

    def view(self, missing: Sequence[str], state: Mapping[str, Any]) -> html.Div:
        """What is still being measured, how far it is, and a way to stop it."""
        done, of = int(state.get("done", 0)), int(state.get("of", 0))
        bar: dict[str, Any] = {"value": str(done), "max": str(of)} if of else {}
        what = (
            _("step {n} of {of}: {what}").format(
                n=words.number(done + 1), of=words.number(of), what=said(str(state["what"]))
            )
            if of
            else _("starting")
        )
        lacking = _("Part of the answer is still being measured: {layers}")
        stop = [figures.sign("icon-clear"), _("Stop")]
        return html.Div(
            [
                html.P(lacking.format(layers=", ".join(map(said, missing)))),
                html.Progress(**bar, **attrs({"aria-label": _("Measuring")})),
                html.P(what, className="muted"),
                html.Button(stop, id=f"{self.name}-stop", className="button"),
            ],
            className="unfinished",
        )

    def register(
        self,
        app: Dash,
        jobs: Jobs,
        outputs: Sequence[Output],
        shown: Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Any, ...]],
    ) -> None:
        """Ask how far the job is, and put its answer in place of the first.

        Args:
            outputs: what holds the first answer. shown: an answer, and the job that gave it, as
                values of these.
        """
        body, poll = f"{self.name}-body", f"{self.name}-poll"
        same = tuple(no_update for _ in outputs)

        @app.callback(
            Output(poll, "disabled"),
            Output(poll, "max_intervals"),
            Output(body, "children"),
            Input(self.job, "data"),
            State(poll, "n_intervals"),
        )
        def begin(job: Mapping[str, Any] | None, polled: int | None) -> tuple[bool, int, Any]:
            more = (polled or 0) + 1
            return (True, more, None) if not job else (False, more, self.view(job["missing"], {}))

        @app.callback(
            *outputs,
            Output(body, "children", allow_duplicate=True),
            Output(poll, "disabled", allow_duplicate=True),
            Output(poll, "max_intervals", allow_duplicate=True),
            Input(poll, "n_intervals"),
            State(self.job, "data"),
            prevent_initial_call=True,
        )
        def look(polled: int, job: Mapping[str, Any] | None) -> tuple[Any, ...]:
            # The next question only after this answer: of two under way the later would find the
            # job gone that the earlier has shown.
            more = polled + 1
            if not job:
                return *same, no_update, True, more
            state = jobs.state(job["token"])
            if state["state"] == "running":
                return *same, self.view(job["missing"], state), False, more
            found = jobs.answer(job["token"])
            if found is None:
                why = said(str(state.get("problem") or "")) or _("It is no longer being measured.")
                return *same, ended(job["missing"], why), True, more
            values = shown(found, job)
            jobs.cancel(job["token"])
            return *values, None, True, more

        @app.callback(
            Output(body, "children", allow_duplicate=True),
            Output(poll, "disabled", allow_duplicate=True),
            Input(f"{self.name}-stop", "n_clicks"),
            State(self.job, "data"),
            prevent_initial_call=True,
        )
        def stop(clicks: int | None, job: Mapping[str, Any] | None) -> tuple[Any, Any]:
            if not clicks or not job:
                return no_update, no_update
            jobs.cancel(job["token"])
            return ended(job["missing"], _("Stopped.")), True


def ended(missing: Sequence[str], why: str) -> html.Div:
    """The answer stays without what is missing, and says so."""
    text = _("{why} The answer below is without: {layers}.")
    shown = text.format(why=why, layers=", ".join(map(said, missing)))
    return html.Div(html.P(shown), className="unfinished", role="status")
