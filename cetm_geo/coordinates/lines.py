"""The lines of a text of corners -> pairs of numbers; every bad line is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cetm_geo.coordinates import spelling, zones
from cetm_geo.coordinates.degrees import NoPair, Pair
from cetm_geo.errors import CoordinatesUnreadable

MAX_CORNERS = 2000
_MOST_HEADERS = 50
_LONGEST_LINE = 300
_MOST_DIGIT_GROUPS = 20  # a corner in degrees, minutes and seconds with all decimals has eight
_SHOWN = 60  # characters of a bad line that an error repeats
_NAMED_IN_FULL = 20


@dataclass(frozen=True)
class Line:
    """A line with its two numbers, and the UTM zone that holds for it."""

    number: int
    text: str
    pair: Pair
    zone: zones.Zone | None = None


@dataclass(frozen=True)
class Text:
    """The lines of a text, what it says of its system, and the axes its title names.

    sides: S or W where the title says that all its numbers are south or west.
    """

    lines: tuple[tuple[int, str, zones.Zone | None], ...]
    crs: str
    datum: str
    zoned: bool
    order: int | None
    sides: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bad:
    """A line that is no corner, and why, as a clause."""

    number: int
    text: str
    why: str


def prepare(text: str) -> Text:
    """The lines that may be corners; titles give their zone, CRS and axes and are left out."""
    written = [(i, line[: _LONGEST_LINE + 1]) for i, line in _numbered(text) if line.strip()]
    numbered = [(i, spelling.plain(line)) for i, line in written[: MAX_CORNERS + _MOST_HEADERS + 1]]
    if len(numbered) > MAX_CORNERS + _MOST_HEADERS:
        raise CoordinatesUnreadable(
            f"{len(written)} corners are too many.", f"Give at most {MAX_CORNERS}."
        )
    system = [spelling.epsg_of(line) for _, line in numbered]
    datums = [spelling.datum_of(line) for _, line in numbered]
    cleaned = [(i, spelling.without_system(line)) for i, line in numbered]
    if spelling.lettered([line for _, line in cleaned if re.search(r"\d", line)]):
        cleaned = [(i, re.sub(r"^\s*[A-Za-z](?=[\s,;:.)\]-]|\d)", " ", x)) for i, x in cleaned
                   ]  # fmt: skip
    zoned = any(zones.has_metres(line) for _, line in cleaned)
    lines, order, zone = [], None, None
    sides: frozenset[str] = frozenset()
    for number, line in cleaned:
        found, rest = zones.zone_of(line) if zoned else (None, line)
        if re.search(r"\d", rest) or len(line) > _LONGEST_LINE:
            lines.append((number, rest, found or zone))
            continue
        zone = found or zone
        named = spelling.axes_of_title(rest)
        if not lines:
            order = int(named[0] == "lat") if len(named) == 2 else order
            sides |= spelling.sides_of_title(rest)
        elif not found and not named and rest.strip():
            lines.append((number, rest, zone))  # words among corners: a corner may be lost there
    if zone is None and zoned:
        zone = next((z for _, _, z in reversed(lines) if z), None)
    filled = tuple((n, x, z or zone) for n, x, z in lines)
    has_zone = any(z for _, _, z in filled)
    return Text(filled, next(filter(None, system), ""), next(filter(None, datums), ""),
                 has_zone, order, sides)  # fmt: skip


def _numbered(text: str) -> list[tuple[int, str]]:
    """Lines from 1; a single line of several corners is parted at semicolons or brackets."""
    lines = list(enumerate(text.splitlines(), 1))
    written = [(i, line) for i, line in lines if line.strip()]
    if len(written) == 1:
        number, line = written[0]
        parts = [x for x in re.split(r";|[)\]]\s*[,;]?\s*[(\[]", line) if x.strip()]
        if len(parts) >= 3 and all(len(re.findall(r"\d+(?:[.,]\d+)?", x)) >= 2 for x in parts):
            return [(number, part) for part in parts]
    return lines


def parse(given: Text, ways: Sequence[Callable[[str], Pair]], expected: str) -> list[Line]:
    """Every line by the one way of writing that fits all; raises CoordinatesUnreadable."""
    if not given.lines:
        raise CoordinatesUnreadable(
            "The text holds no corner.", f"Write one corner a line: {expected}."
        )
    tried = [_parse_all(given, way) for way in ways]
    good = [lines for lines, bad in tried if not bad]
    if len(good) > 1 and _differ(good[0], good[1]):
        good = _without_labels(good)
    if len(good) > 1 and _differ(good[0], good[1]):
        number, text, _ = given.lines[0]
        why = "the comma may be a decimal mark or part two numbers"
        raise unreadable([Bad(number, text, why)], "numbers parted by semicolons or tabs")
    if not good:
        raise unreadable(min((bad for _, bad in tried), key=len), expected)
    lines = good[0]
    if len(lines) > MAX_CORNERS:
        raise CoordinatesUnreadable(
            f"{len(lines)} corners are too many.", f"Give at most {MAX_CORNERS}."
        )
    return lines


def _parse_all(given: Text, way: Callable[[str], Pair]) -> tuple[list[Line], list[Bad]]:
    lines: list[Line] = []
    bad: list[Bad] = []
    for number, text, zone in given.lines:
        try:
            lines.append(Line(number, text, pair_of_line(text, way), zone))
        except NoPair as error:
            bad.append(Bad(number, text, str(error)))
    # Beside lines that are bad anyway, point numbers need not run on to be ones.
    if not bad or any(line.pair.label is None for line in lines):
        bad += _unlabelled(lines)
    return lines, sorted(bad, key=lambda one: one.number)


def pair_of_line(text: str, way: Callable[[str], Pair]) -> Pair:
    """The two numbers of a line, with or without a point's label before; raises NoPair."""
    if len(text) > _LONGEST_LINE:
        raise NoPair("is too long for one corner")
    if len(re.findall(r"\d+", text)) > _MOST_DIGIT_GROUPS:
        raise NoPair("more numbers than one corner has")
    first: NoPair | None = None
    for rest in spelling.without_label(text):
        try:
            return way(rest)
        except NoPair as error:
            first = first or error
    raise first or NoPair("holds nothing")


