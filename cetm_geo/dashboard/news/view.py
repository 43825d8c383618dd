"""What is new since the generation before: counts, why, the two states, then lists. Pure.

Numbers are those of `cetm-geo diff`; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.changes.wording import WHY
from cetm_geo.dashboard.bars import bar_row, page_index, section
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.dashboard.news.kinds import GROUPS, Kind, Row
from cetm_geo.dashboard.news.lists import groups_view, layers_view, rules_view
from cetm_geo.dashboard.richtext import joined
from cetm_geo.language import N_, _
from cetm_geo.web.news import Comparing

_FILES = (("csv", "CSV"), ("json", "JSON"), ("md", "Markdown"))
_INDEX = (
    ("numbers", N_("In numbers")),
    ("why", N_("Why")),
    ("layers", N_("Layers that differ")),
    ("rules", N_("Rules that judge otherwise")),
    ("states", N_("The two states")),
    *((group, name) for group, (name, _kinds) in GROUPS.items()),
)


def news_view(page: Row) -> list[Any]:
    """The whole page of two states; page: as `News.page` with a state before."""
    parts = [
        numbers_view(page),
        why_view(page),
        layers_view(page),
        rules_view(page),
        states_view(page),
        *groups_view(page),
    ]
    shown = [part for part in parts if part is not None]
    columns = [_index(shown), html.Div(shown, className="data-parts")]
    body = html.Div(columns, className="data-columns")
    return [_head(page), body, html.P(_(words.DISCLAIMER), className="muted page-end")]


def no_earlier_view(page: Row) -> list[Any]:
    """What is said while the store keeps no other generation."""
    return [
        html.Header(
            [
                html.H1(_("What is new"), className="eyebrow"),
                html.P(
                    _("No earlier generation is kept: there is nothing to compare with."),
                    className="story",
                ),
                html.P(
                    _(
                        "The next build will be told here. A store keeps its newest generations; "
                        "cetm-geo diff compares any two that you have kept yourself."
                    ),
                    className="account",
                ),
                html.Div(_feed(), className="actions"),
            ],
            className="data-head",
        ),
        _states([("after", page["after"])]),
        html.P(_(words.DISCLAIMER), className="muted page-end"),
    ]


def comparing_view(state: Comparing) -> list[Any]:
    """What is said while the two states are compared."""
    once = _("{n} s; this is done once, until the data are built again.")
    told = [
        html.Strong(_("Comparing the two newest states")),
        html.Span(_("Titles, shared land, flags, and why they differ")),
        html.Small(once.format(n=words.number(round(state.seconds)))),
    ]
    wait = html.Div([sign("measuring"), html.P(told)], className="page-wait", role="status")
    return [html.H1(_("What is new"), className="eyebrow"), wait]


# --- the head ------------------------------------------------------------------------------------


def _head(page: Row) -> Component:
    since = _("Since {day}").format(day=words.day(page["before"]["as_of"]))
    return html.Header(
        [
            html.Div(
                [
                    html.H1(_("What is new"), className="eyebrow"),
                    html.P([html.Span(f"{one} ") for one in _story(page)], className="story"),
                    html.P([since, " · ", _how()], className="account"),
                ],
                className="story-part",
            ),
            html.Div(
                html.Div([*_downloads(), _feed()], className="actions"), className="head-part"
            ),
        ],
        className="country-head",
    )


def _how() -> str:
    return _(
        "The state in force, held against the one before. A flag that is no longer assessed is "
        "never called gone, and a title of another number counts as another title."
    )


def _story(page: Row) -> Iterator[str]:
    """One or two sentences: titles, then flags."""
    titles, flags = page["summary"]["titles"], page["summary"]["flags"]
    if not _differs(page):
        yield _("Nothing differs between the two states.")
        return
    of_titles = [
        words.counted("{n} title is new", "{n} titles are new", titles["new"]),
        words.counted("{n} is gone", "{n} are gone", titles["gone"]),
        words.counted("{n} has changed", "{n} have changed", titles["changed"]),
    ]
    yield f"{joined(of_titles)}."
    of_flags = [
        words.counted("{n} flag came", "{n} flags came", flags["came"]),
        words.counted("{n} went", "{n} went", flags["went"]),
    ]
    yield f"{joined(of_flags)}."


def _differs(page: Row) -> bool:
    counts = any(part["titles_count"] for part in page["parts"].values())
    return bool(counts or page["layers"] or page["rules"])


def _downloads() -> list[Component]:
    return [
        html.A([sign("icon-down"), label], href=f"api/v1/changes.{form}", download="",
               className="button")
        for form, label in _FILES
    ]  # fmt: skip


def _feed() -> Component:
    return html.A(_("Atom feed"), href="feed", className="button")


def _index(parts: list[Component]) -> Component:
    """Links to the parts that are there."""
    named = {getattr(part, "data-part", "") for part in parts}
    return page_index("news", [one for one in _INDEX if one[0] in named])


# --- numbers and causes --------------------------------------------------------------------------


def numbers_view(page: Row) -> Component:
    """Every kind of change with its number, a way to its list; none is left out."""
    groups = [
        html.Div(
            [html.H3(_(name)), html.Ul([_number(kind, page) for kind in kinds])],
            className="news-numbers",
        )
        for name, kinds in GROUPS.values()
    ]
    return section(_("In numbers"), "", html.Div(groups, className="news-columns"), name="numbers")


def _number(kind: Kind, page: Row) -> Component:
    count = kind.count(page)
    if not count:
        return html.Li([html.Span(_(kind.name)), html.B(_("none"))], className="zero")
    link = html.A(_(kind.name), href="?view=news", **attrs({"data-jump": kind.part}))
    return html.Li([link, html.B(words.number(count))])


def why_view(page: Row) -> Component | None:
    """Of how many flags and overlaps each cause is one."""
    causes = page["summary"]["why"]
    if not causes:
        return None
    most = max(causes.values())
    rows = [
        bar_row(words.sentence_case(said), causes[why] / most, words.number(causes[why]), "")
        for why, said in WHY.items()
        if causes.get(why)
    ]
    note = _("Flags and shared land by what explains that they differ; some have several causes.")
    return section(
        _("Why"),
        "",
        html.Ul(rows, className="bar-list"),
        html.P(note, className="muted"),
        name="why",
    )


# --- the states ----------------------------------------------------------------------------------


def states_view(page: Row) -> Component:
    """Both states: day, build, generation, titles, rules."""
    return _states([(side, page[side]) for side in ("before", "after")])


def _states(sides: list[tuple[str, Row]]) -> Component:
    heads = {"before": _("State before"), "after": _("Now in force")}
    head = [html.Th("")] + [html.Th(heads[side], scope="col") for side, _state in sides]
    facts = [_facts(state) for _side, state in sides]
    rows = [
        html.Tr([html.Th(term, scope="row"), *(html.Td(told[term]) for told in facts)])
        for term in facts[0]
    ]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table news-states")
    named = attrs({"aria-label": _("The two states")})
    shown = html.Div(table, className="table-scroll", tabIndex="0", role="group", **named)
    title = _("The two states") if len(sides) > 1 else _("The state in force")
    return section(title, "", shown, name="states")


def _facts(state: Row) -> dict[str, str]:
    programs = state["software"]
    return {
        _("Screened for"): words.day(state["as_of"]),
        _("Built"): words.day(state["built"]),
        _("Generation"): state["generation"],
        _("Titles"): words.number(state["titles_count"]),
        _("Rules"): state["rules_version"],
        _("Program"): f"CETM-Geo {programs.get('cetm-geo', '?')}",
    }
