"""Pure figures: rows -> components. No store, no callbacks; data only ever become text children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import answer as reading
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.model import LayerState, Tier
from cetm_geo.rulebook.mineral_matching import match
from cetm_geo.rulebook.minerals import label_of

Component = Any


def sign(name: str, label: str = "") -> Component:
    """A drawn sign of assets/signs; with a label it is read out, without one it is skipped."""
    spoken = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return html.Span(className=f"sign sign-{name}", **attrs(spoken))


def swatch(draw: str) -> Component:
    """The legend's sample of how a layer is drawn."""
    return html.Span(className=f"swatch swatch-{draw}", **attrs({"aria-hidden": "true"}))


def problem(what: str, hint: str = "") -> Component:
    """An error in its panel: what happened and what to do."""
    return html.Div(
        [sign("failed", "Problem"), html.Div([html.Strong(what), html.P(hint) if hint else None])],
        className="problem",
        role="alert",
    )


def block(title: str, aside: str, *children: Any) -> Component:
    """A section of the column under its heading."""
    head = html.H2([title, html.Small(aside) if aside else None])
    return html.Section([head, *children], className="block")


# ---------------------------------------------------------------- a site, stored or drawn
def answer_view(
    answer: Row, verdict: Component, flags: Component, *more: Component | None
) -> list[Component | None]:
    """Everything the page says of one site, the same for a title and for a proposal.

    more: what stands between the overlaps and the sources.
    """
    found = [verdict, lines_view(answer), flags, overlaps_view(answer)]
    return [*found, *more, sources_view(answer)]


def facts_view(site: Row) -> Component:
    """Name, holder, minerals, area, status and dates of a title."""
    status = words.STATUSES.get(site.get("status") or "unknown", "status not stated")
    dates = [
        f"{word} {words.day(site.get(column))}"
        for word, column in (
            ("Applied", "applied_on"),
            ("Granted", "granted_on"),
            ("Expires", "expires_on"),
        )
        if site.get(column)
    ]
    facts = [
        _minerals(site),
        html.B(words.area(site.get("area_km2"))),
        words.sentence_case(status),
        *dates,
        f"Holder: {site['holder']}" if site.get("holder") else None,
    ]
    return html.Div(
        [
            html.H1(site.get("name") or "Unnamed title", className="site-name", id="site-name"),
            html.Ul([html.Li(fact) for fact in facts if fact], className="facts"),
            _cautions(site),
        ]
    )


def mineral(mineral_id: str) -> str:
    """What a mineral is called."""
    return words.sentence_case(label_of(mineral_id))


def _minerals(site: Row) -> Component:
    """The minerals of a title, and in quotes what of the register's text no name fits."""
    named = [mineral(str(one)) for one in site.get("minerals") or []]
    text = match(site.get("commodity_text"))
    named += [f"“{token}”" for token in text.unmatched]
    if named:
        return html.B(words.listed(named, 5))
    said = site.get("commodity_text")
    return f"Mineral not stated: the register says “{said}”" if said else "Mineral not stated"


def _cautions(site: Row) -> Component | None:
    notes = []
    if site.get("placeholder"):
        notes.append("Known only as a circle round a point: its outline is a placeholder.")
    if site.get("duplicate_of"):
        notes.append(f"Has the same outline as {site['duplicate_of']}.")
    if site.get("repaired"):
        notes.append("Its outline was repaired before measuring.")
    return html.Ul([html.Li(note) for note in notes], className="cautions") if notes else None


def lines_view(answer: Row) -> Component:
    """One line a layer, nil results and missing layers included."""
    lines = reading.shown_lines(answer["lines"])
    rows = [_line(line, answer, reading.place_in(line, lines)) for line in lines]
    far = reading.distances(answer["lines"])
    nearest = html.P(f"Nearest, in a straight line: {far}.", className="muted") if far else None
    return block(
        "What it touches",
        "one line a layer, nil results included",
        html.Ul(rows, className="lines"),
        nearest,
    )


