"""Pure figures of what rasters answer: people, trees, land cover, water, ground.

A value that is not known says why in words; what is still being measured keeps its row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, block, sign
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import RASTER_ROLES, IndicatorStatus, Role
from cetm_geo.raster_kinds import POPULATION_RINGS, ring_name
from cetm_geo.tailings import INDICATOR, MOST_POINTS

CLASSES_SHOWN = 6
_PENDING = "…"
_NOTED = (Role.TREE_COVER, Role.TREE_LOSS, Role.SURFACE_WATER)  # always say which cells count
_NO_VALUE: dict[str, tuple[str, str]] = {
    IndicatorStatus.NO_DATA: ("coverage-unknown", "no data"),
    IndicatorStatus.NOT_APPLICABLE: ("checked-none", "not applicable"),
    IndicatorStatus.LAYER_MISSING: ("failed", "no answer"),
    IndicatorStatus.OUTSIDE_LAYER_EXTENT: ("not-covered", "not covered"),
}


@dataclass(frozen=True)
class Land:
    """What rasters answer of one site: indicators by id, series, and the rasters' own rows.

    pending: nothing is measured yet.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    series: Sequence[Row] = ()
    sources: Sequence[Row] = ()
    pending: bool = False

    @classmethod
    def of(cls, found: Row) -> Land:
        """Of an answer with indicators, series and sources."""
        sources = [row for row in found["sources"] if row["role"] in RASTER_ROLES]
        rows = {row["indicator_id"]: row for row in found["indicators"]}
        return cls(rows, found["series"], sources)

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
        return _NO_VALUE.get(status, ("coverage-unknown", "not known"))

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
        return words.sentence_case("; ".join(parts))


def pending(sources: Sequence[Row]) -> Land:
    """The land of a site that is being measured, as rows that keep their place."""
    return Land(sources=[row for row in sources if row["role"] in RASTER_ROLES], pending=True)


def land_view(land: Land) -> Component:
    """Everything rasters say of one site."""
    loaded = {row["role"] for row in land.sources}
    facts = [part for role, view in _VIEWS if role in loaded for part in view(land)]
    facts += _tailings(land)
    missing = [words.role_label(role).lower() for role in RASTER_ROLES if role not in loaded]
    not_loaded = f"No raster is loaded of: {', '.join(missing)}." if missing else None
    return block(
        "Land and people",
        "being measured" if land.pending else "from rasters",
        html.Ul(facts, className="land") if facts else None,
        html.P(not_loaded, className="muted") if not_loaded else None,
        html.Ul([_source(row) for row in land.sources], className="sources"),
    )


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
    note = row.get("note")
    parts = [row.get("attribution"), row.get("licence"), note]
    if row.get("stale"):
        parts.append("older than its use-by date")
    return html.Li(
        [
            html.Span(row["label"]),
            html.Span(words.day(row.get("as_of")), className="when"),
            html.Small(" · ".join(str(part) for part in parts if part)),
        ]
    )


def people(count: float) -> str:
    """So many people: none, < 1, 1 240."""
    if count <= 0:
        return "none"
    return words.number(count) if count >= 0.5 else f"<{words.GLUE}1"


def _population(land: Land) -> list[Component]:
    names = [f"population_{ring_name(a, b)}_count" for a, b in POPULATION_RINGS]
    head = [html.Th(f"{a:g}–{b:g}{words.GLUE}km", scope="col") for a, b in POPULATION_RINGS]
    cells = [_ring_cell(land, name) for name in names]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Td(), *head])),
            html.Tbody(html.Tr([html.Th("round it", scope="row"), *cells])),
        ],
        className="rings",
    )
    name = "population_count"
    inside = land.said(name, people)
    fact = _fact(land, Role.POPULATION, name, "People inside", inside, "", table)
    fact.children.append(_gap(land))
    return [fact]


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
            return html.P(f"{a:g}–{b:g}{words.GLUE}km: {told}", className="line-detail")
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
            "Tree cover",
            land.said("tree_cover_ha", _hectares),
            "" if share is None or not share else words.share(share),
        )
    ]


def _tree_loss(land: Land) -> list[Component]:
    rate = land.value("tree_loss_rate_share")
    ring = land.said("tree_loss_ring_0_10_rate_share", _a_year)
    ratio = land.value("tree_loss_ratio_inside_ring")
    said = f"0 to 10 km round it: {ring}" if land.pending or rate is not None else ""
    if ratio is not None:
        said += f"; inside {words.number(ratio, 1)} times as fast"
    below = [_years(land), html.P(said, className="line-detail") if said else None]
    name = "tree_loss_ha"
    lost = land.said(name, _hectares)
    more = "" if rate is None else _a_year(rate)
    return [_fact(land, Role.TREE_LOSS, name, "Tree cover lost", lost, more, *below)]


