"""How a country stands to groups of countries, treaties and standards. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.country.profiled import Profile
from cetm_geo.dashboard.country.words import GROUP_NAMES, STANDINGS
from cetm_geo.dashboard.figures import Component
from cetm_geo.language import _


def standing_view(profile: Profile) -> Component:
    """Groups of countries and treaties with their days: what binds, and how it is known."""
    groups = [_group(row) for row in profile["memberships"]]
    treaties = [_treaty(row) for row in profile["treaties"]]
    note = _("No line is no record; it does not mean that the country is no party.")
    on_record = html.Ul(treaties, className="standing") if treaties else html.P(_("None."))
    parts = [
        html.Div([html.H3(_("Groups of countries")), html.Ul(groups, className="standing")]),
        html.Div(
            [
                html.H3(_("Treaties and standards on record")),
                on_record,
                html.P(note, className="muted"),
            ]
        ),
    ]
    return section(
        _("How the country stands"),
        _("on {day}").format(day=words.day(profile["as_of"])),
        html.Div(parts, className="pairs"),
        name="standing",
    )


def _group(row: Mapping[str, Any]) -> Component:
    name = GROUP_NAMES[row["group"]] if row["group"] in GROUP_NAMES else row["label"]
    told = _membership(row) if row["is_member"] else _("not a member")
    return html.Li([html.B(f"{name} ({row['group']})"), html.Span(told), *_proof(row)])


def _membership(row: Mapping[str, Any]) -> str:
    """Member, with the days: since when, until when, and what of it is open."""
    since, until = row["valid_from"], row["valid_to"]
    told = STANDINGS[row["membership_status"]]
    if since:
        told = _("{standing} since {day}").format(standing=told, day=words.day(since))
    if not until:
        return told
    text = (
        _("{standing}; whether it leaves on {day} is open")
        if row["membership_status"] == "open"
        else _("{standing}, until {day}")
    )
    return text.format(standing=told, day=words.day(until))


def _treaty(row: Mapping[str, Any]) -> Component:
    status = row["membership_status"]
    told = STANDINGS.get(status, status)
    if row["valid_from"]:
        told = _("{standing}; {day}").format(standing=told, day=words.day(row["valid_from"]))
    if status == "signed" and not row["verified"]:
        told = _("{standing}; no record of what followed").format(standing=told)
    return html.Li([html.B(row["instrument"]), html.Span(told), *_proof(row)])


def _proof(row: Mapping[str, Any]) -> list[Component]:
    """Whether someone opened the source, and which it is."""
    if row["verified"] is None:
        return []
    seal = _("verified") if row["verified"] else _("not yet verified")
    out = [html.Span(seal, className="verified" if row["verified"] else "unverified")]
    return [*out, html.Small(row["source"])] if row["source"] else out
