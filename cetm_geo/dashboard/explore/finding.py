"""What Explore says of many titles: how many match, and every choice with its count. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.explore.fields import Field
from cetm_geo.dashboard.explore.filterwords import CLEAR, Chip, with_value
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.language import _, ngettext
from cetm_geo.model import Tier

_SHOWN = 8  # of a long list; the rest is folded
_NARROWED = 12  # from so many on a list has a field that narrows it


@dataclass(frozen=True)
class Choice:
    """A value of a word of the address.

    count: titles that match it and all other words' choices; None where none of them has an answer.
    more: what the count leaves out, in words.
    """

    word: str
    value: str
    label: str
    count: int | None
    chosen: bool = False
    mark: Component | None = None
    more: str = ""


# ---------------------------------------------------------------- what was found
def headline(
    count: int, total: int, land: Mapping[str, Mapping[str, Any]] | None, notes: Sequence[str] = ()
) -> Component:
    """How many titles match, and on how much land, each piece of it counted once.

    land: by status group, and "all": sites, union_km2; None where it is not known, and then no
    area is shown: areas that may overlap are not added up. notes: what else is to be said.
    """
    big = html.Strong(words.number(count), className="big")
    noun = (
        ngettext("mining title", "mining titles", count)
        if count == total
        else words.counted("of {n} mining title", "of {n} mining titles", total)
    )
    whole = next(iter(land.values())) if land and len(land) == 1 else (land or {}).get("all")
    before, after = _("on {area} of land").split("{area}") if whole else ("", "")
    land_said = (
        html.Span([before, html.B(words.area(whole["union_km2"])), after]) if whole else None
    )
    groups = (
        [_group(group, land[group]) for group in words.STATUS_GROUP_LABELS if group in land]
        if land and "all" in land
        else []
    )
    said = [_("Land under several titles is counted once in each line.")] if groups else []
    return html.Div(
        [
            html.P([big, html.Span(noun), land_said], className="sum"),
            html.Ul(groups, className="groups", hidden=not groups),
            *(html.P(note, className="muted") for note in (*said, *notes)),
        ],
        className="headline",
    )


def _group(group: str, row: Mapping[str, Any]) -> Component:
    return html.Li(
        [
            html.Span(words.STATUS_GROUP_LABELS[group]),
            html.Span(words.number(row["sites"]), className="n"),
            html.Span(words.area(row["union_km2"]), className="n"),
        ]
    )


def chip_row(chips: Sequence[Chip], clearing: bool = True) -> Component:
    """The choices in force, each with what takes it away; empty while there are none.

    clearing: with a button that takes all away.
    """
    clear = html.Button(_("Clear all"), className="clear-all", **attrs({"data-go": CLEAR}))
    shown = [_removable(chip) for chip in chips]
    if chips and clearing:
        shown.append(html.Li(clear))
    return html.Ul(
        shown,
        key="chips",
        className="active-filters",
        hidden=not chips,
        **attrs({"aria-label": _("Filters in force")}),
    )


def _removable(chip: Chip) -> Component:
    away = _("Remove the filter {name}").format(name=chip.label)
    button = html.Button(
        [html.Span(chip.label), sign("icon-close")],
        className="chip on",
        title=chip.label,
        **attrs({"data-go": chip.go, "aria-label": away}),
    )
    return html.Li(button, key=f"{chip.word}={chip.label}")


def nothing_found(said: str, total: int, drop: tuple[Chip, int] | None) -> Component:
    """That no title matches, and what to drop. said: the query in words; drop: with its count."""
    none = _("{query}: 0 of {total}.").format(query=said, total=words.number(total))
    clear = html.Button(_("Clear all"), className="clear-all", **attrs({"data-go": CLEAR}))
    if drop is None:
        text = _("None of these filters alone is the reason.")
        actions = [clear]
    else:
        chip, count = drop
        text = ngettext(
            "Without “{name}” there is {n}.", "Without “{name}” there are {n}.", count
        ).format(name=chip.label, n=words.number(count))
        label = _("Drop “{name}”").format(name=chip.label)
        button = html.Button(label, className="button", **attrs({"data-go": chip.go}))
        actions = [button, clear]
    return html.Div(
        [
            html.H2(_("No title matches these filters")),
            html.P([none, " ", text]),
            html.Div(actions, className="actions"),
        ],
        key="nothing",
        className="nothing-found",
    )


# ---------------------------------------------------------------- choices
def row(choice: Choice, bar: Component | None = None) -> Component:
    """A choice as a line: mark, name, count, and a bar where there is one."""
    box = html.Span(className="tick-box", **attrs({"aria-hidden": "true"})) if bar is None else None
    parts = [box, choice.mark, html.Span(choice.label, className="option-name")]
    return _choice(
        choice, [*parts, _count(choice), bar], "option" + ("" if bar is None else " with-bar")
    )


def chip(choice: Choice) -> Component:
    """A choice as a pill."""
    return _choice(choice, [choice.mark, html.Span(choice.label), _count(choice)], "chip")


def _count(choice: Choice) -> Component:
    return html.Span("?" if choice.count is None else words.number(choice.count), className="n")


def _said(choice: Choice) -> str:
    """A choice as it is read out."""
    if choice.count is None:
        return _("{name}, no title has an answer").format(name=choice.label)
    said = ngettext("{name}, {n} title", "{name}, {n} titles", choice.count)
    return said.format(name=choice.label, n=words.number(choice.count))


def _choice(choice: Choice, parts: Sequence[Any], kind: str) -> Component:
    return html.Button(
        [part for part in parts if part is not None],
        key=choice.value,
        className=kind + ("" if choice.count else " zero"),
        role="checkbox",
        title=choice.more or None,
        **attrs(
            {
                "aria-checked": "true" if choice.chosen else "false",
                "aria-label": _said(choice),
                "data-toggle": with_value(choice.word, choice.value),
            }
        ),
    )


def section(key: str, title: str, aside: str, *children: Component | None) -> Component:
    """A group of choices that is always open."""
    heading = f"filter-{key}"
    head = html.H2([title, html.Small(aside) if aside else None], id=heading)
    body = html.Div(
        [child for child in children if child is not None],
        role="group",
        **attrs({"aria-labelledby": heading}),
    )
    return html.Section([head, body], key=key, className="block")


def fold(key: str, title: str, aside: str, used: bool, *children: Component | None) -> Component:
    """A group of choices that opens on demand, and by itself where one of them is in force."""
    summary = html.Summary([html.Span(title), html.Small(aside)])
    body = html.Div(
        [child for child in children if child is not None],
        className="fold-body",
        role="group",
        **attrs({"aria-label": title}),
    )
    marks = attrs(_fold_marks(key, used))
    return html.Details([summary, body], key=key, className="fold", **marks)


def _fold_marks(key: str, used: bool) -> dict[str, str]:
    """What assets/explore.js opens a fold by."""
    return {"data-key": key, **({"data-used": "true"} if used else {})}


def tier_rows(choices: Sequence[Choice], fully: Mapping[str, int]) -> Component:
    """A row a tier; of its bar what was fully screened is solid, the rest hatched.

    fully: by tier, how many of the titles it counts were fully screened.
    """
    most = max((choice.count or 0 for choice in choices), default=0)
    rows = [row(choice, _tier_bar(choice, fully.get(choice.value, 0), most)) for choice in choices]
    return html.Div(rows, className="options tiers")


def _tier_bar(choice: Choice, fully: int, most: int) -> Component:
    count = choice.count or 0
    parts = [("full", fully), ("open", count - fully)]
    bar = [
        html.Span(className=part, style={"width": f"{100 * n / most:.1f}%"})
        for part, n in parts
        if n > 0
    ]
    said = _("{n} of {total} fully screened").format(
        n=words.number(fully), total=words.number(count)
    )
    return html.Span(bar, className=f"tier-bar tier-{choice.value}", title=said if count else "")


def screened_note(fully: int, count: int, choices: Sequence[Choice]) -> Component:
    """How many titles were fully screened, what the hatching says, and a choice of either."""
    said = ngettext(
        "{fully} of {n} title is fully screened.",
        "{fully} of {n} titles are fully screened.",
        count,
    ).format(fully=words.number(fully), n=words.number(count))
    rest = _("Hatched: not fully screened, a worse flag may be missing.")
    mark = sign(words.TIERS[Tier.NOT_FULLY_SCREENED].sign)
    text = html.Span([said, " ", rest] if fully < count else said)
    chips = html.Div([chip(choice) for choice in choices], key="chips", className="chips")
    told = html.P([mark, text], key="told", className="screened", hidden=not count)
    return html.Div([told, chips], className="screened-note")


def rows(choices: Sequence[Choice], list_id: str) -> Component:
    """Choices one below the other: the first few, the rest folded; a long list can be narrowed."""
    return _listed(choices, row, "options", list_id)


def pills(choices: Sequence[Choice], list_id: str) -> Component:
    """Choices as pills, the rest of many folded."""
    return _listed(choices, chip, "chips", list_id)


def _listed(choices: Sequence[Choice], draw: Any, kind: str, list_id: str) -> Component:
    first, rest = _parted(choices)
    shown: list[Component] = [
        html.Div([draw(choice) for choice in first], key="first", className=kind)
    ]
    if rest:
        more = html.Summary(_("+ {n} more").format(n=words.number(len(rest))))
        folded = html.Div([draw(choice) for choice in rest], key="rest", className=kind)
        narrow = [_narrowing(list_id)] if len(choices) >= _NARROWED else []
        used = any(choice.chosen for choice in rest)
        marks = attrs(_fold_marks(f"more-{list_id}", used))
        folds = [more, *narrow, folded]
        shown.append(html.Details(folds, key="more", className="more-choices", **marks))
    return html.Div(shown, id=list_id)


def _parted(choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
    """The first few; one alone is not folded. None moves when it is chosen: the focus is on it."""
    shown = len(choices) if len(choices) <= _SHOWN + 1 else _SHOWN
    return list(choices[:shown]), list(choices[shown:])


def _narrowing(list_id: str) -> Component:
    return Field(
        key="narrow",
        type="text",
        className="field",
        placeholder=_("Narrow this list"),
        **attrs({"aria-label": _("Narrow this list"), "data-narrows": list_id}),
    )


def between(word: str, kind: str, ends: tuple[str, str], labels: tuple[str, str]) -> Component:
    """Two fields, from and to. kind: number (km²) or year; ends: what they hold at first."""
    hints = {"number": {"type": "number", "min": "0", "step": "any", "inputMode": "decimal"}}
    year = {"type": "text", "inputMode": "numeric", "pattern": r"\d{4}(-\d\d-\d\d)?"}
    fields = [
        html.Label(
            [
                html.Span(label),
                Field(
                    className="field",
                    defaultValue=value,
                    autoComplete="off",
                    **hints.get(kind, year),
                    **attrs({"data-range": word, "data-end": end}),
                ),
            ],
            key=end,
        )
        for end, value, label in zip(("from", "to"), ends, labels, strict=True)
    ]
    return html.Div(fields, className="between")


def note(text: str) -> Component | None:
    """A remark under choices."""
    return html.P(text, key="note", className="muted") if text else None


def box_switch(on: bool) -> Component:
    """The switch that keeps the titles to what the map shows."""
    return html.Button(
        [html.Span(_("Only inside the map's view")), html.Span(className="track")],
        key="box",
        className="switch",
        role="switch",
        **attrs({"aria-checked": "true" if on else "false", "data-box-switch": "true"}),
    )
