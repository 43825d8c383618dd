"""What rasters answer of a drawn shape: asked for once the rest is shown, which does not wait.

They add to its flags, tier and pillars, so these are shown again in their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, Patch, State, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.flagcards import flags_view
from cetm_geo.dashboard.answer.lacking import lacking
from cetm_geo.dashboard.answer.pillars import pillars_view
from cetm_geo.dashboard.answer.terrain import Land, land_view, pending
from cetm_geo.dashboard.answer.tiers import (
    COUNTED_IN,
    PENDING,
    UNMEASURED,
    under_rules,
    verdict_view,
)
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.panels.drafted import DRAWN, NOW, SAID
from cetm_geo.dashboard.panels.unfinished import Unfinished
from cetm_geo.dashboard.propose.drafts import draft_of
from cetm_geo.dashboard.propose.keeping import contest_view
from cetm_geo.dashboard.propose.stages import Stage, stages_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import described
from cetm_geo.differences import told
from cetm_geo.errors import CetmError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.background import RASTERS, Jobs

LAND, ASK = "land", "land-ask"
VERDICT, FLAGS, PILLARS = "proposal-verdict", "proposal-flags", "proposal-pillars"
STAGES = "proposal-stages"
PLACES = (VERDICT, FLAGS, PILLARS, STAGES, LAND)
UNFINISHED = Unfinished("land-unfinished", RASTERS)
Answer = Mapping[str, Any]


_OF_RASTERS = {Stage.RUNNING: PENDING, Stage.DONE: COUNTED_IN, Stage.FAILED: UNMEASURED}


def views(service: Service, answer: Answer, of_rasters: Stage = Stage.DONE) -> tuple[Any, ...]:
    """What rules say of a drawing: its verdict, flags and pillars; and how far its answer is.

    of_rasters: RUNNING before they have answered, FAILED where they could not be asked.
    """
    rulebook = service.resident(service.store()).under.rulebook
    under = under_rules(answer, rulebook.packs)
    rasters = _OF_RASTERS[of_rasters] if service.screener.raster_sources() else ""
    verdict = verdict_view(answer, lacking(answer, rulebook), rasters, under)
    contest = contest_view if service.proposals.is_on else None
    stages = stages_view(answer, service.screener.raster_sources(), of_rasters)
    flags = flags_view(answer, of_rasters is Stage.RUNNING, contest)
    return verdict, flags, pillars_view(answer), stages


def land_place(sources: Sequence[Mapping[str, Any]], answer: Answer | None = None) -> html.Div:
    """What rasters say; without an answer, rows that wait for one and ask for it."""
    if not sources:
        return html.Div(land_view(Land()))
    if answer is not None:
        return html.Div(html.Div(land_view(Land.of(answer)), id=LAND))
    waiting = land_view(pending(sources))
    return html.Div(
        [dcc.Store(id=ASK, data=True), html.Div(waiting, id=LAND, **attrs({"aria-live": "polite"}))]
    )


def register(app: Dash, service: Service, jobs: Jobs, layers_job: str) -> None:
    """Measure the shape that is drawn.

    layers_job: id of the store with the job that measures its layers; that one brings the rasters.
    """

    def shown(answer: Answer) -> tuple[Any, ...]:
        return tuple(map(lean, (*views(service, answer), land_view(Land.of(answer)))))

    def shown_late(found: Answer, _job: Answer) -> tuple[Any, ...]:
        return *shown(found["answer"]), with_answer(found["answer"])

    @app.callback(
        *(Output(place, "children") for place in PLACES),
        Output(UNFINISHED.job, "data"),
        Output(NOW, "data", allow_duplicate=True),
        Input(ASK, "data"),
        State(DRAWN, "data"),
        State(SAID, "data"),
        State(UNFINISHED.job, "data"),
        State(layers_job, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def measure(
        asked: Any,
        shape: Mapping[str, Any] | None,
        words_of_it: Mapping[str, Any] | None,
        job: Mapping[str, Any] | None,
        layers: Mapping[str, Any] | None,
    ) -> tuple[Any, ...]:
        same = (no_update,) * (len(PLACES) - 1)
        if job:  # of the shape before
            jobs.cancel(job["token"])
        if not shape:
            return *same, None, None, no_update
        try:
            geometry = geometry_of_drawn(shape)
            said = described(words_of_it or {}, service.store().rulebook)
            found = service.screener.survey(geometry, said=said)
        except CetmError as error:
            problem = figures.problem(error.what, error.hint)
            try:
                answer = service.screener.propose(geometry, said=said).answer
            except CetmError:  # the same holds for its layers: the answer in the page stays
                return *same, problem, None, no_update
            return *map(lean, views(service, answer, Stage.FAILED)), problem, None, no_update
        *judged, land = shown(found.answer)
        missing = found.rasters["missing"]
        draft = draft_of(found.answer, geometry, said.plain(), pending=bool(missing))
        if missing and layers:
            return *judged, [_later(missing), *land], None, draft
        try:
            begun = UNFINISHED.begun(jobs, missing, geometry, said)
        except CetmError as error:
            problem = figures.problem(error.what, error.hint)
            return *judged, [problem, *land], None, draft
        return *judged, land, begun, draft

    outputs = [Output(place, "children", allow_duplicate=True) for place in PLACES]
    outputs.append(Output(NOW, "data", allow_duplicate=True))
    UNFINISHED.register(app, jobs, outputs, shown_late)


def with_answer(answer: Answer) -> Patch:
    """What the page remembers of a shape, now that its whole answer is there."""
    patch = Patch()
    patch.update({**told(answer), "pending": False})
    return patch


def _later(missing: Sequence[str]) -> html.Div:
    text = _("Measured with the rest, which is under way: {layers}.")
    said = text.format(layers=", ".join(missing))
    return html.Div(html.P(said), className="unfinished", role="status")
