"""Views of a place: what it is, and how much of it lies under titles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.mapconfig import DRAW_OF_ROLE
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import STATUS_GROUPS, Role, Tenure
from cetm_geo.pressure import ALL
from cetm_geo.web.filters import Filters, query_of
from cetm_geo.web.placefacts import NO_REGISTER, NOT_MEASURED, SUMMED, TOO_MANY, UNITED

Component = Any
Row = Mapping[str, Any]
IN_FORCE = "in_force_or_unknown"

_CLASSES = Spoken(
    {
        "iucn_ia": N_("IUCN category Ia"),
        "iucn_ib": N_("IUCN category Ib"),
        "iucn_ii": N_("IUCN category II"),
        "iucn_iii": N_("IUCN category III"),
        "iucn_iv": N_("IUCN category IV"),
        "iucn_v": N_("IUCN category V"),
        "iucn_vi": N_("IUCN category VI"),
        "iucn_not_given": N_("IUCN category not stated"),
        "world_heritage": N_("World Heritage site"),
        "ramsar": N_("Ramsar site"),
        "biosphere_reserve": N_("Biosphere Reserve"),
        "proposed": N_("Proposed, not designated"),
        "isolated_peoples": N_("Peoples in isolation"),
    }
)
_TENURES = Spoken(
    {
        Tenure.INDIGENOUS: N_("Indigenous land"),
        Tenure.CUSTOMARY: N_("Customary land"),
        Tenure.USE_AGREEMENT: N_("Held by a use agreement"),
        Tenure.CLAIMED: N_("Claimed, not recognised"),
    }
)
_LACKING = Spoken(
    {
        NO_REGISTER: N_("The register of titles could not be read: what lies on it is not known."),
        NOT_MEASURED: N_("Titles are not laid over this layer."),
        TOO_MANY: N_(
            "More titles lie on it than are united while you wait: the share is not given."
        ),
    }
)


def place_key(layer_id: str, feature_id: str) -> str:
    """A place as the address says it."""
    return f"{layer_id}/{feature_id}"


# --- what it is ----------------------------------------------------------------------------------


def head_view(answer: Row, sources: Mapping[str, Row]) -> Component:
    """Name, facts, cautions and what can be done with a place."""
    place, titles = answer["place"], answer["counts"][ALL]["titles"]
    source = sources.get(place["layer_id"], {})
    facts = [
        html.Span(
            [figures.swatch(_draw_of(source, place["role"])), place["layer_label"]],
            className="place-layer",
        ),
        place["designation"],
        _CLASSES.get(place["class_id"]),
        _TENURES.get(place["tenure"]),
        html.B(words.area(place["area_km2"])) if place["area_km2"] else None,
        _("as of {day}").format(day=words.day(place["as_of"]))
        if place["as_of"]
        else _("date not stated"),
    ]
    shown = [fact for fact in facts if fact]
    return html.Div(
        [
            html.H1(name_of(place), className="site-name", id="place-name"),
            html.Ul([html.Li(fact) for fact in shown], className="facts"),
            _parts(answer),
            _cautions(place),
            html.Div(_actions(place, titles), className="actions"),
        ],
        className="site-head",
    )


def name_of(place: Row) -> str:
    """What a place is called; one without a name by its id."""
    if place["name"]:
        return str(place["name"])
    if place["role"] == Role.WATER_BASIN:
        return _("Basin {id}").format(id=place["group_id"])
    return _("Unnamed place {id}").format(id=place["feature_id"])


def _draw_of(source: Row, role: str) -> str:
    try:
        style = json.loads(source.get("style") or "{}")
    except ValueError:
        style = {}
    return str(style.get("draw") or DRAW_OF_ROLE.get(role, "point"))


def _parts(answer: Row) -> Component | None:
    """The parts of a place that the layer holds as several features."""
    parts, place = answer["parts"], answer["place"]
    if not parts:
        return None
    said = words.counted(
        "Its figures are of {n} part together", "Its figures are of {n} parts together", len(parts)
    )
    rows = [
        html.Li([html.Span(_part(part)), html.Span(words.area(part["area_km2"]), className="n")])
        for part in parts
    ]
    note = _("Those of {layer} that share one id.").format(layer=place["layer_label"])
    return html.Details(
        [html.Summary(said), html.P(note, className="muted"), html.Ul(rows)],
        className="place-parts",
    )


def _part(part: Row) -> str:
    said = (part["name"], part["designation"], part["iso3"])
    return " · ".join(filter(None, said)) or str(part["feature_id"])


def _cautions(place: Row) -> Component | None:
    notes = []
    if not place["counted"]:
        notes.append(_("It is shown, and not counted among the protected areas of the country."))
    if place["circle"] == "derived_from_point":
        notes.append(_("Known only as a point: drawn as a circle of its stated area."))
    if place["repaired"]:
        notes.append(_("Its outline was repaired before measuring."))
    if place["withheld"]:
        notes.append(_("Its outline is not shown: its licence keeps it here. Figures are given."))
    if place["stale"]:
        notes.append(_("The data are older than their use-by date."))
    return html.Ul([html.Li(note) for note in notes], className="cautions") if notes else None


def _actions(place: Row, titles: int) -> list[Component]:
    layer_id, feature_id = place["layer_id"], place["feature_id"]
    out = []
    if titles:
        found = query_of(Filters(places=((layer_id, feature_id),)))
        go = urlencode({"view": "", "site": "", "place": "", **found})
        said = words.counted("Show only this title", "Show only these {n} titles", titles)
        out.append(html.A(said, href=f"?{go}", className="button", **attrs({"data-go": go})))
    if not place["withheld"]:
        path = f"api/v1/places/{quote(layer_id, safe='')}/{quote(feature_id, safe='')}.geojson"
        sign = figures.sign("icon-down")
        out.append(html.A([sign, "GeoJSON"], href=path, download="", className="button"))
    return out


# --- how much of it lies under titles ------------------------------------------------------------


def land_view(answer: Row) -> Component:
    """How many titles lie on a place and on how much of it, all together and by status group."""
    counts, land, place = answer["counts"], answer["land"], answer["place"]
    titles = counts[ALL]["titles"]
    if not titles:
        return _none_view(answer)
    said: list[Component] = [
        html.P(
            _counted_view(
                words.counted(
                    "{n} title lies on this place", "{n} titles lie on this place", titles
                )
                if place["area_km2"]
                else words.counted(
                    "{n} title holds this place", "{n} titles hold this place", titles
                ),
                titles,
            ),
            className="place-count",
        )
    ]
    if land is not None:
        said += [_under_titles(land[ALL]), _bar(land)]
    elif answer["land_note"] in _LACKING:
        said.append(html.P(_LACKING[answer["land_note"]]))
    said.append(html.Ul([_group_row(group, answer) for group in STATUS_GROUPS], className="groups"))
    if land is not None:
        said.append(
            html.P(
                _("Land under several titles is counted once in each line; land under titles of "
                  "two groups stands in both."),
                className="muted",
            )
        )  # fmt: skip
    if answer["land_note"] == SUMMED:
        more = _("More than {n} overlaps: its parts were added up.").format(n=words.number(UNITED))
        said.append(html.P(more, className="muted"))
    return html.Section(said, className="place-land")


def _counted_view(said: str, count: int) -> list[Component]:
    """A sentence with its count standing out."""
    before, figure, after = said.partition(words.number(count))
    return [before, html.Strong(figure, className="big"), after]


def _under_titles(land: Row) -> Component:
    said = _("They cover {area} of its land, {share}, each piece of land counted once.")
    area, share = words.area(land["covered_km2"]), words.share(land["covered_share"])
    return html.P(said.format(area=area, share=share))


def _bar(land: Mapping[str, Row]) -> Component:
    """Of the place, what lies under titles in force, only under others, and under none."""
    force = land[IN_FORCE]["covered_share"] or 0.0
    every = max(land[ALL]["covered_share"] or 0.0, force)
    parts = (
        ("force", force, _("under titles in force, or not stated: {share}")),
        ("other", every - force, _("only under applications or ended titles: {share}")),
        ("open", 1.0 - every, _("under no title: {share}")),
    )
    said = [(key, part, text.format(share=words.share(part))) for key, part, text in parts]
    bars = [
        html.Span(className=f"bar-{key}", style={"width": f"{100 * part:.3f}%"})
        for key, part, _text in said
        if part > 0 and key != "open"
    ]
    hidden = attrs({"aria-hidden": "true"})
    legend = [
        html.Li([html.Span(className=f"bar-sample bar-{key}", **hidden), text])
        for key, part, text in said
        if part > 0
    ]
    return html.Div(
        [
            html.Div(bars, className="place-bar", **hidden),
            html.Ul(legend, className="bar-legend"),
        ]
    )


def _group_row(group: str, answer: Row) -> Component:
    count, land = answer["counts"][group], answer["land"]
    titles = count["titles"]
    cells = [
        html.Span(words.STATUS_GROUP_LABELS[group]),
        html.Span(words.number(titles) if titles else _("none"), className="n"),
    ]
    if land is not None:
        own = land[group]
        cells += [
            html.Span(words.area(own["covered_km2"]) if titles else "", className="n wide"),
            html.Span(words.share(own["covered_share"]) if titles else "", className="n"),
        ]
    return html.Li(cells, className="" if titles else "zero")


def _none_view(answer: Row) -> Component:
    """That no title is recorded, and how far that can be relied on."""
    place = answer["place"]
    if answer["land_note"] == NO_REGISTER or (not answer["is_measured"] and answer["near"] is None):
        said = _LACKING.get(answer["land_note"], "")
    elif not answer["is_measured"]:
        said = _("Titles are not laid over this layer; how far they are is measured below.")
    elif place["area_km2"]:
        said = _("No title is recorded on this place.")
    else:
        said = _("No title is recorded that holds this place.")
    rests = [html.Li(text) for text in registers_said(answer["registers"])]
    return html.Section(
        [html.P(said, className="place-none") if said else None, html.Ul(rests, className="muted")],
        className="place-land",
    )


def registers_said(registers: Sequence[Row]) -> list[str]:
    """Of each register, how far "none recorded" can be relied on."""
    return [_register_said(row) for row in registers]


def _register_said(row: Row) -> str:
    share, day = row["inside_share"], words.day(row["as_of"])
    if row["problem"]:
        text = _("{register} could not be read: a title may be missing.")
    elif share is None:
        text = _("{register}, as of {day}, does not say where it is complete: a title may be "
                 "missing.")  # fmt: skip
    elif share <= 0:
        text = _("The place lies beyond where {register}, as of {day}, is complete.")
    elif share < 1:
        text = _("{register}, as of {day}, is complete for {share} of the place.")
    elif row["stale"]:
        text = _("{register} is complete here, and as of {day}, older than its use-by date.")
    else:
        text = _("{register}, as of {day}, says it is complete here.")
    return text.format(register=row["label"], day=day, share=words.share(share))
