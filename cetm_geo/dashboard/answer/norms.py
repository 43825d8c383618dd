"""Norms on a card: an instrument a line, each with whether its text was verified; opened, what each
provision says and whom it binds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.figures import Component, english, web_link
from cetm_geo.language import N_, Spoken, _, chosen, ngettext
from cetm_geo.rulebook.binding import Bound

_BOUND = Spoken(
    {
        Bound.BINDS: N_("Binds here"),
        Bound.DOES_NOT_BIND: N_("Does not bind here"),
        Bound.NOT_KNOWN: N_("Not known whether it binds here"),
        Bound.VOLUNTARY: N_("Not binding in itself"),
    }
)


def norms_view(norms: Sequence[Row], iso3: str | None) -> list[Component]:
    """The norms of a card by instrument, in their order; verified ones apart from others."""

    return [_instrument(own, iso3) for own in by_instrument(norms)]


def by_instrument(norms: Sequence[Row]) -> list[list[Row]]:
    """Norms by instrument, in their order; verified ones apart from others."""

    def key(norm: Row) -> tuple[str, bool]:
        return str(norm["short"]), bool(norm["verified"])

    order = list(dict.fromkeys(map(key, norms)))
    listed = sorted(norms, key=lambda norm: order.index(key(norm)))
    return [list(own) for _key, own in groupby(listed, key)]


def _instrument(norms: Sequence[Row], iso3: str | None) -> Component:
    """One instrument's provisions; all of them verified, or none."""
    first = norms[0]
    return html.Details(
        [
            html.Summary([html.Span(cited(norms)), " ", _seal(norms)]),
            *(part for norm in norms for part in _provision(norm, iso3, len(norms) > 1)),
            html.P([first["instrument"], " ", *_links(norms)], className="muted", **english()),
        ],
        className="norm",
    )


def _seal(norms: Sequence[Row]) -> Component:
    kind = "verified" if norms[0]["verified"] else "unverified"
    return html.Span(sealed(norms), className=kind)


def sealed(norms: Sequence[Row]) -> str:
    """Whether the texts of an instrument were verified."""
    count = len(norms)
    if norms[0]["verified"]:
        text = ngettext("text verified", "{n} texts verified", count)
        return text.format(n=words.number(count))
    text = ngettext("norm text not yet verified", "{n} norm texts not yet verified", count)
    return text.format(n=words.number(count))


def cited(norms: Sequence[Row]) -> str:
    """An instrument and its provisions; a word that all of them begin with stands once."""
    short = str(norms[0]["short"])
    provisions = [str(norm["provision"]) for norm in norms if norm["provision"]]
    if not provisions:
        return short
    first, parts = provisions[0], provisions
    head = first.partition(" ")[0]
    if len(provisions) > 1 and all(x.startswith(f"{head} ") for x in provisions):
        parts = [first, *(x.removeprefix(f"{head} ") for x in provisions[1:])]
    return _("{norm}, {provisions}").format(norm=short, provisions=", ".join(parts))


def _provision(norm: Row, iso3: str | None, named: bool) -> list[Component]:
    """What a provision says, and whom it binds. named: under its own name, among several."""
    provision = html.B(f"{words.sentence_case(norm['provision'])}. ") if named else None
    return [
        html.P([provision, norm["paraphrase"]], **english()),
        html.P(" ".join(filter(None, [bound(norm, iso3), in_force(norm)])), className="muted"),
    ]


def bound(norm: Row, iso3: str | None) -> str:
    """Whether it binds the country, and why."""
    told = str(norm["binding_text"].get(iso3 or "", ""))
    if not told:
        return ""
    reason = told.partition(": ")[2]
    word = norm["binding"].get(iso3 or "")
    if word not in set(Bound):
        return f"{words.sentence_case(told)}."
    return _("{bound}: {reason}.").format(bound=_BOUND[Bound(word)], reason=reason)


def in_force(norm: Row) -> str:
    """From when and until when it is in force."""
    since, until = (words.day(norm[key]) if norm[key] else "" for key in _SPAN)
    if since and until:
        return _("In force from {first} to {last}.").format(first=since, last=until)
    if since:
        return _("In force from {first}.").format(first=since)
    return _("In force to {last}.").format(last=until) if until else ""


_SPAN = ("in_force_from", "in_force_to")


def _links(norms: Sequence[Row]) -> list[Any]:
    """The sources of the texts, each address once."""
    urls = list(dict.fromkeys(norm["url"] for norm in norms if norm["url"]))
    label = html.Span(_("Source"), lang=chosen())
    return [part for url in urls for part in (web_link(label, url), " ")]
