"""Places most under title, and what the register leaves unsaid, as bars. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import bar_row, bars, section
from cetm_geo.dashboard.country.profiled import ALL, Profile, groups_of, main_group
from cetm_geo.dashboard.country.words import FIELDS, PLACES_MOST, PUBLISHED
from cetm_geo.dashboard.figures import Component
from cetm_geo.language import _
from cetm_geo.model import Role
from cetm_geo.registers import IN_FORCE

PLACES_SHOWN = 6
_TINTS = {
    Role.PROTECTED_AREA: "protected",
    Role.KEY_BIODIVERSITY_AREA: "kba",
    Role.COMMUNITY_LAND: "community",
    Role.WATER_BASIN: "basin",
}


def places_view(profile: Profile) -> list[Component]:
    """Lists of the places most under title, two beside each other."""
    lists = [_places(listed, profile) for listed in _chosen(profile["places"])]
    return [html.Div(lists, className="pairs")]


def _chosen(places: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A list a role; of layers of basins the one with the worst basin."""
    basins = [one for one in places if one["role"] == Role.WATER_BASIN]
    worst = max(basins, key=_worst_share, default=None)
    rest = [one for one in places if one["role"] != Role.WATER_BASIN]
    return [*rest, worst] if worst else rest


def _worst_share(listed: Mapping[str, Any]) -> float:
    return max((place["covered_share"][ALL] for place in listed["most"]), default=-1.0)


def _places(listed: Mapping[str, Any], profile: Profile) -> Component:
    group = main_group(profile)
    rows = [
        bar_row(
            _name(place),
            place["covered_share"][group],
            words.share(place["covered_share"][group]),
            words.area(place["covered_km2"][group]),
            most=place["covered_share"][ALL],
            go=_way(place),
        )
        for place in listed["most"][:PLACES_SHOWN]
    ]
    basin = listed["role"] == Role.WATER_BASIN
    return section(
        PLACES_MOST[listed["role"]],
        _("share, land"),
        html.P(listed["label"], className="muted") if basin else None,
        bars(rows, _TINTS[Role(listed["role"])]) if rows else _no_place(listed),
        html.P(_of_places(listed, profile), className="muted") if rows else None,
        name=f"most-{listed['role']}",
    )


def _name(place: Mapping[str, Any]) -> str:
    if place["feature_id"] is None:
        return _("name withheld: licence")
    return str(place["name"] or place["feature_id"])


def _way(place: Mapping[str, Any]) -> str:
    """What the address holds when the place is open."""
    if place["feature_id"] is None:
        return ""
    at = f"{place['layer_id']}/{place['feature_id']}"
    return urlencode({"view": "", "country": "", "site": "", "place": at})


def _no_place(listed: Mapping[str, Any]) -> Component:
    missing = listed["status"] == "layer_missing"
    text = (
        _("No layer of them is loaded: nothing follows from their absence.")
        if missing
        else _("None shares 1 km² or more with a title, as far as the layers reach.")
    )
    return html.P(text, className="muted")


def _of_places(listed: Mapping[str, Any], profile: Profile) -> str:
    count = listed["places_count"]
    text = (
        _("{n} share land with titles. Solid: titles in force or not stated; pale: all others.")
        if main_group(profile) == IN_FORCE and len(groups_of(profile)) > 1
        else _("{n} share land with titles.")
    )
    return text.format(n=words.number(count[ALL] or 0)) + " " + _("From 1 km² under title on.")


# --- what the register leaves unsaid -------------------------------------------------------------


def unsaid_view(profile: Profile) -> Component:
    """Of how many titles the register states what; the rest of a bar is hatched."""
    total = profile["titles"]["titles_count"][ALL]
    register = profile["pillars"]["governance"]["register"]
    stated = [(FIELDS[r["field"]], r["titles_count"][ALL]) for r in register["stated"]]
    published = [
        (PUBLISHED[r["topic"]], r["published_count"][ALL] or 0) for r in register["disclosure"]
    ]
    rows = [
        bar_row(label, n / total if total else 0, words.number(n) if n else _("none"), "")
        for label, n in (*stated, *published)
    ]
    return section(
        _("What the register leaves unsaid"),
        words.counted("of {n} title", "of {n} titles", total),
        bars(rows, "ink hatched"),
        html.P(_without_table(register), className="muted"),
        name="unsaid",
    )


def _without_table(register: Mapping[str, Any]) -> str:
    silent = all(row["published_count"]["status"] == "not_stated" for row in register["disclosure"])
    if silent:
        return _("What is published of titles: no table of statements came with the data.")
    return _(
        "What is published of titles is told by the table of statements that came with the data; "
        "no word is no answer."
    )
