"""Reads an answer dict (a stored site's or a drawn one's) into what the page says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from babel import Locale
from babel.lists import format_list

from cetm_geo import words
from cetm_geo.language import SOURCE, _, chosen, locale, ngettext
from cetm_geo.model import (
    DISTANCE_ROLES,
    OVERLAID_ROLES,
    SCREENED_ROLES,
    STATUS_GROUPS,
    FlagStatus,
    LayerState,
    Role,
    Severity,
)
from cetm_geo.notes import said
from cetm_geo.overlay import SEARCH_KM

Row = Mapping[str, Any]
UNANSWERED = (LayerState.NOT_COVERED, LayerState.FAILED, LayerState.COVERAGE_UNKNOWN)
_NONE_FOUND = (LayerState.CHECKED_NONE, LayerState.WITHIN_RING)
# Roles with a line for each layer; the distances stand together in one sentence.
_LINE_ROLES = (*OVERLAID_ROLES, Role.INTACT_FOREST, Role.MINE_FOOTPRINT)
# How many rules give an answer, the worst answers first.
ANSWERS: Mapping[str, Callable[[int], str]] = {
    Severity.CRITICAL: lambda n: words.counted("{n} critical", "{n} critical", n),
    Severity.HIGH: lambda n: words.counted("{n} high", "{n} high", n),
    Severity.MODERATE: lambda n: words.counted("{n} moderate", "{n} moderate", n),
    Severity.INFO: lambda n: words.counted("{n} for information", "{n} for information", n),
    Severity.DATA_GAP: lambda n: words.counted(
        "{n} on gaps in the data", "{n} on gaps in the data", n
    ),
    FlagStatus.NOT_ASSESSED: lambda n: words.counted("{n} not assessed", "{n} not assessed", n),
    FlagStatus.CLEAR: lambda n: words.counted("{n} clear", "{n} clear", n),
}


def is_proposal(site: Row) -> bool:
    """True for a shape that somebody drew, false for a title of a register."""
    return site.get("kind") == "proposal"


def in_language(texts: Mapping[str, str]) -> str:
    """What a rulebook says in the reader's language, in English where it does not say it so."""
    return str(texts.get(chosen()) or texts.get(SOURCE) or "")


