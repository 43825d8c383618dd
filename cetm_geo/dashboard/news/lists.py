"""Titles with what of them changed, by kind; layers and rules that differ. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.changes.excerpts import severity_of
from cetm_geo.changes.wording import Teller, fact_line, moved, shape_line, tier_text
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.data.rules import SIGNS
from cetm_geo.dashboard.figures import Component, sign, title_link
from cetm_geo.dashboard.news.kinds import GROUPS, Kind, Row
from cetm_geo.language import _
from cetm_geo.model import Severity, Tier


def groups_view(page: Row) -> list[Component]:
    """A part a group in which something changed."""
    teller = Teller(page)
    out = []
    for group, (name, kinds) in GROUPS.items():
        held = [_kind(kind, page, teller) for kind in kinds if kind.count(page)]
        if held:
            out.append(section(_(name), "", *held, name=group))
    return out


def _kind(kind: Kind, page: Row, teller: Teller) -> Component:
    part = page["parts"][kind.part]
    told = [html.Span(_(kind.name)), html.B(words.number(kind.count(page)))]
    rows = [_title(kind, row, teller) for row in part["titles"]]
    left = part["titles_count"] - len(part["titles"])
    return html.Div(
        [
            html.H3(told),
            _severities(part["severities"]) if kind.part.startswith("flags_") else None,
            html.Ul(rows, className="news-list"),
            _more(left) if left else None,
        ],
        className="news-kind",
        **attrs({"data-part": kind.part}),
    )


def _severities(counts: Row) -> Component | None:
    """How many of the flags weigh how much."""
    rows = [
        html.Li([sign(SIGNS[x]), html.B(words.number(counts[x])), words.SEVERITIES[Severity(x)]])
        for x in SIGNS
        if counts.get(x)
    ]
    return html.Ul(rows, className="worst-counts") if rows else None


def _more(left: int) -> Component:
    said = words.counted("and {n} more title:", "and {n} more titles:", left)
    file = html.A(_("all of them as CSV"), href="api/v1/changes.csv", download="")
    return html.P([said, " ", file], className="muted news-more")


# --- a title -------------------------------------------------------------------------------------


def _title(kind: Kind, row: Row, teller: Teller) -> Component:
    tier = row["tier"]["after"] or row["tier"]["before"]
    said = words.TIERS[Tier(tier["tier"])] if tier else None
    name = row["name"] or row["site_id"]
    # A title that is gone is on no map.
    there = row["tier"]["after"] is not None and row["became"] != "gone"
    lines = [*_lines(kind, row, teller)]
    if row["left"]:
        left = words.counted("and {n} more change", "and {n} more changes", row["left"])
        lines.append(html.Li(left, className="muted"))
    head = html.Div(
        [
            html.Span(title_link(row["site_id"], name) if there else name, className="news-name"),
            html.Small(_code(row["site_id"])) if row["name"] else None,
            html.Span(said.label, className="news-tier") if said else None,
        ],
        className="news-head",
    )
    return html.Li(
        [
            sign(said.sign if said else "tier-not-screened"),
            html.Div([head, html.Ul(lines, className="news-lines") if lines else None]),
        ]
    )


def _code(site_id: str) -> str:
    """The register's own code of a title."""
    return site_id.partition(":")[2]


def _lines(kind: Kind, row: Row, teller: Teller) -> Iterator[Component]:
    """What of a title changed, of this kind alone, with why where that says more."""
    if row["same_outline_as"]:
        ids = words.listed(row["same_outline_as"])
        yield _line(_("Renumbered? The same outline as {titles}").format(titles=ids))
    if kind.part.startswith("tier_"):
        sides = [tier_text(row["tier"][side]) for side in ("before", "after")]
        yield _line(moved(_("Tier"), *sides), _why(row["tier"]["why"], teller))
    if row["shape"]:
        yield _line(shape_line(row["shape"]))
    for fact in row["facts"]:
        yield _line(fact_line(fact))
    is_new = kind.part == "new"
    for flag in row["flags"]:
        why = "" if is_new else _why(flag["why"], teller)
        yield _line(_flag(flag, teller), why, _severity(flag))
    for pair in row["overlaps"]:
        yield _line(teller.pair(pair), _why(pair["why"], teller))


def _severity(flag: Row) -> str:
    """The sign of what a flag weighs, "" of one that is not raised."""
    severity = severity_of(flag)
    return SIGNS[severity] if severity else ""


def _flag(flag: Row, teller: Teller) -> str:
    """A rule, and what it weighs or weighed."""
    old, new = (words.SEVERITIES[Severity(s)] if s else "" for s in _both(flag))
    label = teller.rule(flag["rule_id"])
    if old and new and old != new:
        return moved(label, old, new)
    return f"{label} ({new or old})" if new or old else label


def _both(flag: Row) -> tuple[str | None, str | None]:
    return flag["before"]["severity"], flag["after"]["severity"]


def _line(text: str, why: str = "", drawn: str = "") -> Component:
    mark = sign(drawn) if drawn else None
    return html.Li([html.Span([mark, text]), html.Small(why) if why else None])


def _why(causes: Iterable[Row], teller: Teller) -> str:
    said = "; ".join(teller.cause(cause) for cause in causes)
    return _("Why: {causes}").format(causes=said) if said else ""


# --- layers and rules ----------------------------------------------------------------------------


def layers_view(page: Row) -> Component | None:
    """Layers that were read anew, and what of their features differs."""
    rows = [html.Li([html.B(row["label"]), html.Span(_layer(row))]) for row in page["layers"]]
    if not rows:
        return None
    aside = words.counted("{n} layer", "{n} layers", len(rows))
    return section(
        _("Layers that differ"), aside, html.Ul(rows, className="news-facts"), name="layers"
    )


def _layer(row: Row) -> str:
    days = [words.day((row[side] or {}).get("as_of")) for side in ("before", "after")]
    counts = {kind: words.number(count) for kind, count in row["features"].items()}
    features = _("Features: {came} came, {went} went, {changed} changed").format(**counts)
    # A file may be read anew under the same day.
    day = days[1] if days[0] == days[1] else f"{days[0]} → {days[1]}"
    return f"{day}. {features}"


def rules_view(page: Row) -> Component | None:
    """Rules that judge otherwise, with both numbers of a threshold."""
    teller = Teller(page)
    rows = [
        html.Li([html.B(teller.rule(row["rule_id"])), html.Span(_rule(row, teller))])
        for row in page["rules"]
    ]
    if not rows:
        return None
    aside = words.counted("{n} rule", "{n} rules", len(rows))
    return section(
        _("Rules that judge otherwise"), aside, html.Ul(rows, className="news-facts"), name="rules"
    )


def _rule(row: Row, teller: Teller) -> str:
    cause: dict[str, Any] = {**row, "cause": "rule"}
    return words.sentence_case(teller.cause(cause))
