"""Drafts of a proposal side by side: cards to choose by, and a table of what each touches. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.corners import corner_count
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.dashboard.propose.changes import side_said
from cetm_geo.dashboard.propose.drafts import Draft
from cetm_geo.differences import Kind, Way, differences
from cetm_geo.flags.judged import RANK
from cetm_geo.language import _
from cetm_geo.model import SCREENED_ROLES, FlagStatus, LayerState, Severity, Tier

Row = Mapping[str, Any]
ASKED = "draft-asked"  # the store that cards tell which draft is chosen or taken away


def named(letter: str) -> str:
    """What a draft is called."""
    return _("Draft {letter}").format(letter=letter)


def cards_view(drafts: Mapping[str, Any]) -> list[Component]:
    """A card a draft, where there is more than one."""
    if len(drafts["list"]) < 2:
        return []
    return [html.Ul([_card(one, drafts["current"]) for one in drafts["list"]], className="drafts")]


def _card(draft: Draft, current: str) -> Component:
    letter = draft["letter"]
    is_current = letter == current
    tier = words.TIERS[Tier(draft["tier"]["tier"])]
    name: list[Any] = [html.B(named(letter))]
    if draft["origin"]:
        name.append(html.Span(_("{letter} without the no-go").format(letter=draft["origin"])))
    if draft.get("screening"):  # it stands with the answer of the draft it is made from
        facts, mark = _("being screened…"), None
    else:
        facts, mark = _facts(draft), [sign(tier.sign), tier.label]
    choose = html.Button(
        [
            html.Span(className="draft-line"),
            html.Span([html.Span(name, className="draft-name"), html.Span(facts, className="n")]),
            html.Span(mark, className="draft-tier"),
        ],
        className="draft",
        type="button",
        **attrs({"aria-pressed": str(is_current).lower(), **_tells("choose", letter)}),
    )
    take_away = html.Button(
        sign("icon-clear"),
        className="icon-button",
        type="button",
        **attrs(
            {
                "aria-label": _("Take {draft} away").format(draft=named(letter)),
                **_tells("remove", letter),
            }
        ),
    )
    return html.Li([choose, None if is_current else take_away], key=letter)


def _facts(draft: Draft) -> str:
    corners = words.counted("{n} corner", "{n} corners", corner_count(draft["geometry"]))
    return f"{words.area(draft['site']['area_km2'])} · {corners}"


def _tells(do: str, letter: str) -> dict[str, str]:
    """What assets/propose.js tells the store ASKED of a button that is pressed."""
    return {"data-store": ASKED, "data-tell": json.dumps({"do": do, "letter": letter})}


# --- the table -----------------------------------------------------------------------------------


def comparison_view(drafts: Mapping[str, Any]) -> list[Component]:
    """A row for tier, area, each kind of land and each flag; a column a draft, and what changes
    from the first to the last where there are two."""
    shown = [one for one in drafts["list"] if not one.get("screening")]
    if len(shown) < 2:
        return []
    head = [html.Th(_("Land and flags"), scope="col")]
    head += [html.Th(_heading(one, drafts["current"]), scope="col") for one in shown]
    is_pair = len(shown) == 2
    if is_pair:
        head.append(html.Th(_("Change"), scope="col"))
    rows = [_tiers(shown, is_pair), _areas(shown, is_pair)]
    rows += [_land(role, shown, is_pair) for role in _roles(shown)]
    changed = differences(shown[0], shown[-1])["flags"] if is_pair else None
    turns = None if changed is None else {row["rule_id"]: row for row in changed}
    rows += [_flag(rule, shown, turns) for rule in _rules(shown)]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table comparison")
    return [html.Div(table, className="table-scroll", tabIndex=0)]


def _heading(draft: Draft, current: str) -> list[Any]:
    line = "draft-line" if draft["letter"] == current else "draft-line dashed"
    text = named(draft["letter"])
    if draft["pending"]:
        text = _("{draft}, not yet whole").format(draft=text)
    return [html.Span(className=line), text]


def _row(title: Any, cells: Sequence[Any], change: Any, is_pair: bool) -> Component:
    columns = [html.Td(cell) for cell in cells]
    if is_pair:
        columns.append(html.Td(change, className="change"))
    return html.Tr([html.Th(title, scope="row"), *columns])


def _same() -> Component:
    return html.Span(_("same"), className="muted")


def _tiers(drafts: Sequence[Draft], is_pair: bool) -> Component:
    tiers = [words.TIERS[Tier(one["tier"]["tier"])] for one in drafts]
    cells = [html.Span([sign(tier.sign), tier.label], className="with-sign") for tier in tiers]
    change: Any = _same()
    if tiers[0] is not tiers[-1]:
        change = html.B(_("now {tier}").format(tier=tiers[-1].label))
    return _row(_("Tier"), cells, change, is_pair)


def _areas(drafts: Sequence[Draft], is_pair: bool) -> Component:
    km2 = [one["site"]["area_km2"] for one in drafts]
    return _row(_("Area"), [words.area(x) for x in km2], _step(km2[0], km2[-1]), is_pair)


def _step(before: float | None, after: float | None) -> Any:
    """How much more or less land it is."""
    if before is None or after is None:
        return _("not known")
    if words.area(before) == words.area(after):
        return _same()
    sign_of = "+" if after > before else "\u2212"
    return html.B(f"{sign_of}\u00a0{words.area(abs(after - before))}")


def _roles(drafts: Sequence[Draft]) -> list[str]:
    """Kinds of land that any draft touches, or of those screened against does not know of."""
    names = {
        line["scope_id"]: None
        for one in drafts
        for line in one["lines"]
        if line["covered_km2"]
        or line["state"] == LayerState.OVERLAPS
        or (line["gap"] and line["scope_id"] in SCREENED_ROLES)
    }
    return list(names)


def _land(role: str, drafts: Sequence[Draft], is_pair: bool) -> Component:
    lines = [
        next((line for line in one["lines"] if line["scope_id"] == role), None) for one in drafts
    ]
    km2 = [None if line is None else line["covered_km2"] for line in lines]
    change = _step(km2[0], km2[-1])
    if any(line is not None and line["gap"] for line in lines):
        change = [change, " ", html.Span(_("of what is known"), className="muted")]
    return _row(words.role_label(role), [_line(line) for line in lines], change, is_pair)


def _line(line: Row | None) -> Any:
    if line is None:
        return _("not known")
    if line["covered_km2"]:
        more = ", " + _("and part is not known") if line["gap"] else ""
        share = html.Span(words.share(line["covered_share"]) + more, className="muted")
        return [words.area(line["covered_km2"]), " ", share]
    if line["gap"]:
        return _("not known in whole")
    if line["nearest_km"]:
        return _("{distance} away").format(distance=words.distance(line["nearest_km"]))
    return _("touches it") if line["state"] == LayerState.OVERLAPS else _("none")


def _rules(drafts: Sequence[Draft]) -> list[Row]:
    """Flags that any draft raises, the worst first."""
    found: dict[str, Row] = {}
    for one in drafts:
        for row in one["flags"]:
            if row["status"] == FlagStatus.RAISED:
                found.setdefault(row["rule_id"], row)
    return sorted(found.values(), key=lambda row: -RANK[Severity(row["severity"])])


def _flag(rule: Row, drafts: Sequence[Draft], turns: Mapping[str, Row] | None) -> Component:
    sides = [
        next((row for row in one["flags"] if row["rule_id"] == rule["rule_id"]), None)
        for one in drafts
    ]
    said = [_("not asked") if side is None else side_said(side) for side in sides]
    title = reading.in_language(rule.get("label") or {}) or str(rule["rule_id"])
    change = None if turns is None else _turn(turns.get(rule["rule_id"]))
    return _row(title, said, change, turns is not None)


def _turn(found: Row | None) -> Any:
    """What `differences` found of a flag; nothing of one that is raised alike on both sides."""
    if found is None or (found["kind"] == Kind.CHANGED and found["way"] == Way.SAME):
        return _("stays")
    if found["kind"] == Kind.CHANGED:
        return html.B(words.SEVERITIES[str(found["after"]["severity"])])
    told = {Kind.CAME: _("new"), Kind.WENT: _("gone")}.get(found["kind"])
    return html.B(told) if told else _("cannot be told")
