"""The section Downstream: the way of the water basin by basin, and what lies below the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import place_link
from cetm_geo.downstream import BASINS, BELOW_ROLES, CORRIDOR_KM, DISTANCES_KM, RIVER
from cetm_geo.language import _, ngettext
from cetm_geo.model import OVERLAID_ROLES, CountryPack, IndicatorStatus
from cetm_geo.notes import said
from cetm_geo.rulebook.binding import country_name

Row = Mapping[str, Any]
_VARIANTS = (RIVER, BASINS)
# Notes of one row alone, which its value says in short.
_OF_ONE_ROW = ("the data cover", "where the data", "no layer", "the raster reaches")


def countries_of(answer: Row, packs: Mapping[str, CountryPack]) -> dict[str, str]:
    """What the countries of a site, and those on the way of its water, are called, by code."""
    codes = [*reading.countries_of(answer), *_codes_on_way(answer)]
    return {code: country_name(code, packs) for code in codes if code}


def _codes_on_way(answer: Row) -> list[str]:
    """Countries that the water passes, by ISO 3166 alpha-3 code."""
    named = (x for x in answer["indicators"] if x["indicator_id"] == "water_basin_country_count")
    row = next(named, None) or {}
    return [code.strip() for code in str(row.get("value_text") or "").split(",")]


def downstream_view(answer: Row, countries: Mapping[str, str] | None = None) -> Component | None:
    """Where the water of a site goes and what lies there; None where no basin layer is loaded.

    countries: what countries are called, by ISO 3166 alpha-3 code.
    """
    indicators = {row["indicator_id"]: row for row in answer.get("indicators") or []}
    way = answer.get("way") or {}
    parts = [_way(way, answer), _countries(indicators, countries or {}), _below(indicators)]
    shown = [part for part in parts if part is not None]
    if not shown:
        return None
    return html.Section(
        [html.H2([_("Downstream"), html.Small(_("what lies on the way of the water"))]), *shown],
        className="block downstream",
        **attrs({"data-part": "downstream"}),
    )


# --- the way -------------------------------------------------------------------------------------


def _way(way: Row, answer: Row) -> Component | None:
    steps: Sequence[Row] = way.get("steps") or ()
    if not steps:
        return None
    items = [_step(step, way["layer_id"], answer["site"]) for step in steps]
    if way["left_out"]:
        more = words.counted(
            "{n} more basin on the way", "{n} more basins on the way", way["left_out"]
        )
        items.insert(-1, html.Li(html.P(more), className="step gap"))
    end = html.Li(
        [
            html.Span(_("The way ends there")),
            html.P(words.sentence_case(said(way["end"]))),
        ],
        className="step end",
    )
    label = _("Basins, by {layer}").format(layer=way["label"])
    return html.Ol([*items, end], className="way", **attrs({"aria-label": label}))


def _step(step: Row, layer_id: str, site: Row) -> Component:
    name: Any = step["name"]
    if step.get("feature_id"):
        name = place_link(layer_id, step["feature_id"], name)
    return html.Li(
        [
            html.Span(name, className="step-name"),
            html.Span(words.area(step["km2"]), className="step-km2"),
            html.P(step_text(step, site)),
        ],
        className="step own" if step["site_share"] is not None else "step",
    )


def step_text(step: Row, site: Row) -> str:
    """What of the site drains to a basin, how much of it lies under titles, and where it drains."""
    told = [_drains(step, site), *_under_titles(step)]
    if step["goes_to"]:
        told.append(_("It drains to {basin}.").format(basin=step["goes_to"]))
    return " ".join(filter(None, told))


def _drains(step: Row, site: Row) -> str:
    if step["site_share"] is None:
        return ""
    text = (
        _("{share} of this proposal drains here.")
        if reading.is_proposal(site)
        else _("{share} of this title drains here.")
    )
    return text.format(share=words.share(step["site_share"]))


def _under_titles(step: Row) -> list[str]:
    own, upstream = step["title_share"], step["upstream_title_share"]
    if own is None:
        return []
    if own > 0:
        told = _("Titles cover {share} of it.").format(share=words.share(own))
    else:
        told = _("No title lies on it.")
    if upstream is None or upstream == own:
        return [told]
    if upstream > 0:
        text = _("Of all land that drains through it titles cover {share}.")
        return [told, text.format(share=words.share(upstream))]
    return [told, _("No title lies on the land that drains through it.")]


def _countries(indicators: Mapping[str, Row], names: Mapping[str, str]) -> Component | None:
    text = countries_text(indicators, names)
    return html.P(text, className="muted") if text else None


def countries_text(indicators: Mapping[str, Row], names: Mapping[str, str]) -> str:
    """Which countries the water passes; "" where that is not known.

    names: what countries are called, by ISO 3166 alpha-3 code.
    """
    row = indicators.get("water_basin_country_count")
    if row is None or row["value"] is None:
        return ""
    count = int(row["value"])
    codes = [code.strip() for code in str(row["value_text"] or "").split(",")]
    text = ngettext(
        "{n} country on this way: {names}.", "{n} countries on this way: {names}.", count
    ).format(n=words.number(count), names=", ".join(names.get(x, x) for x in codes))
    if row["status"] == IndicatorStatus.OUTSIDE_LAYER_EXTENT.value:
        note = words.sentence_case(said(_last_note(row["note"])))
        text = _("{said} {note}: there may be more.").format(said=text, note=note)
    return str(text)


def _last_note(note: Any) -> str:
    return str(note or "").rpartition("; ")[2]


# --- what lies there -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Below:
    """What lies on the way of the water, within distances along it.

    rows: label, names of places or "", and per distance a value and what is to be said of it.
    """

    heads: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    rests_on: str


def below_of(indicators: Mapping[str, Row]) -> Below | None:
    """What lies below a site; None where nothing of it is known."""
    variant = next((v for v in _VARIANTS if _is_known(indicators, v)), None)
    if variant is None:
        return None
    rows = [row for suffix, label in _rows() if (row := _row(indicators, variant, suffix, label))]
    within = [f"{km:g}{words.GLUE}km" for km in DISTANCES_KM]
    heads = [_("What lies below"), *(_("within {distance}").format(distance=km) for km in within)]
    return Below(heads, rows, _rests_on(indicators, variant)) if rows else None


def _below(indicators: Mapping[str, Row]) -> Component | None:
    below = below_of(indicators)
    if below is None:
        return None
    head = [html.Th(t, scope="col", className="n" if i else "") for i, t in enumerate(below.heads)]
    rows = [
        html.Tr(
            [
                html.Th([label, html.Small(names) if names else None], scope="row"),
                *(
                    html.Td([value, html.Small(more) if more else None], className="n")
                    for value, more in cells
                ),
            ]
        )
        for label, names, cells in below.rows
    ]
    spoken = {"aria-label": _("What lies below"), "role": "region"}
    return html.Div(
        [
            html.Div(
                html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table"),
                className="table-scroll",
                tabIndex="0",
                **attrs(spoken),
            ),
            html.P(below.rests_on, className="muted"),
        ]
    )


def _rows() -> list[tuple[str, str]]:
    rows = []
    for role in BELOW_ROLES:
        suffix = "km2" if role in OVERLAID_ROLES else "count"
        rows.append((f"{role.value}_{suffix}", words.role_label(role.value)))
    return [*rows, ("population_count", _("People"))]


def _id(variant: str, km: float, suffix: str) -> str:
    return f"downstream_{variant}_{km:g}km_{suffix}"


def _is_known(indicators: Mapping[str, Row], variant: str) -> bool:
    return any(
        (indicators.get(_id(variant, km, suffix)) or {}).get("value") is not None
        for km in DISTANCES_KM
        for suffix, _label in _rows()
    )


def _row(
    indicators: Mapping[str, Row], variant: str, suffix: str, label: str
) -> tuple[str, str, Sequence[tuple[str, str]]] | None:
    found = [indicators.get(_id(variant, km, suffix)) for km in DISTANCES_KM]
    if all(row is None for row in found):
        return None
    counted = indicators.get(_id(variant, DISTANCES_KM[-1], suffix.replace("_km2", "_count")))
    names = (counted or {}).get("value_text")
    return label, said(str(names or "")), [_value(row, suffix) for row in found]


def _value(row: Row | None, suffix: str) -> tuple[str, str]:
    """A value and what is to be said of it; where there is none, why."""
    if row is None or row["value"] is None:
        status = (row or {}).get("status")
        missing = status == IndicatorStatus.LAYER_MISSING.value
        return "", _("no layer") if missing else _("not known")
    if suffix.endswith("_km2"):
        shown = words.area(row["value"])
    else:
        shown = words.number(row["value"]) if row["value"] else _("none")
    partly = row["status"] == IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    return shown, _("at least") if partly else ""


def _rests_on(indicators: Mapping[str, Row], variant: str) -> str:
    """How it was measured, and what "at least" means."""
    rows = [indicators.get(_id(variant, km, x)) for x, _label in _rows() for km in DISTANCES_KM]
    notes = [str(row["note"]) for row in rows if row and row["note"] and row["value"] is not None]
    parts = dict.fromkeys(part for note in notes for part in note.split("; "))
    told = [part for part in parts if not part.startswith(_OF_ONE_ROW)]
    lines = [_measured(variant), *(words.sentence_case(said(part)) for part in told)]
    partly = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    if any(row and row["value"] is not None and row["status"] == partly for row in rows):
        lines.append(_("At least: the data do not reach all of that land"))
    return " ".join(f"{line.rstrip('.')}." for line in lines)


def _measured(variant: str) -> str:
    if variant == BASINS:
        return _("Measured in its own basins and those its water enters")
    return _("Measured on the land within {distance} of the rivers its water follows").format(
        distance=f"{CORRIDOR_KM:g}{words.GLUE}km"
    )
