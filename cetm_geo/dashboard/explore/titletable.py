"""Titles as rows of the table, in words, and the table's columns. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.explore import filterwords
from cetm_geo.language import N_, _
from cetm_geo.model import Role, SiteStatus, Tier
from cetm_geo.rulebook.mineral_matching import match

BLOCK = 100  # rows that are asked for at once
# Of a role whose land has a column, while a layer of it is loaded: column, title, width in px.
LAND: Mapping[str, tuple[str, str, int]] = {
    Role.PROTECTED_AREA: ("protected_km2", N_("Protected km²"), 126),
    Role.KEY_BIODIVERSITY_AREA: ("kba_km2", N_("KBA km²"), 108),
    Role.COMMUNITY_LAND: ("community_km2", N_("Community km²"), 142),
}
_MOST_FIRST, _FIRST_LETTER = ["desc", "asc", None], ["asc", "desc", None]


def columns(roles: Collection[str]) -> list[dict[str, Any]]:
    """Columns as AG Grid takes them; their ids are those of `finding.SORTABLE`.

    roles: of which the store has a layer.
    """
    land = [
        _number(column, _(title), width)
        for role, (column, title, width) in LAND.items()
        if role in roles
    ]
    return [
        {**_text("tier", _("Tier"), 138), "cellRenderer": "TitleTier"},
        _text("number", _("Licence"), 98),
        {**_text("name", _("Name"), 112), "flex": 3, "minWidth": 112},
        {**_text("holder", _("Holder"), 112), "flex": 3, "minWidth": 112},
        _text("minerals", _("Mineral"), 90),
        _number("area_km2", _("Area km²"), 92),
        *land,
        _number("flags", _("Flags"), 68),
        _text("status", _("Status"), 124),
        _text("granted_on", _("Granted"), 112),
    ]


def _text(column: str, title: str, width: int) -> dict[str, Any]:
    return {
        "field": column,
        "headerName": title,
        "width": width,
        "sortingOrder": _FIRST_LETTER,
        "tooltipField": column,
        "cellClassRules": {"faint": "cetmFaint(params)"},
    }


def _number(column: str, title: str, width: int) -> dict[str, Any]:
    return {**_text(column, title, width), "type": "rightAligned", "sortingOrder": _MOST_FIRST}


def locale_text() -> dict[str, str]:
    """What the grid itself says, in the language in force."""
    return {
        "loadingOoo": _("Loading…"),
        "noRowsToShow": _("No title matches these filters"),
        "ariaSortableColumn": _("Press Enter to sort"),
        "ariaLabelColumnMenu": _("Column menu"),
        "ariaLabelCellEditor": _("Cell"),
        "ariaLabelTooltip": _("Note"),
        "ariaPageSizeSelectorLabel": _("Rows"),
        "ariaUnchecked": _("not chosen"),
        "ariaChecked": _("chosen"),
    }


def shown(row: Row) -> dict[str, Any]:
    """A row of the finder as the table shows it: texts, of which `faint` names the lesser ones."""
    tier = words.TIERS[Tier(row["tier"])]
    partly = not row["fully_screened"] and row["tier"] != Tier.NOT_FULLY_SCREENED
    minerals = _minerals(row)
    out: dict[str, Any] = {
        "id": row["site_id"],
        "n": row["n"],
        "tier": tier.label,
        "sign": tier.sign,
        "partly": _(words.NOT_FULLY_SCREENED) if partly else "",
        "partly_sign": words.TIERS[Tier.NOT_FULLY_SCREENED].sign,
        "number": row["number"] or row["site_id"],
        "name": row["name"] or _("no name"),
        "holder": row["holder"] or _("not stated"),
        "minerals": minerals or _("not stated"),
        "status": words.sentence_case(words.STATUSES[SiteStatus(row["status"] or "unknown")]),
        "area_km2": km2(row["area_km2"]),
        "flags": words.number(row["flags"]),
        "granted_on": words.day(row["granted_on"]) if row["granted_on"] else _("not stated"),
    }
    lesser = [key for key in ("name", "holder", "granted_on") if not row[key]]
    if not minerals:
        lesser.append("minerals")
    for column, _title, _width in LAND.values():
        out[column] = _land(row[column], column in row["gaps"])
        if not row[column]:
            lesser.append(column)
    return {**out, "faint": lesser}


def _minerals(row: Row) -> str:
    """Minerals by name; of a text that names none, what the register says."""
    named = [filterwords.mineral(str(one)) for one in row["minerals"] or []]
    text = row["commodity_text"]
    if text:
        named += [f"“{token}”" for token in match(text).unmatched]
    return ", ".join(named) or (f"“{text}”" if text else "")


def km2(value: float | None) -> str:
    """A number of km² under a heading that says the unit; something is never 0."""
    if value is None or math.isnan(value):
        return "?"
    if value <= 0:
        return _("none")
    for limit, decimals in ((0.005, 0), (100, 2), (1000, 1)):
        if round(value, decimals or 2) < limit:
            return (
                words.number(value, decimals)
                if decimals
                else f"<{words.GLUE}{words.number(0.01, 2)}"
            )
    return words.number(value)


def _land(value: float | None, gap: bool) -> str:
    """Land in a role; what the layers do not cover all of is at least that, and never "none"."""
    if value is None:
        return _("no answer")
    if not gap:
        return km2(value)
    return f"≥{words.GLUE}{km2(value)}" if value > 0 else _("none recorded")