def _line(line: Row, answer: Row, place: str) -> Component:
    state = LayerState(line["state"])
    measure, more = reading.line_value(line)
    # What is to be said of each layer stands on its own line.
    told = {**line, "note": None} if place == "heading" else line
    detail = reading.line_detail(told, answer["overlaps"])
    if place == "heading" and state is LayerState.OVERLAPS:
        detail = "All layers together, land counted once"
    faint = "" if state is LayerState.OVERLAPS else " quiet"
    return html.Li(
        [
            sign(words.STATES[state].sign, words.STATES[state].meaning),
            html.Span(reading.line_label(line), className="line-name"),
            html.Span(
                [measure, html.Small(more) if more else None], className="line-value" + faint
            ),
            html.P(detail, className="line-detail") if detail else None,
        ],
        className=f"line state-{state.value} {place}".strip(),
    )


_COLUMNS = ("Place", "Overlap", "Of this site", "Of that area")


def overlaps_view(answer: Row) -> Component | None:
    """Every place that shares land with the site, the largest overlap first."""
    rows = reading.shown_overlaps(answer["overlaps"])
    if not rows:
        return None
    head = [
        html.Th(text, scope="col", className="" if i == 0 else "n")
        for i, text in enumerate(_COLUMNS)
    ]
    body = [_overlap_row(row, answer["site"]) for row in rows]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="table")
    return block(
        "Overlaps",
        "place by place; land under two places counts in both",
        html.Div(table, className="table-scroll", tabIndex="0"),
    )


def _overlap_row(row: Row, site: Row) -> Component:
    about = " · ".join(str(part) for part in (row.get("designation"), row["layer_label"]) if part)
    verify = html.Small("verify: within the mapping error") if row.get("sliver") else None
    adds = reading.adds(row, site)
    cumulative = html.Small(adds) if adds else None
    # No land is shared with a point, nor with an area that only has an edge in common.
    no_land = not row["overlap_km2"]
    where = "touches" if row.get("sliver") else "inside"
    touched = words.area(row["overlap_km2"]) if not no_land else where
    return html.Tr(
        [
            html.Th([reading.name_of(row), html.Small(about), cumulative, verify], scope="row"),
            html.Td(touched, className="n"),
            html.Td("–" if no_land else words.share(row["overlap_share"]), className="n"),
            html.Td(
                "–"
                if no_land or row["feature_share"] is None
                else words.share(row["feature_share"]),
                className="n",
            ),
        ]
    )


def sources_view(answer: Row) -> Component:
    """The data behind the answer: dates, licences, positional error."""
    roles = {line["role"] for line in answer["lines"]}
    items = [_source(row) for row in answer["sources"] if row["role"] in roles]
    return block("Sources", "as of", html.Ul(items, className="sources"))


def _source(row: Row) -> Component:
    licence = (
        html.A(row["licence"], href=row["licence_url"], rel="noreferrer noopener", target="_blank")
        if is_web_address(row.get("licence_url"))
        else row["licence"]
    )
    error = f"±{words.GLUE}{words.distance((row.get('positional_error_m') or 0) / 1000)}"
    parts = [row.get("attribution"), licence, f"mapping error {error}"]
    if row.get("stale"):
        parts.append("older than its use-by date")
    if row.get("problem"):
        parts.append(f"not read: {row['problem']}")
    shown = [part for part in parts if part]
    spaced = [piece for part in shown for piece in (" · ", part)][1:]
    return html.Li(
        [
            html.Span(row["label"]),
            html.Span(words.day(row.get("as_of")), className="when"),
            html.Small(spaced),
        ]
    )


def is_web_address(text: Any) -> bool:
    """True for what may become a link."""
    return isinstance(text, str) and text.startswith(("https://", "http://"))


