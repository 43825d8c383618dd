"""What a country's page does not know, and the data it rests on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.country.profiled import ALL, Profile
from cetm_geo.dashboard.figures import Component
from cetm_geo.dashboard.richtext import joined
from cetm_geo.language import _
from cetm_geo.model import RASTER_ROLES, SCREENED_ROLES, Pillar, Role

Source = Mapping[str, Any]
_HEAD_ROLES = (
    Role.CONCESSION,
    Role.PROTECTED_AREA,
    Role.KEY_BIODIVERSITY_AREA,
    Role.COMMUNITY_LAND,
)


def sources_line(profile: Profile) -> Component:
    """The data behind the headline, with their days; all of them stand on the page of the data."""
    own = [row for row in profile["sources"] if row["role"] in _HEAD_ROLES]
    told = [f"{row['label']}, {words.day(row['as_of'])}" for row in own]
    return html.P(
        [
            " · ".join(told) + ". ",
            html.A(_("All data"), href="?view=data", **attrs({"data-go": "view=data"})),
        ],
        className="muted source-line",
    )


def unknown_view(profile: Profile) -> Component:
    """Plain sentences on what follows from nothing here."""
    told = [html.Li(text) for text in unknowns(profile)]
    return section(
        _("What this page does not know"),
        "",
        html.Ul(told, className="dashes"),
        name="unknown",
    )


def unknowns(profile: Profile) -> list[str]:
    """A sentence each; the gravest first."""
    return [
        *_failed(profile["sources"]),
        *_missing_roles(profile["sources"]),
        *_coverage(profile["sources"]),
        *_old(profile["sources"]),
        *_titles(profile),
        *_governance(profile),
        _("Absence of a record is not absence of people or nature."),
    ]


def _failed(sources: Sequence[Source]) -> Iterator[str]:
    failed = [row["label"] for row in sources if row["problem"]]
    if failed:
        yield _("Could not be read, and so answer nothing: {layers}.").format(layers=joined(failed))


def _missing_roles(sources: Sequence[Source]) -> Iterator[str]:
    held = {row["role"] for row in sources}
    missing = [words.role_label(role) for role in SCREENED_ROLES if role not in held]
    if missing:
        yield _("No layer is loaded of: {roles}. Nothing follows from that for the ground.").format(
            roles=joined(missing)
        )


def _coverage(sources: Sequence[Source]) -> Iterator[str]:
    own = [r for r in sources if r["role"] in SCREENED_ROLES and not r["problem"]]
    unknown = [row["label"] for row in own if not row["complete_within"]]
    if unknown:
        yield _(
            "Do not state where they are complete, so that no record there is not none: {layers}."
        ).format(layers=joined(unknown))


def _old(sources: Sequence[Source]) -> Iterator[str]:
    old = [f"{row['label']} ({words.day(row['as_of'])})" for row in sources if row["stale"]]
    if old:
        yield _("Older than they may be: {layers}.").format(layers=joined(old))
    undated = [row["label"] for row in sources if not row["as_of"] and not row["problem"]]
    if undated:
        yield _("Without a date: {layers}.").format(layers=joined(undated))


def _titles(profile: Profile) -> Iterator[str]:
    titles = profile["titles"]
    circles = titles["placeholder_count"][ALL]
    if circles:
        yield words.counted(
            "{n} title is known only as a circle round a point; a flag that rests on it alone is "
            "one severity lower.",
            "{n} titles are known only as circles round points; a flag that rests on one alone is "
            "one severity lower.",
            circles,
        )
    twice = titles["registered_twice_count"][ALL]
    if twice:
        yield words.counted(
            "{n} title has the outline of another: it counts as a title, its land once.",
            "{n} titles have the outline of another: they count as titles, their land once.",
            twice,
        )
    minerals = profile["pillars"][Pillar.PRODUCTION.value]["minerals"]["not_stated_count"][ALL]
    if minerals:
        yield words.counted(
            "Of {n} title the mineral is not known.", "Of {n} titles the mineral is not known.",
            minerals,
        )  # fmt: skip


def _governance(profile: Profile) -> Iterator[str]:
    own = profile["pillars"][Pillar.GOVERNANCE.value]
    silent = all(
        row["published_count"]["status"] == "not_stated" for row in own["register"]["disclosure"]
    )
    if silent:
        yield _("Whether contracts, assessments or owners are published: no table says.")
    consent = profile["pillars"][Pillar.STEWARDSHIP.value]["consent"]
    unknown = next((r["titles_count"][ALL] for r in consent if r["consent"] == "unknown"), 0)
    if unknown:
        yield words.counted(
            "{n} title lies on community land with nothing recorded on consent; that is not the "
            "same as none sought.",
            "{n} titles lie on community land with nothing recorded on consent; that is not the "
            "same as none sought.",
            unknown,
        )


# --- sources -------------------------------------------------------------------------------------


def sources_view(profile: Profile) -> Component:
    """Every layer behind the page: date, licence, attribution; folded."""
    rows = [_source(row) for row in profile["sources"]]
    summary = html.Summary(
        [
            html.Span(_("Data behind this page")),
            html.Small(words.counted("{n} layer", "{n} layers", len(rows))),
        ]
    )
    rules = _("Rules {version}; catalogue {label}; screened {day}.").format(
        version=profile["rulebook_version"],
        label=profile["catalogue"],
        day=words.day(profile["as_of"]),
    )
    listed = html.Ul(rows, className="sources")
    return html.Details(
        [summary, listed, html.P(rules, className="muted")], className="part page-fold page-sources"
    )


def _source(row: Source) -> Component:
    kind = _("raster") if row["role"] in RASTER_ROLES else words.role_label(row["role"])
    told = [kind, row["attribution"], row["licence"]]
    told += [_("older than it may be")] if row["stale"] else []
    told += [_("not read: {problem}").format(problem=row["problem"])] if row["problem"] else []
    return html.Li(
        [
            html.Span(row["label"]),
            html.Span(words.day(row["as_of"]), className="when"),
            html.Small(" · ".join(part for part in told if part)),
        ]
    )
