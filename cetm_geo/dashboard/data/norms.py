"""The norms that rules and countries cite, by subject, and who can help. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.norms import norms_view
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.data.rules import Book
from cetm_geo.dashboard.figures import Component, english, web_link
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import Helper, Norm

SUBJECTS = Spoken(
    {
        "framework": N_("Pillars and principles"),
        "world_heritage": N_("World Heritage"),
        "wetlands": N_("Wetlands"),
        "protected_areas": N_("Protected areas"),
        "biodiversity": N_("Biodiversity"),
        "indigenous_peoples": N_("Indigenous peoples"),
        "tenure": N_("Tenure that is not Indigenous"),
        "communities": N_("Communities"),
        "participation": N_("Participation"),
        "access_to_information": N_("Access to information"),
        "human_rights": N_("Human rights"),
        "resettlement": N_("Resettlement"),
        "cultural_heritage": N_("Cultural heritage"),
        "water": N_("Water"),
        "assessment": N_("Assessment of impacts"),
        "tailings": N_("Tailings"),
        "labour": N_("Work in mines"),
        "small_scale_mining": N_("Small-scale mining"),
        "governance": N_("Governance"),
        "transparency": N_("Transparency"),
        "value_addition": N_("Adding value at home"),
        "trade": N_("Trade and supply"),
        "circularity": N_("Circularity"),
    }
)


def _subject(name: str) -> str:
    return SUBJECTS[name] if name in SUBJECTS else name.replace("_", " ").capitalize()


def norms_page(book: Book) -> Component:
    """Norms by subject; each with what it says, whether that was verified, and whom it binds."""
    norms = _cited(book)
    open_ = sum(not norm.verified for norm in norms)
    note = _(
        "In our own words; the instrument's own text decides. A treaty binds its parties; "
        "declarations, decisions, guidance and voluntary standards do not bind in themselves. A "
        "country without a record is not said to be outside."
    )
    told = words.counted(
        "{n} provision is not yet verified.", "{n} provisions are not yet verified.", open_
    )
    return section(
        _("Norms"),
        words.counted("{n} provision", "{n} provisions", len(norms)),
        html.P(f"{note} {told}" if open_ else note, className="muted"),
        *(_of_subject(name, own, book) for name, own in _by_subject(norms)),
        name="norms",
    )


def _cited(book: Book) -> list[Norm]:
    """All of the rulebook, and of national laws those of the store's own country."""
    rulebook = book.stock.rulebook
    pack = rulebook.packs.get(book.iso3)
    own = pack.norms if pack else ()
    others = {n.id for p in rulebook.packs.values() for n in p.norms} - {n.id for n in own}
    held = {n.id: n for n in (*rulebook.norms.values(), *own) if n.id not in others}
    return list(held.values())


def _by_subject(norms: Sequence[Norm]) -> Iterable[tuple[str, list[Norm]]]:
    order = list(SUBJECTS)

    def place(norm: Norm) -> int:
        return order.index(norm.subject) if norm.subject in order else len(order)

    ordered = sorted(norms, key=place)
    return [(name, list(own)) for name, own in groupby(ordered, key=lambda norm: norm.subject)]


def _of_subject(name: str, norms: Sequence[Norm], book: Book) -> Component:
    """Its instruments, folded."""
    ids = [norm.id for norm in norms]
    rows = book.maker.norms([{"norm_ids": ids}], (book.iso3,) if book.iso3 else ())
    return html.Div(
        [html.H3(_subject(name)), *norms_view([rows[i] for i in ids], book.iso3)],
        className="norm-subject",
        **attrs({"data-part": f"norms-{name}"}),
    )


# --- who can help --------------------------------------------------------------------------------


def helpers_view(book: Book) -> Component:
    """Partnerships, initiatives and communities of practice."""
    helpers = book.stock.rulebook.helpers.values()
    note = _("To be named here is no endorsement, of them or by them.")
    rows = [_helper(helper) for helper in helpers]
    return section(
        _("Who can help"),
        words.counted("{n} initiative", "{n} initiatives", len(rows)),
        html.P(note, className="muted"),
        html.Ul(rows, className="helper-list"),
        name="helpers",
    )


def _helper(helper: Helper) -> Component:
    told = f"{words.sentence_case(helper.helps)}. {helper.paraphrase}"
    return html.Li(
        [
            html.B(web_link(helper.name, helper.url)),
            html.Span(_subject(helper.subject), className="muted"),
            None if helper.verified else html.Span(_("not yet verified"), className="unverified"),
            html.P(told, **english()),
        ]
    )