# ---------------------------------------------------------------- all titles
def headline(titles: int, groups: Sequence[Row]) -> Component:
    """How many titles there are, and their land counted once, in all and by status group."""
    land = [row["union_km2"] for row in groups if row["status_group"] == "all"]
    on: list[Any] = [" on ", html.B(words.area(land[0])), " of land"] if land else []
    rows = [
        html.Li(
            [
                html.Span(words.STATUS_GROUP_LABELS.get(row["status_group"], row["status_group"])),
                html.Span(words.number(row["sites"]), className="n"),
                html.Span(words.area(row["union_km2"]), className="n wide"),
            ]
        )
        for row in groups
        if row["status_group"] in words.STATUS_GROUP_LABELS
    ]
    return html.Div(
        [
            html.P([html.Strong(words.number(titles), className="big"), " mining titles", *on]),
            html.Ul(rows, className="groups"),
            html.P("Land under several titles is counted once in each line.", className="muted"),
        ],
        className="headline",
    )


def option(before: Component, label: str, count: int, bar: Component | None = None) -> Component:
    """A filter's row: sample or sign, name, titles, and a bar where there is one."""
    return html.Span(
        [before, html.Span(label), html.Span(words.number(count), className="n"), bar],
        className="option" + ("" if count else " zero") + ("" if bar is None else " with-bar"),
    )


def tier_option(tier: Tier, row: Row, most: int) -> Component:
    """A tier's row; of its bar what was fully screened is solid, the rest hatched.

    row: titles and fully_screened, empty where no title stands in the tier. most: of any tier.
    """
    titles, fully = int(row.get("titles", 0)), int(row.get("fully_screened", 0))
    parts = [("full", fully), ("open", titles - fully)]
    bar = [
        html.Span(className=part, style={"width": f"{100 * n / most:.1f}%"})
        for part, n in parts
        if n
    ]
    said = f"{words.number(fully)} of {words.number(titles)} {words.FULLY_SCREENED}"
    own = html.Span(bar, className=f"tier-bar tier-{tier.value}", title=said if titles else "")
    return option(sign(words.TIERS[tier].sign), words.TIERS[tier].label, titles, own)


def titles_list(rows: Sequence[Row], matching: int, total: int) -> list[Component]:
    """Links to titles: the map's equal for the keyboard."""
    if not rows:
        return [
            html.P(
                "No title matches these filters. Drop one of them to see more.",
                className="empty",
                role="status",
            )
        ]
    said = (
        f"{words.number(matching)} titles"
        if matching == total
        else f"{words.number(matching)} of {words.number(total)} titles"
    )
    if len(rows) < matching:
        said += f", the first {words.number(len(rows))} shown"
    said += "; by tier, and within one by score"
    return [
        html.P(said, className="muted", role="status"),
        html.Ul([html.Li(_title_row(row)) for row in rows], className="titles"),
    ]


def _title_row(row: Row) -> Component:
    tier = words.TIERS[row["tier"]]
    partly = not row["fully_screened"] and row["tier"] != Tier.NOT_FULLY_SCREENED
    mark = words.TIERS[Tier.NOT_FULLY_SCREENED].sign
    return html.A(
        [
            sign(tier.sign, tier.label),
            html.Span(row["name"] or row["site_id"], className="title-name"),
            html.Span(words.area(row["area_km2"]), className="n"),
            html.Small(row["reason"]),
            sign(mark, words.NOT_FULLY_SCREENED) if partly else None,
        ],
        href=site_address(row["site_id"]),
        className="title-row",
        **attrs({"data-go": site_address(row["site_id"]).lstrip("?")}),
    )


def site_address(site_id: str) -> str:
    """The page's address with this site open."""
    return "?site=" + quote(site_id, safe="")


# ---------------------------------------------------------------- a drawn shape
def shape_view(site: Row, corners: int) -> Component:
    """Area and corners of what was drawn."""
    return html.Ul(
        [
            html.Li(html.B(words.area(site.get("area_km2")))),
            html.Li([html.B(words.number(corners)), " corners"]),
            html.Li("closed, does not cross itself"),
        ],
        className="facts",
    )
