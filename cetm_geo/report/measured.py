"""Layers, overlaps, rings, water, land and sources of an answer as sections of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard.answer import (
    around,
    charts,
    downstream,
    overlapping,
    pillars,
    reading,
    touching,
)
from cetm_geo.dashboard.answer.others import others_view
from cetm_geo.dashboard.answer.sourcing import mapping_error
from cetm_geo.dashboard.answer.terrain import Land, land_facts, loss_said
from cetm_geo.dashboard.country.words import THEMES
from cetm_geo.dashboard.figures import problem_of
from cetm_geo.flags.weighing import MOST_POINTS
from cetm_geo.language import _
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import CountryPack, LayerState
from cetm_geo.model.rules import Theme
from cetm_geo.notes import said
from cetm_geo.report.content import (
    Block,
    Bullets,
    Cell,
    Heading,
    Line,
    Lines,
    Paragraph,
    Picture,
    Section,
    Table,
)
from cetm_geo.report.said import components, text_of

Row = Mapping[str, Any]
_PLACES = 3
_SHA_SHOWN = 16
_CHART = (440.0, 110.0)  # width and height of a chart of years


def layers_section(answer: Row) -> Section:
    """Every layer in a line of its own, nil results and missing layers included."""
    lines = reading.shown_lines(answer["lines"])
    told = [line for line in lines if touching.is_told(line, lines)]
    drawn = reading.is_proposal(answer["site"])
    blocks: list[Block] = []
    for name, of_title, of_drawing in touching.GROUPS:
        own = [line for line in told if touching.group_of(line, answer) == name]
        if name == "near":
            own = sorted(own, key=lambda line: line["nearest_km"] or 0.0)
        headed = {x["role"] for x in own if x["scope_kind"] == "role"} if name == "on" else set()
        if own:
            blocks.append(Heading(_(of_drawing if drawn else of_title)))
            blocks.append(Lines([_line(line, answer, line["role"] in headed) for line in own]))
    far = reading.distances(answer["lines"])
    if far:
        rows = [[Cell(what), Cell(how)] for what, how in far]
        blocks.append(Heading(_("Nearest, in a straight line")))
        blocks.append(Table(["", _("Distance")], rows, (0.3, 0.16), (1,)))
    return Section(_("What it touches"), _("every layer, nil results included"), blocks)


def _line(line: Row, answer: Row, headed: bool) -> Line:
    state = LayerState(line["state"])
    value, more = reading.line_value(line)
    detail = reading.line_detail(line, answer["overlaps"], reading.note_of(line))
    if state is LayerState.OVERLAPS:
        detail = ". ".join(filter(None, [_met(line, answer), detail]))
    under = headed and line["scope_kind"] == "layer"
    sign = words.STATES[state].sign
    return Line(state.value, sign, reading.line_label(line), detail, value, more, under)


def _met(line: Row, answer: Row) -> str:
    if line["scope_kind"] == "role":
        return _("all layers together, land counted once")
    names = [reading.name_of(x) for x in reading.overlaps_of(line, answer["overlaps"])]
    return words.listed(list(dict.fromkeys(names)), _PLACES)


def overlaps_section(answer: Row) -> Section | None:
    """Every place that shares land with the site, and what the site adds to titles on it."""
    rows = reading.shown_overlaps(answer["overlaps"])
    if not rows:
        return None
    of_site = _("Of this proposal") if reading.is_proposal(answer["site"]) else _("Of this title")
    head = [_("Place"), _("Overlap"), of_site, _("Of that area")]
    body = [[_place(row, answer["site"]), *map(Cell, overlapping.figures_of(row))] for row in rows]
    table = Table(head, body, (0.52, 0.16, 0.16, 0.16), (1, 2, 3))
    aside = _("place by place; land under two places counts in both")
    return Section(_("Overlaps"), aside, [table])


def _place(row: Row, site: Row) -> Cell:
    about = [row.get("designation"), row["layer_label"], reading.adds(row, site)]
    verify = _("verify: within the mapping error") if row.get("sliver") else None
    return Cell(reading.name_of(row), " · ".join(str(x) for x in (*about, verify) if x))


def around_section(answer: Row) -> Section | None:
    """The share of each ring that each kind of place covers."""
    rings = answer.get("rings")
    if not rings:
        return None
    rows = []
    for line in around.role_lines(answer):
        cells = around.cells_of(line, rings)
        if cells:
            told = [Cell(around.covered_text(cell), share=cell.share) for cell in cells]
            rows.append([Cell(words.role_label(line["role"])), *told])
    if not rows:
        return None
    km2 = [Cell(words.area(value)) for value in rings["km2"]]
    rows.append([Cell(_("Land and sea of the ring")), *km2])
    head = ["", *(around.ring_label(*ring) for ring in around.RINGS)]
    note = _(
        "Rings are measured from the edge of the site, sea included. ≥: the data do not reach all "
        "of the ring, so there may be more; ? is not known."
    )
    table = Table(head, rows, (0.35, *[0.13] * len(around.RINGS)), tuple(range(1, len(head))))
    return Section(
        _("Around it"), _("share of each ring that is covered"), [table, Paragraph(note, "muted")]
    )


def downstream_section(answer: Row, packs: Mapping[str, CountryPack]) -> Section | None:
    """The way of the water, basin by basin, and what lies there."""
    way = answer.get("way") or {}
    indicators = {row["indicator_id"]: row for row in answer["indicators"]}
    blocks: list[Block] = []
    if way.get("steps"):
        blocks += _way(way)
    countries = downstream.countries_text(indicators, downstream.countries_of(answer, packs))
    below = downstream.below_of(indicators)
    if countries:
        blocks.append(Paragraph(countries))
    if below is not None:
        rows = [
            [
                Cell(label, names),
                *(Cell(value or more, more if value else "") for value, more in cells),
            ]
            for label, names, cells in below.rows
        ]
        rest = len(below.heads) - 1
        widths = (0.46, *[0.54 / rest] * rest)
        blocks.append(Table(below.heads, rows, widths, tuple(range(1, rest + 1))))
        blocks.append(Paragraph(below.rests_on, "muted"))
    if not blocks:
        return None
    return Section(_("Downstream"), _("what lies on the way of the water"), blocks)


def _way(way: Row) -> list[Block]:
    head = [
        _("Basin, in the order of the water"),
        _("Area"),
        _("Drains here"),
        _("Under titles"),
        _("With all upstream"),
    ]
    rows = []
    for step in way["steps"]:
        goes = _("It drains to {basin}.").format(basin=step["goes_to"]) if step["goes_to"] else ""
        shares = (step["site_share"], step["title_share"], step["upstream_title_share"])
        own, *titles = (Cell("–" if x is None else words.share(x), share=x) for x in shares)
        rows.append([Cell(step["name"], goes), Cell(words.area(step["km2"])), own, *titles])
    told = [words.sentence_case(said(way["end"])).rstrip(".") + "."]
    if way["left_out"]:
        more = words.counted(
            "{n} more basin on the way", "{n} more basins on the way", way["left_out"]
        )
        told.append(f"{more}.")
    legend = _(
        "Drains here: of the site. Under titles: of the basin, and of all land that drains through "
        "it. Basins by {layer}."
    ).format(layer=way["label"])
    table = Table(head, rows, (0.36, 0.16, 0.16, 0.16, 0.16), (1, 2, 3, 4))
    end = _("The way ends there: {why}").format(why=" ".join(told))
    return [table, Paragraph(end), Paragraph(legend, "muted")]


def land_section(answer: Row) -> Section | None:
    """What rasters say of the site."""
    land = Land.of(answer)
    if not land.sources:
        return None
    rows = []
    for fact in land_facts(land):
        name, (_mark, value, more) = fact.children[0], fact.children[1].children
        details = [text_of(x) for x in components(fact, "P", "line-detail")]
        details += [text_of(item) for item in components(fact, "Li") if item is not fact]
        rows.append(
            [
                Cell(text_of(name), " · ".join(filter(None, details))),
                Cell(text_of(value), text_of(more)),
            ]
        )
    blocks: list[Block] = [
        Table([_("Measure"), _("Value")], rows, (0.7, 0.3), (1,)),
        *_people(land),
        *_loss(land),
    ]
    return Section(_("Land and people"), _("from rasters"), blocks)


def _people(land: Land) -> list[Block]:
    """People in the rings round the site."""
    tables = [t for fact in land_facts(land) for t in components(fact, "Table", "rings")]
    out: list[Block] = []
    for table in tables:
        heads = [text_of(cell) for cell in components(table, "Th")]
        cells = [Cell(text_of(cell)) for cell in components(table, "Td")][1:]
        rings, label = heads[:-1], _("People round it")
        widths = (0.3, *[0.7 / len(rings)] * len(rings))
        out.append(
            Table(["", *rings], [[Cell(label), *cells]], widths, tuple(range(1, len(rings) + 1)))
        )
    return out


def _loss(land: Land) -> list[Block]:
    rows = [row for row in land.series if row["indicator_id"] == "tree_loss_ha"]
    if not any(row["value"] for row in rows):
        return []
    told = loss_said(rows)
    return [
        Heading(_("Tree cover lost by year")),
        Picture(years_svg(rows), told, _CHART[1] / _CHART[0]),
        Paragraph(told, "muted"),
    ]


def pillars_section(answer: Row) -> Section:
    """What each pillar's rules answer, the points by theme, and the score."""
    rows = []
    for pillar, label in pillars.PILLARS.items():
        own = [card for card in answer["flags"] if pillar in card["pillars"]]
        rows.append([Cell(label), Cell(pillars.main_reason(own)), Cell(pillars.answers_text(own))])
    points = {row["theme"]: row for row in answer["themes"]}
    themes = [[Cell(THEMES[theme]), _points(points[theme])] for theme in Theme if theme in points]
    return Section(
        _("Four pillars"),
        "",
        [
            Table([_("Pillar"), _("Weighs most"), _("Answers")], rows, (0.18, 0.4, 0.42)),
            Heading(_("Points by theme")),
            Table([_("Theme"), _("Points")], themes, (0.6, 0.4), (1,)),
            Paragraph(pillars.score(answer["tier"], answer["site"]), "muted"),
        ],
    )


