"""One line -> two numbers of a projected system, with the labels that say which is which."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cetm_geo.coordinates.degrees import NoPair, Pair
from cetm_geo.coordinates.spelling import AXIS_OF, AXIS_WORDS, FILLERS, LETTERS

EXPECTED = "two numbers in metres, such as 512345.5 8512345"
_POINT = r"\d+(?:\.\d+)?"
_EITHER = r"\d+(?:[.,]\d+)?"
_START, _END = r"(?<![\d.,])[-+]?(?:", r")(?![\d]|[.,]\d)"
# In turn: 512345.5; 512,345.50; 512.345,50; 512345,5; 512 345,5; the first that gives two fits.
# With each: what stands between its thousands.
_SPELLINGS = tuple(
    (thousands, re.compile(_START + body + _END))
    for thousands, body in (
        ("", _POINT),
        (",", rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|{_POINT}"),
        (".", rf"\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?|{_EITHER}"),
        ("", _EITHER),
        (" ", rf"\d{{1,3}}(?: \d{{3}})+(?:[.,]\d+)?|{_EITHER}"),
        ("'", rf"\d{{1,3}}(?:'\d{{3}})+(?:[.,]\d+)?|{_POINT}"),
    )
)
_BETWEEN = re.compile(r"[\s,;|:=/()\[\]{}.-]*")
_WORD = re.compile(r"[A-Za-z]+")


def pair_of_metres(text: str) -> Pair:
    """The two numbers of a line in `spelling.plain` text; raises NoPair."""
    order = _order(text)
    # A unit, or a direction glued to it: 512345 m E, 512345mE.
    bare = _WORD.sub(" ; ", text)
    for values in _readings(bare):
        worded = re.match(r"\s*[A-Za-z]{2,}", text)
        label = int(values[0]) if len(values) == 3 and not worded else None
        return Pair(values[-2], values[-1], order, False, label)
    count = len(re.findall(r"\d[\d.,]*", bare))
    raise NoPair(f"{count} number{'s' if count != 1 else ''} where one corner has two")


def _readings(bare: str) -> Iterator[list[float]]:
    for thousands, spelling in _SPELLINGS:
        found = spelling.findall(bare)
        rest = spelling.sub(" ", bare)
        if not _BETWEEN.fullmatch(rest) or re.search(r"\S-(?!\S)", rest):
            continue
        if len(found) == 2 or (len(found) == 3 and re.fullmatch(r"\d{1,5}", found[0])):
            yield [_value(part, thousands) for part in found]


def _value(text: str, thousands: str) -> float:
    grouped = thousands and re.match(rf"[-+]?\d{{1,3}}{re.escape(thousands)}\d{{3}}", text)
    return float((text.replace(thousands, "") if grouped else text).replace(",", "."))


def _order(text: str) -> int | None:
    """0 if the labels name easting first, 1 if northing; None where they do not say."""
    named: list[tuple[str, int]] = []
    starts = [m.start() for m in re.finditer(r"\d[\d.,]*", text)]
    for found in _WORD.finditer(text):
        axis = _axis(found[0].casefold())
        if axis:
            named.append((axis, sum(start < found.start() for start in starts)))
        elif starts and found.start() > starts[0] and not _is_unit(found[0]):
            raise NoPair(f"{found[0]!r} is no part of a coordinate")
    axes = [axis for axis, _ in named]
    if len(set(axes)) == 2:
        return int(axes[0] == "lat")
    if len(axes) > 1:
        raise NoPair("its labels name the same axis twice")
    if len(axes) == 1 and named[0][1] in (0, len(starts)):
        return int((axes[0] == "lat") == (named[0][1] == 0))
    return None


def _axis(word: str) -> str:
    word = word.removeprefix("m") if word in ("me", "mn", "ms") else word
    return AXIS_WORDS.get(word, "") or AXIS_OF.get(LETTERS.get(word, ""), "")


def _is_unit(word: str) -> bool:
    return word.casefold() in ("m", "metres", "meters", "metros") or word.casefold() in FILLERS