def _a_year(rate: float) -> str:
    percent = 100 * rate
    if percent <= 0:
        return "none"
    least = f"<{words.GLUE}0.01" if percent < 0.01 else f"{percent:.2f}"
    return f"{least}{words.GLUE}% a year"


def _years(land: Land) -> Component:
    """A bar a year; hatched where it is not known."""
    rows = [row for row in land.series if row["indicator_id"] == "tree_loss_ha"]
    most = max((row["value"] or 0.0 for row in rows), default=0.0)
    bars = [_bar(row, most) for row in rows]
    if not rows and not land.pending:
        return html.Div()
    worst = [row for row in rows if most and row["value"] == most]
    told = f"most in {worst[0]['year']}, {_hectares(most)}" if worst else "none found"
    if not worst and any(row["value"] is None for row in rows):
        told = "not known"
    span = f"{rows[0]['year']} to {rows[-1]['year']}" if rows else ""
    return html.Div(
        [
            html.Ol(bars, **attrs({"aria-hidden": "true"})),
            html.P([html.Span(span), html.Span(told if rows else _PENDING)]),
        ],
        className="years",
        role="img",
        **attrs({"aria-label": f"Loss by year, {span}: {told}" if rows else "being measured"}),
    )


def _bar(row: Row, most: float) -> Component:
    value = row["value"]
    if value is None:
        return html.Li(className="unknown", title=f"{row['year']}: not known")
    height = f"{100 * value / most:.1f}%" if most else "0"
    return html.Li(html.Span(style={"height": height}), title=f"{row['year']}: {_hectares(value)}")


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
        bars.append(_share_bar(f"{len(shares) - CLASSES_SHOWN} more", rest))
    if land.pending:
        bars = [html.Li(_PENDING)] * (CLASSES_SHOWN + 1)
    mix = html.Ul(bars, className="mix") if bars else None
    return [_fact(land, Role.LAND_COVER, name, "Land cover, mostly", main, "", mix)]


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
    return [_fact(land, Role.SURFACE_WATER, name, "Under water", value)]


def degrees(value: float) -> str:
    """An angle: 12.3°."""
    return f"{value:.1f}°"


def _ground(land: Land) -> list[Component]:
    name = "slope_mean_deg"
    more = [
        ("slope_p90_deg", "A tenth of it is steeper than {}", degrees),
        ("slope_above_25_share", "steeper than 25°: {}", words.share),
        ("elevation_mean_m", "mean height {}", lambda m: f"{words.number(m)}{words.GLUE}m"),
    ]
    shown = [
        text.format(land.said(key, say))
        for key, text, say in more
        if land.pending or land.value(key) is not None
    ]
    told = words.sentence_case("; ".join(shown))
    below = html.P(told, className="line-detail") if told else None
    mean = "" if land.value(name) is None else "mean"
    return [_fact(land, Role.ELEVATION, name, "Slope", land.said(name, degrees), mean, below)]


def _quakes(land: Land) -> list[Component]:
    name = "seismic_pga_max_g"
    value = land.said(name, lambda g: f"{g:.2f}{words.GLUE}g")
    return [_fact(land, Role.SEISMIC_HAZARD, name, "Peak ground acceleration", value)]


def _tailings(land: Land) -> list[Component]:
    """Slides, quakes, floods and people below as points, where they were asked for."""
    if not land.pending and INDICATOR not in land.rows:
        return []
    value = land.said(INDICATOR, lambda points: f"{points:g} of {MOST_POINTS:g}")
    what = html.P("Terrain, quakes, floods and people below; a screen, not a GISTM consequence "
                  "class", className="line-detail")  # fmt: skip
    return [_fact(land, Role.SEISMIC_HAZARD, INDICATOR, "Tailings screen", value, "", what)]


_VIEWS: tuple[tuple[Role, Callable[[Land], list[Component]]], ...] = (
    (Role.POPULATION, _population),
    (Role.TREE_COVER, _tree_cover),
    (Role.TREE_LOSS, _tree_loss),
    (Role.LAND_COVER, _land_cover),
    (Role.SURFACE_WATER, _water),
    (Role.ELEVATION, _ground),
    (Role.SEISMIC_HAZARD, _quakes),
)
