"""The section Downstream: the way of the water basin by basin, and what lies below the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from cetm_geo import words
from cetm_geo.dashboard import answer as reading
from cetm_geo.downstream import BASINS, BELOW_ROLES, CORRIDOR_KM, DISTANCES_KM, RIVER
from cetm_geo.model import OVERLAID_ROLES, IndicatorStatus, Role

Row = Mapping[str, Any]
_VARIANTS = {
    RIVER: f"on the land within {CORRIDOR_KM:g} km of the rivers its water follows",
    BASINS: "in its own basins and those its water enters",
}
# Notes of one row alone, which its value says in short.
_OF_ONE_ROW = ("the data cover", "where the data", "no layer", "the raster reaches")


def downstream_view(answer: Row) -> Component | None:
    """Where the water of a site goes and what lies there; None where no basin layer is loaded."""
    indicators = {row["indicator_id"]: row for row in answer.get("indicators") or []}
    way = answer.get("way") or {}
    parts = [_way(way, answer), _countries(indicators), _below(indicators)]
    shown = [part for part in parts if part is not None]
    if not shown:
        return None
    return html.Section(
        [html.H2(["Downstream", html.Small("what lies on the way of the water")]), *shown],
        className="block downstream",
    )


# --- the way -------------------------------------------------------------------------------------


def _way(way: Row, answer: Row) -> Component | None:
    steps: Sequence[Row] = way.get("steps") or ()
    if not steps:
        return None
    noun = reading.noun(answer["site"])
    items = [_step(step, noun) for step in steps]
    if way["left_out"]:
        more = words.plural(way["left_out"], "more basin")
        items.insert(-1, html.Li(html.P(f"{more} on the way"), className="step gap"))
    end = html.Li(
        [html.Span("The way ends there"), html.P(words.sentence_case(way["end"]))],
        className="step end",
    )
    return html.Ol([*items, end], className="way", **_label(f"Basins, by {way['label']}"))


def _step(step: Row, noun: str) -> Component:
    said = []
    if step["site_share"] is not None:
        said.append(f"{words.share(step['site_share'])} of this {noun} drains here")
    if step["title_share"] is not None:
        said.append(f"titles cover {_some(step['title_share'])} of it")
    upstream = step["upstream_title_share"]
    if upstream is not None and step["title_share"] != upstream:
        said.append(f"{_some(upstream)} of all land that drains through it")
    if step["goes_to"]:
        said.append(f"drains to {step['goes_to']}")
    return html.Li(
        [
            html.Span(step["name"], className="step-name"),
            html.Span(words.area(step["km2"]), className="step-km2"),
            html.P(words.sentence_case("; ".join(said)) + "." if said else ""),
        ],
        className="step own" if step["site_share"] is not None else "step",
    )


def _some(share: float) -> str:
    return "nothing" if share <= 0 else words.share(share)


def _label(text: str) -> dict[str, Any]:
    return {"aria-label": text}


def _countries(indicators: Mapping[str, Row]) -> Component | None:
    row = indicators.get("water_basin_country_count")
    if row is None or row["value"] is None:
        return None
    count = int(row["value"])
    text = f"{words.plural(count, 'country', 'countries')} on this way: {row['value_text']}."
    if row["status"] == IndicatorStatus.OUTSIDE_LAYER_EXTENT.value:
        text += f" {words.sentence_case(_last_note(row['note']))}: there may be more."
    return html.P(text, className="muted")


def _last_note(note: Any) -> str:
    return str(note or "").rpartition("; ")[2]


# --- what lies there -----------------------------------------------------------------------------


def _below(indicators: Mapping[str, Row]) -> Component | None:
    variant = next((v for v in _VARIANTS if _is_known(indicators, v)), None)
    if variant is None:
        return None
    rows = [row for suffix, label in _rows() if (row := _row(indicators, variant, suffix, label))]
    if not rows:
        return None
    heads = ["What lies below", *(f"within {km:g}{words.GLUE}km" for km in DISTANCES_KM)]
    head = [html.Th(t, scope="col", className="n" if i else "") for i, t in enumerate(heads)]
    return html.Div(
        [
            html.Div(
                html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table"),
                className="table-scroll",
                tabIndex="0",
            ),
            html.P(_rests_on(indicators, variant), className="muted"),
        ]
    )


def _rows() -> list[tuple[str, str]]:
    rows = []
    for role in BELOW_ROLES:
        suffix = "km2" if role in OVERLAID_ROLES else "count"
        label = "Settlements" if role == Role.SETTLEMENT else words.role_label(role.value)
        rows.append((f"{role.value}_{suffix}", label))
    return [*rows, ("population_count", "People")]


def _id(variant: str, km: float, suffix: str) -> str:
    return f"downstream_{variant}_{km:g}km_{suffix}"


def _is_known(indicators: Mapping[str, Row], variant: str) -> bool:
    return any(
        (indicators.get(_id(variant, km, suffix)) or {}).get("value") is not None
        for km in DISTANCES_KM
        for suffix, _ in _rows()
    )


def _row(indicators: Mapping[str, Row], variant: str, suffix: str, label: str) -> Component | None:
    found = [indicators.get(_id(variant, km, suffix)) for km in DISTANCES_KM]
    if all(row is None for row in found):
        return None
    counted = indicators.get(_id(variant, DISTANCES_KM[-1], suffix.replace("_km2", "_count")))
    names = (counted or {}).get("value_text")
    return html.Tr(
        [
            html.Th([label, html.Small(names) if names else None], scope="row"),
            *(html.Td(_value(row, suffix), className="n") for row in found),
        ]
    )


def _value(row: Row | None, suffix: str) -> Any:
    if row is None or row["value"] is None:
        status = (row or {}).get("status")
        missing = status == IndicatorStatus.LAYER_MISSING.value
        return html.Small("no layer" if missing else "not known")
    if suffix.endswith("_km2"):
        shown = words.area(row["value"])
    else:
        shown = words.number(row["value"]) if row["value"] else "none"
    partly = row["status"] == IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    return [shown, html.Small("at least")] if partly else shown


def _rests_on(indicators: Mapping[str, Row], variant: str) -> str:
    """How it was measured, and what "at least" means."""
    rows = [indicators.get(_id(variant, km, x)) for x, _ in _rows() for km in DISTANCES_KM]
    notes = [str(row["note"]) for row in rows if row and row["note"] and row["value"] is not None]
    parts = dict.fromkeys(part for note in notes for part in note.split("; "))
    told = [part for part in parts if not part.startswith(_OF_ONE_ROW)]
    said = [
        f"Measured {_VARIANTS[variant]}, {told[0]}" if told else f"Measured {_VARIANTS[variant]}"
    ]
    said += [words.sentence_case(part) for part in told[1:]]
    partly = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    if any(row and row["value"] is not None and row["status"] == partly for row in rows):
        said.append("At least: the data do not reach all of that land")
    return ". ".join(said) + "."
