"""New data, a server that is gone, work that takes long: noticed by the page and said calmly.

assets/watch.js asks the server now and then which generation it serves.
"""

from __future__ import annotations

from collections.abc import Mapping

from dash import Dash, html

from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.language import N_, _
from cetm_geo.web import Service

BODY, PROGRESS = "watch", "progress"
# Said by the script; {day} is the day on which the new data were screened.
_SAID: Mapping[str, str] = {
    "new": N_("New data are there, screened {day}."),
    "gone": N_("The server does not answer. What you see stays; it is asked again."),
    "back": N_("The server answers again."),
}


def layout(generation: str = "", prefix: str = "/") -> html.Div:
    """The bar and what it may say.

    generation: what the page was made from, "" where there was nothing. prefix: of the page's
    addresses.
    """
    said = {f"data-{name}": _(text) for name, text in _SAID.items()}
    asked = {"data-generation": generation, "data-health": f"{prefix}api/v1/health"}
    bar = html.Div(
        [
            html.P(**attrs({"data-watch": "text"})),
            html.Button(
                _("Show them"), className="button", hidden=True, **attrs({"data-watch": "reload"})
            ),
            html.Button(
                figures.sign("icon-clear"),
                className="icon-button",
                title=_("Close"),
                hidden=True,
                **attrs({"aria-label": _("Close"), "data-watch": "close"}),
            ),
        ],
        className="watch-bar floating",
    )
    progress = html.Div(
        id=PROGRESS,
        className="progress",
        role="progressbar",
        hidden=True,
        **attrs({"aria-label": _("Working")}),
    )
    live = {"role": "status", "aria-live": "polite"}
    return html.Div(
        [progress, html.Div(bar, id=BODY, className="watch", **attrs(live | said | asked))]
    )


def register(app: Dash, service: Service) -> None:
    """Nothing of it is Dash's: the bar has to work when callbacks do not."""
