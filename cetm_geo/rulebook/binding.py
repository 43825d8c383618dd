"""What binds whom on a day: memberships of groups and treaties, and what a norm is to a country.

A country without a row is one of which nothing is on record; it is never said to be no party.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from babel.core import get_global

from cetm_geo.language import N_, SOURCE, _, chosen, locale
from cetm_geo.model.rules import CountryPack, Membership, Norm, NormKind
from cetm_geo.rulebook.codes import country_names, is_user_assigned
from cetm_geo.rulebook.norms import in_force
from cetm_geo.rulebook.spans import first_day
from cetm_geo.words import day

# Groups of countries, and what they are called.
GROUPS: Mapping[str, str] = {
    "LDC": "least developed country",
    "LLDC": "landlocked developing country",
    "SIDS": "small island developing State",
}
OPEN = "open"  # an end is set or announced, and whether it comes is not decided: still a member
# Statuses, and what is said of them.
GROUP_STATUSES: Mapping[str, str] = {
    "in_force": "member",
    "scheduled_exit": "member, to leave",
    OPEN: "member, leaving open",
    "ended": "no longer a member",
}
TREATY_STATUSES: Mapping[str, str] = {
    "party": "party",
    OPEN: "party, leaving open",
    "signed": "signed only",
    "implementing": "implements it",
    "not_implementing": "does not implement it",
    "suspended": "suspended",
    "withdrawn": "withdrawn",
    "ended": "no longer a party",
}
_MEMBER = ("in_force", "scheduled_exit", OPEN, "ended")  # ended: until its last day
_PARTY = ("party", "implementing", OPEN, "ended")
_GONE = ("withdrawn", "not_implementing")
_NOT_BINDING: Mapping[NormKind, str] = {
    NormKind.DECLARATION: N_("a declaration: a commitment of States, no treaty"),
    NormKind.DECISION: N_("a decision taken under a convention: policy, no treaty text"),
    NormKind.RESOLUTION: N_("a resolution: it calls on those it names"),
    NormKind.GUIDANCE: N_("guidance"),
    NormKind.REGIONAL_POLICY: N_("a policy that {name} shares in"),
    NormKind.VOLUNTARY_STANDARD: N_("a voluntary standard: holds for those who take it on"),
    NormKind.PRINCIPLE: N_("a voluntary principle"),
    NormKind.PILLAR: N_("a pillar of a voluntary framework"),
}
# Of norms that name the countries they are for.
_ITS_OWN: Mapping[NormKind, str] = {
    NormKind.TREATY: N_("{name} is among its parties"),
    NormKind.REGULATION: N_("law of a region that {name} is part of"),
    NormKind.NATIONAL_LAW: N_("law of {name}"),
}
_NOT_ITS_OWN: Mapping[NormKind, str] = {
    NormKind.TREATY: N_("{name} is not among its parties"),
    NormKind.REGULATION: N_("law of a region that {name} is not part of"),
    NormKind.REGIONAL_POLICY: N_("policy of a region that {name} is not part of"),
    NormKind.NATIONAL_LAW: N_("law of {law_of}"),
}
# Of statuses that hold: what is said with the day since when, and without one.
_STATUS_TEXTS: Mapping[str, tuple[str, str]] = {
    "party": (N_("{name} is a party since {day}"), N_("{name} is a party")),
    OPEN: (
        N_("{name} is a party since {day}; whether it leaves is open"),
        N_("{name} is a party; whether it leaves is open"),
    ),
    "implementing": (N_("{name} implements it since {day}"), N_("{name} implements it")),
    "not_implementing": (N_("{name} does not implement it"),) * 2,
    "suspended": (N_("{name} is suspended since {day}"), N_("{name} is suspended")),
    "withdrawn": (N_("{name} withdrew"),) * 2,
}


class Bound(StrEnum):
    """What a norm is to a country on a day."""

    BINDS = "binds"
    DOES_NOT_BIND = "does_not_bind"
    NOT_KNOWN = "not_known"
    VOLUNTARY = "voluntary"


BOUND_LABELS: Mapping[Bound, str] = {
    Bound.BINDS: N_("binds"),
    Bound.DOES_NOT_BIND: N_("does not bind here"),
    Bound.NOT_KNOWN: N_("not known whether it binds here"),
    Bound.VOLUNTARY: N_("not binding in itself"),
}


@dataclass(frozen=True)
class Binding:
    """Whether a norm binds a country, and the reason in words for display."""

    word: Bound
    reason: str

    @property
    def text(self) -> str:
        """Both in one line: `binds: Cambodia is a party since 28 Feb 1992`."""
        return f"{_(BOUND_LABELS[self.word])}: {self.reason}"


def country_name(iso3: str, packs: Mapping[str, CountryPack]) -> str:
    """What a country is called: by ISO 3166, in other languages than English by CLDR, else by its
    pack; the code itself if by neither."""
    if iso3 in packs and is_user_assigned(iso3):
        return packs[iso3].label
    return _in_language(iso3) or country_names().get(iso3, iso3)


def _in_language(iso3: str) -> str:
    """A country's name in the language in force, "" in English or where CLDR has none."""
    if chosen() == SOURCE or not iso3:
        return ""
    codes = get_global("territory_aliases").get(iso3) or [""]
    return str(locale().territories.get(codes[0], ""))


