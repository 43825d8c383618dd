"""The switch between languages: links that keep the rest of the address; a cookie remembers."""

from __future__ import annotations

from dash import html

from cetm_geo import language
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import sign
from cetm_geo.language import _

MENU = "languages"


def layout() -> html.Div:
    """The choice, each language by its own name; assets/shell.js opens it and keeps what is chosen.

    Links and not a list that changes as arrow keys pass: the page is asked for anew.
    """
    now = language.chosen()
    label = _("Language: {name} ({code})").format(name=language.NAMES[now], code=now.upper())
    button = html.Button(
        [
            html.Span(language.NAMES[now], className="wide-only"),
            html.Span(now.upper(), className="narrow-only"),
            sign("icon-open"),
        ],
        className="menu-button",
        title=_("Language"),
        **attrs({"aria-label": label, "aria-expanded": "false", "aria-controls": MENU}),
    )
    links = [html.Li(_link(code, name, code == now)) for code, name in language.NAMES.items()]
    return html.Div([button, html.Ul(links, id=MENU, className="menu")], className="languages-menu")


def _link(code: str, name: str, current: bool) -> html.A:
    said = {"lang": code, "data-language": code}
    here = {"aria-current": "true"} if current else {}
    return html.A(name, href=f"?lang={code}", hrefLang=code, **attrs(said | here))
