"""The section What it touches: every layer in one of five states, what weighs most first.

What lies on the site and what lies near has a line each; layers that were checked and hold nothing
stand in one paragraph, each with its nearest; what could not be answered in full has a line each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, block, sign
from cetm_geo.language import N_, _
from cetm_geo.model import LayerState, Role

_NAMES_SHOWN = 3
_ON = (LayerState.OVERLAPS, LayerState.WITHIN_MAPPING_ERROR)
# The groups in their order: what each is called of a title and of a proposal.
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("on", N_("On this title"), N_("On this proposal")),
    ("near", N_("Near it, within 50 km"), N_("Near it, within 50 km")),
    ("none", N_("Checked to 50 km, none"), N_("Checked to 50 km, none")),
    ("open", N_("Not answered in full"), N_("Not answered in full")),
)


def touching_view(answer: Row) -> Component:
    """Every layer and what it answers, nil results and missing layers included."""
    lines = reading.shown_lines(answer["lines"])
    told = [line for line in lines if is_told(line, lines)]
    shared = shared_notes(told, answer)
    drawn = reading.is_proposal(answer["site"])
    parts: list[Component] = []
    for name, of_title, of_drawing in GROUPS:
        own = [line for line in told if group_of(line, answer) == name]
        if own:
            parts += [html.H3(_(of_drawing if drawn else of_title))]
            parts += _group(name, own, answer, shared)
    return block(
        _("What it touches"),
        _("every layer, nil results included"),
        *parts,
        _footnotes(shared),
        _distances(answer["lines"]),
        part="touches",
    )


def is_told(line: Row, lines: Sequence[Row]) -> bool:
    """False for a role's line that says no more than its layers do.

    It says more where several of them overlap, since land counts once, and where none of them is in
    its state.
    """
    if not reading.is_heading(line, lines):
        return True
    layers = [x for x in lines if x["role"] == line["role"] and x["scope_kind"] == "layer"]
    if line["state"] == LayerState.OVERLAPS:
        overlapping = [x for x in layers if x["state"] == LayerState.OVERLAPS]
        return len(overlapping) > 1 and not _are_levels(line, overlapping)
    return not any(x["state"] == line["state"] for x in layers)


def _are_levels(line: Row, layers: Sequence[Row]) -> bool:
    """True of layers of basins that each hold all that the role does: levels of one another."""
    if line["role"] != Role.WATER_BASIN or not line["covered_km2"]:
        return False
    return all(x["covered_km2"] >= 0.9999 * line["covered_km2"] for x in layers)


def group_of(line: Row, answer: Row) -> str:
    """Where a line stands: `on` the site, `near` it, `none`, or `open`."""
    state = LayerState(line["state"])
    if state in _ON:
        return "on"
    if state is LayerState.WITHIN_RING:
        return "near"
    return "open" if state in reading.UNANSWERED else "none"


def shared_notes(lines: Sequence[Row], answer: Row) -> dict[str, list[str]]:
    """What several answers that found something lack alike: the note, and the layers' labels."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if group_of(line, answer) in ("on", "near"):
            for note in reading.notes_of(line):
                found.setdefault(note, []).append(reading.line_label(line))
    return {note: layers for note, layers in found.items() if len(layers) > 1}


def _footnotes(shared: Mapping[str, Sequence[str]]) -> Component | None:
    if not shared:
        return None
    told = [
        _("{note}: {layers}.").format(note=words.sentence_case(note), layers=", ".join(layers))
        for note, layers in shared.items()
    ]
    rows = [html.Li([html.B("*"), " ", text]) for text in told]
    return html.Ul(rows, className="footnotes")


def _group(
    name: str, lines: Sequence[Row], answer: Row, shared: Mapping[str, Sequence[str]]
) -> Iterable[Component]:
    if name == "none":
        sure = [line for line in lines if not reading.is_gap(line, answer)]
        unsure = [line for line in lines if reading.is_gap(line, answer)]
        return [
            html.Ul([_line(x, answer, {}) for x in unsure], className="lines") if unsure else None,
            _none_found(sure) if sure else None,
        ]
    if name == "near":
        lines = sorted(lines, key=lambda line: line["nearest_km"] or 0.0)
    headed = {x["role"] for x in lines if x["scope_kind"] == "role"} if name == "on" else set()
    kept = shared if name in ("on", "near") else {}
    rows = [
        _line(x, answer, kept, x["role"] in headed and x["scope_kind"] == "layer") for x in lines
    ]
    return [html.Ul(rows, className="lines")]


