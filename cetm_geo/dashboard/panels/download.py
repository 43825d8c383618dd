"""The downloads of a proposal: files of its answer, and its shape for the command line."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html

from cetm_geo import notes
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.downloads import commands_view, menu, same_view, sources_link
from cetm_geo.dashboard.figures import Component
from cetm_geo.dashboard.panels.drafted import DRAWN, SAID
from cetm_geo.described import NOT_SAID, described
from cetm_geo.errors import CetmError
from cetm_geo.export import Format
from cetm_geo.language import N_, _
from cetm_geo.web import Service
from cetm_geo.web.asking import SHAPE, proposal_commands, shape_file
from cetm_geo.web.files import TYPES, proposal_file

FILE = "proposal-file"
SAVE_SHAPE, MAKING, SAID_OF, COMMANDS = (
    "save-shape", "proposal-file-making", "proposal-file-said", "proposal-commands",
)  # fmt: skip
_LABELS: Mapping[Format, str] = {
    Format.GEOJSON: N_("GeoJSON, with flags and sources"),
    Format.CSV: N_("CSV, one row"),
    Format.PARQUET: N_("GeoParquet, with flags and sources"),
}
_SAVES: Mapping[str, Format] = {f"save-{form.value}": form for form in _LABELS}


def layout() -> dcc.Download:
    """What hands a proposal's file to the reader."""
    return dcc.Download(id=FILE)


def proposal_menu() -> Component:
    """The files of a proposal, and the commands that give the same."""
    saves = [html.Button(_(_LABELS[form]), id=name) for name, form in _SAVES.items()]
    shape = html.Button(_("The shape alone, for the commands below"), id=SAVE_SHAPE)
    commands = commands_view(proposal_commands(Format.GEOJSON, NOT_SAID), id=COMMANDS)
    return html.Div(
        [
            menu(_("Download"), [*saves, sources_link(), shape, same_view(commands)]),
            html.Span(
                _("Measuring all of it for the file…"), id=MAKING, hidden=True, role="status"
            ),
            html.Div(id=SAID_OF, role="status"),
        ],
        className="proposal-files",
    )


def lacking(missing: tuple[str, ...]) -> Component | None:
    """What a file does not hold, as not measured in time; it says so itself, too."""
    if not missing:
        return None
    what = _("The file lacks what takes longer: {parts}.").format(
        parts=", ".join(map(notes.said, missing))
    )
    return figures.problem(what, _("The command below Download gives all of it."))


def register(app: Dash, service: Service) -> None:
    """Make the proposal's files, and keep the commands to what it is said to be."""

    @app.callback(
        Output(FILE, "data"),
        Output(SAID_OF, "children"),
        *(Input(name, "n_clicks") for name in _SAVES),
        Input(SAVE_SHAPE, "n_clicks"),
        State(DRAWN, "data"),
        State(SAID, "data"),
        running=[(Output(MAKING, "hidden"), False, True)],
        prevent_initial_call=True,
    )
    def save(*given: Any) -> tuple[Any, Any]:
        *clicks, drawn, words_of_it = given
        if not any(clicks) or not drawn:
            return None, None
        try:
            geometry = geometry_of_drawn(drawn)
            said = described(words_of_it or {}, service.store().rulebook)
            if ctx.triggered_id == SAVE_SHAPE:
                kind = TYPES[Format.GEOJSON]
                shape = {"content": shape_file(geometry, said), "filename": SHAPE, "type": kind}
                return shape, None
            form = _SAVES[str(ctx.triggered_id)]
            made = proposal_file(service, form, geometry, said=said)
        except CetmError as error:
            return None, figures.problem(error.what, error.hint)
        return _handed(made.content, form), lacking(made.missing)

    @app.callback(Output(COMMANDS, "children"), Input(SAID, "data"))
    def commands(words_of_it: Mapping[str, Any] | None) -> Any:
        try:
            said = described(words_of_it or {}, service.store().rulebook)
        except CetmError:
            said = NOT_SAID
        return commands_view(proposal_commands(Format.GEOJSON, said)).children


def _handed(content: bytes, form: Format) -> dict[str, Any]:
    """Bytes as dcc.Download takes them."""
    text = base64.b64encode(content).decode("ascii")
    name, kind = f"proposal.{form}", TYPES[form]
    return {"content": text, "base64": True, "filename": name, "type": kind}
