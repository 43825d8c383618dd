"""Views of what can be taken away: menus of files, and how the same is had without the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.export import Format
from cetm_geo.language import N_, _
from cetm_geo.web.asking import API, titles_address, titles_commands
from cetm_geo.web.filters import Filters

_OF_TITLES: Mapping[str, str] = {
    Format.GEOJSON: N_("GeoJSON, with outlines"),
    Format.PARQUET: N_("GeoParquet, with outlines"),
    Format.CSV: N_("CSV, a row a title"),
}
_OF_TITLE: Mapping[str, str] = {
    Format.GEOJSON: N_("GeoJSON, with flags and sources"),
    Format.PARQUET: N_("GeoParquet, with flags and sources"),
    Format.CSV: N_("CSV, one row"),
}
_REPORTS: Mapping[str, str] = {"pdf": N_("Report, PDF"), "html": N_("Report, one HTML file")}


def menu(label: str, items: Sequence[Component], **more: Any) -> Component:
    """A button that opens a list of files; assets/table.js closes it."""
    return html.Details(
        [
            html.Summary([sign("icon-down"), label], className="button"),
            html.Div(list(items), className="menu-body"),
        ],
        className="download-menu",
        **more,
    )


def same_view(commands: Component) -> Component:
    """The commands that give the same, folded into a menu. commands: as `commands_view`."""
    return html.Details(
        [
            html.Summary(_("The same by command or API")),
            commands,
            html.P(_("The ending .geojson, .csv or .parquet tells the format."), className="muted"),
        ],
        className="menu-same",
    )


def commands_view(commands: Sequence[str], **more: Any) -> Component:
    """Commands to copy, one below the other."""
    return html.Div([html.P(one, className="command", dir="ltr") for one in commands], **more)


def sources_link() -> Component:
    """What a CSV cannot hold."""
    said = _("Sources and licences, JSON")
    return html.A(said, href=f"{API}provenance.json", download="provenance.json")


def titles_menu(filters: Filters, count: int, withheld: str) -> Component:
    """Files of the titles that are listed. withheld: why their outlines are not given, or ""."""
    said = _("Download {n}").format(n=words.number(count))
    if not count:
        return html.Span(said, key="download", className="button disabled")
    forms = [Format.CSV] if withheld else list(_OF_TITLES)
    note = [html.Span(withheld, className="menu-note")] if withheld else []
    return menu(said, [*note, *_links(forms, filters, _OF_TITLES)], key="download")


def title_menu(site_id: str) -> Component:
    """Files of one title: its report, its evidence, and its numbers."""
    address = f"{API}sites/{quote(site_id, safe='')}"
    reports = [
        html.A(_(label), href=f"{address}/report.{form}", download="")
        for form, label in _REPORTS.items()
    ]
    bundle = html.A(_("Evidence bundle, ZIP"), href=f"{address}/bundle.zip", download="")
    files = _links(list(_OF_TITLE), Filters(ids=(site_id,)), _OF_TITLE)
    return menu(_("Download"), [*reports, bundle, *files])


def _links(forms: Sequence[str], filters: Filters, labels: Mapping[str, str]) -> list[Component]:
    links = [
        html.A(_(labels[form]), href=titles_address(form, filters), download="") for form in forms
    ]
    same = same_view(commands_view(titles_commands(forms[0], filters)))
    return [*links, sources_link(), same]
