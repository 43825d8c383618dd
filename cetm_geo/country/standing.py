"""How a country stands to groups of countries, treaties and standards, in one language."""

from __future__ import annotations

from cetm_geo import words
from cetm_geo.country.layout import Layout, Row
from cetm_geo.rulebook.binding import OPEN


def group_said(layout: Layout, row: Row) -> str:
    """A membership of a profile: `LDC until 19 Dec 2029`; that the country is no member."""
    if row["said"] is None:
        return layout.text("told", "no_member")
    told, end = str(row["group"]), row["valid_to"]
    if row["membership_status"] == OPEN:
        told = _leaving(layout, told, end)
    elif end:
        told = layout.text("standing", "until", name=told, day=words.day(end))
    return _marked(layout, told, row)


def treaty_said(layout: Layout, row: Row) -> str:
    """What is on record of a treaty or a standard: `ILO C169: party, 18 Jun 2004`."""
    status, since = row["membership_status"], row["valid_from"]
    if status == OPEN:
        return _marked(layout, _leaving(layout, row["instrument"], row["valid_to"]), row)
    told = {"name": row["instrument"], "status": layout.named("treaty_status", status)}
    if since:
        said = layout.text("standing", "treaty_since", **told, day=words.day(since))
    else:
        said = layout.text("standing", "treaty", **told)
    return _marked(layout, said, row)


def _leaving(layout: Layout, name: str, end: str | None) -> str:
    if not end:
        return layout.text("standing", "open", name=name)
    return layout.text("standing", "open_on", name=name, day=words.day(end))


def _marked(layout: Layout, told: str, row: Row) -> str:
    return told if row["verified"] else layout.text("told", "not_verified", label=told)
