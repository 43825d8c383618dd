"""What a profile states of each pillar, as tables of three groups of statuses. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import bar_row, bars, to_titles
from cetm_geo.dashboard.country.profiled import (
    ALL,
    Figure,
    Line,
    Profile,
    grouped_table,
    index,
    main_group,
    title_count,
)
from cetm_geo.dashboard.country.words import CONSENTS, DISTANCES, EXPORT_STAGES, LICENCE_STATES
from cetm_geo.dashboard.explore.filterwords import STAGES, mineral
from cetm_geo.dashboard.figures import Component
from cetm_geo.language import _
from cetm_geo.model import Pillar, Rulebook
from cetm_geo.rulebook.countries import country_name

MINERALS_SHOWN = 8


# --- production ----------------------------------------------------------------------------------


def production(profile: Profile, _rulebook: Rulebook) -> list[Component | None]:
    """Minerals, their lists, stages, and how far processing is."""
    own = profile["pillars"][Pillar.PRODUCTION.value]
    lists = [Line(_list_label(row), row["titles_count"]) for row in own["minerals"]["by_list"]]
    stages = [Line(STAGES[r["stage"]], r["titles_count"]) for r in profile["titles"]["by_stage"]]
    return [
        _minerals(profile, own["minerals"]),
        grouped_table(profile, lists, _("Titles that name a mineral of a list")),
        grouped_table(profile, stages, _("Titles by stage")),
        grouped_table(profile, _distances([own["processing"]]), _straight()),
    ]


def _straight() -> str:
    return _("Straight lines: the median, and the farthest")


def _list_label(row: Mapping[str, Any]) -> list[Any]:
    day = words.day(row["as_of"])
    told = day if row["verified"] else _("{day}; not verified").format(day=day)
    return [row["label"], html.Small(told)]


def _minerals(profile: Profile, minerals: Mapping[str, Any]) -> Component:
    total, group = profile["titles"]["titles_count"], main_group(profile)
    rows = [
        bar_row(
            mineral(row["mineral"]),
            row["titles_count"][group] / total[group] if total[group] else 0,
            words.number(row["titles_count"][group]),
            "",
            go=to_titles("mineral", row["mineral"])["data-go"],
        )
        for row in minerals["by_mineral"][:MINERALS_SHOWN]
    ]
    unstated = words.counted(
        "{n} title states no mineral that is known.",
        "{n} titles state no mineral that is known.",
        minerals["not_stated_count"][group],
    )
    caption = _("Minerals named, titles: {group}").format(
        group=words.STATUS_GROUP_LABELS[group].lower()
    )
    return html.Div(
        [
            html.H4(caption),
            bars(rows) if rows else None,
            html.P(unstated + " " + _("A title may name several."), className="muted"),
        ],
        className="sub",
    )


def _distances(rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    out = []
    for row in rows:
        label = DISTANCES[row["indicator_id"]]
        out.append(Line(label, row["median_km"], words.distance, row["max_km"]))
        if row["beyond_500_km_count"][ALL]:
            far = [label, html.Small(_("titles farther than 500 km"))]
            out.append(Line(far, row["beyond_500_km_count"]))
    return out


# --- trade ---------------------------------------------------------------------------------------


def trade(profile: Profile, rulebook: Rulebook) -> list[Component | None]:
    """The way to the sea, distances, and what is exported."""
    own = profile["pillars"][Pillar.TRADE.value]
    exports = [Line(EXPORT_STAGES[r["stage"]], r["titles_count"]) for r in own["export_stage"]]
    return [
        *_corridor(profile, own["corridor"], rulebook),
        grouped_table(profile, _distances(own["distances"]), _straight()),
        grouped_table(profile, exports, _("What is exported, as stated")),
    ]


def _corridor(
    profile: Profile, corridor: Mapping[str, Any], rulebook: Rulebook
) -> list[Component | None]:
    if corridor["borders_max"]["status"] == "not_applicable":
        text = _("The way to the sea is asked of landlocked developing countries alone.")
        return [html.P(text, className="muted")]
    median, most = corridor["borders_median"], corridor["borders_max"]
    lines = [Line(_("Borders on the straight line to the nearest port"), median, most=most)]
    ways = [
        html.Li(
            [
                html.Span(_way(way["countries"], rulebook)),
                html.B(title_count(way["titles_count"])),
            ]
        )
        for way in corridor["ways"]
    ]
    told = html.Ul(ways, className="ways") if ways else None
    return [grouped_table(profile, lines, _("The way to the sea")), told]


def _way(codes: str, rulebook: Rulebook) -> str:
    return " → ".join(country_name(code, rulebook.packs) for code in codes.split(", "))


# --- stewardship ---------------------------------------------------------------------------------


def stewardship(profile: Profile, _rulebook: Rulebook) -> list[Component | None]:
    """Land of nature and communities, consent, people, basins."""
    own = profile["pillars"][Pillar.STEWARDSHIP.value]
    roles = [row for row in own["land"] if row["scope_kind"] == "role"]
    land = [Line(words.role_label(r["role"]), r["union_km2"], words.area) for r in roles]
    met = [r for r in own["consent"] if r["consent"] != "no_territory_met"]
    consents = [Line(CONSENTS[r["consent"]], r["titles_count"]) for r in met]
    return [
        grouped_table(profile, land, _("Land under titles, each piece once")),
        html.P(_("Lines are never added: one place may serve in two."), className="muted"),
        grouped_table(profile, consents, _("Titles on community land, by recorded consent")),
        grouped_table(profile, _people(own["people"]), _("People")),
        _basins(profile, own["basins"]),
    ]


def _people(held: Mapping[str, Figure]) -> list[Line]:
    inside, below = held["people_inside_sum"], held["people_downstream_50km_median"]
    added = html.Small(_("added over titles: who lives under two counts twice"))
    return [
        Line(_("Titles with people inside"), held["titles_with_people_count"]),
        Line([_("People inside"), added], inside, words.number),
        Line(_("People inside one title, at most"), held["people_inside_max"], words.number),
        Line(_("Titles with settlements inside"), held["titles_with_settlements_count"]),
        Line(
            _("Titles with 1 000 people or more within 50 km downstream"),
            held["titles_with_1000_people_downstream_50km_count"],
        ),
        Line(
            _("People within 50 km downstream of a title: the median, and the most"),
            below,
            words.number,
            held["people_downstream_50km_max"],
        ),
    ]


def _basins(profile: Profile, layers: Sequence[Mapping[str, Any]]) -> Component | None:
    """Of the layer with the basin that lies most under titles."""
    finest = max(layers, key=lambda one: one["largest_covered_share"][ALL] or 0, default=None)
    if finest is None:
        return None
    lines = [
        Line(_("Basins with titles"), finest["basins_count"]),
        Line(_("A fifth or more under titles"), finest["basins_from_a_fifth_count"]),
        Line(_("Half or more under titles"), finest["basins_from_a_half_count"]),
        Line(_("Largest share under titles"), finest["largest_covered_share"], words.share),
    ]
    return grouped_table(profile, lines, finest["label"])


# --- governance ----------------------------------------------------------------------------------


def governance(profile: Profile, _rulebook: Rulebook) -> list[Component | None]:
    """Licences, holders, the register, mined land."""
    own = profile["pillars"][Pillar.GOVERNANCE.value]
    register, holders = own["register"], own["holders"]
    states = [
        Line(LICENCE_STATES[row["licence_state"]], row["titles_count"])
        for row in register["by_licence_state"]
    ]
    hhi = html.Small(_("1 where one holds all"))
    held = [
        Line(_("Holders, told apart by their text"), holders["holders_count"]),
        Line(_("Land of the largest holder"), holders["top_holder_share"], words.share),
        Line([_("Sum of squared shares (HHI)"), hhi], holders["herfindahl_index"], index),
        Line(_("Land whose holder is not stated"), holders["holder_not_stated_share"], words.share),
        Line(_("Fields filled, mean"), register["completeness_mean_share"], words.share),
    ]
    return [
        grouped_table(profile, states, _("Licences by state on the day")),
        grouped_table(profile, held, _("Holders, and what is filled in")),
        _largest(profile, holders["top_holder"]),
        *_mined(own["mined_land"]),
    ]


def _largest(profile: Profile, top: Figure) -> Component | None:
    """Names of the largest holders, as long as registers write them."""
    group = main_group(profile)
    if not isinstance(top[group], str):
        return None
    told = _("The largest: {holder} ({group}).").format(
        holder=top[group], group=words.STATUS_GROUP_LABELS[group].lower()
    )
    return html.P(told, className="muted")


def _mined(rows: Sequence[Mapping[str, Any]]) -> list[Component | None]:
    if not rows:
        text = _("No layer of mined land is loaded: mining without a title is not screened.")
        return [html.P(text, className="muted")]
    return [
        html.P(
            _("Mined land: {all}, of which {under} under titles and {outside} under none.").format(
                all=words.area(row["mined_km2"]),
                under=words.area(row["under_titles_km2"]),
                outside=words.area(row["outside_titles_km2"]),
            )
        )
        for row in rows
    ]
