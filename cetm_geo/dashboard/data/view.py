"""The page of the data: what is loaded, from when, how complete, and what was left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, problem_of, sign, web_link
from cetm_geo.dashboard.richtext import rich
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import RASTER_ROLES, IssueAction, Publish, Role
from cetm_geo.notes import said
from cetm_geo.rulebook.countries import country_name
from cetm_geo.web.stocktaking import Row, Stock

PUBLISH = Spoken(
    {
        Publish.PUBLIC: N_("Shapes and figures"),
        Publish.DERIVED_ONLY: N_("Figures alone"),
        Publish.LOCAL_ONLY: N_("Figures alone, no names"),
    }
)
ACTIONS = Spoken(
    {
        IssueAction.REPAIRED: N_("Repaired"),
        IssueAction.EXCLUDED: N_("Excluded by rule"),
        IssueAction.REJECTED: N_("Rejected"),
        IssueAction.NOTED: N_("Noted, and used as it is"),
    }
)
_DIGITS = 12  # of a checksum, as people compare them
_ABOUT_ROWS = (IssueAction.REPAIRED, IssueAction.EXCLUDED, IssueAction.REJECTED)


def head_view(stock: Stock) -> Component:
    """How much is loaded, and for how many titles it suffices."""
    layers = words.counted("{n} layer", "{n} layers", len(stock.sources))
    first = rich(
        _("{layers} screened for {label} on {day}."),
        layers=html.Span(layers, className="stroke"),
        label=stock.meta.get("label", ""),
        day=words.day(stock.meta.get("as_of")),
    )
    return html.Div(
        [
            html.H1(_("Data and rules"), className="eyebrow"),
            html.P([html.Span([*first, " "]), html.Span(_screened(stock))], className="story"),
            html.P(
                _(
                    "Where the numbers come from, what was left out of them and why, what each "
                    "rule asks, and what this program cannot see."
                ),
                className="account",
            ),
        ],
        className="data-head",
    )


def _screened(stock: Stock) -> list[Any]:
    if not stock.fully_screened:
        return [_("No title is fully screened.")]
    share = html.Span(
        _("{n} of {total}").format(
            n=words.number(stock.fully_screened), total=words.number(stock.titles)
        ),
        className="stroke",
    )
    return rich(_("{share} titles are fully screened."), share=share)


# --- what failed ---------------------------------------------------------------------------------


def failed_view(stock: Stock) -> Component | None:
    """Layers that could not be read, first of all, and what that means for the tiers."""
    failed = [row for row in stock.sources if row["problem"]]
    if not failed:
        return None
    return section(
        _("Could not be read"),
        words.counted("{n} layer", "{n} layers", len(failed)),
        *(_failed(row, stock) for row in failed),
        name="failed",
    )


def _failed(row: Row, stock: Stock) -> Component:
    told = [html.Strong(row["label"]), html.P(problem_of(row)), html.P(_meaning(row, stock))]
    return html.Div([sign("failed"), html.Div(told)], className="problem")


def _meaning(row: Row, stock: Stock) -> str:
    role = words.role_label(row["role"])
    if row["role"] == Role.CONCESSION:
        return _("Its titles are not screened, and stand in no count.")
    if row["role"] in stock.required:
        return _(
            "{role} are asked of every title: until it is read, no title can read “checked, none”, "
            "and rules that ask for it are not assessed."
        ).format(role=role)
    return _("What is measured from it has no number, and rules that ask for it are not assessed.")


# --- layers --------------------------------------------------------------------------------------

_COLUMNS = (
    N_("Layer"),
    N_("As of"),
    N_("Complete in"),
    N_("Features in"),
    N_("Accepted"),
    N_("Left out"),
    N_("May be shown"),
)


def layers_view(stock: Stock) -> Component:
    """A line a layer of shapes: role, day, where it is complete, and its books."""
    rows = [row for row in stock.sources if row["role"] not in RASTER_ROLES]
    body = [part for row in rows for part in _layer(row, stock)]
    note = _(
        "Features in = accepted (of which repaired) + excluded by a rule of the catalogue + "
        "rejected, each with its reason. A layer that does not say where it is complete never "
        "makes a title clear."
    )
    return section(
        _("Layers"),
        words.counted("{n} layer of shapes", "{n} layers of shapes", len(rows)),
        html.P(note, className="muted"),
        _table(_COLUMNS, body, _("Layers")),
        name="layers",
    )


def _table(columns: Sequence[str], body: Sequence[Component], caption: str) -> Component:
    head = [
        html.Th(_(text), scope="col", className="n" if text in _NUMBERS else "") for text in columns
    ]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="table data-table")
    named = attrs({"aria-label": caption})
    return html.Div(table, className="table-scroll", tabIndex="0", role="group", **named)


_NUMBERS = (N_("Features in"), N_("Accepted"), N_("Left out"))


def _row(columns: Sequence[str], first: Sequence[Any], rest: Sequence[Any]) -> Component:
    """A line; each cell knows its column's name, which stands beside it on a small screen."""
    cells = [
        html.Td(told, className="n" if name in _NUMBERS else "", **attrs({"data-label": _(name)}))
        for name, told in zip(columns[1:], rest, strict=True)
    ]
    return html.Tr([html.Th(list(first), scope="row"), *cells])


