"""The section With others: the titles on the same land, round about, and in all of the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.figures import Component, block
from cetm_geo.density import NAMES, RADIUS_KM
from cetm_geo.language import _, ngettext
from cetm_geo.model import IndicatorStatus, LayerState, Role

Indicators = Mapping[str, Row]
_DENSITY, _DENSITY_IN_FORCE = NAMES


def others_view(answer: Row, land: Sequence[Row] = ()) -> Component | None:
    """How the site stands among titles. land: rows of land_under_title.sql."""
    indicators = {row["indicator_id"]: row for row in answer.get("indicators") or []}
    told = [_on_it(answer, indicators), _round_it(indicators), _in_all(answer["site"], land)]
    shown = [html.Li(text) for text in told if text]
    if not shown:
        return None
    return block(
        _("With others"), _("titles together"), html.Ul(shown, className="told"), part="others"
    )


def _on_it(answer: Row, indicators: Indicators) -> str:
    lines = [x for x in answer["lines"] if x["role"] == Role.CONCESSION]
    line = next((x for x in lines if x["scope_kind"] == "role"), None)
    if line is None or line["state"] != LayerState.OVERLAPS or not line["covered_km2"]:
        return ""
    count = int(line["feature_count"] or 0)
    drawn = reading.is_proposal(answer["site"])
    of_title = ngettext(
        "{n} other title lies over {area} ({share}) of this title, land counted once.",
        "{n} other titles lie over {area} ({share}) of this title, land counted once.",
        count,
    )
    of_drawing = ngettext(
        "{n} title lies over {area} ({share}) of this proposal, land counted once.",
        "{n} titles lie over {area} ({share}) of this proposal, land counted once.",
        count,
    )
    said = (of_drawing if drawn else of_title).format(
        n=words.number(count),
        area=words.area(line["covered_km2"]),
        share=words.share(line["covered_share"]),
    )
    return " ".join(filter(None, [said, _same_stage(indicators)]))


def _same_stage(indicators: Indicators) -> str:
    count = (indicators.get("concession_same_stage_overlap_count") or {}).get("value")
    km2 = (indicators.get("concession_same_stage_overlap_km2") or {}).get("value")
    if not count or km2 is None:
        return ""
    text = ngettext(
        "{n} of them is at the same stage, on {area}.",
        "{n} of them are at the same stage, on {area}.",
        count,
    )
    return text.format(n=words.number(count), area=words.area(km2))


def _round_it(indicators: Indicators) -> str:
    own = indicators.get(_DENSITY) or {}
    if own.get("value") is None:
        return ""
    in_force = (indicators.get(_DENSITY_IN_FORCE) or {}).get("value")
    partly = own.get("status") == IndicatorStatus.OUTSIDE_LAYER_EXTENT
    if in_force is None:
        text = (
            _("At least {share} of the land within {km} of its centre lies under titles.")
            if partly
            else _("{share} of the land within {km} of its centre lies under titles.")
        )
    else:
        text = (
            _(
                "At least {share} of the land within {km} of its centre lies under titles, "
                "{in_force} under titles in force."
            )
            if partly
            else _(
                "{share} of the land within {km} of its centre lies under titles, {in_force} under "
                "titles in force."
            )
        )
    said = text.format(
        share=words.share(own["value"]),
        in_force=words.share(in_force),
        km=f"{words.number(RADIUS_KM)}{words.GLUE}km",
    )
    note = reading.note_of(own)
    return f"{said} {note}." if note else said


def _in_all(site: Row, land: Sequence[Row]) -> str:
    by_group = {row["status_group"]: row for row in land}
    every, in_force = by_group.get("all"), by_group.get("in_force_or_unknown")
    if not every or not every["sites"]:
        return ""
    said = ngettext(
        "The register holds {n} title on {area} of land, land counted once.",
        "The registers hold {n} titles on {area} of land, land counted once.",
        every["sites"],
    ).format(n=words.number(every["sites"]), area=words.area(every["union_km2"]))
    if not in_force or in_force["sites"] == every["sites"]:
        return said
    more = ngettext(
        "Of these {n} is in force, or its status is not stated, on {area}.",
        "Of these {n} are in force, or their status is not stated, on {area}.",
        in_force["sites"],
    ).format(n=words.number(in_force["sites"]), area=words.area(in_force["union_km2"]))
    return f"{said} {more}"
