"""What leaving out gives, as `proposing.without_no_go` says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.figures import Component, problem
from cetm_geo.dashboard.propose.changes import changes_view
from cetm_geo.language import _
from cetm_geo.leaveout import Why
from cetm_geo.model import FlagStatus, Severity

Row = Mapping[str, Any]
_SHOWN = 20


def critical_of(draft: Row | None) -> list[Row]:
    """The critical flags that are raised."""
    return [
        row
        for row in (draft or {}).get("flags", ())
        if row["status"] == FlagStatus.RAISED.value and row["severity"] == Severity.CRITICAL.value
    ]


def left_view(found: Row, labels: Mapping[str, Mapping[str, str]]) -> list[Component]:
    """What remains, what is left out for which rule, what is not cured, what that changes.

    labels: rule id -> its name by language.
    """
    parts: list[Component | None] = [
        html.P(html.B(found["message"])),
        _books(found) if found["left_out"] else None,
        _by_rule(found["left_out_by_rule"], labels),
        _places(found["left_out"]),
        _uncured(found["uncured"]),
        _problem(found["problem"]),
        _changes(found["differences"]),
    ]
    return [part for part in parts if part is not None]


def asks_for_distance(found: Row) -> bool:
    """True if leaving out what lies too near would cure more."""
    return not found["distances"] and any(x["why"] == Why.DISTANCE for x in found["uncured"])


def _books(found: Row) -> Component:
    remains = _("{area} of {whole} remains ({share}).").format(
        area=words.area(found["remaining_km2"]),
        whole=words.area(found["whole_km2"]),
        share=words.share(found["remaining_share"]),
    )
    out = _("{area} is left out.").format(area=words.area(found["left_out_km2"]))
    lines = [remains, out]
    if found["crumbs_count"]:
        text = words.counted(
            "{n} cut-off part is too small or narrow to keep",
            "{n} cut-off parts are too small or narrow to keep",
            found["crumbs_count"],
        )
        lines.append(f"{text}: {words.area(found['crumbs_km2'])}.")
    return html.Ul([html.Li(line) for line in lines], className="books")


def _by_rule(km2: Mapping[str, float], labels: Mapping[str, Mapping[str, str]]) -> Component | None:
    rows = [
        html.Tr(
            [
                html.Th(reading.in_language(labels.get(rule, {})) or rule),
                html.Td(words.area(area), className="n"),
            ]
        )
        for rule, area in sorted(km2.items(), key=lambda item: -item[1])
    ]
    if not rows:
        return None
    head = html.Tr([html.Th(_("Left out for")), html.Th(_("Land"), className="n")])
    return html.Table([html.Thead(head), html.Tbody(rows)], className="table")


def _places(rows: Sequence[Row]) -> Component | None:
    if not rows:
        return None
    items = [html.Li(_place(row)) for row in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        items.append(html.Li(_("and {n} more").format(n=words.number(len(rows) - _SHOWN))))
    title = words.counted("For {n} place", "For {n} places", len(rows))
    return html.Details([html.Summary(title), html.Ul(items, className="books")])


def _place(row: Row) -> str:
    text = _("{place} ({layer}): {area}").format(
        place=row["name"] or _("unnamed"), layer=row["label"], area=words.area(row["km2"])
    )
    if not row["distance_km"]:
        return text
    return _("{what}, within {distance} of it").format(
        what=text, distance=words.distance(row["distance_km"])
    )


def _uncured(rows: Sequence[Row]) -> Component | None:
    if not rows:
        return None
    items = [
        html.Li([html.B(reading.in_language(row["label"])), html.Span(row["message"])])
        for row in rows
    ]
    title = html.H3(_("What leaving land out does not cure"))
    return html.Div([title, html.Ul(items, className="uncured")])


def _problem(wrong: Row | None) -> Component | None:
    return None if wrong is None else problem(str(wrong["what"]), str(wrong["hint"] or ""))


def _changes(found: Row | None) -> Component | None:
    if found is None:
        return None
    title = html.H3(_("What the smaller shape would change"))
    return html.Div([title, *changes_view(found)], className="changes")
