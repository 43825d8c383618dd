"""Filters in words: chips that take one away, the whole query as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from cetm_geo import words
from cetm_geo.language import N_, Spoken, _, chosen
from cetm_geo.model import SiteStatus, Stage, Tier
from cetm_geo.rulebook.minerals import label_of
from cetm_geo.web.filters import (
    FULLY,
    NOT_STATED,
    PARTLY,
    WORDS,
    Filters,
    plain_number,
    query_of,
    written,
    written_place,
)

# What is put into `data-go` to ask for every title again.
CLEAR = "&".join(f"{word}=" for word in WORDS)

STAGES = Spoken(
    {
        Stage.RECONNAISSANCE: N_("Reconnaissance"),
        Stage.EXPLORATION: N_("Exploration"),
        Stage.MINING: N_("Mining"),
        Stage.QUARRY: N_("Quarry"),
        Stage.SMALL_SCALE: N_("Small-scale mining"),
        Stage.PROCESSING: N_("Processing"),
        Stage.CLOSED: N_("Closed"),
        Stage.UNKNOWN: N_("Stage not stated"),
    }
)
SCREENED = Spoken({FULLY: N_("Fully screened"), PARTLY: N_("Not fully screened")})


@dataclass(frozen=True)
class Names:
    """What ids in filters are called, in the language in force; an id without a name stands itself.

    places: by layer and feature.
    """

    layers: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chip:
    """One choice in force. go: what to put into the address to be rid of it."""

    word: str
    label: str
    go: str


def chips(filters: Filters, names: Names) -> list[Chip]:
    """A chip for each choice, in the order of the words of the address."""
    found = []
    for word in query_of(filters):
        several = _SEVERAL.get(word)
        if several is None:
            said = words.sentence_case(clause(word, filters, names))
            found.append(Chip(word, said, f"{word}="))
            continue
        attribute, label = several
        values = getattr(filters, attribute)
        for value in values:
            others: Any = {attribute: tuple(x for x in values if x != value)}
            rest = replace(filters, **others)
            found.append(Chip(word, label(value, names), change(word, rest)))
    return found


def change(word: str, filters: Filters) -> str:
    """What to put into the address so that it asks for what `filters` ask by `word`."""
    return urlencode({word: query_of(filters).get(word, "")})


def with_value(word: str, value: str) -> str:
    """A choice of one value, as `data-toggle` and `data-go` hold it."""
    return urlencode({word: written((value,)) if word in _SEVERAL else value})


def sentence(filters: Filters, names: Names) -> str:
    """The query in words: Tier high or critical, gold, in force."""
    said = [clause(word, filters, names) for word in query_of(filters)]
    return words.sentence_case(", ".join(said))


def asks(word: str, filters: Filters) -> bool:
    """True if this word of the address is in force."""
    return word in query_of(filters)


def clause(word: str, filters: Filters, names: Names) -> str:
    """What one word of the address asks for, as a part of a sentence."""
    if word in _ALONE:
        return _ALONE[word](filters)
    attribute, label = _SEVERAL[word]
    said = either([label(value, names) for value in getattr(filters, attribute)])
    return _(_CLAUSES[word]).format(names=said) if word in _CLAUSES else said


def either(names: Sequence[str]) -> str:
    """Gold; gold or iron; gold, iron or tin; of many, how many more."""
    if len(names) < 2:
        return "".join(names)
    if len(names) > 4:
        return words.listed(list(names), 3)
    return _("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])


def mineral(mineral_id: str) -> str:
    """What a mineral is called."""
    if mineral_id == NOT_STATED:
        return _("Mineral not stated")
    return words.sentence_case(label_of(mineral_id, chosen()))


def holder(name: str) -> str:
    """A holder as the register has it."""
    return _("Holder not stated") if name == NOT_STATED else name


def status(word: str) -> str:
    """A status or a group of them."""
    groups = words.STATUS_GROUP_LABELS
    return groups[word] if word in groups else words.sentence_case(words.STATUSES[SiteStatus(word)])


def _place(place: tuple[str, str], names: Names) -> str:
    return names.places.get(place) or written_place(*place)


_SEVERAL: Mapping[str, tuple[str, Callable[[Any, Names], str]]] = {
    "tier": ("tiers", lambda value, _names: words.TIERS[Tier(value)].label),
    "rule": ("rules", lambda value, names: names.rules.get(value, value)),
    "status": ("statuses", lambda value, _names: status(value)),
    "stage": ("stages", lambda value, _names: STAGES[value]),
    "holder": ("holders", lambda value, _names: holder(value)),
    "mineral": ("minerals", lambda value, _names: mineral(value)),
    "list": ("lists", lambda value, names: names.lists.get(value, value)),
    "layer": ("layers", lambda value, names: names.layers.get(value, value)),
    "in": ("places", _place),
}
_CLAUSES = {
    "tier": N_("tier {names}"),
    "rule": N_("flag: {names}"),
    "holder": N_("held by {names}"),
    "list": N_("on the list: {names}"),
    "layer": N_("overlapping {names}"),
    "in": N_("on {names}"),
}


def _text(filters: Filters) -> str:
    return f"“{filters.text}”"


def _area(filters: Filters) -> str:
    least, most = filters.area_km2
    if least is None:
        return _("at most {most} km²").format(most=_km2(most or 0))
    if most is None:
        return _("at least {least} km²").format(least=_km2(least))
    return _("{least} to {most} km²").format(least=_km2(least), most=_km2(most))


def _km2(value: float) -> str:
    """A bound with the digits it was given in."""
    return words.number(value, len(plain_number(value).partition(".")[2]))


def _granted(filters: Filters) -> str:
    first, last = filters.granted
    if not first:
        return _("granted until {last}").format(last=words.day(last))
    if not last:
        return _("granted from {first} on").format(first=words.day(first))
    return _("granted {first} to {last}").format(first=words.day(first), last=words.day(last))


_ALONE: Mapping[str, Callable[[Filters], str]] = {
    "q": _text,
    "screened": lambda filters: SCREENED[filters.screened],
    "area": _area,
    "granted": _granted,
    "box": lambda _filters: _("inside the map's view"),
    "ids": lambda filters: words.counted("{n} chosen title", "{n} chosen titles", len(filters.ids)),
}
