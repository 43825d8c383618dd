"""The section Sources: the data behind an answer, their day, licence, error and checksum."""

from __future__ import annotations

from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.figures import Component, block, problem_of, sign, web_link
from cetm_geo.language import _
from cetm_geo.measure import M_PER_KM

_CHECKSUM_SHOWN = 8


def sources_view(answer: Row) -> Component:
    """The layers behind the answer, those of one publisher and licence together."""
    roles = {line["role"] for line in answer["lines"]}
    rows = [row for row in answer["sources"] if row["role"] in roles]
    given: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row.get(x) for x in ("attribution", "licence", "licence_url"))
        given.setdefault(key, []).append(row)
    parts: list[Component] = []
    for key, own in given.items():
        parts += [_publisher(*key), html.Ul([_source(row) for row in own], className="sources")]
    told = _("After each layer its mapping error, the first digits of its checksum, and its day.")
    return block(_("Sources"), "", html.P(told, className="muted"), *parts, part="sources")


def _publisher(attribution: str | None, licence: str | None, url: str | None) -> Component:
    said = attribution or _("Publisher not stated")
    return html.P(
        [html.B(said), " · ", web_link(licence or _("licence not stated"), url)],
        className="publisher",
    )


def _source(row: Row) -> Component:
    failed = bool(row.get("problem"))
    step = row.get("rounded_to_km2")
    told = [
        _("numbers rounded, areas to {area}").format(area=words.area(step)) if step else None,
        _("older than its use-by date") if row.get("stale") else None,
        _("not read: {reason}").format(reason=problem_of(row)) if failed else None,
    ]
    lacks = " · ".join(text for text in told if text)
    return html.Li(
        [
            html.Span([sign("failed", _("failed")) if failed else None, row["label"]]),
            html.Small([mapping_error(row.get("positional_error_m")), *checksum(row)]),
            html.Span(words.day(row.get("as_of")), className="when"),
            html.Small(lacks, className="lacks") if lacks else None,
        ],
        className="stale" if row.get("stale") or failed else "",
    )


def mapping_error(metres: float | None) -> str:
    """How far an outline may be off."""
    return f"±{words.GLUE}{words.distance((metres or 0) / M_PER_KM)}"


def checksum(source: Row) -> list[Any]:
    """The first digits of a file's checksum, the whole of it on asking."""
    sha256 = source.get("sha256")
    if not sha256:
        return []
    short = str(sha256)[:_CHECKSUM_SHOWN]
    return [" · ", html.Abbr(short, title=f"SHA-256 {sha256}")]
