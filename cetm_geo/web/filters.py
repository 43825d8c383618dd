"""What titles are wanted, as the address says it: words and values <-> `Filters`.

Several values of one word stand with commas between them, each as `encodeURIComponent` writes it.
Values of one word widen (any of them), words narrow (all of them).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import quote, unquote

from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.model import STATUS_GROUPS, SiteStatus, Stage, Tier

FULLY, PARTLY = "fully", "partly"
NOT_STATED = "not_stated"  # of minerals and holders: the register names none
_UNESCAPED = "!~*'()"  # with letters, digits and _.- what encodeURIComponent leaves as it is
_AREA = re.compile(r"(\d+(?:\.\d+)?)?-(\d+(?:\.\d+)?)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Bounds = tuple[float | None, float | None]
Place = tuple[str, str]  # layer_id, feature_id
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Filters:
    """What a title must match; an empty filter matches all.

    text: words, each in the licence number, name, holder or commodity. screened: FULLY, PARTLY or
    "". rules: of which a flag is raised. statuses: `SiteStatus` or names of `STATUS_GROUPS`.
    minerals, holders: as the store has them, or NOT_STATED. lists: of minerals, one of which is on
    it. layers: overlapped. places: layer and feature it shares land with. area_km2: least, most.
    granted: first and last year or day, "" for open; a title without a day of grant matches none.
    box: west, south, east, north in degrees, which the title's own box meets.
    """

    text: str = ""
    tiers: tuple[str, ...] = ()
    screened: str = ""
    rules: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    minerals: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    area_km2: Bounds = (None, None)
    granted: tuple[str, str] = ("", "")
    box: Box | None = None
    ids: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if every title matches."""
        return not query_of(self)

    def without(self, word: str) -> Filters:
        """The same without what `word` of the address asks for."""
        return replace(self, **{_FIELDS[word]: getattr(Filters(), _FIELDS[word])})

    def statuses_asked(self) -> frozenset[str]:
        """Statuses, with groups as their members."""
        groups = [STATUS_GROUPS.get(word, (word,)) for word in self.statuses]
        return frozenset(str(one) for members in groups for one in members)

    def days_granted(self) -> tuple[date | None, date | None]:
        """First and last day of the grant, None for open."""
        first, last = self.granted
        return (
            date.fromisoformat(first if len(first) > 4 else f"{first}-01-01") if first else None,
            date.fromisoformat(last if len(last) > 4 else f"{last}-12-31") if last else None,
        )


# --- address -> filters --------------------------------------------------------------------------


def filters_of(query: Mapping[str, str]) -> Filters:
    """The filters that the words of an address ask for; other words are no matter of this.

    Args:
        query: word -> value, as `URLSearchParams` gives it: decoded once.

    Raises SiteError naming the word, what it says and how it is written.
    """
    given = {_FIELDS[word]: _READ[word](query[word]) for word in _FIELDS if query.get(word)}
    return Filters(**given)


def values_of(text: str) -> tuple[str, ...]:
    """The values that stand in one word of the address, each once, in order."""
    parts = (unquote(part.strip()) for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _closed(word: str, known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        found = values_of(text)
        for value in found:
            if value not in known:
                _refuse(word, value, _("Write one of {words}.").format(words=", ".join(known)))
        return found

    return read


def _screened(text: str) -> str:
    known = ", ".join((FULLY, PARTLY))
    if text not in (FULLY, PARTLY):
        _refuse("screened", text, _("Write one of {words}.").format(words=known))
    return text


def _places(text: str) -> tuple[Place, ...]:
    out = []
    for value in values_of(text):
        layer, slash, feature = value.partition("/")
        if not (layer and slash and feature):
            _refuse("in", value, _("Write a layer and a feature: in=layer_id/feature_id."))
        out.append((layer, feature))
    return tuple(out)


def _area(text: str) -> Bounds:
    found = _AREA.fullmatch(text.strip())
    hint = _("Write km², least and most: area=10-250, area=10- or area=-250.")
    if not found:
        _refuse("area", text, hint)
    least, most = (float(end) if end else None for end in found.groups())
    if math.inf in (least, most) or (least is not None and most is not None and least > most):
        _refuse("area", text, hint)
    return least, most


def _granted(text: str) -> tuple[str, str]:
    first, dots, last = text.strip().partition("..")
    hint = _("Write years or days: granted=2010..2020, 2015-06-01.. or ..2009.")
    if not dots:
        _refuse("granted", text, hint)
    asked = Filters(granted=(first.strip(), last.strip()))
    for end in filter(None, asked.granted):
        if not (_YEAR.fullmatch(end) or _DAY.fullmatch(end)):
            _refuse("granted", text, hint)
    try:
        start, stop = asked.days_granted()
    except ValueError:
        _refuse("granted", text, hint)
    if start and stop and start > stop:
        _refuse("granted", text, _("The first day comes after the last."))
    return asked.granted


def _box(text: str) -> Box:
    hint = _("Write degrees: box=west,south,east,north.")
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        _refuse("box", text, hint)
    box = (west, south, east, north)
    if not all(map(math.isfinite, box)) or south > north:
        _refuse("box", text, hint)
    return box


def _refuse(word: str, value: str, hint: str) -> NoReturn:
    what = _("The filter {word}={value} cannot be read.").format(word=word, value=value[:80])
    raise SiteError(what, hint)


# --- filters -> address --------------------------------------------------------------------------


def query_of(filters: Filters) -> dict[str, str]:
    """Word -> value of the address, of what is asked for; `filters_of` reads it back."""
    said = {word: _WRITE.get(word, written)(getattr(filters, f)) for word, f in _FIELDS.items()}
    return {word: text for word, text in said.items() if text}


def written(values: tuple[str, ...]) -> str:
    """Values as one word of the address holds them."""
    return ",".join(quote(value, safe=_UNESCAPED, errors="replace") for value in values)


def written_place(layer_id: str, feature_id: str) -> str:
    """A place as a value of `in`, before it is encoded."""
    return f"{layer_id}/{feature_id}"


def _written_range(bounds: Bounds) -> str:
    ends = ["" if end is None else plain_number(end) for end in bounds]
    return "-".join(ends) if any(ends) else ""


def _written_box(box: Box | None) -> str:
    return ",".join(map(plain_number, box)) if box else ""


def plain_number(value: float) -> str:
    """A number with all its digits and no exponent: 0.00001, 250."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _same(text: str) -> str:
    return text


_FIELDS: Mapping[str, str] = {
    "q": "text",
    "tier": "tiers",
    "screened": "screened",
    "rule": "rules",
    "status": "statuses",
    "stage": "stages",
    "holder": "holders",
    "mineral": "minerals",
    "list": "lists",
    "layer": "layers",
    "in": "places",
    "area": "area_km2",
    "granted": "granted",
    "box": "box",
    "ids": "ids",
}
WORDS = tuple(_FIELDS)
_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(WORDS, values_of),
    "q": str.strip,
    "tier": _closed("tier", tuple(Tier)),
    "screened": _screened,
    "status": _closed("status", (*STATUS_GROUPS, *SiteStatus)),
    "stage": _closed("stage", tuple(Stage)),
    "in": _places,
    "area": _area,
    "granted": _granted,
    "box": _box,
}
_WRITE: Mapping[str, Callable[[Any], str]] = {
    "q": str.strip,
    "screened": _same,
    "in": lambda places: written(tuple(written_place(*place) for place in places)),
    "area": _written_range,
    "granted": lambda ends: "..".join(ends) if any(ends) else "",
    "box": _written_box,
}
