"""Required answers that are missing, and what this program cannot see. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.lacking import REASONS
from cetm_geo.dashboard.answer.reading import in_language
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.language import N_, _, chosen
from cetm_geo.model import IndicatorStatus, Role
from cetm_geo.notes import said
from cetm_geo.rulebook.countries import country_name
from cetm_geo.web.stocktaking import Missing, Stock

_ROLES = frozenset(Role)


def missing_view(stock: Stock) -> Component:
    """Which required answers keep titles from being fully screened, and why."""
    country = country_name(stock.meta.get("country", ""), stock.rulebook.packs)
    asked = _("Asked of every title in {country}: {names}.").format(
        country=country or _("this catalogue"),
        names=", ".join(_name(name, stock) for name in stock.required),
    )
    rows = [html.Li(_row(one, stock)) for one in stock.missing]
    body = html.Ul(rows, className="missing") if rows else None
    return section(
        _("Required answers that are missing"),
        _("{n} of {total} fully screened").format(
            n=words.number(stock.fully_screened), total=words.number(stock.titles)
        ),
        html.P(verdict(stock), className="lead"),
        body,
        html.P(asked, className="muted"),
        name="missing",
    )


def verdict(stock: Stock) -> str:
    """What the missing answers come to."""
    if not stock.missing and stock.fully_screened == stock.titles:
        return _("None: every title has every required answer.")
    if not stock.fully_screened:
        return _("No title can read “checked, none” yet.")
    open_ = stock.titles - stock.fully_screened
    return words.counted(
        "{n} title cannot read “checked, none”, whatever its flags.",
        "{n} titles cannot read “checked, none”, whatever their flags.",
        open_,
    )


def _row(one: Missing, stock: Stock) -> list[Component | str]:
    every = one.titles >= stock.titles
    count = _("every title") if every else words.counted("{n} title", "{n} titles", one.titles)
    return [
        sign("not-covered"),
        html.B(_lacking(one, stock)),
        html.Span(count, className="n"),
        html.Small(why(one, stock, every)),
    ]


def _lacking(one: Missing, stock: Stock) -> str:
    if one.is_rule:
        label = in_language(stock.rulebook.rules[one.name].label)
        return _("The rule “{label}”").format(label=label)
    return _name(one.name, stock)


def _name(name: str, stock: Stock) -> str:
    """What a required role, group or indicator is called."""
    if name in _ROLES:
        return words.role_label(name)
    book = stock.rulebook
    group = book.groups.get(name)
    label = group.label if group else book.labels.get(name, {})
    return words.sentence_case(label.get(chosen()) or label.get("en") or name)


def why(one: Missing, stock: Stock, every: bool) -> str:
    """The reason, in words: of a role as its layers give it. every: of all titles alike."""
    if one.is_rule:
        lack = REASONS.get(one.why or "", _("whether it applies here is not recorded"))
        return _("Without an answer: {why}.").format(why=lack)
    if one.name in _ROLES:
        return _of_role(one, stock, every)
    if every and one.why in (None, IndicatorStatus.LAYER_MISSING):
        return _("No layer that can tell them apart is loaded.")
    return words.sentence_case(REASONS.get(one.why or "", _("not known"))) + "."


def _of_role(one: Missing, stock: Stock, every: bool) -> str:
    own = [row for row in stock.sources if row["role"] == one.name]
    if not own:
        return _("No layer is loaded.")
    if all(row["problem"] for row in own):
        return _("Its layers could not be read.")
    if every and one.why:
        return said(one.why) + "."
    return _("The layers do not reach these titles whole, or are older than they may be.")


# --- what the program cannot see -----------------------------------------------------------------

_CANNOT = (
    N_(
        "A community, a sacred place or a species that no layer shows. Absence of data is not "
        "absence of a community: many peoples' lands are mapped nowhere, or the maps are kept back "
        "for good reason."
    ),
    N_(
        "What a register has wrong: titles that were granted and not entered, ended and not taken "
        "out, drawn in the wrong place, or held by others than it says."
    ),
    N_(
        "Anything finer than the mapping error. Outlines come from maps of different scale and "
        "age; within the error that each layer states, a touch is marked “verify”."
    ),
    N_(
        "Whether there is a mine. A title allows something; it does not say that it is done. Land "
        "used by mines is known as far as a layer shows it, at its day."
    ),
    N_(
        "What lies under the ground: depth, method and direction of workings, groundwater between "
        "basins, old shafts."
    ),
    N_(
        "How much is dug, discharged, emitted or spilled, and what that adds up to over years. "
        "Cumulative means here: how much land lies under titles, no more."
    ),
    N_(
        "Whether a consent was free, prior and informed. The table says what someone recorded, and "
        "nothing recorded is not the same as none sought."
    ),
    N_(
        "How people live with a mine: jobs, health, conflict, resettlement, the share that stays. "
        "People are counted by cells of a raster that models where they live."
    ),
    N_(
        "How water flows in a year of drought or flood. Downstream is the network of basins, not a "
        "model of flow or of pollution."
    ),
    N_(
        "Roads, ports and power as they are used: distances are straight lines."
    ),
    N_(
        "What changed after each layer's day, and what restricted data would add: some protected "
        "areas and territories are not in public files."
    ),
    N_(
        "Law. Norms are paraphrased, many not yet verified, and a country's own law decides. What "
        "is said here is what a title touches, never that a rule was broken."
    ),
)  # fmt: skip


def limits_view() -> Component:
    """In plain words."""
    rows = [html.Li(text) for text in cannot_see()]
    return section(
        _("What this program cannot see"), "", html.Ul(rows, className="dashes wide"),
        name="limits",
    )  # fmt: skip


def cannot_see() -> Iterator[str]:
    """A sentence or two each."""
    return (_(text) for text in _CANNOT)