def _points(row: Row) -> Cell:
    least, most = row["points"], row["points_high"]
    share = None if least is None else least / MOST_POINTS
    return Cell(pillars.points_text(least, most), share=share)


def others_section(answer: Row, land: Sequence[Row]) -> Section | None:
    """How the site stands among titles."""
    view = others_view(answer, land)
    if view is None:
        return None
    return Section(
        _("With others"),
        _("titles together"),
        [Bullets([text_of(x) for x in components(view, "Li")])],
    )


def sources_section(answer: Row) -> Section:
    """The layers behind the answer: their publisher, licence, day, error and checksum."""
    roles = {line["role"] for line in answer["lines"]}
    named = {row["role"] for row in Land.of(answer).sources}
    rows = [
        [
            Cell(str(row["label"]), str(row.get("file") or "").rpartition("/")[2]),
            Cell(row.get("attribution") or _("Publisher not stated"),
                 row.get("licence") or _("licence not stated")),
            Cell(words.day(row.get("as_of")), _lacks(row)),
            Cell(mapping_error(row.get("positional_error_m")) if row.get("positional_error_m")
                 else "–"),
            Cell(str(row.get("sha256") or "–")[:_SHA_SHOWN]),
        ]
        for row in answer["sources"]
        if row["role"] in roles | named
    ]  # fmt: skip
    head = [_("Layer"), _("Publisher and licence"), _("As of"), _("Error"), _("SHA-256, begin")]
    told = _("Error: how far an outline may be off. The checksum is of the file as it was read.")
    table = Table(head, rows, (0.27, 0.29, 0.14, 0.1, 0.2))
    return Section(_("Sources"), "", [table, Paragraph(told, "muted")])


