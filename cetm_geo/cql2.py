"""CQL2 text -> a filter over columns: the simple operators of OGC's Common Query Language.

Read are comparisons, AND, OR, NOT, LIKE, BETWEEN, IN, IS NULL and S_INTERSECTS with a box, which is
"Basic CQL2", "Advanced Comparison Operators" and the box of "Basic Spatial Functions" of OGC
21-065r2. As there, what is compared with null is unknown, NOT leaves it so, and a row is kept only
where the whole is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags
from cetm_geo.errors import FilterError

MOST_CHARACTERS, MOST_DEPTH = 4_000, 40
GEOMETRY = "geometry"
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<word>[A-Za-z_][\w.:]*)"
    r"|(?P<sign><=|>=|<>|[=<>(),]))",
    re.ASCII,
)
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_OPERATORS = ("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "S_INTERSECTS", "BBOX")
_WORDS = frozenset([*_OPERATORS, "NULL", "TRUE", "FALSE", "DATE", "TIMESTAMP"])
Box = tuple[float, float, float, float]
Value = str | float | bool


@dataclass(frozen=True)
class Columns:
    """What a filter asks: `of` gives the column of a name as floats, bools or texts, null as nan
    or None; `meets` the rows whose shape meets a box in degrees (west may be the larger number).

    names: of the columns, to say them where one is asked for that is not there.
    """

    count: int
    names: tuple[str, ...]
    of: Callable[[str], Any]
    meets: Callable[[Box], Flags]


@dataclass(frozen=True)
class _Truth:
    """Per row whether it holds, and whether that is known."""

    holds: Flags
    known: Flags


_Node = Callable[[Columns], _Truth]


@dataclass(frozen=True)
class Filter:
    """A text that was read."""

    node: _Node

    def rows(self, columns: Columns) -> Flags:
        """(count,) rows of which it is true. Raises FilterError: a column that is not there, or
        is compared with what it cannot be."""
        truth = self.node(columns)
        return truth.holds & truth.known


def read_filter(text: str) -> Filter:
    """A filter from CQL2 text. Raises FilterError with the place where it cannot be read."""
    if len(text) > MOST_CHARACTERS:
        raise FilterError(
            f"The filter has {len(text)} characters.", f"Write at most {MOST_CHARACTERS}."
        )
    reader = _Reader(text)
    node = reader.either(0)
    reader.end()
    return Filter(node)


# --- reading -------------------------------------------------------------------------------------


class _Reader:
    """Reads from left to right, one token ahead; never goes back."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self._next()

    def either(self, depth: int) -> _Node:
        """Terms with OR between them."""
        nodes = [self._every(depth)]
        while self._took("OR"):
            nodes.append(self._every(depth))
        return nodes[0] if len(nodes) == 1 else _not(_all_of([_not(node) for node in nodes]))

    def end(self) -> None:
        """Raises FilterError where something is left."""
        if self.kind:
            raise self._unread("AND, OR or the end")

    def _every(self, depth: int) -> _Node:
        nodes = [self._factor(depth)]
        while self._took("AND"):
            nodes.append(self._factor(depth))
        return nodes[0] if len(nodes) == 1 else _all_of(nodes)

    def _factor(self, depth: int) -> _Node:
        if depth > MOST_DEPTH:
            raise FilterError(
                f"The filter nests more than {MOST_DEPTH} deep.", "Leave out parentheses."
            )
        if self._took("NOT"):
            return _not(self._factor(depth + 1))
        if self._took("("):
            node = self.either(depth + 1)
            self._expect(")")
            return node
        if self._took("S_INTERSECTS"):
            return self._intersects()
        return self._predicate()

    def _predicate(self) -> _Node:
        name = self._property()
        if self.kind == "sign" and self.token in _COMPARE:
            sign = self.token
            self._next()
            return _compared(name, sign, self._value())
        if self._took("IS"):
            is_null = not self._took("NOT")
            self._expect("NULL")
            return _null(name) if is_null else _not(_null(name))
        is_so = not self._took("NOT")
        if self._took("LIKE"):
            node = _like(name, self._text())
        elif self._took("BETWEEN"):
            low = self._value()
            self._expect("AND")
            node = _all_of([_compared(name, ">=", low), _compared(name, "<=", self._value())])
        elif self._took("IN"):
            node = self._among(name)
        else:
            raise self._unread("an operator")
        return node if is_so else _not(node)

    def _among(self, name: str) -> _Node:
        self._expect("(")
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._expect(")")
        return _one_of(name, values)

    def _intersects(self) -> _Node:
        self._expect("(")
        at = self.at
        if self._property() != GEOMETRY:
            raise FilterError(f"Only {GEOMETRY} has a place.", f"Before character {at}.")
        self._expect(",")
        self._expect("BBOX")
        self._expect("(")
        numbers = [self._number()]
        while self._took(","):
            numbers.append(self._number())
        self._expect(")")
        self._expect(")")
        if len(numbers) != 4:
            raise FilterError(
                "BBOX takes four numbers.", "Write BBOX(west, south, east, north) in degrees."
            )
        west, south, east, north = numbers
        return _meets((west, south, east, north))

    def _property(self) -> str:
        if self.kind == "quoted":
            name = self.token[1:-1].replace('""', '"')
        elif self.kind == "word" and self.token.upper() not in _WORDS:
            name = self.token
        else:
            raise self._unread("the name of a property")
        self._next()
        return name

    def _value(self) -> Value:
        if self.kind == "number":
            return self._number()
        if self.kind == "text":
            return self._text()
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self._took(word):
                return value
        for word in ("DATE", "TIMESTAMP"):
            if self._took(word):
                self._expect("(")
                day = self._text()
                self._expect(")")
                return day
        raise self._unread("a number, a text in single quotes, a day, TRUE or FALSE")

    def _text(self) -> str:
        if self.kind != "text":
            raise self._unread("a text in single quotes")
        text = self.token[1:-1].replace("''", "'")
        self._next()
        return text

    def _number(self) -> float:
        if self.kind != "number":
            raise self._unread("a number")
        number = float(self.token)
        self._next()
        return number

    def _took(self, word: str) -> bool:
        """Go on where this stands here; names in quotes are no words."""
        here = self.kind in ("word", "sign") and self.token.upper() == word
        if here:
            self._next()
        return here

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise self._unread(word)

    def _next(self) -> None:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            if self.text[self.at :].strip():
                self.kind, self.token = "", self.text[self.at :].strip()[:20]
                raise self._unread("a name, a value or an operator")
            self.kind, self.token = "", ""
            return
        self.kind, self.token = str(found.lastgroup), found[str(found.lastgroup)]
        self.at = found.end()

    def _unread(self, wanted: str) -> FilterError:
        here = repr(self.token) if self.token else "its end"
        return FilterError(
            f"The filter cannot be read at {here}: {wanted} is expected there.",
            "For example: tier IN ('critical', 'high') AND area_km2 > 5",
        )