def memberships_of(
    memberships: Iterable[Membership], packs: Mapping[str, CountryPack], iso3: str, as_of: date
) -> tuple[Membership, ...]:
    """A country's memberships on a day, of groups and of treaties; signatures and suspensions too.

    Args:
        memberships: of the real lists. An invented country has those of its own pack, and no other.
    """
    return tuple(
        m for m in _rows(memberships, packs, iso3) if m.status not in _GONE and holds(m, as_of)
    )


def holds(membership: Membership, as_of: date) -> bool:
    """True from its first day until the day it ends; one that is open holds beyond that day."""
    start, end = first_day(membership.valid_from), first_day(membership.valid_to)
    begun = start is None or start <= as_of
    return begun and (end is None or as_of < end or membership.status == OPEN)


def is_member(
    memberships: Iterable[Membership],
    packs: Mapping[str, CountryPack],
    iso3: str,
    group: str,
    as_of: date,
) -> bool:
    """Whether a country is in LDC, LLDC or SIDS on a day: these lists are whole."""
    return any(
        m.group == group and m.status in _MEMBER and holds(m, as_of)
        for m in _rows(memberships, packs, iso3)
    )


def is_party(
    memberships: Iterable[Membership],
    packs: Mapping[str, CountryPack],
    iso3: str,
    short: str,
    as_of: date,
) -> bool | None:
    """Whether a country is bound by a treaty, or implements a standard, on a day.

    None where there is no record, and where a signature is on record without a check of whether a
    ratification came after it. A signature alone is not a party.

    Args:
        short: the treaty's short name, as its norms have it.
    """
    rows = [m for m in _rows(memberships, packs, iso3) if m.group == short]
    if any(m.status in _PARTY and holds(m, as_of) for m in rows):
        return True
    unsure = any(m.status == "signed" and not m.verified and holds(m, as_of) for m in rows)
    return None if unsure or not rows else False


