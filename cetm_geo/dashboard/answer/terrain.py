"""Pure figures of what rasters answer: people, trees, land cover, water, ground.

A value that is not known says why in words; what is still being measured keeps its row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import charts
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.answer.sourcing import checksum
from cetm_geo.dashboard.figures import Component, block, sign
from cetm_geo.language import N_, _
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import RASTER_ROLES, IndicatorStatus, Role
from cetm_geo.notes import said
from cetm_geo.raster_kinds import POPULATION_RINGS, ring_name
from cetm_geo.tailings import INDICATOR, MOST_POINTS

CLASSES_SHOWN = 6
_PENDING = "…"
_NOTED = (Role.TREE_COVER, Role.TREE_LOSS, Role.SURFACE_WATER)  # always say which cells count
_NO_VALUE: Mapping[str, tuple[str, str]] = {
    IndicatorStatus.NO_DATA: ("coverage-unknown", N_("no data")),
    IndicatorStatus.NOT_APPLICABLE: ("checked-none", N_("not applicable")),
    IndicatorStatus.LAYER_MISSING: ("failed", N_("no answer")),
    IndicatorStatus.OUTSIDE_LAYER_EXTENT: ("not-covered", N_("not covered")),
}


@dataclass(frozen=True)
class Land:
    """What rasters answer of one site: indicators by id, series, and the rasters' own rows.

    pending: nothing is measured yet. kind: of site, as `model.SiteKind` has it.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    series: Sequence[Row] = ()
    sources: Sequence[Row] = ()
    pending: bool = False
    kind: str = ""

    @classmethod
    def of(cls, found: Row) -> Land:
        """Of an answer with indicators, series and sources."""
        sources = [row for row in found["sources"] if row["role"] in RASTER_ROLES]
        rows = {row["indicator_id"]: row for row in found["indicators"]}
        return cls(rows, found["series"], sources, kind=str(found["site"].get("kind") or ""))

    def value(self, name: str) -> float | None:
        """An indicator's value, None where it is not known."""
        value = self.rows.get(name, {}).get("value")
        return None if value is None or math.isnan(value) else float(value)

    def said(self, name: str, say: Callable[[float], str]) -> str:
        """A value in words; why there is none; or that it is being measured."""
        if self.pending:
            return _PENDING
        value = self.value(name)
        return self.why(name)[1] if value is None else say(value)

    def why(self, name: str) -> tuple[str, str]:
        """The sign and the word for an indicator without a value."""
        status = self.rows.get(name, {}).get("status", "")
        mark, word = _NO_VALUE.get(status, ("coverage-unknown", N_("not known")))
        return mark, _(word)

    def source(self, role: Role) -> Row:
        """The raster that speaks for a role."""
        own = [row for row in self.sources if row["role"] == role]
        return next((row for row in own if not row.get("problem")), own[0] if own else {})

    def note(self, name: str, role: Role) -> str:
        """What an indicator's note adds to what the list of sources says of its layer."""
        parts = str(self.rows.get(name, {}).get("note") or "").split("; ")
        layer = str(self.source(role).get("note") or "")
        for i in range(len(parts)):
            if layer.startswith("; ".join(parts[i:])):
                parts = parts[:i]
                break
        return words.sentence_case("; ".join(said(part) for part in parts if part))


def pending(sources: Sequence[Row]) -> Land:
    """The land of a site that is being measured, as rows that keep their place."""
    return Land(sources=[row for row in sources if row["role"] in RASTER_ROLES], pending=True)


def land_view(land: Land) -> Component:
    """Everything rasters say of one site."""
    facts = land_facts(land)
    loaded = {row["role"] for row in land.sources}
    missing = [words.role_label(role) for role in RASTER_ROLES if role not in loaded]
    not_loaded = _("No raster is loaded of: {what}.").format(what=", ".join(missing))
    return block(
        _("Land and people"),
        _("being measured") if land.pending else _("from rasters"),
        html.Ul(facts, className="land") if facts else None,
        html.P(not_loaded, className="muted") if missing else None,
        _sources(land.sources) if land.sources else None,
        part="land",
    )


def land_facts(land: Land) -> list[Component]:
    """A row a fact, of the rasters that are loaded."""
    loaded = {row["role"] for row in land.sources}
    facts = [part for role, view in _VIEWS if role in loaded for part in view(land)]
    return [*facts, *_tailings(land)]


def _sources(sources: Sequence[Row]) -> Component:
    title = words.counted(
        "{n} raster, its day and licence", "{n} rasters, their days and licences", len(sources)
    )
    rows = html.Ul([_source(row) for row in sources], className="sources")
    return html.Details([html.Summary(title), rows], className="folded-sources")


# --- one fact ------------------------------------------------------------------------------------


