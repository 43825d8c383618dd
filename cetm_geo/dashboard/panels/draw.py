"""A proposal: drawn on the map or typed as corners, answered by the same figures as a title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer.column import answer_view
from cetm_geo.dashboard.answer.downstream import countries_of, downstream_view
from cetm_geo.dashboard.answer.others import others_view
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.corners import Typed, corner_count, geometry_of_drawn, read_typed
from cetm_geo.dashboard.panels import (
    changes,
    describing,
    download,
    drafted,
    drafting,
    giving,
    keeping,
    land,
    leaving,
)
from cetm_geo.dashboard.panels.drafted import BEFORE, DRAWN, NOW, SAID
from cetm_geo.dashboard.panels.unfinished import Unfinished
from cetm_geo.dashboard.propose.drafts import draft_of, earlier, is_of
from cetm_geo.dashboard.propose.stages import Stage
from cetm_geo.dashboard.propose.steps import step
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import described
from cetm_geo.errors import CetmError
from cetm_geo.language import N_, _
from cetm_geo.web import Service
from cetm_geo.web.background import Jobs

PIECES, BODY = "proposal-pieces", "proposal-body"
TYPED, TYPE_IT, TYPED_PROBLEM = "typed-corners", "screen-typed", "typed-problem"
TYPING = "fold-typed"
READ_AS, READING, READINGS = "typed-read-as", "typed-reading", "typed-readings"
ACTIONS, FIXED, WAYS = "proposal-actions", "shape-fixed", "shape-ways"
UNFINISHED = Unfinished("unfinished")
_TOOLS = (
    ("draw", "pen", N_("Draw")),
    ("edit", "corners", N_("Edit corners")),
    ("undo", "undo", N_("Undo")),
    ("snap", "snap", N_("Snap")),
)
_TIPS: Mapping[str, str] = {
    "undo": N_("Take back the last change (Ctrl+Z; Shift+Ctrl+Z brings it back)"),
    "snap": N_("Corners land on the outlines of titles; hold Alt to place one freely"),
}
_FOLDS = (
    (giving.FILE_FOLD, "upload", N_("Upload")),
    (TYPING, "paste", N_("Paste coordinates")),
    (giving.LICENCE_FOLD, "title", N_("Licence no.")),
)
_EXAMPLES = ("12°34'56\"S 28°15'00\"E", "12.5822 S, 28.25 E", "35S 512345 8512345")


def toolbar() -> html.Div:
    """Buttons over the map, with what the tool in hand does; map/draw.mjs answers them, and
    assets/propose.js those that open a fold of the column."""
    parts = [
        *(_tool(*tool) for tool in _TOOLS),
        _parting(),
        *(_opener(*fold) for fold in _FOLDS),
        _parting(),
        _button("clear", _("Clear"), {"data-tool": "clear"}, bare=True),
    ]
    bar = html.Div(
        parts,
        className="toolbar floating",
        role="toolbar",
        **attrs({"aria-label": _("Drawing")}),
    )
    hint = html.Div(
        [
            html.P(id="draw-hint", **attrs({"aria-live": "polite"})),
            html.Button(
                [figures.sign("icon-clear"), _("Remove this corner")],
                id="remove-corner",
                className="tool",
                hidden=True,
            ),
        ],
        className="draw-hint floating",
    )
    return html.Div([bar, hint], className="drawing")


def _tool(name: str, icon: str, label: str) -> html.Button:
    state = {"undo": {"aria-disabled": "true"}, "snap": {"aria-pressed": "true"}}
    said = {"data-tool": name, **state.get(name, {"aria-pressed": "false"})}
    return _button(icon, _(label), said, _(_TIPS[name]) if name in _TIPS else _(label))


def _opener(fold: str, icon: str, label: str) -> html.Button:
    return _button(icon, _(label), {"data-open-fold": fold, "aria-controls": fold})


def _button(
    icon: str, label: str, said: Mapping[str, str], tip: str = "", bare: bool = False
) -> html.Button:
    """bare: the label is heard, not seen; on a narrow map every label is so."""
    name = html.Span(label, className="unseen" if bare else "tool-name")
    parts = [figures.sign(f"icon-{icon}"), name]
    return html.Button(parts, className="tool", title=tip or label, **attrs(said))


def _parting() -> html.Span:
    return html.Span(className="parting", **attrs({"aria-hidden": "true"}))


def layout(keeps: bool = False) -> html.Div:
    """Shape, what it is to be, what was found, and the proposals that are kept."""
    typing = html.Details(
        [
            html.Summary(_("Type or paste corners")),
            dmc.Textarea(
                id=TYPED,
                minRows=4,
                autosize=True,
                maxRows=10,
                label=_("One corner a line: degrees, degrees and minutes, or UTM; or GeoJSON"),
                description=_("For example: {corners}").format(corners=" · ".join(_EXAMPLES)),
            ),
            html.P(id=READ_AS, className="read-as", **attrs({"aria-live": "polite"})),
            html.Div(
                dmc.RadioGroup([], id=READING, label=_("Which reading is right?")),
                id=READINGS,
                hidden=True,
            ),
            html.Div(id=TYPED_PROBLEM),
            dmc.Button(_("Screen these corners"), id=TYPE_IT, variant="default", n_clicks=0),
        ],
        id=TYPING,
        className="typing",
    )
    shape = step(
        1,
        _("Shape"),
        drafting.letter(),
        html.P(
            _(
                "Click corners on the map and close the shape at its first corner, or give it in "
                "one of the ways below. It is screened on this server."
            ),
            className="lead without-shape",
        ),
        giving.findings(),
        html.P(
            _(
                "This shape has holes or many corners: it is shown and screened as it is, and "
                "cannot be edited corner by corner."
            ),
            id=FIXED,
            hidden=True,
            className="muted",
        ),
        drafting.layout(),
        html.Details(
            [
                html.Summary(_("From a file, a licence or typed corners")),
                *giving.layout(),
                typing,
            ],
            id=WAYS,
            className="ways",
            open=True,
        ),
    )
    answers = step(
        3,
        _("What was found"),
        "",
        html.P(
            _("Every layer answers as soon as there is a shape, nil results included."),
            className="muted without-shape",
        ),
        part="found",
    )
    foot = html.Div(
        [
            html.Button(
                _("Save screening"), className="button primary", **attrs({"data-jump": "kept"})
            )
            if keeps
            else None,
            download.proposal_menu(),
            html.Span(
                _("Kept on this server") if keeps else _("Nothing is kept on this server"),
                className="muted",
            ),
        ],
        id=ACTIONS,
        className="propose-foot",
        hidden=True,
    )
    return html.Div(
        [
            *drafted.stores(),
            *giving.stores(),
            *drafting.stores(),
            dcc.Store(id=PIECES),
            html.H1(_("A proposed concession"), className="unseen"),
            shape,
            describing.layout(),
            answers,
            UNFINISHED.layout(),
            land.UNFINISHED.layout(),
            html.Div(
                id=BODY,
                className="proposal-body",
                **attrs({"aria-live": "polite", "data-measuring": _("Measuring every layer…")}),
            ),
            keeping.layout(keeps),
            foot,
        ],
        className="panel panel-propose",
    )


def view(service: Service, answer: Mapping[str, Any], whole: bool) -> list[Any]:
    """A proposal's answers, each in a place of its own.

    whole: with what rasters say; else that comes later, to its places.
    """
    sources = service.screener.raster_sources()
    countries = countries_of(answer, service.store().rulebook.packs)
    verdict, flags, pillars, stages = (
        html.Div(part, id=place)
        for place, part in zip(
            (land.VERDICT, land.FLAGS, land.PILLARS, land.STAGES),
            land.views(service, answer, Stage.RUNNING if sources and not whole else Stage.DONE),
            strict=True,
        )
    )
    ground = land.land_place(sources, answer if whole else None)
    downstream = downstream_view(answer, countries)
    parts = answer_view(answer, verdict, flags, downstream, ground, others_view(answer), pillars)
    first, more = parts[:2], parts[2:]  # the verdict and the ways to the parts
    return lean([stages, *first, leaving.place(answer), changes.place(), *more])


def choices_view(typed: Typed) -> list[Any]:
    """The readings a text leaves open, none of them chosen beforehand."""
    return [dmc.Radio(label=label, value=value) for value, label in typed.choices]


def _asked(typed: Typed, clicks: int) -> tuple[Any, Any]:
    """What is drawn when screening is asked for; nothing before a reading is confirmed."""
    if typed.geometry is None:
        what = _("Nothing is screened yet: the corners can be read in two ways.")
        return no_update, figures.problem(what, _("Choose the reading that is right."))
    corners = corner_count(typed.geometry)
    return {"geometry": typed.geometry, "corners": corners, "typed": clicks}, None


def register(app: Dash, service: Service) -> None:
    """Screen what was drawn or typed."""

    jobs = Jobs(service.store_path, service.public)

    @app.callback(
        Output(BODY, "children"),
        Output(PIECES, "data"),
        Output(ACTIONS, "hidden"),
        Output(UNFINISHED.job, "data"),
        Output(NOW, "data"),
        Output(BEFORE, "data"),
        Output(land.UNFINISHED.job, "data", allow_duplicate=True),
        Output(giving.FINDINGS, "children", allow_duplicate=True),
        Input(DRAWN, "data"),
        Input(SAID, "data"),
        State(UNFINISHED.job, "data"),
        State(NOW, "data"),
        State(BEFORE, "data"),
        State(land.UNFINISHED.job, "data"),
        running=[(Output(BODY, "className"), "proposal-body measuring", "proposal-body")],
        prevent_initial_call=True,
    )
    def screen_drawn(
        drawn: Mapping[str, Any] | None,
        words_of_it: Mapping[str, Any] | None,
        job: Mapping[str, Any] | None,
        now: dict[str, Any] | None,
        before: dict[str, Any] | None,
        land_job: Mapping[str, Any] | None,
    ) -> tuple[Any, ...]:
        # One question for all that a click changes: several would wait for each other.
        checked = giving.checked(service, drawn)
        jobs_before = [one for one in (job, land_job) if one]

        def drop() -> tuple[Any, Any]:
            """No job goes on for the shape before; what the page knows of jobs then."""
            for one in jobs_before:
                jobs.cancel(one["token"])
            return None if job else no_update, None if land_job else no_update

        if not drawn:
            layers_job, rasters_job = drop()
            # Of None Dash would keep the paths of what is gone, and a late answer fail on them.
            return [], None, True, layers_job, None, None, rasters_job, checked
        kept = earlier(now, before)
        try:
            geometry = geometry_of_drawn(drawn)
            said = described(words_of_it or {}, service.store().rulebook)
            if is_of(now, geometry, said.plain()):
                return (*(no_update,) * 7, checked)
            begun, rasters_job = drop()
            done = service.screener.propose(geometry, said=said)
        except CetmError as error:
            begun, rasters_job = drop()
            problem = figures.problem(error.what, error.hint)
            return problem, None, False, begun, None, kept, rasters_job, checked
        answer = view(service, done.answer, whole=False)
        pending = bool(service.screener.raster_sources() or done.answer["missing"])
        draft = draft_of(done.answer, geometry, said.plain(), pending)
        try:
            begun = UNFINISHED.begun(jobs, done.answer["missing"], geometry, said) or begun
        except CetmError as error:
            answer.insert(0, figures.problem(error.what, error.hint))
        return answer, done.pieces, False, begun, draft, kept, rasters_job, checked

    def whole(found: Mapping[str, Any], job: Mapping[str, Any]) -> tuple[Any, ...]:
        answer = view(service, found, whole=True)
        try:
            begun = land.UNFINISHED.following(jobs, found["missing"], job)
        except CetmError as error:
            answer.insert(0, figures.problem(error.what, error.hint))
            begun = None
        return answer, found["pieces"], begun, land.with_answer(found)

    outputs = [
        Output(BODY, "children", allow_duplicate=True),
        Output(PIECES, "data", allow_duplicate=True),
        Output(land.UNFINISHED.job, "data", allow_duplicate=True),
        Output(NOW, "data", allow_duplicate=True),
    ]
    UNFINISHED.register(app, jobs, outputs, whole)
    land.register(app, service, jobs, UNFINISHED.job)
    for panel in (describing, giving, drafting, changes, leaving, keeping):
        panel.register(app, service)

    @app.callback(
        Output(DRAWN, "data"),
        Output(TYPED_PROBLEM, "children"),
        Output(READ_AS, "children"),
        Output(READING, "children"),
        Output(READINGS, "hidden"),
        Input(TYPED, "value"),
        Input(TYPE_IT, "n_clicks"),
        State(READING, "value"),
        prevent_initial_call=True,
    )
    def read_or_screen(text: str | None, clicks: int, choice: str | None) -> tuple[Any, ...]:
        asked = TYPE_IT in {str(one["prop_id"]).split(".")[0] for one in ctx.triggered}
        try:
            typed = read_typed(text or "", choice or "", service.area())
        except CetmError as error:
            # Half a line is no mistake yet: what is wrong is said when screening is asked for.
            said = figures.problem(error.what, error.hint) if asked else None
            return no_update, said, None, [], True
        drawn, said = _asked(typed, clicks) if asked else (no_update, None)
        return drawn, said, typed.said, choices_view(typed), not typed.choices

    in_browser(app, "shape", Input(DRAWN, "data"))
    in_browser(app, "pieces", Input(PIECES, "data"))