# --- what nodes say ------------------------------------------------------------------------------


def _all_of(nodes: Sequence[_Node]) -> _Node:
    """True where all are, false where one is, else unknown."""

    def of(columns: Columns) -> _Truth:
        truths = [node(columns) for node in nodes]
        holds = np.logical_and.reduce([truth.holds & truth.known for truth in truths])
        fails = np.logical_or.reduce([truth.known & ~truth.holds for truth in truths])
        return _Truth(holds, holds | fails)

    return of


def _not(node: _Node) -> _Node:
    def of(columns: Columns) -> _Truth:
        truth = node(columns)
        return _Truth(~truth.holds & truth.known, truth.known)

    return of


def _compared(name: str, sign: str, value: Value) -> _Node:
    def of(columns: Columns) -> _Truth:
        column, known = _column(columns, name)
        _check_kind(name, column, value)
        holds = np.zeros(columns.count, bool)
        holds[known] = _COMPARE[sign](column[known], value)
        return _Truth(holds, known)

    return of


def _one_of(name: str, values: Sequence[Value]) -> _Node:
    def of(columns: Columns) -> _Truth:
        column, known = _column(columns, name)
        for value in values:
            _check_kind(name, column, value)
        holds = np.zeros(columns.count, bool)
        holds[known] = pd.Series(column[known]).isin(list(values)).to_numpy(bool)
        return _Truth(holds, known)

    return of


def _like(name: str, pattern: str) -> _Node:
    fits = _Pattern(pattern)

    def of(columns: Columns) -> _Truth:
        column, known = _column(columns, name)
        _check_kind(name, column, pattern)
        holds = np.zeros(columns.count, bool)
        holds[known] = [fits(text) for text in column[known]]
        return _Truth(holds, known)

    return of


class _Pattern:
    """% stands for any characters, _ for one, \\ before one of them for itself.

    What stands between two % is of one length, so that the first place where it fits is right, and
    no text takes longer than its length times that of the pattern.
    """

    def __init__(self, pattern: str) -> None:
        pieces: list[list[str]] = [[]]
        for part in re.findall(r"\\.|.", pattern, re.DOTALL):
            if part == "%":
                pieces.append([])
            else:
                pieces[-1].append("." if part == "_" else re.escape(part[-1]))
        said = [(re.compile("".join(piece), re.DOTALL), len(piece)) for piece in pieces]
        self._first, *self._others = said

    def __call__(self, text: str) -> bool:
        """Whether a text fits."""
        first, length = self._first
        if not self._others:
            return first.fullmatch(text) is not None
        if first.match(text) is None:
            return False
        at, (*between, (last, size)) = length, self._others
        for piece, _ in between:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        return len(text) - size >= at and last.match(text, len(text) - size) is not None


def _null(name: str) -> _Node:
    def of(columns: Columns) -> _Truth:
        _, known = _column(columns, name)
        return _Truth(~known, np.ones(columns.count, bool))

    return of


def _meets(box: Box) -> _Node:
    return lambda columns: _Truth(columns.meets(box), np.ones(columns.count, bool))


def _column(columns: Columns, name: str) -> tuple[Any, Flags]:
    """A column and which of its values are known."""
    if name not in columns.names:
        raise FilterError(
            f"There is no property {name!r}.", "The queryables of the collection name them."
        )
    column = columns.of(name)
    return column, ~np.asarray(pd.isna(column), bool)


def _check_kind(name: str, column: Any, value: Value) -> None:
    """Raises FilterError where a column is compared with a value of another kind."""
    kinds = {"f": float, "i": float, "u": float, "b": bool}
    wanted = kinds.get(column.dtype.kind, str)
    if not isinstance(value, wanted):
        said = {float: "numbers", bool: "TRUE or FALSE", str: "texts"}[wanted]
        raise FilterError(
            f"{name} holds {said}; it is compared with {value!r}.",
            "Texts and days stand in single quotes, numbers do not.",
        )