def _fact(
    land: Land, role: Role, name: str, label: str, value: str, more: str = "", *below: Any
) -> Component:
    """A row: what it is, its value, what adds to it, and beneath it the note and any figure."""
    quiet = land.value(name) is None
    mark = "measuring" if land.pending else land.why(name)[0]
    note = land.note(name, role) or (_PENDING if land.pending and role in _NOTED else "")
    return html.Li(
        [
            html.Span(label, className="line-name"),
            html.Span(
                [sign(mark) if quiet else None, value, html.Small(more) if more else None],
                className="line-value quiet" if quiet else "line-value",
            ),
            *below,
            html.P(note, className="line-detail") if note else None,
        ],
        className="land-fact",
    )


def _source(row: Row) -> Component:
    note = said(str(row["note"])) if row.get("note") else None
    parts = [row.get("attribution"), row.get("licence"), note]
    if row.get("stale"):
        parts.append(_("older than its use-by date"))
    if row.get("problem"):
        parts.append(_("not read: {reason}").format(reason=said(str(row["problem"])).rstrip(".")))
    shown = " · ".join(str(part) for part in parts if part)
    return html.Li(
        [
            html.Span(row["label"]),
            html.Span(words.day(row.get("as_of")), className="when"),
            html.Small([shown, *checksum(row)]),
        ]
    )


def people(count: float) -> str:
    """So many people: none, < 1, 1 240."""
    if count <= 0:
        return _("none")
    return words.number(count) if count >= 0.5 else f"<{words.GLUE}1"


def _population(land: Land) -> list[Component]:
    names = [f"population_{ring_name(a, b)}_count" for a, b in POPULATION_RINGS]
    head = [html.Th(_ring(a, b), scope="col") for a, b in POPULATION_RINGS]
    cells = [_ring_cell(land, name) for name in names]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Td(), *head])),
            html.Tbody(html.Tr([html.Th(_("round it"), scope="row"), *cells])),
        ],
        className="rings",
    )
    name = "population_count"
    inside = land.said(name, people)
    fact = _fact(land, Role.POPULATION, name, _("People inside"), inside, "", table)
    fact.children.append(_gap(land))
    return [fact]


def _ring(a: float, b: float) -> str:
    return f"{a:g}–{b:g}{words.GLUE}km"


def _ring_cell(land: Land, name: str) -> Component:
    """A figure that fits a narrow column: a question mark with its word where it is not known."""
    if land.pending or land.value(name) is not None:
        return html.Td(land.said(name, people))
    return html.Td(html.Abbr("?", title=land.why(name)[1]))


def _gap(land: Land) -> Component | None:
    """What is not seen of the widest ring that is not seen in full."""
    known = land.note("population_count", Role.POPULATION)
    for a, b in reversed(POPULATION_RINGS):
        note = land.note(f"population_{ring_name(a, b)}_count", Role.POPULATION)
        if note and note != known:
            told = note[:1].lower() + note[1:]
            text = _("{ring}: {note}").format(ring=_ring(a, b), note=told)
            return html.P(text, className="line-detail")
    return None


def _hectares(ha: float) -> str:
    return words.area(ha / HA_PER_KM2)


def _tree_cover(land: Land) -> list[Component]:
    share = land.value("tree_cover_share")
    return [
        _fact(
            land,
            Role.TREE_COVER,
            "tree_cover_ha",
            _("Tree cover"),
            land.said("tree_cover_ha", _hectares),
            "" if share is None or not share else words.share(share),
        )
    ]


def _tree_loss(land: Land) -> list[Component]:
    rate = land.value("tree_loss_rate_share")
    told = [_round_it(land)] if land.pending or rate is not None else []
    below = [_years(land), html.P(told, className="line-detail") if told else None]
    name = "tree_loss_ha"
    lost = land.said(name, _hectares)
    more = "" if rate is None else _a_year(rate)
    return [_fact(land, Role.TREE_LOSS, name, _("Tree cover lost"), lost, more, *below)]


def _round_it(land: Land) -> str:
    ring = land.said("tree_loss_ring_0_10_rate_share", _a_year)
    ratio = land.value("tree_loss_ratio_inside_ring")
    if ratio is None:
        return _("0 to 10 km round it: {rate}").format(rate=ring)
    return _("0 to 10 km round it: {rate}; inside {times} times as fast").format(
        rate=ring, times=words.number(ratio, 1)
    )


def _a_year(rate: float) -> str:
    percent = 100 * rate
    if percent <= 0:
        return _("none")
    least = f"<{words.GLUE}{words.number(0.01, 2)}" if percent < 0.01 else words.number(percent, 2)
    return _("{percent} a year").format(percent=f"{least}{words.GLUE}%")


def _years(land: Land) -> Component | None:
    """Bars by year, the same said in a sentence, and as a table."""
    rows = [row for row in land.series if row["indicator_id"] == "tree_loss_ha"]
    if land.pending:
        return html.Div(html.P(_PENDING), className="charted waiting")
    if not rows:
        return None
    told = loss_said(rows)
    # A chart of nothing is no chart: the sentence says it.
    if not any(row["value"] for row in rows) and all(row["value"] is not None for row in rows):
        return html.P(told, className="line-detail")
    heads = (_("Year"), _("Tree cover lost"))
    name, figure = f"tree-loss-{land.kind}", charts.yearly(rows)
    return charts.graph(name, figure, told, html.P(told), charts.table(rows, heads))


