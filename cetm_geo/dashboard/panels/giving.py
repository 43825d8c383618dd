"""Where a proposal's shape comes from: drawn, from a file, a licence or corners; and its check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, dcc, html, no_update

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.explore.choices import suggesting
from cetm_geo.dashboard.panels.drafted import DRAWN, to_show
from cetm_geo.dashboard.propose.givenview import file_field, findings_view, given_view
from cetm_geo.dashboard.tree import drawn as tree
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import CetmError, SiteError
from cetm_geo.language import _
from cetm_geo.web import Service
from cetm_geo.web.finding import TITLE
from cetm_geo.web.shapecheck import check_shape
from cetm_geo.web.uploads import limits_said

# What assets/propose.js was answered of a file, without its outlines, which it holds.
GIVEN, GIVEN_BODY, FILE = "shape-given", "shape-given-body", "shape-file"
LICENCE, START, START_PROBLEM = "licence-start", "licence-asked", "licence-problem"
SKETCH, FINDINGS = "sketch", "shape-findings"
FILE_FOLD, LICENCE_FOLD = "fold-upload", "fold-licence"


def stores() -> list[dcc.Store]:
    """What the browser tells of files, licences and unfinished drawings."""
    return [dcc.Store(id=one) for one in (GIVEN, START, SKETCH)]


def layout() -> list[Any]:
    """Folds for a file and for a licence; what the check of the present shape says."""
    upload = html.Details(
        [
            html.Summary(_("Give a file")),
            tree(file_field(limits_said(), FILE)),
            html.Div(id=GIVEN_BODY, **attrs({"aria-live": "polite"})),
        ],
        id=FILE_FOLD,
        className="giving",
    )
    licence = html.Details(
        [
            html.Summary(_("Start from a licence")),
            html.P(
                _("Its outline becomes the shape, which you can then edit; the title stays as is."),
                className="muted",
            ),
            tree(suggesting("outline", LICENCE, _("Licence number or name"))),
            html.Div(id=START_PROBLEM, **attrs({"aria-live": "polite"})),
        ],
        id=LICENCE_FOLD,
        className="giving",
    )
    return [upload, licence]


def findings() -> html.Div:
    """Where the check of the shape in hand speaks, while it is drawn too."""
    return html.Div(id=FINDINGS, className="findings", **attrs({"aria-live": "polite"}))


def site_of(service: Service, asked: Mapping[str, Any]) -> str:
    """The title that was chosen, or the only one that a text can mean. Raises SiteError."""
    if asked.get("go"):
        return parse_qs(str(asked["go"])).get("site", [""])[0]
    text = str(asked.get("text") or "").strip()
    found = service.finder().suggest(text, 2, (TITLE,))
    if len(found) == 1:
        return parse_qs(found[0].go)["site"][0]
    if not found:
        raise SiteError(_("No title is called so."), _("Type part of its number or name."))
    raise SiteError(
        _("Several titles are called so."), _("Choose one of those that are suggested.")
    )


def checked(service: Service, shape: Any) -> Any:
    """What the check of a shape says, as the browser tells of one; of none nothing."""
    if not isinstance(shape, dict) or not shape.get("geometry"):
        return []
    geometry = shape["geometry"]
    return lean(findings_view(check_shape(geometry, service.area()), geometry))


def register(app: Dash, service: Service) -> None:
    """Show what a file holds, begin with a licence, check a shape while it is drawn."""

    @app.callback(Output(GIVEN_BODY, "children"), Input(GIVEN, "data"), prevent_initial_call=True)
    def show_given(given: Mapping[str, Any] | None) -> Any:
        return lean(given_view(given))

    @app.callback(
        Output(DRAWN, "data", allow_duplicate=True),
        Output(START_PROBLEM, "children"),
        Input(START, "data"),
        prevent_initial_call=True,
    )
    def start_from(asked: Mapping[str, Any] | None) -> tuple[Any, Any]:
        if not asked:
            return no_update, None
        try:
            geometry = service.outline_of(site_of(service, asked))
        except CetmError as error:
            return no_update, figures.problem(error.what, error.hint)
        return to_show(geometry), None

    @app.callback(Output(FINDINGS, "children"), Input(SKETCH, "data"), prevent_initial_call=True)
    def check(sketch: Any) -> Any:
        return checked(service, sketch)
