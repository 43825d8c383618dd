"""What stands behind a flag on its card: number, threshold, norms, data, what it adds, helpers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.norms import norms_view
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.compared import compared
from cetm_geo.dashboard.figures import Component, english, web_link
from cetm_geo.flags.sourced import sources_behind
from cetm_geo.flags.wording import amount, in_language
from cetm_geo.language import N_, _, chosen, ngettext
from cetm_geo.model import FlagStatus, Severity
from cetm_geo.notes import said
from cetm_geo.rulebook.minerals import read_minerals

_OVERLAP = "_overlap_km2"
_ORDER = tuple(Severity)  # the worst first
_PLACES = 3
_TABLES = {
    "disclosure_": N_("The table of statements that came with the data"),
    "consent_": N_("The table of consent that came with the data"),
}
_TOLD = ("class", "minerals", "layers")  # units whose numbers have words beside them


def facts_view(card: Row, answer: Row) -> Component:
    """The facts of a card as terms and what is said of them, and who can help."""
    norms = [answer["norms"][name] for name in card["norm_ids"]]
    helpers = [answer["helpers"][name] for name in card["helper_ids"]]
    changes = [html.P(words.sentence_case(text), **english()) for text in card["changes"]]
    rows: list[tuple[str, Any]] = [
        (_("Measured"), measured(card, answer)),
        (_("Threshold"), threshold(card, answer)),
        (_("Here"), changes),
        (_("Norm"), norms_view(norms, card["iso3"])),
        (_("Data"), [*_data(data_of(card, answer)), *map(html.P, tables_of(card))]),
        (_("Cumulative"), [html.P(text) for text in cumulative(card, answer)]),
        (_("Note"), html.Span(card["note"], **english()) if card["note"] else ""),
        (_("Who can help"), _helpers(helpers)),
    ]
    return html.Dl([part for term, told in rows if told for part in (html.Dt(term), html.Dd(told))])


# --- the number and what it is held against ------------------------------------------------------


def measured(card: Row, answer: Row) -> str:
    """The number a rule compared, in words, with what it is of."""
    if card["value"] is None:
        return ""
    name = card["indicator_id"]
    texts = (x["value_text"] for x in answer["indicators"] if x["indicator_id"] == name)
    text = str(next(texts, None) or "") if card["unit"] in _TOLD else ""
    text = said(in_language(text, card["unit"], chosen(), read_minerals()[0])) if text else ""
    names = [str(f["name"]) for f in card["features"] if f.get("name")]
    places = text or words.listed(list(dict.fromkeys(names)), _PLACES)
    number = ", ".join(part for part in (_number(card), _share(card, answer["site"])) if part)
    if not places:
        return number
    if card["unit"] == "0 or 1" and card["value"]:
        return places
    return _("{number}: {places}").format(number=number, places=places)


def _number(card: Row) -> str:
    return known_number(card["value"], card["unit"])


def known_number(value: float, unit: str) -> str:
    """A number of an indicator in words."""
    if unit == "class":
        return _("class {n}").format(n=f"{value:g}")
    if unit == "0 or 1":
        return _("yes") if value else _("no")
    return amount(value, unit, chosen())


def _share(card: Row, site: Row) -> str:
    """Of an overlap, its share of the site."""
    if not str(card["indicator_id"]).endswith(_OVERLAP) or not site.get("area_km2"):
        return ""
    if not card["value"]:
        return ""
    share = amount(min(card["value"] / site["area_km2"], 1.0), "share", chosen())
    text = (
        _("{share} of this proposal") if reading.is_proposal(site) else _("{share} of this title")
    )
    return text.format(share=share)


def threshold(card: Row, answer: Row) -> str:
    """From which number on the rule raises the flag at this level."""
    level = raised_level(card)
    if level is None:
        return ""
    every = reading.listing([compared(c) for c in level["all"] if "op" in c])
    some = reading.listing([compared(c) for c in level["any"] if "op" in c], "or")
    flags = _other_flags([c for c in (*level["all"], *level["any"]) if "rule_id" in c], answer)
    return words.sentence_case("; ".join(part for part in (every, some, flags) if part))


def raised_level(card: Row) -> Row | None:
    """The level that held: one marked `verify` was raised one severity lower than its own."""
    severities = [Severity(level["severity"]) for level in card["when"]]
    wanted = [Severity(card["severity"])]
    if card["verify"]:
        wanted = [*_ORDER[max(_ORDER.index(wanted[0]) - 1, 0) :][:1], *wanted]
    at = next((severities.index(x) for x in wanted if x in severities), None)
    return None if at is None else card["when"][at]


def _other_flags(comparisons: Sequence[Row], answer: Row) -> str:
    """Which of the flags that a rule asks about are raised."""
    if not comparisons:
        return ""
    asked = {comparison["rule_id"] for comparison in comparisons}
    raised = [
        reading.in_language(card["label"])
        for card in answer["flags"]
        if card["rule_id"] in asked and card["status"] == FlagStatus.RAISED.value
    ]
    if not raised:
        text = ngettext(
            "any of {n} other flag is raised", "any of {n} other flags is raised", len(asked)
        )
        return text.format(n=words.number(len(asked)))
    text = ngettext(
        "any of {n} other flag is raised: {flags}",
        "any of {n} other flags is raised: {flags}",
        len(asked),
    )
    return text.format(n=words.number(len(asked)), flags=words.listed(raised, _PLACES))


# --- data, what it adds, who can help ------------------------------------------------------------


def data_of(card: Row, answer: Row) -> list[Row]:
    """The layers a card rests on: those of its places, else those its numbers are measured from."""
    return list(card["data"] or sources_behind(_asked(card), answer["sources"]))


def _asked(card: Row) -> list[str]:
    """The indicators that a rule compares."""
    every = [c for level in card["when"] for c in (*level["all"], *level["any"])]
    return [str(c["indicator_id"]) for c in every if "indicator_id" in c]


def tables_of(card: Row) -> list[str]:
    """The user's own tables that a card rests on."""
    asked = _asked(card)
    return [_(text) for begins, text in _TABLES.items() if any(x.startswith(begins) for x in asked)]


