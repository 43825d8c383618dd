"""The section Overlaps: each place that shares land with a site, and what the site adds to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.answer.touching import to_piece
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, block, place_link, swatch, title_link
from cetm_geo.dashboard.mapconfig import DRAW_OF_ROLE
from cetm_geo.language import _
from cetm_geo.model import Role

# Places of a role that stand in sight; of basins, which always cover a site, fewer.
SHOWN_OF_ROLE, SHOWN_BASINS = 6, 3


def overlaps_view(answer: Row) -> Component | None:
    """Every place that shares land with the site, by role, the largest overlap first."""
    rows = reading.shown_overlaps(answer["overlaps"])
    if not rows:
        return None
    first: list[Row] = []
    rest: list[Row] = []
    for role, own in groupby(rows, key=lambda row: row["role"]):
        listed, shown = list(own), SHOWN_BASINS if role == Role.WATER_BASIN else SHOWN_OF_ROLE
        first += listed[:shown]
        rest += listed[shown:]
    more = words.counted("Show {n} more place", "Show {n} more places", len(rest))
    return block(
        _("Overlaps"),
        _("place by place; land under two places counts in both"),
        _table(first, answer),
        html.Details([html.Summary(more), _table(rest, answer)], className="more-places")
        if rest
        else None,
        part="overlaps",
    )


def _table(rows: Sequence[Row], answer: Row) -> Component:
    """Roles are said of every part, since a small screen shows the cells of a row below another."""
    heads = _heads(answer["site"])
    head = [
        html.Th(x, scope="col", role="columnheader", className="n" if i else "")
        for i, x in enumerate(heads)
    ]
    draws = draws_of(answer["sources"])
    bodies = [
        html.Tbody(
            [
                html.Tr(
                    html.Th(words.role_label(role), scope="rowgroup", colSpan=str(len(heads))),
                    className="of-role",
                ),
                *(tr for row in own for tr in _rows(row, answer["site"], draws)),
            ],
            role="rowgroup",
        )
        for role, own in groupby(rows, key=lambda row: row["role"])
    ]
    top = html.Thead(html.Tr(head, role="row"), role="rowgroup")
    spoken = {"aria-label": _("Overlaps, place by place")}
    return html.Table([top, *bodies], className="table places", role="table", **attrs(spoken))


def _heads(site: Row) -> tuple[str, ...]:
    of_site = _("Of this proposal") if reading.is_proposal(site) else _("Of this title")
    return _("Place"), _("Overlap"), of_site, _("Of that area")


def draws_of(sources: Sequence[Row]) -> Mapping[str, str]:
    """How the map draws each layer, as the name of its sample."""
    return {row["layer_id"]: _draw(row) for row in sources}


def _draw(source: Row) -> str:
    role = source.get("role") or ""
    if role == Role.CONCESSION:
        return "site"
    try:
        style = json.loads(source.get("style") or "{}")
    except ValueError:
        style = {}
    stated = style.get("draw") if isinstance(style, dict) else None
    return str(stated or DRAW_OF_ROLE.get(role, "point"))


def _rows(row: Row, site: Row, draws: Mapping[str, str]) -> list[Component]:
    """A place with its figures, and below them what the site adds to titles on it."""
    about = " · ".join(str(part) for part in (row.get("designation"), row["layer_label"]) if part)
    verify = html.Small(_("verify: within the mapping error")) if row.get("sliver") else None
    show = to_piece(row, swatch(draws.get(row["layer_id"], "point")), "to-map")
    place = html.Th(
        html.Div([show, html.Div([_name(row), html.Small(about), verify])], className="place"),
        scope="row",
        role="rowheader",
    )
    cells = [
        html.Td(text, className="n", role="cell", **attrs({"data-head": head}))
        for text, head in zip(figures_of(row), _heads(site)[1:], strict=True)
    ]
    adds = _adds(row, site)
    first = html.Tr([place, *cells], role="row", className="with-adds" if adds else "")
    if adds is None:
        return [first]
    told = html.Td(adds, colSpan=str(1 + len(cells)), role="cell")
    return [first, html.Tr(told, role="row", className="adds")]


def figures_of(row: Row) -> tuple[str, str, str]:
    """Of a place, its overlap in words, and the shares of the site and of the place."""
    # No land is shared with a point, nor with an area that only has an edge in common.
    if not row["overlap_km2"]:
        return _("touches") if row.get("sliver") else _("inside"), "–", "–"
    of_place = row["feature_share"]
    return (
        words.area(row["overlap_km2"]),
        words.share(row["overlap_share"]),
        "–" if of_place is None else words.share(of_place),
    )


def _name(row: Row) -> Component:
    """A place's name, which leads to the titles on it; another title's leads to that title."""
    name = reading.name_of(row)
    if not row.get("feature_id"):
        return html.Span(name)
    if row["role"] == Role.CONCESSION:
        return title_link(f"{row['layer_id']}:{row['feature_id']}", name)
    return place_link(row["layer_id"], row["feature_id"], name)


def _adds(row: Row, site: Row) -> Component | None:
    """What the site adds to titles in force on a place: a bar of the place, and the same said."""
    shares = reading.added_shares(row)
    if shares is None:
        return None
    added, already = (min(share, 1.0) for share in shares)
    parts: list[Any] = [
        html.Span(className=kind, style={"width": f"{100 * share:.2f}%"})
        for kind, share in (("already", already), ("added", added))
        if share > 0
    ]
    bar = html.Span(parts, className="adds-bar", **attrs({"aria-hidden": "true"}))
    return html.Div([bar, html.Small(reading.adds(row, site))], className="adds-said")