def _line(
    line: Row, answer: Row, shared: Mapping[str, Sequence[str]], under: bool = False
) -> Component:
    """shared: notes that stand once, below. under: it stands below the line of its role."""
    state = LayerState(line["state"])
    measure, more = reading.line_value(line)
    faint = "" if state is LayerState.OVERLAPS else " quiet"
    return html.Li(
        [
            sign(words.STATES[state].sign, words.STATES[state].meaning),
            html.P(
                [
                    html.Span(
                        [reading.line_label(line), _star(line, shared)], className="line-name"
                    ),
                    *_detail(line, answer, shared),
                ]
            ),
            html.Span(
                [measure, html.Small(more) if more else None], className="line-value" + faint
            ),
        ],
        className=f"line state-{state.value}" + (" under" if under else ""),
    )


def _star(line: Row, shared: Mapping[str, Sequence[str]]) -> Component | None:
    """The mark of a line that lacks what is said below."""
    if not set(reading.notes_of(line)) & shared.keys():
        return None
    return html.Abbr("*", title=reading.note_of(line))


def _detail(line: Row, answer: Row, shared: Mapping[str, Sequence[str]]) -> list[Any]:
    """What stands behind the name of a line: places that lead to the map, or a sentence."""
    own = [note for note in reading.notes_of(line) if note not in shared]
    told = reading.line_detail(line, answer["overlaps"], words.sentence_case("; ".join(own)))
    if line["state"] != LayerState.OVERLAPS:
        return [" ", html.Span(told, className="line-detail")] if told else []
    if line["scope_kind"] == "role":
        parts: list[Any] = [_("all layers together, land counted once")]
    else:
        parts = _places(reading.overlaps_of(line, answer["overlaps"]), answer["site"])
    if told:
        parts += [". " if parts else "", told]
    return [" ", html.Span(parts, className="line-detail")]


def _places(overlaps: Sequence[Row], site: Row) -> list[Any]:
    """The first places by name, each a way to its piece on the map, and how many more there are."""
    first: dict[str, Row] = {}
    for row in overlaps:
        first.setdefault(reading.name_of(row), row)
    names = list(first)
    shown: list[Any] = []
    for name in names[:_NAMES_SHOWN]:
        shown += [", " if shown else "", to_piece(first[name], name)]
    more = len(names) - _NAMES_SHOWN
    if more > 0:
        shown += [" ", _("and {n} more").format(n=words.number(more))]
    return shown


def to_piece(row: Row, text: Any, kind: str = "") -> Component:
    """A button that shows on the map what the site and a place share; text alone where nothing can
    be shown. kind: a class of its own.

    No <button>, which would not break within a line of text; assets/panel.js hears the space bar.
    """
    if not row.get("feature_id") or row.get("piece") is False:
        return html.Span(text, className=kind)
    spoken = _("Show on the map: {place}").format(place=reading.name_of(row))
    named = {"data-piece": f"{row['layer_id']}/{row['feature_id']}", "aria-label": spoken}
    return html.Span(
        text,
        className=f"to-piece {kind}".strip(),
        role="button",
        tabIndex="0",
        title=spoken if kind else "",
        **attrs(named),
    )


def _none_found(lines: Sequence[Row]) -> Component:
    """Layers that hold nothing here, each with its nearest, and what is to be said of them."""
    state = words.STATES[LayerState.CHECKED_NONE]
    items = [
        html.Li([html.B(reading.line_label(line)), " ", html.Span(_how_far(line))])
        for line in lines
    ]
    notes: dict[str, list[str]] = {}
    for line in lines:
        if line.get("note"):
            notes.setdefault(reading.note_of(line), []).append(reading.line_label(line))
    told = [_noted(note, layers, len(lines)) for note, layers in notes.items()]
    return html.Div(
        [
            sign(state.sign, state.meaning),
            html.Div(
                [
                    html.Ul(items, className="inline"),
                    *(html.P(text, className="line-detail") for text in told),
                ]
            ),
        ],
        className="none-found",
    )


def _how_far(line: Row) -> str:
    if line.get("nearest_km") is None:
        return _("none within the distance searched")
    distance = words.distance(line["nearest_km"])
    if not line.get("nearest_name"):
        return _("nearest {distance} away").format(distance=distance)
    return _("nearest {name}, {distance} away").format(name=line["nearest_name"], distance=distance)


def _noted(note: str, layers: Sequence[str], count: int) -> str:
    if len(layers) == count:
        return f"{note}."
    return _("{note}: {layers}.").format(note=note, layers=", ".join(layers))


def _distances(lines: Sequence[Row]) -> Component | None:
    """How far rivers, settlements, roads are, which are no findings of their own."""
    found = reading.distances(lines)
    if not found:
        return None
    items = [html.Li([html.Span(what), " ", html.B(far)]) for what, far in found]
    return html.Div(
        [html.H3(_("Nearest, in a straight line")), html.Ul(items, className="inline far")],
    )