def _data(rows: Sequence[Row]) -> list[Component]:
    """Layers with their days; those of one publisher and licence together."""
    given: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        about = tuple(str(row[key]) for key in ("attribution", "licence") if row.get(key))
        given.setdefault(about, []).append(layer_and_day(row))
    return [
        html.P(["; ".join(layers), html.Small(" · ".join(about)) if about else None])
        for about, layers in given.items()
    ]


def layer_and_day(row: Row) -> str:
    """A layer with its day, and whether it could be read and is fresh."""
    told = {"layer": row["label"], "day": words.day(row["as_of"])}
    if row.get("problem"):
        return _("{layer}, as of {day}, could not be read").format(**told)
    if row.get("stale"):
        return _("{layer}, as of {day}, older than it may be").format(**told)
    return _("{layer}, as of {day}").format(**told)


def cumulative(card: Row, answer: Row) -> list[str]:
    """What the site adds to the land of a flag's places that lies under titles in force already."""
    pairs = {(row["layer_id"], row["feature_id"]): row for row in answer["overlaps"]}
    met = [pairs.get((f["layer_id"], f["feature_id"])) for f in card["features"]]
    found = {
        str(row["name"]): told
        for row in sorted(filter(None, met), key=lambda row: -(row["overlap_km2"] or 0))
        if row.get("name") and (told := reading.adds(row, answer["site"]))
    }
    return [
        _("{place}: {said}").format(place=name, said=told[:1].lower() + told[1:])
        for name, told in list(found.items())[:_PLACES]
    ]


def _helpers(helpers: Sequence[Row]) -> Component | None:
    if not helpers:
        return None
    items = [
        html.Li(
            [
                web_link(h["name"], h["url"]),
                html.Small(h["helps"], **english()),
                html.P(h["paraphrase"], **english()),
            ]
        )
        for h in helpers
    ]
    named = words.listed([str(h["name"]) for h in helpers], _PLACES)
    return html.Details([html.Summary(named), html.Ul(items)], className="helpers")
