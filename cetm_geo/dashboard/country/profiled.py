"""Figures of a profile as they are read: numbers with their unit, and what is known of them. Pure.

A figure holds a number for all titles and for three groups of statuses; see country/figures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.words import KNOWN
from cetm_geo.dashboard.figures import Component
from cetm_geo.language import _
from cetm_geo.registers import IN_FORCE

Figure = Mapping[str, Any]
Profile = Mapping[str, Any]
Said = Callable[[float], str]
ALL = "all"


def groups_of(profile: Profile) -> list[str]:
    """The groups of statuses in which a country has titles."""
    count = profile["titles"]["titles_count"]
    return [group for group in words.STATUS_GROUP_LABELS if count[group]]


def main_group(profile: Profile) -> str:
    """The group that headlines are of: titles in force, or not stated, if there are any."""
    held = groups_of(profile)
    return IN_FORCE if IN_FORCE in held or not held else held[0]


def said(figure: Figure, group: str, unit: Said) -> str:
    """One number, or why there is none; "?" is never shown, nor 0 where nothing is known."""
    value = figure[group]
    if value is not None:
        return unit(value)
    return KNOWN.get(figure["status"], "–")


def known(figure: Figure) -> str:
    """What is known of a figure beside its numbers, "" where it is simply known."""
    if figure["status"] == "partial" and figure["not_known_count"]:
        return words.counted(
            "not known of {n} title", "not known of {n} titles", figure["not_known_count"]
        )
    if figure["status"] == "stale":
        return KNOWN["stale"]
    return ""


def count(value: float) -> str:
    """A number of things; nothing is said as such."""
    return words.number(value) if value else _("none")


def title_count(value: float) -> str:
    """A number of titles with its noun."""
    return words.counted("{n} title", "{n} titles", int(value)) if value else _("none")


def index(value: float) -> str:
    """A number without unit, to three decimals."""
    return words.number(value, 3)


# --- tables of three groups ----------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of a table. label: a text, or texts and components. unit: how a number is said.

    most: a second figure, said small below the first: how far it goes.
    """

    label: Any
    figure: Figure
    unit: Said = count
    most: Figure | None = None


def grouped_table(profile: Profile, lines: Sequence[Line], caption: str) -> Component | None:
    """A line a figure, a column a group of statuses that has titles.

    caption: on top of the first column, with what all lines say of themselves alike.
    """
    groups = groups_of(profile)
    if not lines or not groups:
        return None
    told = {known(line.figure) for line in lines}
    alike = told.pop() if len(told) == 1 and len(lines) > 1 else ""
    head = [html.Th([caption, html.Small(alike) if alike else None], scope="col")]
    head += [html.Th(words.STATUS_GROUP_LABELS[g], scope="col", className="n") for g in groups]
    body = [html.Tr([_label(line, alike), *_cells(line, groups)]) for line in lines]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="table three")
    named = attrs({"aria-label": caption})
    return html.Div(table, className="table-scroll", tabIndex="0", role="group", **named)


def _label(line: Line, alike: str) -> Component:
    told = "" if alike else known(line.figure)
    parts = line.label if isinstance(line.label, list) else [line.label]
    return html.Th([*parts, html.Small(told) if told else None], scope="row")


def _cells(line: Line, groups: Sequence[str]) -> list[Component]:
    """One cell across all groups where nothing is known of any."""
    figure = line.figure
    if all(figure[group] is None for group in groups) and figure["status"] in KNOWN:
        return [html.Td(KNOWN[figure["status"]], colSpan=len(groups), className="unknown")]
    return [html.Td(_cell(line, group), className="n") for group in groups]


def _cell(line: Line, group: str) -> list[Any]:
    out: list[Any] = [said(line.figure, group, line.unit)]
    if line.most is not None and line.most[group] not in (None, line.figure[group]):
        out.append(html.Small(_("to {most}").format(most=line.unit(line.most[group]))))
    return out