def _unlabelled(lines: Sequence[Line]) -> list[Bad]:
    """Lines whose bare first number cannot be a point's number: these run 1, 2, 3 to the end."""
    labels = [line.pair.label for line in lines]
    if all(label is None for label in labels):
        return []
    start = labels[0]
    if start is not None and (len(lines) > 1 or start in (0, 1)):
        run = [start + i for i in range(len(lines))]
        if labels in (run, [*run[:-1], start]):
            return []
    why = "its first number is no coordinate, nor a point number that runs on from line to line"
    return [Bad(x.number, x.text, why) for x in lines if x.pair.label is not None]


def _differ(one: Sequence[Line], other: Sequence[Line]) -> bool:
    return any(a.pair != b.pair for a, b in zip(one, other, strict=True))


def _without_labels(ways: list[list[Line]]) -> list[list[Line]]:
    """Of two ways of writing the one that needs no bare point numbers, unless these do run on."""
    plain = [lines for lines in ways if lines[0].pair.label is None]
    # 1,2,3 has nothing but commas: one of them would be both mark and separator.
    parted = all(re.search(r"\S[\s;|]+\S", line.text.strip(" ;")) for line in ways[0])
    return plain if len(plain) == 1 and parted and len(ways[0]) < 3 else ways


def unreadable(bad: Sequence[Bad], expected: str) -> CoordinatesUnreadable:
    """The error that names every bad line: the first ones in full, the others by number."""
    full = [f"line {b.number} ({_clip(b.text)}): {b.why}" for b in bad[:_NAMED_IN_FULL]]
    rest = ", ".join(str(b.number) for b in bad[_NAMED_IN_FULL:])
    more = f"; and lines {rest}" if rest else ""
    count = f"{len(bad)} lines are" if len(bad) > 1 else "One line is"
    return CoordinatesUnreadable(
        f"{count} no corner: {'; '.join(full)}{more}.",
        f"Write one corner a line: {expected}.",
        [(b.number, b.text, f"{b.why}; expected {expected}") for b in bad],
    )


def _clip(text: str) -> str:
    text = " ".join(text.split()).strip(" ;")
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")