def loss_said(rows: Sequence[Row]) -> str:
    """What a series of losses shows, in a sentence."""
    span = {"first": str(rows[0]["year"]), "last": str(rows[-1]["year"])}
    most = max((row["value"] or 0.0 for row in rows), default=0.0)
    unknown = sum(row["value"] is None for row in rows)
    if most:
        worst = next(row["year"] for row in rows if row["value"] == most)
        text = _("Loss by year, {first} to {last}: most in {year}, {area}.")
        told = text.format(**span, year=str(worst), area=_hectares(most))
    elif unknown == len(rows):
        return _("Loss by year, {first} to {last}: not known.").format(**span)
    else:
        told = _("Loss by year, {first} to {last}: none found.").format(**span)
    if not unknown:
        return told
    more = words.counted("{n} year is not known.", "{n} years are not known.", unknown)
    return f"{told} {more}"


def _land_cover(land: Land) -> list[Component]:
    name = "land_cover_main_class"
    main = str(land.rows.get(name, {}).get("value_text") or land.said(name, str))
    shares = [
        row
        for key, row in land.rows.items()
        if key.startswith("land_cover_class_") and row.get("value")
    ]
    shares.sort(key=lambda row: -row["value"])
    bars = [_share_bar(str(row["value_text"]), row["value"]) for row in shares[:CLASSES_SHOWN]]
    if len(shares) > CLASSES_SHOWN:
        rest = sum(row["value"] for row in shares[CLASSES_SHOWN:])
        more = len(shares) - CLASSES_SHOWN
        bars.append(_share_bar(words.counted("{n} more", "{n} more", more), rest))
    if land.pending:
        bars = [html.Li(_PENDING)] * (CLASSES_SHOWN + 1)
    mix = html.Ul(bars, className="mix") if bars else None
    return [_fact(land, Role.LAND_COVER, name, _("Land cover, mostly"), main, "", mix)]


def _share_bar(label: str, share: float) -> Component:
    return html.Li(
        [
            html.Span(label),
            html.Span(words.share(share), className="n"),
            html.Span(html.Span(style={"width": f"{100 * share:.1f}%"}), className="meter"),
        ]
    )


def _water(land: Land) -> list[Component]:
    name = "surface_water_share"
    value = land.said(name, words.share)
    return [_fact(land, Role.SURFACE_WATER, name, _("Under water"), value)]


def degrees(value: float) -> str:
    """An angle: 12.3°."""
    return f"{words.number(value, 1)}°"


def _ground(land: Land) -> list[Component]:
    name = "slope_mean_deg"
    more = [
        ("slope_p90_deg", _("a tenth of it is steeper than {value}"), degrees),
        ("slope_above_25_share", _("steeper than 25°: {value}"), words.share),
        ("elevation_mean_m", _("mean height {value}"), _metres),
    ]
    shown = [
        text.format(value=land.said(key, say))
        for key, text, say in more
        if land.pending or land.value(key) is not None
    ]
    told = words.sentence_case("; ".join(shown))
    below = html.P(told, className="line-detail") if told else None
    mean = "" if land.value(name) is None else _("mean")
    return [_fact(land, Role.ELEVATION, name, _("Slope"), land.said(name, degrees), mean, below)]


def _metres(m: float) -> str:
    return f"{words.number(m)}{words.GLUE}m"


def _quakes(land: Land) -> list[Component]:
    name = "seismic_pga_max_g"
    value = land.said(name, lambda g: f"{words.number(g, 2)}{words.GLUE}g")
    return [_fact(land, Role.SEISMIC_HAZARD, name, _("Peak ground acceleration"), value)]


def _tailings(land: Land) -> list[Component]:
    """Slides, quakes, floods and people below as points, where they were asked for."""
    if not land.pending and INDICATOR not in land.rows:
        return []
    value = land.said(INDICATOR, _of_most)
    told = _("Terrain, quakes, floods and people below; a screen, not a GISTM consequence class")
    what = html.P(told, className="line-detail")
    return [_fact(land, Role.SEISMIC_HAZARD, INDICATOR, _("Tailings screen"), value, "", what)]


def _of_most(points: float) -> str:
    return _("{points} of {most}").format(points=f"{points:g}", most=f"{MOST_POINTS:g}")


_VIEWS: tuple[tuple[Role, Callable[[Land], list[Component]]], ...] = (
    (Role.POPULATION, _population),
    (Role.TREE_COVER, _tree_cover),
    (Role.TREE_LOSS, _tree_loss),
    (Role.LAND_COVER, _land_cover),
    (Role.SURFACE_WATER, _water),
    (Role.ELEVATION, _ground),
    (Role.SEISMIC_HAZARD, _quakes),
)
