"""docs/norms.md: norms by subject, national law by country, who can help, who is in what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from cetm_geo.model.rules import CountryPack, Helper, Membership, Norm, NormKind, Rulebook
from cetm_geo.rulebook.binding import (
    GROUPS,
    OPEN,
    country_name,
    holds,
    is_party,
)
from cetm_geo.rulebook.codes import country_names, is_user_assigned
from cetm_geo.rulebook.norms import (
    KINDS,
    SUBJECTS,
    UNVERIFIED,
    day_of_norms,
    subject_label,
)
from cetm_geo.rulebook.spans import first_day, last_day
from cetm_geo.words import day, plural, sentence_case

PAGE = "norms.md"
_MANY = 16  # so many codes are listed; more are counted
_HEAD = """# Norms

Generated from `cetm_geo/rules/` by `python -m cetm_geo.reference`; change the rules, not this page.

What rules and countries cite, as of {day}: {provisions} of {instruments}.
{unverified} of them are marked **{mark}**.

Nothing here is legal advice. The words are ours; the instrument's own text decides. A screening
says what a site touches, never that a norm is broken.

- *Verified* means that a page or file that shows the provision was opened; the evidence says which.
  The rest is recalled or taken from others, and is marked wherever it appears.
- *Whom it binds.* A treaty binds States that are parties to it. **A country without a record is not
  said to be outside**: its place is not known. A signature alone does not bind. Declarations,
  decisions, resolutions, guidance, policies and voluntary standards do not bind in themselves.
- *In force* is as of {day}; what has ended is historical and shown for that reason alone.
"""
_WHO_CAN_HELP = """
## Who can help

Partnerships, initiatives and communities of practice. To be named here is no endorsement, of them
or by them.
"""
_TREATIES = """
## Treaties and standards: who is on record

A signature counts as *not known since* where nobody checked whether a ratification came after it.

