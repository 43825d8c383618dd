"""What differs between two answers, as `differences` gives it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.cardfacts import known_number
from cetm_geo.dashboard.answer.flagcards import SIGNS, hangs_on_rasters
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.differences import KINDS, NOT_ASKED, Kind, Way, is_same
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import FlagStatus, Tier

Row = Mapping[str, Any]
WAYS = Spoken(
    {
        Way.WORSE: N_("worse than before"),
        Way.BETTER: N_("better than before"),
        Way.SAME: N_("as before"),
        Way.UNSURE: N_("one side is not fully known: it cannot be told"),
    }
)
_ORDER = (Kind.CAME, Kind.WENT, Kind.CHANGED, Kind.KNOWN, Kind.UNKNOWN)


def changes_view(found: Row, pending: bool = False) -> list[Component]:
    """Tier, area, flags and land before and after.

    pending: rasters have not answered the newer side yet; what hangs on them is counted, and
    neither gone nor unknown.
    """
    flags = list(found["flags"])
    waiting = [row for row in flags if pending and _waits(row)]
    told = [row for row in flags if row not in waiting]
    parts: list[Component | None] = [_tier(found), _area(found["area_km2"])]
    if is_same({**found, "flags": told}):
        parts.append(html.P(_("Flags, their numbers and the land are the same.")))
    parts += [_flags_of(kind, told) for kind in _ORDER]
    if waiting:
        text = words.counted(
            "{n} flag is still being measured.", "{n} flags are still being measured.", len(waiting)
        )
        parts.append(html.P(text, className="muted"))
    parts += [_roles(found["roles"]), _layers(found["layers"])]
    return [part for part in parts if part is not None]


def _waits(row: Row) -> bool:
    return bool(row["kind"] == Kind.UNKNOWN and hangs_on_rasters(row["after"]))


def _tier(found: Row) -> Component:
    tier = found["tier"]
    sides = [words.TIERS[Tier(tier[side]["tier"])] for side in ("before", "after")]
    if sides[0] is sides[1] or tier["way"] == Way.SAME:
        text = _("Tier: {tier}, {way}.").format(tier=sides[1].label, way=WAYS[Way.SAME])
        return html.P([sign(sides[1].sign), html.Span(text)], className="tier-step")
    text = _("Tier: {before}, now {after}: {way}.").format(
        before=sides[0].label, after=sides[1].label, way=WAYS[Way(tier["way"])]
    )
    return html.P([sign(sides[1].sign), html.B(text)], className="tier-step")


def _area(sides: Row) -> Component | None:
    if sides["before"] == sides["after"]:
        return None
    text = _("Area: {before}, now {after}.").format(**_both(sides, words.area))
    return html.P(text)


def _both(sides: Row, say: Callable[[Any], str]) -> dict[str, str]:
    return {key: say(sides[key]) for key in ("before", "after")}


# --- flags ---------------------------------------------------------------------------------------


def _flags_of(kind: Kind, flags: Sequence[Row]) -> Component | None:
    rows = [row for row in flags if row["kind"] == kind]
    if not rows:
        return None
    if kind is Kind.CHANGED:
        other = [row for row in rows if row["way"] != Way.SAME]
        same = [row for row in rows if row["way"] == Way.SAME]
        listed = _listed(KINDS[kind], other) if other else None
        title = _("Of the same severity, with other numbers ({n})").format(n=len(same))
        folded = _folded(title, [_flag(row) for row in same])
        return html.Div([part for part in (listed, folded) if part is not None])
    return _listed(KINDS[kind], rows)


def _listed(title: str, rows: Sequence[Row]) -> Component:
    return html.Div([html.H3(title), html.Ul([_flag(row) for row in rows], className="differing")])


def _folded(title: str, rows: Sequence[Component]) -> Component | None:
    if not rows:
        return None
    return html.Details([html.Summary(title), html.Ul(list(rows), className="differing")])


def _flag(row: Row) -> Component:
    before, after = row["before"], row["after"]
    severity = after.get("severity") or before.get("severity")
    raised = FlagStatus.RAISED.value in (before["status"], after["status"])
    mark = sign(SIGNS[severity]) if raised and severity in SIGNS else sign("tier-clear")
    steps = [
        html.Span(_("before: {said}").format(said=side_said(before))),
        html.Span(_("now: {said}").format(said=side_said(after))),
    ]
    label = reading.in_language(row.get("label") or {}) or str(row["rule_id"])
    return html.Li([mark, html.B(label), html.Span(steps, className="steps")])


def side_said(side: Row) -> str:
    """What one side says of a rule: raised with its severity and number, or why there is none."""
    status = side["status"]
    if status == NOT_ASKED:
        return _("not asked")
    if status == FlagStatus.NOT_ASSESSED:
        return _("not assessed")
    number = _number(side)
    if status != FlagStatus.RAISED:
        return _("not raised ({number})").format(number=number) if number else _("not raised")
    severity = words.SEVERITIES[str(side["severity"])]
    verify = _("verify on the ground") if side.get("verify") else ""
    return ", ".join(part for part in (severity, number, verify) if part)


def _number(side: Row) -> str:
    value = side.get("value")
    if value is None or side.get("unit") in (None, "0 or 1"):
        return ""
    return known_number(value, str(side["unit"]))


# --- land and layers -----------------------------------------------------------------------------


def _roles(rows: Sequence[Row]) -> Component | None:
    shown = [row for row in rows if _km2(row, "before") != _km2(row, "after")]
    if not shown:
        return None
    head = html.Thead(
        html.Tr(
            [
                html.Th(_("Land")),
                html.Th(_("As it was"), className="n"),
                html.Th(_("As it is now"), className="n"),
            ]
        )
    )
    body = [
        html.Tr(
            [
                html.Th(words.role_label(str(row["role"]))),
                *(html.Td(_km2(row, side), className="n") for side in ("before", "after")),
            ]
        )
        for row in shown
    ]
    table = html.Table([head, html.Tbody(body)], className="table")
    title = _("Land it lies on ({n})").format(n=len(shown))
    return html.Details([html.Summary(title), html.Div(table, className="table-scroll")])


def _km2(row: Row, side: str) -> str:
    held = row[side]
    if held is None or held.get("covered_km2") is None:
        return _("not known")
    return words.area(held["covered_km2"]) if held["covered_km2"] else _("none")


def _layers(rows: Sequence[Row]) -> Component | None:
    items = [html.Li(_layer(row)) for row in rows]
    title = _("Layers that differ ({n})").format(n=len(items))
    return html.Details([html.Summary(title), html.Ul(items)]) if items else None


def _layer(row: Row) -> str:
    def day(side: Row | None) -> str:
        if side is None:
            return _("not there")
        return words.day(side.get("as_of")) or _("without a date")

    text = _("{layer}: {before}, now {after}")
    return text.format(layer=row.get("label") or row["layer_id"], **_both(row, day))
