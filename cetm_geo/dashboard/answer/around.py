"""The section Around it: how much of each ring outside a site every kind of place covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, block
from cetm_geo.indicators import RING_COLUMNS
from cetm_geo.language import _
from cetm_geo.model import SCREENED_ROLES, LayerState, Role
from cetm_geo.overlay import RINGS_KM

RINGS = tuple(zip((0.0, *RINGS_KM), RINGS_KM, strict=False))
# Land counts as wholly seen from this share on: what is left is the drawing of two outlines.
_WHOLE = 0.9995
_FULL_BARS = (0.1, 0.25, 0.5, 1.0)  # what a bar's whole width may stand for
_INKS = {
    Role.PROTECTED_AREA: "protected",
    Role.OECM: "protected",
    Role.KEY_BIODIVERSITY_AREA: "kba",
    Role.COMMUNITY_LAND: "community",
    Role.HERITAGE: "heritage",
    Role.MORATORIUM: "closed",
}


@dataclass(frozen=True)
class Cell:
    """What covers one ring.

    share: of the ring, None where not known. seen: the share that the data reach, None where they
    do not say. near: a place without land lies in it.
    """

    share: float | None
    seen: float | None
    near: bool = False

    @property
    def whole(self) -> bool:
        """True where the data reach all of the ring."""
        return self.seen is not None and self.seen >= _WHOLE


def around_view(answer: Row) -> Component | None:
    """A table of kinds of places by rings; None where the rings were not measured."""
    rings = answer.get("rings")
    if not rings:
        return None
    rows = [(line, cells) for line in role_lines(answer) if (cells := cells_of(line, rings))]
    if not rows:
        return None
    largest = max((c.share or 0.0 for _line, cells in rows for c in cells), default=0.0)
    full = next(limit for limit in _FULL_BARS if largest <= limit)
    head = [html.Td(), *(html.Th(ring_label(*r), scope="col", className="n") for r in RINGS)]
    body = [_row(line, cells, full) for line, cells in rows]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="around")
    spoken = {"aria-label": _("Share of each ring that is covered"), "role": "region"}
    return block(
        _("Around it"),
        _("share of each ring that is covered"),
        html.Div(table, className="table-scroll", tabIndex="0", **attrs(spoken)),
        html.P(" ".join(_notes(rows, full)), className="muted"),
        part="around",
    )


def ring_label(a: float, b: float) -> str:
    """A ring outside the site: 5–10 km."""
    return f"{a:g}–{b:g}{words.GLUE}km"


def role_lines(answer: Row) -> Iterator[Row]:
    """The lines of roles, in the order of screening."""
    own = {x["role"]: x for x in answer["lines"] if x["scope_kind"] == "role"}
    return (own[role] for role in SCREENED_ROLES if role in own)


def cells_of(line: Row, rings: Row) -> list[Cell]:
    """What a role covers of each ring; [] where it was not asked for."""
    seen = rings["seen"].get(line["role"]) or [None] * len(RINGS)
    unread = line["state"] == LayerState.FAILED or line.get(RING_COLUMNS[0]) is None
    cells = []
    for (a, b), column, km2, share in zip(RINGS, RING_COLUMNS, rings["km2"], seen, strict=True):
        covered = None if unread else line.get(column)
        known = covered is not None and km2 > 0
        nearest = line.get("nearest_km")
        near = not covered and nearest is not None and a < nearest <= b
        cells.append(Cell(min(float(covered or 0.0) / km2, 1.0) if known else None, share, near))
    return cells


def _row(line: Row, cells: Sequence[Cell], full: float) -> Component:
    ink = _INKS.get(Role(line["role"]), "closed")
    label = html.Th(words.role_label(line["role"]), scope="row")
    return html.Tr([label, *(_cell(cell, full) for cell in cells)], className=f"ink-{ink}")


def _cell(cell: Cell, full: float) -> Component:
    """A share and its bar; hatched where the data do not reach all of the ring."""
    bar = None
    if cell.share:
        width = {"width": f"{max(100 * cell.share / full, 1.5):.1f}%"}
        bar = html.Span(className="bar", style=width, **attrs({"aria-hidden": "true"}))
    kind = "n" if cell.whole else "n partly"
    return html.Td([html.Span(covered_text(cell)), bar], className=kind, title=_meaning(cell))


def covered_text(cell: Cell) -> str:
    """The share of a ring that is covered, ≥ where the data do not reach all of it."""
    if cell.share is None or (not cell.share and not cell.near and not cell.whole):
        return "?"
    if not cell.share:
        return _("point") if cell.near else _("none")
    share = words.share(cell.share)
    return share if cell.whole else f"≥{words.GLUE}{share}".replace(f"≥{words.GLUE}<", "<")


def _meaning(cell: Cell) -> str:
    """What stands in a cell, in words."""
    if cell.share is None:
        return _("not known")
    if cell.seen is None:
        return _("at least this: where the data are complete is not stated")
    if not cell.whole:
        return _("at least this: the data reach {share} of the ring").format(
            share=words.share(cell.seen)
        )
    return ""


def _notes(rows: Sequence[tuple[Row, Sequence[Cell]]], full: float) -> list[str]:
    cells = [cell for _line, own in rows for cell in own]
    notes = [
        _(
            "Rings are measured from the edge of the site, sea included; bars run to {share}."
        ).format(share=f"{100 * full:g}{words.GLUE}%")
    ]
    if any(not cell.whole for cell in cells):
        notes.append(
            _(
                "Hatched: the data do not reach all of the ring, so there may be more; "
                "? is not known."
            )
        )
    if any(cell.near for cell in cells):
        notes.append(_("Point: a place without an area lies there."))
    return notes
