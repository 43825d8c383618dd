"""One line -> two angles in degrees: decimal, degrees-minutes, degrees-minutes-seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from cetm_geo.coordinates.spelling import (
    AXIS_OF,
    AXIS_WORDS,
    FILLERS,
    LETTERS,
    NEGATIVE,
    UNITS,
)

EXPECTED = "two numbers in degrees, such as 12.5822 S, 28.25 E or 12°34'56\"S 28°15'00\"E"
_AXIS_NAME = {"lat": "latitude", "lon": "longitude"}
_ORDER = {"°": 0, "'": 1, '"': 2}


class NoPair(ValueError):
    """A line is no pair of coordinates; the message is the reason, as a clause."""


@dataclass(frozen=True)
class Pair:
    """Two numbers of a line as they stand.

    order: 0 if longitude (or easting) stands first, 1 if latitude (northing) does, None if open.
    sexagesimal: minutes were given. label: the whole number before them, if there was one.
    """

    first: float
    second: float
    order: int | None
    sexagesimal: bool = False
    label: int | None = None


@dataclass
class _Number:
    text: str
    sign: str = ""
    mark: str = ""
    linked: bool = False  # to the number before, by - or :
    strong: bool = False  # apart by more than blanks, or by a letter or sign

    @property
    def whole(self) -> bool:
        return self.text.isdigit()


class _Named(NamedTuple):
    """A letter or an axis: what it means, as written, the numbers before it, and whether it
    belongs to the number after it."""

    what: str
    word: str
    seen: int
    ahead: bool


@dataclass
class _Line:
    numbers: list[_Number] = field(default_factory=list)
    letters: list[_Named] = field(default_factory=list)
    axes: list[_Named] = field(default_factory=list)
    worded: bool = False  # a word before the first number: it makes that number a point's


_TOKEN = {
    comma: re.compile(
        rf"(?P<num>\d+(?:{mark}\d+)?|\.\d+)|(?P<word>[A-Za-z]+)|(?P<mark>[°'\"])|(?P<dash>-)"
        r"|(?P<plus>\+)|(?P<colon>:)|(?P<sep>[,;|/()\[\]{}=\t])|(?P<dot>\.)|(?P<blank>\s+)"
        r"|(?P<other>.)"
    )
    for comma, mark in ((False, r"\."), (True, "[.,]"))
}


# What most cells of a column of angles look like: large columns are read by this alone.
_QUICK = re.compile(r"(\d{1,3})[°\s]\s?(\d{1,2})['\s]\s?(\d{1,2}(?:\.\d+)?)\"?\s?([NSEW])")


def pair_of_degrees(text: str, comma: bool) -> Pair:
    """The two angles of a line in `spelling.plain` text; raises NoPair.

    comma: a comma between two digits is the decimal mark, else it separates.
    """
    line = _tokens(text, comma)
    _drop_conjunctions(line)
    label, groups = _groups(line)
    angles = [_angle(group) for group in groups]
    letters = _placed(line.letters, line, groups)
    axes = _placed(line.axes, line, groups)
    order = _order(letters, axes)
    signed = [
        _signed(angle, group[0].sign, letter)
        for angle, group, letter in zip(angles, groups, letters, strict=True)
    ]
    sexagesimal = any(len(group) > 1 for group in groups)
    return Pair(signed[0], signed[1], order, sexagesimal, None if line.worded else label)


def angle_of_cell(text: str, comma: bool, axis: str) -> float:
    """The one angle of a cell whose column is `lat` or `lon`; raises NoPair."""
    quick = _QUICK.fullmatch(text)
    if quick and AXIS_OF[quick[4]] == axis and float(quick[2]) < 60 and float(quick[3]) < 60:
        total = int(quick[1]) * 3600 + int(quick[2]) * 60 + float(quick[3])
        return (-total if quick[4] in NEGATIVE else total) / 3600
    line = _tokens(text, comma)
    numbers = line.numbers
    if not 1 <= len(numbers) <= 3 or any(n.strong and not n.mark for n in numbers[1:]):
        raise NoPair("no single number in degrees")
    if len(line.letters) > 1 or len(line.axes) > 1:
        raise NoPair("more than one letter for its direction")
    letter = line.letters[0][0] if line.letters else ""
    named = {AXIS_OF[letter]} if letter else set()
    if (named | {given.what for given in line.axes}) - {axis}:
        raise NoPair(f"names another axis than its column, a {_AXIS_NAME[axis]}")
    return _signed(_angle(numbers), numbers[0].sign, letter)


# --- from characters to numbers with their marks -------------------------------------------------


def _tokens(text: str, comma: bool) -> _Line:
    line, state = _Line(), _State()
    found = list(_TOKEN[comma].finditer(text))
    for i, token in enumerate(found):
        kind, said = str(token.lastgroup), token[0]
        after = str(found[i + 1].lastgroup) if i + 1 < len(found) else ""
        if kind == "num":
            _take_number(line, state, said)
        elif kind == "word":
            _take_word(line, state, said, after)
        elif kind == "mark":
            _take_mark(line, state, said)
        else:
            _take_sign(line, state, kind, said, after)
        state.before = kind
    return line


@dataclass
class _State:
    before: str = ""  # kind of the token before
    sign: str = ""
    linked: bool = False
    strong: bool = False
    letter_units: bool = False
    just_named: bool = False  # an axis or a letter stands before: a colon may follow


def _take_number(line: _Line, state: _State, said: str) -> None:
    if state.before == "num":
        raise NoPair(f"{said} stands too close to the number before it")
    if len(said) > 40:
        raise NoPair("a number is too long")
    text = said.replace(",", ".")
    strong = state.strong or bool(state.sign)
    line.numbers.append(_Number(text, state.sign, "", state.linked, strong))
    state.sign, state.linked, state.strong, state.just_named = "", False, False, False


def _take_mark(line: _Line, state: _State, said: str) -> None:
    last = line.numbers[-1] if line.numbers else None
    if last is None or last.mark or state.strong:
        raise NoPair(f"{said} follows no number")
    last.mark = said
    state.letter_units = False


def _take_word(line: _Line, state: _State, said: str, after: str) -> None:
    word = said.casefold()
    follows = state.before == "num" or (state.before == "blank" and bool(line.numbers))
    if follows and not state.strong and _take_unit(line, state, word):
        return
    ahead = not line.numbers or after == "num" or state.strong
    conjunction = said == "y" and bool(line.numbers) and not any(a.word == "x" for a in line.axes)
    if word in AXIS_WORDS and not conjunction:
        line.axes.append(_Named(AXIS_WORDS[word], word, len(line.numbers), ahead))
        state.just_named = True
    elif word in LETTERS:
        line.letters.append(_Named(LETTERS[word], said, len(line.numbers), ahead))
        state.just_named = True
    elif line.numbers and word not in FILLERS:
        raise NoPair(f"{said!r} is no part of a coordinate")
    elif not line.numbers and word not in FILLERS:
        line.worded = True
    state.strong = state.strong or bool(line.numbers)


def _take_unit(line: _Line, state: _State, word: str) -> bool:
    """True if the word is the unit of the number before; a lone s may be South instead."""
    last = line.numbers[-1]
    letter = ""
    if state.before == "num" and word not in UNITS and re.fullmatch("[dms][nsewol]", word):
        word, letter = word[0], word[1]
    mark = UNITS.get(word, "")
    if not mark or last.mark:
        return False
    if word == "s" and not (state.letter_units and state.before == "num"):
        return False
    last.mark = mark
    state.letter_units = True
    if letter:
        line.letters.append(_Named(LETTERS[letter], letter.upper(), len(line.numbers), False))
        state.strong = True
    return True


def _take_sign(line: _Line, state: _State, kind: str, said: str, after: str) -> None:
    glued = state.before == "num" and after == "num"
    if kind == "other":
        raise NoPair(f"{said!r} is no part of a coordinate")
    if kind == "colon":
        if glued:
            state.linked = True
        elif not state.just_named:
            raise NoPair("a colon stands apart from its numbers")
    elif kind == "dash" and glued and line.numbers[-1].whole:
        state.linked = True
    elif kind in ("dash", "plus"):
        _take_plus_or_minus(line, state, said, after)
    elif kind == "sep":
        state.strong = True
    elif kind == "dot" and state.before == "num" and after == "num":
        raise NoPair("a number holds two points")


def _take_plus_or_minus(line: _Line, state: _State, said: str, after: str) -> None:
    if after == "num":
        if state.before == "num" or state.sign:
            raise NoPair(f"{said} stands between two numbers without a blank")
        state.sign = said
    elif said == "-" and after == "blank" and (state.just_named or _ends_angle(line)):
        state.strong = True  # a dash as punctuation: 12°34'S - 28°15'E
    else:
        raise NoPair("a minus sign stands apart from its number")


def _ends_angle(line: _Line) -> bool:
    return bool(line.numbers) and bool(line.numbers[-1].mark)


def _drop_conjunctions(line: _Line) -> None:
    """A small e or y between two coordinates is `and`, where it cannot be a direction."""
    for i, given in enumerate(line.letters):
        if given.word != "e" or not 0 < given.seen < len(line.numbers):
            continue
        others = {AXIS_OF[x.what] for j, x in enumerate(line.letters) if j != i}
        if not others or AXIS_OF[given.what] in others:
            del line.letters[i]
            return


# --- from numbers to two angles ------------------------------------------------------------------


def _groups(line: _Line) -> tuple[int | None, list[list[_Number]]]:
    """A leading point number, and the numbers of each of the two angles."""
    runs = _runs(line)
    label: int | None = None
    first = runs[0] if runs else []
    lead = bool(first) and first[0].whole and not (first[0].sign or first[0].mark)
    lead = lead and all(given.seen for given in (*line.letters, *line.axes))
    lead = lead and len(first[0].text) <= 5
    if lead and len(runs) > 1 and len(first) == 1 and _angles_without(runs[1:]):
        label, runs = int(first[0].text), runs[1:]
    elif lead and _one_too_many(runs):
        label, runs = int(first[0].text), [first[1:], *runs[1:]]
    if len(runs) == 1 and len(runs[0]) in (2, 4, 6) and not any(n.mark for n in runs[0]):
        half = len(runs[0]) // 2
        runs = [runs[0][:half], runs[0][half:]]
    if len(runs) != 2 or not all(1 <= len(run) <= 3 for run in runs):
        count = len(line.numbers)
        raise NoPair(f"{count} number{'s' if count != 1 else ''} where one corner has two")
    if len(runs[0]) != len(runs[1]) and not any(n.mark for run in runs for n in run):
        raise NoPair("the two coordinates are not written alike")
    return label, runs


def _angles_without(rest: list[list[_Number]]) -> bool:
    """True if what follows a first lone number is two angles by itself."""
    if len(rest) == 2:
        return True
    return len(rest) == 1 and len(rest[0]) in (2, 4, 6) and not any(n.mark for n in rest[0])


def _one_too_many(runs: list[list[_Number]]) -> bool:
    if any(n.linked for n in runs[0][1:2]):
        return False
    if len(runs) == 1:
        return len(runs[0]) in (3, 5, 7) and not any(n.mark for n in runs[0])
    return len(runs) == 2 and len(runs[0]) == len(runs[1]) + 1


def _runs(line: _Line) -> list[list[_Number]]:
    """Numbers that may belong to one angle; signs, separators, letters and ° begin another."""
    runs: list[list[_Number]] = []
    for number in line.numbers:
        if not runs or _begins(runs[-1], number):
            runs.append([])
        runs[-1].append(number)
    return runs


def _begins(run: Sequence[_Number], number: _Number) -> bool:
    if number.linked:
        return False
    if number.mark == "°" or number.sign:
        # A point's number before a first angle with marks is a run of its own.
        return True
    if number.mark:
        return False
    last = run[-1]
    marked = any(n.mark for n in run)
    linked = any(n.linked for n in run)
    return number.strong or last.mark == '"' or linked or (marked and not last.whole)


def _angle(numbers: Sequence[_Number]) -> Fraction:
    """Degrees of one to three parts; raises NoPair for marks out of place and minutes of 60."""
    for place, number in enumerate(numbers):
        if number.mark and _ORDER[number.mark] != place:
            raise NoPair(f"{number.text}{number.mark} is out of its place")
        if place and number.sign:
            raise NoPair("a sign stands before minutes or seconds")
        if place < len(numbers) - 1 and not number.whole:
            raise NoPair(f"{number.text} has decimals though smaller units follow")
        if place and Fraction(number.text) >= 60:
            raise NoPair(f"{number.text} {('minutes', 'seconds')[place - 1]}: these go up to 59")
    if len(numbers[0].text) > 20:
        raise NoPair("a number is too long")
    parts = (Fraction(n.text) / 60**place for place, n in enumerate(numbers))
    return sum(parts, Fraction(0))


def _signed(angle: Fraction, sign: str, letter: str) -> float:
    """The angle with its sign; a minus beside S or W says the same twice, beside N or E not."""
    if letter and sign and (sign == "-") != (letter in NEGATIVE):
        raise NoPair(f"the sign {sign} contradicts the letter {letter}")
    return -float(angle) if sign == "-" or letter in NEGATIVE else float(angle)


def _placed(named: list[_Named], line: _Line, groups: list[list[_Number]]) -> tuple[str, str]:
    """Letters or axes by the angle they stand with; two in a line stand in its order."""
    skipped = len(line.numbers) - sum(map(len, groups))
    middle = skipped + len(groups[0])
    if len(named) > 2:
        raise NoPair("more letters or labels than two coordinates can have")
    if len(named) == 2:
        return named[0].what, named[1].what
    if not named:
        return "", ""
    what, _, seen, ahead = named[0]
    if skipped < seen < middle or middle < seen < len(line.numbers):
        raise NoPair(f"{what} stands inside a coordinate")
    first = seen < middle or (seen == middle and not ahead)
    return (what, "") if first else ("", what)


def _order(letters: tuple[str, str], axes: tuple[str, str]) -> int | None:
    """0 for longitude first, 1 for latitude first; raises NoPair where they contradict."""
    said: set[int] = set()
    for place in (0, 1):
        for axis in (AXIS_OF.get(letters[place], ""), axes[place]):
            if axis:
                said.add(int((axis == "lat") == (place == 0)))
    if len(said) > 1:
        raise NoPair("its letters or labels name the same axis twice")
    return said.pop() if said else None