def _layer(row: Row, stock: Stock) -> list[Component]:
    left = int(row["rows_excluded"]) + int(row["rows_rejected"])
    rest = (
        _day(row),
        _complete(row, stock),
        words.number(row["rows_in"]),
        _accepted(row),
        _left_out(row, left),
        PUBLISH.get(row["publish"], row["publish"]),
    )
    first = [_state(row), html.B(row["label"]), html.Small(_role(row))]
    return [_row(_COLUMNS, first, rest), _more_of(row, stock, len(_COLUMNS))]


def _more_of(row: Row, stock: Stock, columns: int) -> Component:
    return html.Tr(html.Td(_details(row, stock), colSpan=columns), className="more-of")


def _state(row: Row) -> Component | None:
    return sign("failed", _("could not be read")) if row["problem"] else None


def _role(row: Row) -> str:
    """Beside the titles that are screened a register holds no other ones."""
    return _("Titles") if row["role"] == Role.CONCESSION else words.role_label(row["role"])


def _day(row: Row) -> list[Any]:
    mark = html.Small(_("older than it may be"), className="old") if row["stale"] else None
    return [words.day(row["as_of"]), mark]


def _complete(row: Row, stock: Stock) -> Any:
    where = row["complete_within"]
    if not where:
        return html.Span([sign("coverage-unknown"), _("coverage unknown")], className="signed")
    if where == "world":
        return _("the world")
    return country_name(where, stock.rulebook.packs)


def _accepted(row: Row) -> list[Any]:
    repaired = int(row["rows_repaired"])
    told = words.counted("{n} repaired", "{n} repaired", repaired) if repaired else ""
    return [words.number(row["rows_accepted"]), html.Small(told) if told else None]


def _left_out(row: Row, left: int) -> list[Any]:
    kinds = ((row["rows_excluded"], _("{n} excluded")), (row["rows_rejected"], _("{n} rejected")))
    told = [text.format(n=words.number(n)) for n, text in kinds if n]
    return [words.number(left) if left else _("none"), *(html.Small(text) for text in told)]


# --- what stands behind a layer ------------------------------------------------------------------


def _details(row: Row, stock: Stock) -> Component:
    facts = [fact for fact in _facts(row) if fact[1]]
    listed = [html.Div([html.Dt(term), html.Dd(told)]) for term, told in facts]
    return html.Details(
        [
            html.Summary(_("Source, licence, file")),
            html.Dl(listed, className="facts-of"),
            *_reasons(row, stock),
        ],
        className="page-fold",
    )


def _facts(row: Row) -> Iterator[tuple[str, Any]]:
    yield _("Attribution"), row["attribution"]
    yield _("Licence"), web_link(row["licence"], row["licence_url"])
    yield _("File"), row["file"]
    checksum = row["sha256"]
    if checksum:
        short = html.Abbr(f"sha256 {checksum[:_DIGITS]}…", title=f"sha256 {checksum}")
        yield _("Checksum"), short
    yield _("Given by"), " · ".join(str(x) for x in (row["given_by"], _given(row)) if x)
    yield _("Coordinates"), " · ".join(str(x) for x in (row["crs"], row["encoding"]) if x)
    error = words.distance((row["positional_error_m"] or 0) / 1000)
    yield _("Mapping error"), f"±{words.GLUE}{error}" if row["role"] not in RASTER_ROLES else ""
    if row["rounded_to_km2"]:
        yield _("Areas rounded to"), words.area(row["rounded_to_km2"])
    years = row["stale_after_years"]
    if years:
        yield _("May be used for"), words.counted("{n} year", "{n} years", int(years))
    if row["tenure"]:
        yield _("Tenure"), row["tenure"].replace("_", " ")
    yield _("Since the last build"), row["changed"]
    yield _("Note"), said(row["note"] or "")