def _lacks(row: Row) -> str:
    told = [
        _("older than its use-by date") if row.get("stale") else "",
        _("not read: {reason}").format(reason=problem_of(row)) if row.get("problem") else "",
    ]
    return " · ".join(filter(None, told))


def years_svg(rows: Sequence[Row]) -> str:
    """Bars by year; a year that is not known is hatched. Holds numbers alone, no text of data."""
    ink, (width, height) = charts.palette(), _CHART
    left, bottom, top = 46.0, height - 16.0, 10.0
    most = max(float(row["value"] or 0.0) for row in rows)
    step = (width - left) / len(rows)
    font = 'font-family="Source Sans 3, Noto Sans, sans-serif" font-size="7.6"'
    parts = [
        '<defs><pattern id="unknown" width="4" height="4" patternUnits="userSpaceOnUse">'
        f'<path d="M0 4 4 0" stroke="{ink["line-2"]}" stroke-width=".7"/></pattern></defs>'
    ]
    for share in (0.0, 0.5, 1.0):
        y = bottom - share * (bottom - top)
        label = words.area(share * most / HA_PER_KM2) if share else "0"
        parts.append(
            f'<path d="M{left:g} {y:.1f}H{width:g}" stroke="{ink["line"]}" stroke-width=".7"/>'
            f'<text x="{left - 5:g}" y="{y + 3:.1f}" text-anchor="end" {font} '
            f'fill="{ink["ink-3"]}">{label.replace("<", "&lt;")}</text>'
        )
    for place, row in enumerate(rows):
        known = row["value"] is not None
        tall = (bottom - top) * (float(row["value"]) / most if known else 1.0)
        fill = ink["ink-2"] if known else "url(#unknown)"
        x = left + place * step
        parts.append(
            f'<rect x="{x + 0.1 * step:.1f}" y="{bottom - tall:.1f}" width="{0.8 * step:.1f}" '
            f'height="{tall:.1f}" fill="{fill}"/>'
        )
        if int(row["year"]) % 5 == 0 or len(rows) <= 8:
            parts.append(
                f'<text x="{x + step / 2:.1f}" y="{height - 4:g}" text-anchor="middle" {font} '
                f'fill="{ink["ink-3"]}">{int(row["year"])}</text>'
            )
    box = f'viewBox="0 0 {width:g} {height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(parts)}</svg>'
