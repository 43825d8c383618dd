"""What stands behind a flag on its card: number, threshold, norms, data, what it adds, helpers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import answer as reading
from cetm_geo.dashboard.answer import Row
from cetm_geo.dashboard.figures import Component, is_web_address
from cetm_geo.flags.sourced import sources_behind
from cetm_geo.flags.wording import amount
from cetm_geo.model import FlagStatus, Severity

_OPS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "==": "is",
        "!=": "is not"}  # fmt: skip
_OVERLAP = "_overlap_km2"
_ORDER = tuple(Severity)  # the worst first
_PLACES = 3
_YES = ("0 or 1", 1.0)
_TABLES = {
    "disclosure_": "The table of statements that came with the data",
    "consent_": "The table of consent that came with the data",
}
_TOLD = ("class", "minerals")  # units whose numbers have words beside them


def facts_view(card: Row, answer: Row) -> Component:
    """The facts of a card as terms and what is said of them, and who can help."""
    rows: list[tuple[str, Any]] = [
        ("Measured", measured(card, answer)),
        ("Threshold", threshold(card, answer)),
        ("Here", [html.P(words.sentence_case(reason)) for reason in card["changes"]]),
        ("Norm", [_norm(answer["norms"][name], card["iso3"]) for name in card["norm_ids"]]),
        ("Data", [*map(_data, data_of(card, answer)), *map(html.P, tables_of(card))]),
        ("Cumulative", [html.P(text) for text in cumulative(card, answer)]),
        ("Note", card["note"]),
        ("Who can help", _helpers([answer["helpers"][name] for name in card["helper_ids"]])),
    ]
    return html.Dl([part for term, said in rows if said for part in (html.Dt(term), html.Dd(said))])


# --- the number and what it is held against ------------------------------------------------------


def measured(card: Row, answer: Row) -> str:
    """The number a rule compared, in words, with what it is of."""
    if card["value"] is None:
        return ""
    name = card["indicator_id"]
    texts = (x["value_text"] for x in answer["indicators"] if x["indicator_id"] == name)
    text = str(next(texts, None) or "") if card["unit"] in _TOLD else ""
    names = [str(f["name"]) for f in card["features"] if f.get("name")]
    places = text or words.listed(list(dict.fromkeys(names)), _PLACES)
    number = ", ".join(part for part in (_number(card), _share(card, answer["site"])) if part)
    return f"{number}: {places}" if places else number


def _number(card: Row) -> str:
    if card["unit"] == "class":
        return f"class {card['value']:g}"
    if card["unit"] == "0 or 1":
        return "yes" if card["value"] else "no"
    return amount(card["value"], card["unit"], "en")


def _share(card: Row, site: Row) -> str:
    """Of an overlap, its share of the site."""
    if not str(card["indicator_id"]).endswith(_OVERLAP) or not site.get("area_km2"):
        return ""
    share = amount(min(card["value"] / site["area_km2"], 1.0), "share", "en")
    return f"{share} of this {reading.noun(site)}" if card["value"] else ""


def threshold(card: Row, answer: Row) -> str:
    """From which number on the rule raises the flag at this level."""
    level = raised_level(card)
    if level is None:
        return ""
    every = " and ".join(_compared(c) for c in level["all"] if "op" in c)
    some = " or ".join(_compared(c) for c in level["any"] if "op" in c)
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


def _compared(comparison: Row) -> str:
    label = str(comparison["label"]["en"])
    if comparison["op"] == "overlaps":
        return f"any {label.replace('contact with', 'overlap with')} wider than the mapping error"
    if (comparison["unit"], comparison["threshold"]) == _YES and comparison["op"] == ">=":
        return label.rpartition(", ")[0] or label
    if comparison["op"] == ">" and not comparison["threshold"]:
        return f"any {label}"
    return f"{label}: {_OPS[comparison['op']]} {comparison['shown']['en']}"


def _other_flags(comparisons: Sequence[Row], answer: Row) -> str:
    """Which of the flags that a rule asks about are raised."""
    if not comparisons:
        return ""
    asked = {comparison["rule_id"] for comparison in comparisons}
    raised = [
        str(card["label"]["en"])
        for card in answer["flags"]
        if card["rule_id"] in asked and card["status"] == FlagStatus.RAISED.value
    ]
    named = f": {words.listed(raised, _PLACES)}" if raised else ""
    return f"any of {words.plural(len(asked), 'other flag')} is raised{named}"


# --- norms, data, what it adds, who can help -----------------------------------------------------


def _norm(norm: Row, iso3: str | None) -> Component:
    """A norm by name and provision; opened, what it says and whom it binds."""
    verified = "text verified" if norm["verified"] else "norm text not yet verified"
    cite = f"{norm['short']}, {norm['provision']}" if norm["provision"] else norm["short"]
    seal = html.Span(verified, className="verified" if norm["verified"] else "unverified")
    bound = words.sentence_case(str(norm["binding_text"].get(iso3 or "", "")))
    return html.Details(
        [
            html.Summary([html.Span(cite), " ", seal]),
            html.P(norm["paraphrase"]),
            html.P([f"{bound}. " if bound else "", _in_force(norm)], className="muted"),
            html.P([norm["instrument"], " ", _link("Source", norm["url"])], className="muted"),
        ],
        className="norm",
    )


def _in_force(norm: Row) -> str:
    since, until = norm["in_force_from"], norm["in_force_to"]
    parts = [f"from {words.day(since)}" if since else "", f"to {words.day(until)}" if until else ""]
    said = " ".join(part for part in parts if part)
    return f"In force {said}." if said else ""


def _link(text: str, url: str) -> Component | str:
    if not is_web_address(url):
        return text
    return html.A(text, href=url, rel="noreferrer noopener", target="_blank")


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
    return [text for begins, text in _TABLES.items() if any(x.startswith(begins) for x in asked)]


def _data(row: Row) -> Component:
    old = ", older than it may be" if row.get("stale") else ""
    failed = ", could not be read" if row.get("problem") else ""
    about = [str(row[key]) for key in ("attribution", "licence") if row.get(key)]
    return html.P(
        [
            f"{row['label']}, as of {words.day(row['as_of'])}{old}{failed}",
            html.Small(" · ".join(about)),
        ]
    )


def cumulative(card: Row, answer: Row) -> list[str]:
    """What the site adds to the land of a flag's places that lies under titles in force already."""
    pairs = {(row["layer_id"], row["feature_id"]): row for row in answer["overlaps"]}
    met = [pairs.get((f["layer_id"], f["feature_id"])) for f in card["features"]]
    told = {
        str(row["name"]): said
        for row in sorted(filter(None, met), key=lambda row: -(row["overlap_km2"] or 0))
        if row.get("name") and (said := reading.adds(row, answer["site"]))
    }
    return [f"{name}: {said[:1].lower()}{said[1:]}" for name, said in list(told.items())[:_PLACES]]


def _helpers(helpers: Sequence[Row]) -> Component | None:
    if not helpers:
        return None
    items = [
        html.Li([_link(h["name"], h["url"]), html.Small(h["helps"]), html.P(h["paraphrase"])])
        for h in helpers
    ]
    named = words.listed([str(h["name"]) for h in helpers], _PLACES)
    return html.Details([html.Summary(named), html.Ul(items)], className="helpers")
