"""A country's page: what a minister or a journalist reads in a minute. Pure: profile -> components.

Numbers are those of `country.profile_of`; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import urlencode

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import section, to_titles
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.pillars import pillars_view
from cetm_geo.dashboard.country.places import places_view, unsaid_view
from cetm_geo.dashboard.country.profiled import ALL, Profile, groups_of, title_count
from cetm_geo.dashboard.country.standing import standing_view
from cetm_geo.dashboard.country.story import account, story
from cetm_geo.dashboard.country.unknown import sources_line, sources_view, unknown_view
from cetm_geo.dashboard.figures import Component, sign, swatch
from cetm_geo.language import _
from cetm_geo.model import Role, Rulebook, Tier
from cetm_geo.web.countries import Measuring, Named

SIGNS_AT_MOST = 420  # what an eye still takes as a crowd of single titles


@dataclass(frozen=True)
class Paths:
    """Where files of the page lie. api: of the JSON API. generation: of the store, which pictures
    are of. height: of the picture, as a share of its width; None where there is none to show."""

    api: str
    generation: str
    height: float | None = None


def country_view(
    profile: Profile, named: Sequence[Named], rulebook: Rulebook, at: Paths
) -> list[Component | None]:
    """The whole page. named: the countries to choose from."""
    return [
        _head(profile, named, at.api),
        html.Div(
            [
                html.Div([tiers_view(profile), *places_view(profile)], className="wide-part"),
                html.Div(
                    [
                        picture_view(profile, at),
                        statuses_view(profile),
                        unsaid_view(profile),
                        unknown_view(profile),
                    ],
                    className="narrow-part",
                ),
            ],
            className="two-parts",
        ),
        pillars_view(profile, rulebook),
        standing_view(profile),
        sources_view(profile),
        html.P(_(words.DISCLAIMER), className="muted page-end"),
    ]


# --- the head ------------------------------------------------------------------------------------


def _head(profile: Profile, named: Sequence[Named], api: str) -> Component:
    sentences = [html.Span([*one, " "]) for one in story(profile)]
    return html.Header(
        [
            html.Div(
                [
                    html.H1(profile["country"], className="eyebrow"),
                    html.P(sentences, className="story"),
                    html.P(" ".join(account(profile)), className="account"),
                    sources_line(profile),
                ],
                className="story-part",
            ),
            html.Div([_choice(profile, named), _actions(profile, api)], className="head-part"),
        ],
        className="country-head",
    )


def _choice(profile: Profile, named: Sequence[Named]) -> Component | None:
    """Links to the other countries in which titles lie."""
    if len(named) < 2:
        return None
    rows = []
    for one in named:
        here = one.iso3 == profile["iso3"]
        go = urlencode({"view": "country", "country": one.iso3})
        current = {"aria-current": "true"} if here else {}
        label = [html.Span(one.name), html.Small(title_count(one.titles))]
        rows.append(html.Li(html.A(label, href=f"?{go}", **attrs({"data-go": go, **current}))))
    return html.Div(
        [html.H2(_("Countries with titles"), className="unseen"), html.Ul(rows)],
        className="country-choice",
    )


def _actions(profile: Profile, api: str) -> Component:
    """Downloads, and the way to the map."""
    base = f"{api}/countries/{profile['iso3']}"
    kinds = (
        ("/report.pdf", _("Report, PDF")),
        (".csv", _("Figures, CSV")),
        (".json", "JSON"),
        (".md", "Markdown"),
    )
    links = [
        html.A([sign("icon-down"), label], href=f"{base}{kind}", download="", className="button")
        for kind, label in kinds
    ]
    to_map = html.A(_("See on the map"), className="button", **to_titles())
    groups = [m["group"] for m in profile["memberships"] if m["is_member"]]
    told = [profile["country"], *groups]
    day = _("screened {day}").format(day=words.day(profile["as_of"]))
    return html.Div(
        [
            html.Div([to_map, *links], className="actions"),
            html.P(" · ".join([*told, day]), className="muted"),
        ]
    )


# --- the map -------------------------------------------------------------------------------------


def picture_view(profile: Profile, at: Paths) -> Component | None:
    """The country from afar, in both themes, as a way to the map."""
    if at.height is None:
        return None
    told = _("Map of {country}: titles by their worst flag, protected areas, key biodiversity "
             "areas and community lands").format(country=profile["country"])  # fmt: skip
    pictures = [
        html.Img(
            src=f"{at.api}/countries/{profile['iso3']}.svg?theme={theme}&of={at.generation}",
            alt="",
            className=f"in-{theme}",
            id=f"country-map-{theme}",
        )
        for theme in ("light", "dark")
    ]
    named = attrs({"aria-label": told})
    shape = {"aspectRatio": f"1 / {at.height:.4f}"}
    key = [html.Li([swatch(draw), words.role_label(role)]) for role, draw in _PICTURED.items()]
    note = _("One sign a place, the worst title on top.")
    return html.Div(
        [
            html.A(pictures, className="picture", style=shape, **to_titles(), **named),
            html.Ul([*key, html.Li(note)], className="picture-key muted"),
        ],
        className="picture-part",
    )


_PICTURED = {
    Role.PROTECTED_AREA: "protected",
    Role.KEY_BIODIVERSITY_AREA: "kba",
    Role.COMMUNITY_LAND: "community",
}


# --- titles by tier ------------------------------------------------------------------------------


def signs_unit(count: int) -> int:
    """Titles a sign: 1, 10, 100 ... so that no more than SIGNS_AT_MOST stand in a crowd."""
    unit = 1
    while count > unit * SIGNS_AT_MOST:
        unit *= 10
    return unit


def tiers_view(profile: Profile) -> Component:
    """A sign a title by its tier, and how many there are of each, a way to each."""
    titles = profile["titles"]
    counts = {row["tier"]: row["titles_count"] for row in titles["by_tier"]}
    total = titles["titles_count"][ALL]
    unit = signs_unit(total)
    crowd = [
        sign(words.TIERS[tier].sign)
        for tier in words.TIERS
        if tier in counts
        for _place in range(ceil(counts[tier][ALL] / unit))
    ]
    aside = (
        _("one sign, one title")
        if unit == 1
        else _("one sign, {n} titles or fewer").format(n=words.number(unit))
    )
    said = words.counted("{n} title by its worst flag", "{n} titles by their worst flag", total)
    what_tier_is = _("The worst raised flag of a title is its tier.")
    note = f"{what_tier_is} {_screened(titles)}"
    return section(
        said,
        aside,
        html.Div(crowd, className="crowd", **attrs({"aria-hidden": "true"})),
        html.Ul([_tier(tier, counts) for tier in words.TIERS], className="tier-counts"),
        html.P(note, className="muted"),
        _tiers_by_status(profile, counts),
        name="titles-by-tier",
    )


def _screened(titles: Mapping[str, Any]) -> str:
    """How many titles were not fully screened, and what follows."""
    partly, total = titles["not_fully_screened_count"][ALL], titles["titles_count"][ALL]
    if not partly:
        return _("All of them are fully screened.")
    if partly == total:
        return _(
            "None of them is fully screened: a required layer or answer is missing, so that any "
            "may be worse than shown."
        )
    return _(
        "{n} of {total} are not fully screened: a required layer or answer is missing, so that "
        "they may be worse than shown."
    ).format(n=words.number(partly), total=words.number(total))


def _tier(tier: Tier, counts: Mapping[str, Mapping[str, Any]]) -> Component:
    count, said = counts[tier][ALL] if tier in counts else 0, words.TIERS[tier]
    label = [sign(said.sign), html.B(words.number(count)), html.Span(said.label)]
    if not count:
        return html.Li(label, className="zero", title=said.meaning)
    return html.Li(html.A(label, title=said.meaning, **to_titles("tier", tier.value)))


def _tiers_by_status(profile: Profile, counts: Mapping[str, Any]) -> Component | None:
    groups = groups_of(profile)
    if len(groups) < 2:
        return None
    head = [html.Th(_("Tier"), scope="col")]
    head += [html.Th(words.STATUS_GROUP_LABELS[g], scope="col", className="n") for g in groups]
    rows = [
        html.Tr(
            [
                html.Th(words.TIERS[tier].label, scope="row"),
                *(html.Td(words.number(counts[tier][g]), className="n") for g in groups),
            ]
        )
        for tier in words.TIERS
        if tier in counts
    ]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table three")
    summary = html.Summary(_("Tiers by status of the licence"))
    return html.Details(
        [summary, html.Div(table, className="table-scroll", tabIndex="0")], className="page-fold"
    )


# --- the three groups ----------------------------------------------------------------------------


def statuses_view(profile: Profile) -> Component:
    """Titles, land and shares of each group of statuses: totals are always given in three."""
    ground, titles = profile["ground"], profile["titles"]["titles_count"]
    rows = [_status(profile, group) for group in words.STATUS_GROUP_LABELS]
    heads = (_("Status"), _("Titles"), _("Land"), _("Of the country"), _("In these places"))
    head = [html.Th(text, scope="col", className="n" if i else "") for i, text in enumerate(heads)]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table")
    note = _(
        "Land under several titles of a line is counted once in it. Lines are not to be added: "
        "titles of different status can lie on the same land. In these places: in the protected "
        "areas, key biodiversity areas and community lands that layers show."
    )
    return section(
        _("By status of the licence"),
        words.area(ground["country_km2"]) if ground["country_km2"] else "",
        html.Div(table, className="table-scroll", tabIndex="0"),
        html.P(note, className="muted") if titles[ALL] else None,
        name="by-status",
    )


def _status(profile: Profile, group: str) -> Component:
    ground, count = profile["ground"], profile["titles"]["titles_count"][group]
    cells = [words.number(count) if count else _("none")]
    if count:
        cells.append(words.area(ground["titles_inside_km2"][group]))
        cells += [_share(ground[x], group) for x in ("titles_inside_share", "named_share")]
    cells += ["–"] * (4 - len(cells))
    return html.Tr(
        [
            html.Th(words.STATUS_GROUP_LABELS[group], scope="row"),
            *(html.Td(text, className="n") for text in cells),
        ],
        className="" if count else "zero",
    )


def _share(figure: Mapping[str, Any], group: str) -> str:
    """A share of land; what is not known of some titles makes it a least one."""
    if figure[group] is None:
        return "–"
    if not figure["not_known_count"]:
        return words.share(figure[group])
    least = _("at least {share}") if figure[group] else _("{share} known")
    return least.format(share=words.share(figure[group]))


# --- while it is measured ------------------------------------------------------------------------


def measuring_view(state: Measuring, name: str) -> list[Component]:
    """What is said while the profile of a country is on its way."""
    step = _("{done} of {of}").format(done=words.number(state.done), of=words.number(state.of))
    what = words.sentence_case(_(state.what)) + (f": {step}" if state.of else "")
    once = _("{n} s; this is done once, until the data are built again.")
    told = [
        html.Strong(_("Measuring this country's titles")),
        html.Span(what),
        html.Small(once.format(n=words.number(round(state.seconds)))),
    ]
    wait = html.Div([sign("measuring"), html.P(told)], className="page-wait", role="status")
    return [html.H1(name, className="eyebrow"), wait]
