"""Reads an answer dict (a stored site's or a drawn one's) into what the page says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cetm_geo import words
from cetm_geo.model import (
    DISTANCE_ROLES,
    OVERLAID_ROLES,
    SCREENED_ROLES,
    STATUS_GROUPS,
    LayerState,
    Role,
)
from cetm_geo.overlay import SEARCH_KM

Row = Mapping[str, Any]
_UNANSWERED = (LayerState.NOT_COVERED, LayerState.FAILED, LayerState.COVERAGE_UNKNOWN)
_NONE_FOUND = (LayerState.CHECKED_NONE, LayerState.WITHIN_RING)
_NAMES_SHOWN = 3
# Roles with a line for each layer; the distances stand together in one sentence.
_LINE_ROLES = (*OVERLAID_ROLES, Role.INTACT_FOREST, Role.MINE_FOOTPRINT)


def noun(site: Row) -> str:
    """What a sentence calls the site."""
    return "proposal" if site.get("kind") == "proposal" else "title"


def shown_lines(lines: Sequence[Row]) -> list[Row]:
    """Layer lines, and before them a role's own only where it heads several or stands for none."""
    shown: list[Row] = []
    for role in dict.fromkeys(line["role"] for line in lines if line["role"] in _LINE_ROLES):
        own = [line for line in lines if line["role"] == role]
        layers = [line for line in own if line["scope_kind"] == "layer"]
        heading = [line for line in own if line["scope_kind"] == "role"]
        shown += layers if len(layers) == 1 else heading + layers
    return shown


def shown_overlaps(overlaps: Sequence[Row]) -> list[Row]:
    """The overlaps with what has lines of its own, the largest first."""
    shown = [row for row in overlaps if row["role"] in _LINE_ROLES]
    return sorted(shown, key=lambda row: -(row["overlap_km2"] or 0))


def distances(lines: Sequence[Row]) -> str:
    """How far the nearest river, settlement, port, ... is; empty where no such layer is loaded."""
    asked = [line for line in lines if line["role"] in DISTANCE_ROLES and _is_role(line)]
    return ", ".join(words.role_label(line["role"]).lower() + " " + _far(line) for line in asked)


def _far(line: Row) -> str:
    if line.get("nearest_km") is None:
        failed = line["state"] == LayerState.FAILED
        return "not known" if failed else f"none within {words.distance(SEARCH_KM)}"
    inside = line.get("feature_count") if line["role"] == Role.SETTLEMENT else 0
    counted = f" ({words.number(inside)} inside)" if inside else ""
    return words.distance(line["nearest_km"]) + counted


def is_heading(line: Row, lines: Sequence[Row]) -> bool:
    """True for a role's line that stands above layers of its own."""
    return line["scope_kind"] == "role" and any(
        other["scope_kind"] == "layer" and other["role"] == line["role"] for other in lines
    )


def place_in(line: Row, lines: Sequence[Row]) -> str:
    """Where a line stands: `heading` of several, `under` one, or '' by itself."""
    if is_heading(line, lines):
        return "heading"
    headed = {other["role"] for other in lines if is_heading(other, lines)}
    return "under" if line["role"] in headed else ""


def line_label(line: Row) -> str:
    """What a line is called; titles that overlap a title are other titles."""
    if line["scope_kind"] == "role" or line["role"] == Role.CONCESSION:
        return words.role_label(line["role"])
    return str(line["label"])


def overlaps_of(line: Row, overlaps: Sequence[Row]) -> list[Row]:
    """The overlaps behind a line."""
    key = "layer_id" if line["scope_kind"] == "layer" else "role"
    return [row for row in overlaps if row[key] == line["scope_id"]]


def name_of(row: Row) -> str:
    """A feature's name, or that it has none."""
    return str(row.get("name") or "unnamed")


def adds(row: Row, site: Row) -> str:
    """What the site adds to a place's land under titles in force; empty where that is not known."""
    added, already, share = (row.get(k) for k in ("added_km2", "already_km2", "feature_share"))
    if added is None or already is None or not share or not (added or already):
        return ""
    place_km2 = row["overlap_km2"] / share
    is_title = noun(site) == "title" and site.get("status") in STATUS_GROUPS["in_force_or_unknown"]
    verb, titles = ("Adds", "other titles") if is_title else ("Would add", "titles")
    if not already:
        return f"{verb} {words.share(added / place_km2)}; none is under {titles} in force"
    more = words.share(added / place_km2) if added else "nothing"
    return f"{verb} {more} to the {words.share(already / place_km2)} under {titles} in force"


def line_value(line: Row) -> tuple[str, str]:
    """The two figures at the end of a line: its measure, and its share or nature."""
    state = LayerState(line["state"])
    label = words.STATES[state].label
    if state is LayerState.OVERLAPS:
        if not line.get("covered_km2"):
            return words.plural(int(line.get("feature_count") or 0), "place"), "inside"
        return words.area(line["covered_km2"]), words.share(line["covered_share"])
    if state is LayerState.WITHIN_RING:
        return words.distance(line["nearest_km"]), label
    return label, ""


def line_detail(line: Row, overlaps: Sequence[Row]) -> str:
    """The sentence under a line: which places, how near, or why there is no answer."""
    state = LayerState(line["state"])
    note = words.sentence_case(str(line.get("note") or ""))
    if state is LayerState.OVERLAPS:
        names = list(dict.fromkeys(name_of(row) for row in overlaps_of(line, overlaps)))
        return _joined(words.listed(names, _NAMES_SHOWN), note)
    if state is LayerState.WITHIN_RING:
        return _joined(f"Nearest: {line.get('nearest_name') or 'unnamed'}", note)
    if state is LayerState.WITHIN_MAPPING_ERROR:
        return note or _mapping_error(line, overlaps)
    if state is LayerState.CHECKED_NONE:
        return _joined(_nearest(line), note)
    return note or words.sentence_case(words.STATES[state].meaning)


def _mapping_error(line: Row, overlaps: Sequence[Row]) -> str:
    touched = overlaps_of(line, overlaps)
    size = f" of {words.area(line['covered_km2'])}" if line.get("covered_km2") else ""
    where = f" in {words.listed([name_of(row) for row in touched], 2)}" if touched else ""
    return f"A strip{size}{where}, narrower than the mapping error"


def _nearest(line: Row) -> str:
    if line.get("nearest_km") is None:
        return "None within the distance searched"
    nearest = line.get("nearest_name") or "unnamed"
    return f"The nearest, {nearest}, is {words.distance(line['nearest_km'])} away"


def _joined(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)


def answered(answer: Row) -> str:
    """How many of the screened layers answered for all of the site."""
    stale = {source["role"] for source in answer["sources"] if source.get("stale")}
    lines = [line for line in shown_lines(answer["lines"]) if line["role"] in SCREENED_ROLES]
    leaves = [line for line in lines if not is_heading(line, lines)]
    done = sum(not _is_gap(line, stale) for line in leaves)
    asked = words.plural(len(leaves), "screened layer")
    return f"{words.number(done)} of {asked} answered in full."


def _is_role(line: Row) -> bool:
    return bool(line["scope_kind"] == "role")


def _is_gap(line: Row, stale: set[str]) -> bool:
    """True where a line says nothing for sure about the whole site, as screening decided it."""
    if line.get("gap") is not None:
        return bool(line["gap"])
    inside = line.get("inside_share")
    partial = line["state"] in _NONE_FOUND and (inside is None or inside < 1 - 1e-12)
    return (
        line["state"] in _UNANSWERED or partial or bool(line.get("note")) or line["role"] in stale
    )
