"""Titles looked at one by one: what finding has to agree with, slow and obvious."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import STATUS_GROUPS
from cetm_geo.store import Store
from cetm_geo.web.filters import FULLY, NOT_STATED, Filters

Title = dict[str, Any]
Groups = Mapping[tuple[str, str], str]
_TITLES = """
    SELECT * EXCLUDE (geometry), ST_XMin(geometry) AS west, ST_YMin(geometry) AS south,
        ST_XMax(geometry) AS east, ST_YMax(geometry) AS north
    FROM sites
"""
_TILES = "SELECT feature_id AS site_id, position, reason FROM tiles WHERE tier <> ''"
_ANSWERS = "SELECT * FROM coverage WHERE scope_kind = 'layer' AND class_id = ''"
_PAIRS = """
    SELECT meeting.*, features.group_id, features.area_km2
    FROM "overlaps" AS meeting JOIN features USING (layer_id, feature_id)
"""
# What a flag, and a layer, says of a title: the set it is put into.
_FLAGS = {"raised": "raised", "not_assessed": "unassessed"}
_STATES = {
    "overlaps": "overlaps",
    "within_mapping_error": "touches",
    "failed": "silent",
    "not_covered": "silent",
    "coverage_unknown": "silent",
}
_SETS = {"raised", "unassessed", "overlaps", "touches", "silent"}


def asked(store: Store, question: str) -> list[dict[str, Any]]:
    """Rows of any statement; nan is None."""
    found = store._cursor().execute(question)
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{k: None if v != v else v for k, v in row.items()} for row in rows]  # noqa: PLR0124


def titles_of(store: Store) -> list[Title]:
    """Every title with all that is known of it, in the order of the tiles."""
    where = {row["site_id"]: row for row in asked(store, _TILES)}
    tiers = {row["site_id"]: row for row in store.rows("all_tiers")}
    listed = {mineral.id: set(mineral.lists) for mineral in store.rulebook.minerals.values()}
    out = {}
    for row in asked(store, _TITLES):
        site_id = row["site_id"]
        sets: dict[str, Any] = {name: set() for name in _SETS}
        own = {"n": where[site_id]["position"], "reason": where[site_id]["reason"], "places": {}}
        lists = {name for mineral in row["minerals"] for name in listed[mineral]}
        out[site_id] = row | tiers[site_id] | sets | own | {"lists": lists}
    for row in store.rows("all_flags"):
        if row["status"] in _FLAGS:
            out[row["site_id"]][_FLAGS[row["status"]]].add(row["rule_id"])
    for row in asked(store, _ANSWERS):
        known = not row["gap"] or (row["inside_share"] or 0) >= 1
        kind = _STATES.get(row["state"]) or ("" if known else "silent")
        if kind and row["state"] != "checked_none":
            out[row["site_id"]][kind].add(row["scope_id"])
    for row in asked(store, _PAIRS):
        places = out[row["site_id"]]["places"]
        places.setdefault((row["layer_id"], row["group_id"]), []).append(row)
    return sorted(out.values(), key=lambda title: title["n"])


def groups_of(store: Store) -> Groups:
    """Of what place each feature is a part."""
    rows = asked(store, "SELECT layer_id, feature_id, group_id FROM features")
    return {(row["layer_id"], row["feature_id"]): row["group_id"] for row in rows}


def plain(text: str) -> str:
    """A text of Latin letters without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def matches(title: Title, asked_for: Filters, groups: Groups) -> bool:
    """Whether one title matches."""
    return all(_words(title, asked_for, groups))


def _words(title: Title, asked_for: Filters, groups: Groups) -> Iterator[bool]:
    """Whether it matches each word that is asked for."""
    yield not asked_for.text or _holds(title, asked_for.text)
    statuses = {str(m) for word in asked_for.statuses for m in STATUS_GROUPS.get(word, (word,))}
    one_of = (
        (asked_for.tiers, {title["tier"]}),
        (asked_for.screened, {title["fully_screened"] == (asked_for.screened == FULLY)}),
        (statuses, {title["status"]}),
        (asked_for.stages, {title["stage"]}),
        (asked_for.holders, {title["holder"] or NOT_STATED}),
        (asked_for.minerals, set(title["minerals"]) or {NOT_STATED}),
        (asked_for.lists, title["lists"]),
        (asked_for.rules, title["raised"]),
        (asked_for.layers, title["overlaps"]),
        (asked_for.ids, {title["site_id"]}),
    )
    for wanted, own in one_of:
        values = {True} if isinstance(wanted, str) else set(wanted)
        yield not wanted or bool(values & own)
    yield not asked_for.places or any(_meets(title, place, groups) for place in asked_for.places)
    least, most = asked_for.area_km2
    yield least is None or title["area_km2"] >= least
    yield most is None or title["area_km2"] <= most
    yield _was_granted(title, asked_for)
    if asked_for.box:
        west, south, east, north = asked_for.box
        yield title["west"] <= east and title["east"] >= west
        yield title["south"] <= north and title["north"] >= south


def _holds(title: Title, text: str) -> bool:
    said = [title[c] or "" for c in ("feature_id", "name", "holder", "commodity_text")]
    words = plain(text).split()
    found = all(any(word in plain(one) for one in said) for word in words)
    return found or text == title["site_id"]


def _was_granted(title: Title, asked_for: Filters) -> bool:
    first, last = asked_for.days_granted()
    if first is None and last is None:
        return True
    if not title["granted_on"]:
        return False
    return (first or date.min) <= date.fromisoformat(title["granted_on"]) <= (last or date.max)


def _meets(title: Title, place: tuple[str, str], groups: Groups) -> bool:
    parts = title["places"].get((place[0], groups[place]), [])
    shared = sum(part["overlap_km2"] for part in parts)
    return shared > COUNTED_KM2 or any(part["area_km2"] <= 0 for part in parts)