| short name | parties | leaving open | signed | not known since | out | rows not verified |
|---|---|---|---|---|---|---|
"""


def page(rulebook: Rulebook, as_of: date | None = None) -> str:
    """The whole text of docs/norms.md.

    Args:
        as_of: the day that dates are held against; None = the day the norms were last gone through.
    """
    when = as_of or day_of_norms()
    international = [n for n in rulebook.norms.values() if n.kind != NormKind.NATIONAL_LAW]
    parts = [
        _intro(rulebook, international, when),
        *_subjects(international, rulebook.memberships, when),
        *_national(rulebook.packs, when),
        *_helpers(rulebook.helpers.values()),
        *_groups(rulebook.memberships, rulebook.packs, when),
        _treaties(rulebook.memberships, when),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _intro(rulebook: Rulebook, norms: Sequence[Norm], when: date) -> str:
    every = {n.id: n for p in rulebook.packs.values() for n in p.norms} | {n.id: n for n in norms}
    instruments = len({n.instrument for n in every.values()})
    return _HEAD.format(
        day=day(when.isoformat()),
        provisions=plural(len(every), "provision"),
        instruments=plural(instruments, "instrument"),
        unverified=sum(not n.verified for n in every.values()),
        mark=UNVERIFIED,
    )


# --- norms ---------------------------------------------------------------------------------------


def _subjects(
    norms: Sequence[Norm], memberships: Sequence[Membership], when: date
) -> Iterator[str]:
    subjects = [*SUBJECTS, *sorted({n.subject for n in norms} - set(SUBJECTS))]
    yield "## By subject"
    for subject in subjects:
        held = [n for n in norms if n.subject == subject]
        if held:
            yield f"### {subject_label(subject)}"
            yield from _instruments(held, memberships, when)


def _instruments(
    norms: Sequence[Norm], memberships: Sequence[Membership], when: date
) -> Iterator[str]:
    for _, group in groupby(norms, key=_identity):
        same = list(group)
        seen = {n.evidence for n in same if n.verified}
        shared = seen.pop() if len(seen) == 1 and sum(n.verified for n in same) > 1 else ""
        lines = [_instrument(same[0], memberships, when, shared)]
        yield "\n".join([*lines, "", *(_provision(norm, shared) for norm in same)])


def _identity(norm: Norm) -> tuple[object, ...]:
    return (norm.instrument, norm.kind, norm.url, norm.in_force_from, norm.in_force_to)


def _instrument(norm: Norm, memberships: Sequence[Membership], when: date, shared: str) -> str:
    told = [
        f"{KINDS[norm.kind]}, [{_site(norm.url)}]({norm.url})",
        _dates(norm, when),
        _whom(norm, memberships, when),
        f"Evidence: {shared}" if shared else "",
    ]
    head = f"**{norm.short}**" + (f" ({norm.instrument})" if norm.instrument != norm.short else "")
    return f"{head}: " + ". ".join(sentence_case(t) if i else t for i, t in _given(told)) + "."


def _given(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    return enumerate(text for text in texts if text)


def _site(url: str) -> str:
    return url.split("/")[2].removeprefix("www.")


def _dates(norm: Norm, when: date) -> str:
    told = [f"adopted {day(norm.adopted)}"] if norm.adopted else []
    if norm.in_force_from:
        ahead = (first_day(norm.in_force_from) or when) > when
        word = "not in force before" if ahead else "in force from"
        told.append(f"{word} {day(norm.in_force_from)}")
    if norm.in_force_to:
        ended = (last_day(norm.in_force_to) or when) < when
        mark = "**historical: ended {}**" if ended else "until {}"
        told.append(mark.format(day(norm.in_force_to)))
    return ", ".join(told)


def _whom(norm: Norm, memberships: Sequence[Membership], when: date) -> str:
    """Whom a norm binds, and whom it speaks to."""
    to = ", ".join(norm.applies_to)
    rows = [m for m in memberships if m.group == norm.short]
    known = plural(_parties(rows, when), "country", "countries")
    many = len(norm.binding_on) > _MANY
    codes = f"{len(norm.binding_on)} countries" if many else ", ".join(norm.binding_on)
    if norm.kind == NormKind.TREATY:
        told = f"{known} on record" if rows else codes or "no record here of which"
        return f"binds States that are parties: {told}"
    if norm.kind == NormKind.NATIONAL_LAW:
        return f"binds in its country; speaks to {to}"
    if norm.kind == NormKind.REGULATION:
        return f"binds in {codes or 'countries not listed here'}; speaks to {to}"
    told = f"not binding in itself; speaks to {to}" + (f"; for {codes}" if codes else "")
    return told + (f"; {known} on record as taking it on" if rows else "")


def _parties(rows: Sequence[Membership], when: date) -> int:
    return sum(is_party(rows, {}, m, rows[0].group, when) is True for m in {m.iso3 for m in rows})


def _provision(norm: Norm, shared: str) -> str:
    told = [f"- `{norm.id}` **{sentence_case(norm.provision)}**. {norm.paraphrase}"]
    if not norm.verified:
        told.append(f"**{sentence_case(UNVERIFIED)}** ({norm.evidence or 'no source'}).")
    elif norm.evidence != shared:
        told.append(f"Evidence: {norm.evidence}.")
    if norm.note:
        told.append(f"*{norm.note}*")
    numbers = ", ".join(map(str, norm.principles))
    plural_s = "s" if len(norm.principles) > 1 else ""
    serves = [", ".join(norm.pillars), f"principle{plural_s} {numbers}" if numbers else ""]
    return " ".join(told) + f" ({'; '.join(filter(None, serves))})"


def _national(packs: Mapping[str, CountryPack], when: date) -> Iterator[str]:
    yield "## National law, by country"
    for iso3, pack in sorted(packs.items()):
        if pack.norms:
            invented = " (an invented country)" if is_user_assigned(iso3) else ""
            yield f"### {pack.label}{invented}"
            yield from _instruments(pack.norms, (), when)


# --- helpers -------------------------------------------------------------------------------------


def _helpers(helpers: Iterable[Helper]) -> Iterator[str]:
    yield _WHO_CAN_HELP
    by_subject: dict[str, list[Helper]] = {}
    for helper in helpers:
        by_subject.setdefault(helper.subject, []).append(helper)
    for subject, held in by_subject.items():
        yield f"### {subject_label(subject)}"
        yield "\n".join(_helper(helper) for helper in held)


def _helper(helper: Helper) -> str:
    told = f"- `{helper.id}` **[{helper.name}]({helper.url})**, for {helper.helps}. "
    told += helper.paraphrase
    evidence = helper.evidence or "no source"
    told += (
        f" Evidence: {evidence}."
        if helper.verified
        else f" **{sentence_case(UNVERIFIED)}** ({evidence})."
    )
    return told + (f" *{helper.note}*" if helper.note else "")


# --- who is in what ------------------------------------------------------------------------------


def _groups(
    memberships: Sequence[Membership], packs: Mapping[str, CountryPack], when: date
) -> Iterator[str]:
    yield f"## Groups of countries, as of {day(when.isoformat())}"
    for group, label in GROUPS.items():
        rows = [m for m in memberships if m.group == group]
        held = [m for m in rows if holds(m, when)]
        plain = sorted(country_name(m.iso3, packs) for m in held)
        unverified = sum(not m.verified for m in held)
        told = [f"### {group}: {label}", "", f"{len(held)} on record: {', '.join(plain)}."]
        if unverified:
            told += ["", f"**{sentence_case(UNVERIFIED)}**: {unverified} of these."]
        told += ["", *(_change(m, packs, when) for m in rows if m.valid_to)]
        yield "\n".join(told)


def _change(membership: Membership, packs: Mapping[str, CountryPack], when: date) -> str:
    """A country that leaves, has left, or of which that is not decided."""
    ended = day(membership.valid_to)
    word = f"{'leaves' if holds(membership, when) else 'left'} on {ended}"
    if membership.status == OPEN:
        word = f"**open**, due to leave on {ended}, counted as a member until that is decided"
    mark = "" if membership.verified else f" **{sentence_case(UNVERIFIED)}.**"
    name, source = country_name(membership.iso3, packs), sentence_case(membership.source)
    return f"- {name}: {word}. {source}.{mark}"


def _treaties(memberships: Sequence[Membership], when: date) -> str:
    lines = []
    for short in dict.fromkeys(m.group for m in memberships if m.group not in GROUPS):
        rows = [m for m in memberships if m.group == short]
        signed = [m for m in rows if m.status == "signed"]
        counts = (
            _parties(rows, when),
            sum(m.status == OPEN for m in rows),
            sum(m.verified for m in signed),
            sum(not m.verified for m in signed),
            sum(m.status in ("suspended", "withdrawn", "not_implementing") for m in rows),
            sum(not m.verified for m in rows),
        )
        lines.append(f"| {short} | {' | '.join(map(str, counts))} |")
    rest = len(country_names())
    return (
        _TREATIES.strip("\n")
        + "\n"
        + "\n".join(lines)
        + (
            f"\n\nOf the {rest} countries and territories of ISO 3166, those without a row in "
            "`parties.csv` have no record here. Each row names its source and day."
        )
    )
