"""Views of a place: the titles on it, those near it, and what it all rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.place.land import name_of, place_key, registers_said
from cetm_geo.language import _
from cetm_geo.model import Tier
from cetm_geo.pressure import ALL

Component = Any
Row = Mapping[str, Any]


def back_view(place: Row) -> Component:
    """The way back from a title to the place it was opened from."""
    said = _("Back to {place}").format(place=name_of(place))
    go = {"data-go": "site="}
    return html.A([figures.sign("icon-back"), said], href="?", className="back", **attrs(go))


def group_heading(group: str, answer: Row) -> list[Component]:
    """A group of statuses, how many titles it has and what they come to."""
    titles, land = answer["counts"][group]["titles"], answer["land"]
    count = words.counted("{n} title", "{n} titles", titles) if titles else _("none")
    aside = count
    if titles and land is not None:
        text = _("{titles}; together {area}, {share}")
        area, share = (land[group][key] for key in ("covered_km2", "covered_share"))
        aside = text.format(titles=count, area=words.area(area), share=words.share(share))
    return [words.STATUS_GROUP_LABELS[group], html.Small(aside)]


def titles_view(rows: Sequence[Row], place: Row) -> Component | None:
    """Titles of one group as a table; a name opens the title, a button finds the land it shares."""
    if not rows:
        return None
    heads = [_("Title"), _("On it"), _("Of the place")] if place["area_km2"] else [_("Title")]
    head = [html.Th(text, scope="col", className="n" if i else "") for i, text in enumerate(heads)]
    seen = html.Th(html.Span(_("On the map"), className="unseen"), scope="col")
    body = [_title_row(row, place) for row in rows]
    return html.Table(
        [html.Thead(html.Tr([*head, seen])), html.Tbody(body)], className="table place-titles"
    )


def _title_row(row: Row, place: Row) -> Component:
    tier = words.TIERS[Tier(row["tier"])]
    partly = not row["fully_screened"] and row["tier"] != Tier.NOT_FULLY_SCREENED
    name = row["name"] or row["site_id"]
    link = urlencode({"site": row["site_id"]})
    own = [
        tier.label,
        _(words.NOT_FULLY_SCREENED) if partly else None,
        _("{share} of the title").format(share=words.share(row["overlap_share"]))
        if row["overlap_km2"]
        else None,
        words.STATUSES.get(row["status"]),
        _("verify: within the mapping error") if row["sliver"] else None,
    ]
    first = html.Th(
        [
            figures.sign(tier.sign),
            html.A(name, href=f"?{link}", **attrs({"data-go": link})),
            html.Small(" · ".join(filter(None, own))),
        ],
        scope="row",
    )
    cells = []
    if place["area_km2"]:
        cells = [
            html.Td(words.area(row["overlap_km2"]), className="n"),
            html.Td(words.share(row["feature_share"]), className="n"),
        ]
    return html.Tr([first, *cells, html.Td(_find_button(row, place, name))])


def _find_button(row: Row, place: Row, name: str) -> Component:
    said = _("Show the land that {title} shares on the map").format(title=name)
    piece = {
        "data-piece": place_key(place["layer_id"], place["feature_id"]),
        "data-piece-site": row["site_id"],
        "aria-label": said,
    }
    if not row["has_shape"]:
        return None
    return html.Button(figures.sign("icon-fit"), title=said, className="find", **attrs(piece))


# --- what is near, and what it rests on ----------------------------------------------------------


def near_view(answer: Row) -> Component | None:
    """Titles about a place on which none lies, and how far they are."""
    near = answer["near"]
    if near is None:
        if answer["counts"][ALL]["titles"]:
            return None
        text = _("Many titles may be near; the map and the table show them.")
        return figures.block(_("Titles near it"), "", html.P(text))
    reaches = [
        html.Li(
            [
                html.Span(_("within {n} km").format(n=words.number(float(km)))),
                html.Span(words.number(count) if count else _("none"), className="n"),
            ]
        )
        for km, count in near["within_km"].items()
    ]
    rows = [
        html.Li(
            [
                _tier_sign(row),
                _site_link(row),
                html.Span(words.distance(row["distance_km"]), className="n"),
            ]
        )
        for row in near["titles"]
    ]  # fmt: skip
    return figures.block(
        _("Titles near it"),
        _("in a straight line"),
        html.Ul(reaches, className="groups near-counts"),
        html.Ul(rows, className="near-titles") if rows else None,
    )


def _tier_sign(row: Row) -> Component:
    tier = words.TIERS[Tier(row["tier"])]
    return figures.sign(tier.sign, tier.label)


def _site_link(row: Row) -> html.A:
    go = urlencode({"site": row["site_id"]})
    return html.A(row["name"] or row["site_id"], href=f"?{go}", **attrs({"data-go": go}))


def sources_view(answer: Row, sources: Mapping[str, Row]) -> Component:
    """The layer and the registers: dates and licences."""
    names = [answer["place"]["layer_id"], *(row["layer_id"] for row in answer["registers"])]
    items = [_source_row(sources[name]) for name in names if name in sources]
    said = [html.Li(html.Small(text)) for text in registers_said(answer["registers"])]
    titles = answer["counts"][ALL]["titles"]
    return figures.block(
        _("Sources"), _("as of"), html.Ul([*items, *(said if titles else [])], className="sources")
    )


def _source_row(row: Row) -> Component:
    web = figures.is_web_address(row.get("licence_url"))
    licence = (
        html.A(row["licence"], href=row["licence_url"], rel="noreferrer noopener", target="_blank")
        if web
        else row["licence"]
    )
    spaced = [row["attribution"], " · ", licence] if row.get("attribution") else [licence]
    return html.Li(
        [
            html.Span(row["label"]),
            html.Span(words.day(row["as_of"]), className="when"),
            html.Small(spaced),
        ]
    )