def listing(parts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """Some things in a sentence: a, b and c; or with `or`."""
    english = chosen() == SOURCE
    own = Locale.parse("en_GB") if english else locale()
    return format_list(parts, style, own) if parts else ""


def countries_of(answer: Row) -> list[str]:
    """Countries that a site lies in, by ISO 3166 alpha-3 code; none where it is not known."""
    return [code for code in str(answer["tier"]["countries"] or "").split(";") if code]


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
    """The overlaps with what has lines of its own, by role, and within one the largest first."""
    shown = [row for row in overlaps if row["role"] in _LINE_ROLES]
    order = {role: place for place, role in enumerate(_LINE_ROLES)}
    return sorted(shown, key=lambda row: (order[row["role"]], -(row["overlap_km2"] or 0)))


def distances(lines: Sequence[Row]) -> list[tuple[str, str]]:
    """What the nearest river, settlement, port, ... is called, and how far it is."""
    asked = [line for line in lines if line["role"] in DISTANCE_ROLES and _is_role(line)]
    return [(words.role_label(line["role"]), _far(line)) for line in asked]


def _far(line: Row) -> str:
    if line.get("nearest_km") is None:
        if line["state"] == LayerState.FAILED:
            return _("not known")
        return _("none within {distance}").format(distance=words.distance(SEARCH_KM))
    inside = line.get("feature_count") if line["role"] == Role.SETTLEMENT else 0
    if inside:
        return words.counted("{n} on it", "{n} on it", int(inside))
    return words.distance(line["nearest_km"]) if line["nearest_km"] else _("on it")


def is_heading(line: Row, lines: Sequence[Row]) -> bool:
    """True for a role's line that stands above layers of its own."""
    return line["scope_kind"] == "role" and any(
        other["scope_kind"] == "layer" and other["role"] == line["role"] for other in lines
    )


def line_label(line: Row) -> str:
    """What a line is called; titles that overlap a title are other titles."""
    if line["scope_kind"] == "role" or line["role"] == Role.CONCESSION:
        return words.role_label(line["role"])
    return str(line["label"])


def overlaps_of(line: Row, overlaps: Sequence[Row]) -> list[Row]:
    """The overlaps behind a line, the largest first."""
    key = "layer_id" if line["scope_kind"] == "layer" else "role"
    own = [row for row in overlaps if row[key] == line["scope_id"]]
    return sorted(own, key=lambda row: -(row["overlap_km2"] or 0))


def name_of(row: Row) -> str:
    """A feature's name, or that it has none."""
    return str(row.get("name") or _("unnamed"))


def adds(row: Row, site: Row) -> str:
    """What the site adds to a place's land under titles in force; empty where that is not known."""
    shares = added_shares(row)
    if shares is None:
        return ""
    added, already = (words.share(share) for share in shares)
    is_title = not is_proposal(site) and site.get("status") in STATUS_GROUPS["in_force_or_unknown"]
    if not shares[1]:
        text = (
            _("Adds {added}; no land of it is under other titles in force")
            if is_title
            else _("Would add {added}; no land of it is under titles in force")
        )
    elif not shares[0]:
        text = (
            _("Adds nothing to the {already} under other titles in force")
            if is_title
            else _("Would add nothing to the {already} under titles in force")
        )
    else:
        text = (
            _("Adds {added} to the {already} under other titles in force")
            if is_title
            else _("Would add {added} to the {already} under titles in force")
        )
    return text.format(added=added, already=already)


def added_shares(row: Row) -> tuple[float, float] | None:
    """Of a place's land: the share the site adds to titles in force, and the share under them.

    None where either is not known, and where both are nothing.
    """
    added, already, share = (row.get(k) for k in ("added_km2", "already_km2", "feature_share"))
    if added is None or already is None or not share or not (added or already):
        return None
    place_km2 = row["overlap_km2"] / share
    return added / place_km2, already / place_km2


def line_value(line: Row) -> tuple[str, str]:
    """The two figures at the end of a line: its measure, and its share or nature."""
    state = LayerState(line["state"])
    label = words.STATES[state].label
    if state is LayerState.OVERLAPS:
        if not line.get("covered_km2"):
            count = int(line.get("feature_count") or 0)
            return words.counted("{n} place", "{n} places", count), _("inside")
        return words.area(line["covered_km2"]), words.share(line["covered_share"])
    if state is LayerState.WITHIN_RING:
        return words.distance(line["nearest_km"]), label
    return label, ""


def note_of(line: Row) -> str:
    """What an answer lacks, as a sentence without its stop; "" where it lacks nothing."""
    return words.sentence_case("; ".join(notes_of(line)))


def notes_of(line: Row) -> list[str]:
    """What an answer lacks, one by one."""
    return [said(part).rstrip(".") for part in str(line.get("note") or "").split("; ") if part]


def line_detail(line: Row, overlaps: Sequence[Row], note: str) -> str:
    """The sentence of a line: how near, or why there is no answer. note: what it lacks."""
    state = LayerState(line["state"])
    if state is LayerState.OVERLAPS:
        return note
    if state is LayerState.WITHIN_RING:
        return _joined(str(line.get("nearest_name") or words.sentence_case(_("unnamed"))), note)
    if state is LayerState.WITHIN_MAPPING_ERROR:
        return _joined(_mapping_error(line, overlaps), note)
    if state is LayerState.CHECKED_NONE:
        return _joined(nearest(line), note)
    return note or words.sentence_case(words.STATES[state].meaning)


def _mapping_error(line: Row, overlaps: Sequence[Row]) -> str:
    places = words.listed([name_of(row) for row in overlaps_of(line, overlaps)], 2)
    area = words.area(line["covered_km2"]) if line.get("covered_km2") else ""
    if area and places:
        text = _("A strip of {area} in {places}, narrower than the mapping error")
    elif places:
        text = _("A strip in {places}, narrower than the mapping error")
    elif area:
        text = _("A strip of {area}, narrower than the mapping error")
    else:
        text = _("A strip narrower than the mapping error")
    return text.format(area=area, places=places)


def nearest(line: Row) -> str:
    """Where the nearest is that a layer holds."""
    if line.get("nearest_km") is None:
        return _("None within the distance searched")
    distance = words.distance(line["nearest_km"])
    if not line.get("nearest_name"):
        return _("The nearest, which has no name, is {distance} away").format(distance=distance)
    return _("The nearest, {name}, is {distance} away").format(
        name=line["nearest_name"], distance=distance
    )


def _joined(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)


def answered(answer: Row) -> str:
    """How many of the screened layers answered for all of the site."""
    done, asked = answered_counts(answer)
    text = ngettext(
        "{done} of {n} screened layer answered in full.",
        "{done} of {n} screened layers answered in full.",
        asked,
    )
    return text.format(done=words.number(done), n=words.number(asked))


def answered_counts(answer: Row) -> tuple[int, int]:
    """Screened layers that answered for all of the site, and all of them."""
    stale = {source["role"] for source in answer["sources"] if source.get("stale")}
    lines = [line for line in shown_lines(answer["lines"]) if line["role"] in SCREENED_ROLES]
    leaves = [line for line in lines if not is_heading(line, lines)]
    return sum(not _is_gap(line, stale) for line in leaves), len(leaves)


def _is_role(line: Row) -> bool:
    return bool(line["scope_kind"] == "role")


def is_gap(line: Row, answer: Row) -> bool:
    """True where a line says nothing for sure about the whole site, as screening decided it."""
    return _is_gap(line, {x["role"] for x in answer["sources"] if x.get("stale")})


def _is_gap(line: Row, stale: set[str]) -> bool:
    if line.get("gap") is not None:
        return bool(line["gap"])
    inside = line.get("inside_share")
    partial = line["state"] in _NONE_FOUND and (inside is None or inside < 1 - 1e-12)
    return line["state"] in UNANSWERED or partial or bool(line.get("note")) or line["role"] in stale