def binds(
    norm: Norm,
    iso3: str,
    memberships: Iterable[Membership],
    packs: Mapping[str, CountryPack],
    as_of: date,
) -> Binding:
    """What a norm is to a country on a day, with the reason.

    Args:
        iso3: "" where the country is not known.
        memberships: of the real lists, as for `memberships_of`.
    """
    name = country_name(iso3, packs) or _("this country")
    if not in_force(norm, as_of):
        ahead = (first_day(norm.in_force_from) or as_of) > as_of
        told = _("from {day}") if ahead else _("ended {day}")
        at = day(norm.in_force_from if ahead else norm.in_force_to)
        return Binding(Bound.DOES_NOT_BIND, told.format(day=at))
    rows = [m for m in _rows(memberships, packs, iso3) if m.group == norm.short]
    if norm.kind == NormKind.TREATY and (rows or not norm.binding_on):
        return _by_record(is_party(rows, {}, iso3, norm.short, as_of), rows, name, as_of)
    if norm.binding_on and iso3 not in norm.binding_on:
        told = _(_NOT_ITS_OWN.get(norm.kind, N_("of other countries than {name}")))
        law_of = ", ".join(country_name(code, packs) for code in norm.binding_on)
        return Binding(Bound.DOES_NOT_BIND, told.format(name=name, law_of=law_of))
    if norm.kind in _NOT_BINDING:
        told = _(_NOT_BINDING[norm.kind]).format(name=name)
        return Binding(Bound.VOLUNTARY, "; ".join([told, *(_said(m, name, as_of) for m in rows)]))
    if not norm.binding_on:
        told = _("no record whether it holds in {name}").format(name=name)
        return Binding(Bound.NOT_KNOWN, told)
    told = _(_ITS_OWN.get(norm.kind, N_("holds in {name}"))).format(name=name)
    return Binding(Bound.BINDS, _marked(told, norm))


def _by_record(party: bool | None, rows: list[Membership], name: str, as_of: date) -> Binding:
    if not rows:
        told = _("no record whether {name} is a party").format(name=name)
        return Binding(Bound.NOT_KNOWN, told)
    told = "; ".join(_said(m, name, as_of) for m in rows)
    words = {True: Bound.BINDS, False: Bound.DOES_NOT_BIND, None: Bound.NOT_KNOWN}
    return Binding(words[party], told)


def _said(membership: Membership, name: str, as_of: date) -> str:
    """One membership as a clause: `Cambodia is a party since 28 Feb 1992`."""
    status, since = membership.status, membership.valid_from
    told = {"name": name, "day": day(since), "ended": day(membership.valid_to)}
    if status == "signed":
        return _signed(membership).format(**told)
    if not holds(membership, as_of):
        ahead = (first_day(since) or as_of) > as_of
        text = (
            _("{name} is a party from {day}")
            if ahead
            else _("{name} was a party until {ended}")
            if membership.valid_to
            else _("{name} was a party")
        )
        return _marked(text.format(**told), membership)
    of_day, of_no_day = _STATUS_TEXTS.get(status, (N_("{name}: {status}"),) * 2)
    text = _(of_day if since else of_no_day)
    return _marked(text.format(**told, status=status), membership)


def _signed(membership: Membership) -> str:
    if membership.verified:
        if membership.valid_from:
            return _("{name} signed on {day} and is no party")
        return _("{name} signed and is no party")
    if membership.valid_from:
        return _("{name} signed on {day}; no record of what followed")
    return _("{name} signed; no record of what followed")


def _marked(told: str, record: Membership | Norm) -> str:
    return told if record.verified else _("{said} (not verified)").format(said=told)


def membership_text(membership: Membership) -> str:
    """A membership in words: `LDC until 19 Dec 2029`, `LDC; leaving on 24 Nov 2026 is open`."""
    told = membership.group
    end = day(membership.valid_to) if membership.valid_to else ""
    if membership.status == OPEN:
        told += f"; leaving on {end} is open" if end else "; whether it leaves is open"
    elif membership.group in GROUPS:
        told += f" until {end}" if end else ""
    else:
        told += f": {TREATY_STATUSES.get(membership.status, membership.status)}"
        told += f", {day(membership.valid_from)}" if membership.valid_from else ""
    return _marked(told, membership)


def _rows(
    memberships: Iterable[Membership], packs: Mapping[str, CountryPack], iso3: str
) -> Iterable[Membership]:
    if is_user_assigned(iso3) and iso3 in packs:
        return packs[iso3].memberships
    return (m for m in memberships if m.iso3 == iso3)
