"""Flags, norms and helpers of an answer as blocks of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard.answer import cardfacts, norms, reading
from cetm_geo.dashboard.answer.flagcards import (
    LIGHT,
    SIGNS,
    compared_number,
    marks_of,
    nothing_raised,
)
from cetm_geo.dashboard.answer.lacking import why_not_assessed
from cetm_geo.dashboard.answer.tiers import NOT_A_FINDING, UNREVIEWED
from cetm_geo.language import _, chosen
from cetm_geo.model import FlagStatus
from cetm_geo.report.content import (
    Block,
    Bullets,
    Card,
    Cell,
    Heading,
    Paragraph,
    Section,
    Table,
    Term,
    Terms,
)

Row = Mapping[str, Any]


def flags_section(answer: Row) -> Section:
    """A card for each raised flag, the worst first, and a row for each rule that is not raised."""
    by_status = {s: [x for x in answer["flags"] if x["status"] == s.value] for s in FlagStatus}
    raised, clear, open_ = (
        by_status[x] for x in (FlagStatus.RAISED, FlagStatus.CLEAR, FlagStatus.NOT_ASSESSED)
    )
    light = [card for card in raised if card["severity"] in LIGHT]
    blocks: list[Block] = [Paragraph(_(NOT_A_FINDING), "muted")]
    if len(light) == len(raised):
        blocks.append(Paragraph(nothing_raised(light)))
    blocks += [_card(card, answer) for card in raised]
    blocks += _others(_("Not assessed ({n})"), open_, _("Why"), why_not_assessed)
    blocks += _others(_("Clear ({n})"), clear, _("Measured"), compared_number)
    aside = _("{raised} raised · {open} not assessed · {clear} clear").format(
        raised=len(raised), open=len(open_), clear=len(clear)
    )
    return Section(_("Flags"), aside, blocks)


def _card(card: Row, answer: Row) -> Card:
    severity = str(card["severity"])
    message = reading.in_language(card["message"])
    if not card["reviewed"].get(chosen(), True):
        message = f"{message} ({_(UNREVIEWED)})"
    return Card(
        severity,
        SIGNS[severity],
        words.SEVERITIES[severity],
        reading.in_language(card["label"]),
        str(card["row"]),
        marks_of(card, answer["site"]),
        message,
        [Term(term, texts) for term, texts in _facts(card, answer) if any(texts)],
    )


def _facts(card: Row, answer: Row) -> Iterator[tuple[str, list[str]]]:
    """What a card rests on, in the order of the page's."""
    named = [answer["norms"][name] for name in card["norm_ids"]]
    helpers = [str(answer["helpers"][name]["name"]) for name in card["helper_ids"]]
    data = [cardfacts.layer_and_day(row) for row in cardfacts.data_of(card, answer)]
    yield _("Measured"), [cardfacts.measured(card, answer)]
    yield _("Threshold"), [cardfacts.threshold(card, answer)]
    yield _("Here"), [words.sentence_case(text) for text in card["changes"]]
    yield _("Norm"), [_cited(own) for own in norms.by_instrument(named)]
    yield _("Data"), ["; ".join(data), *cardfacts.tables_of(card)]
    yield _("Cumulative"), cardfacts.cumulative(card, answer)
    yield _("Who can help"), [", ".join(helpers)]


def _cited(own: Sequence[Row]) -> str:
    return _("{norm} ({seal})").format(norm=norms.cited(own), seal=norms.sealed(own))


def _others(title: str, cards: Sequence[Row], head: str, say: Any) -> list[Block]:
    if not cards:
        return []
    rows = [
        [Cell(str(card["row"])), Cell(reading.in_language(card["label"])), Cell(say(card))]
        for card in cards
    ]
    table = Table([_("Rule"), _("What it asks"), head], rows, (0.1, 0.52, 0.38))
    return [Heading(title.format(n=len(cards))), table]


def norms_section(answer: Row) -> Section | None:
    """Each norm that raised flags name, once: what it says, whether it binds, where it stands."""
    raised = [x for x in answer["flags"] if x["status"] == FlagStatus.RAISED.value]
    countries = {name: card["iso3"] for card in raised for name in card["norm_ids"]}
    named = [answer["norms"][name] | {"iso3": iso3} for name, iso3 in countries.items()]
    if not named:
        return None
    terms = []
    for own in norms.by_instrument(named):
        texts = [f"{own[0]['instrument']}."]
        for norm in own:
            told = [norm["paraphrase"], norms.bound(norm, norm["iso3"]), norms.in_force(norm)]
            name = f"{words.sentence_case(norm['provision'])}. " if norm["provision"] else ""
            texts.append(name + " ".join(str(part) for part in told if part))
        texts += list(dict.fromkeys(str(norm["url"]) for norm in own if norm["url"]))
        terms.append(Term(f"{own[0]['short']} ({norms.sealed(own)})", texts))
    lead = _("Paraphrased by this program's authors in English; the instrument's own text decides.")
    return Section(_("Norms"), "", [Paragraph(lead, "muted"), Terms(terms)])


def helpers_section(answer: Row) -> Section | None:
    """Who can help with what is raised."""
    raised = [x for x in answer["flags"] if x["status"] == FlagStatus.RAISED.value]
    names = dict.fromkeys(name for card in raised for name in card["helper_ids"])
    if not names:
        return None
    helpers = [answer["helpers"][name] for name in names]
    items = [
        ": ".join(filter(None, [str(x["name"]), str(x["helps"] or ""), str(x["url"] or "")]))
        for x in helpers
    ]
    return Section(_("Who can help"), "", [Bullets(items)])