def _given(row: Row) -> str:
    return words.day(row["given_on"]) if row["given_on"] else ""


def _reasons(row: Row, stock: Stock) -> list[Component]:
    """Why features were repaired, excluded or rejected, and how many."""
    own = [p for p in stock.problems if p["layer_id"] == row["layer_id"]]
    rows = [
        html.Li(
            [
                html.B(words.number(p["many"])),
                " ",
                html.Span(ACTIONS[p["action"]]),
                ": ",
                said(p["problem"]),
            ]
        )
        for p in own
        if p["action"] in _ABOUT_ROWS
    ]
    return [html.Ul(rows, className="dashes")] if rows else []


# --- rasters and the user's tables ---------------------------------------------------------------


_OF_RASTERS = (N_("Raster"), N_("What it gives"), N_("As of"), N_("May be shown"))


def rasters_view(stock: Stock) -> Component | None:
    """A line a raster."""
    rows = [row for row in stock.sources if row["role"] in RASTER_ROLES]
    if not rows:
        return section(
            _("Rasters"),
            "",
            html.P(_("None is loaded: people, trees, water and slopes of titles are not known.")),
            name="rasters",
        )
    body = []
    for row in rows:
        first = [_state(row), html.B(row["label"])]
        rest = (_role(row), _day(row), PUBLISH.get(row["publish"], row["publish"]))
        body += [_row(_OF_RASTERS, first, rest), _more_of(row, stock, len(_OF_RASTERS))]
    return section(
        _("Rasters"),
        words.counted("{n} raster", "{n} rasters", len(rows)),
        _table(_OF_RASTERS, body, _("Rasters")),
        name="rasters",
    )


_OF_TABLES = (N_("Table"), N_("Rows in"), N_("Rejected"), N_("Checksum"))
_TABLES = Spoken(
    {
        "consent": N_("Consent of communities, as recorded"),
        "statements": N_("Statements: what is published, exported, done"),
    }
)


def tables_view(stock: Stock) -> Component:
    """The user's own tables, and what it means where there are none."""
    rows = [_own_table(name, held) for name, held in stock.tables.items()]
    absent = [_TABLES[name] for name in _TABLES if name not in stock.tables]
    told = [
        html.P(
            _("No table came with the data of: {names}. What it would say is “nothing recorded”, "
              "which is not the same as no.").format(names="; ".join(absent)),
            className="muted",
        )
    ] if absent else []  # fmt: skip
    shown = [_table(_OF_TABLES, rows, _("Tables"))] if rows else []
    return section(_("The user's tables"), "", *shown, *told, name="tables")


def _own_table(name: str, held: Mapping[str, Any]) -> Component:
    short = html.Abbr(f"{held['sha256'][:_DIGITS]}…", title=f"sha256 {held['sha256']}")
    rejected = words.number(held["rows_rejected"]) if held["rows_rejected"] else _("none")
    first = [html.B(_TABLES.get(name, name)), html.Small(held["file"])]
    return _row(_OF_TABLES, first, (words.number(held["rows_in"]), rejected, short))


# --- software ------------------------------------------------------------------------------------


def software_view(stock: Stock) -> Component:
    """What made the store, and which it is."""
    facts = [
        (_("Store"), stock.generation),
        (_("Built"), words.day(stock.created)),
        (_("Screened for"), words.day(stock.meta.get("as_of"))),
        (_("Catalogue"), stock.meta.get("catalogue", "")),
        (_("Rules"), stock.rulebook.version),
        (_("Schema"), str(stock.schema)),
        *((name, version) for name, version in stock.software.items()),
    ]
    listed = [html.Div([html.Dt(term), html.Dd(told)]) for term, told in facts]
    return section(
        _("Software and store"), "", html.Dl(listed, className="facts-of"), name="software"
    )
