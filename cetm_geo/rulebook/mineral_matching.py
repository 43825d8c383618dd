"""Texts of registers -> minerals: whole words, the longest name first, in four languages at once.

A text is cut into pieces at commas, slashes and the like; each piece is read from the left, name
by name. Symbols, and names that are another word too, are settled last, by what else the text
says. What no name fits is told, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.arrays import Texts
from cetm_geo.model.rules import Mineral
from cetm_geo.rulebook.mineral_words import (
    MineralWords,
    Part,
    key_of,
    key_of_word,
    read_words,
    silent_phrases,
    with_plurals,
    words_in,
)
from cetm_geo.rulebook.minerals import SHIPPED, names_by_key, read_minerals, symbols_of

_APART = re.compile(r"[,;/+|\\\n\r\t:·•]+|\s[-–—]+\s|\.(?=\s|$)")
_BRACKETS = re.compile(r"[()\[\]{}]")
_EITHER = re.compile(r"\b(and|et|y|e)\s*/\s*(or|ou|o)\b", re.IGNORECASE)
_NO_DATA = re.compile(r"(?<![^\W_])[ns]\s*[/.]\s*[adeinrs](?![^\W_])\.?", re.IGNORECASE)
# "argila p/ tijolo": for. Two letters may be symbols: P/Ti.
_SHORT_FOR = re.compile(r"\b[pc]/\s?(?=[^\W\d_]{3})", re.IGNORECASE)


class Match(NamedTuple):
    """What a text says: minerals in its order, tokens no name fits, and if it says any at all.

    stated: False where the text is empty or does not tell which mineral ("N/A", "metallic").
    ambiguous: those of `unmatched` that may be a mineral, and another word.
    """

    ids: tuple[str, ...]
    unmatched: tuple[str, ...]
    stated: bool
    ambiguous: tuple[str, ...] = ()


class MatchedColumn(NamedTuple):
    """A column's matches: `ids` lists (n,), `stated` (n,), and in how many rows a token is left.

    ambiguous: those of `unmatched` that may be a mineral, and another word.
    """

    ids: Texts
    stated: NDArray[np.bool_]
    unmatched: Mapping[str, int]
    ambiguous: frozenset[str]


class _Kind(StrEnum):
    NAME = "name"
    SILENT = "silent"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    # In doubt until the whole text is read:
    SYMBOL = "symbol"
    CONJUNCTION = "conjunction"
    PERSON = "person"


@dataclass(frozen=True)
class _Item:
    """One name, symbol, silent phrase or unknown word of a piece.

    alone: up to the next joining word, nothing is beside it but symbols and "ore of".
    """

    kind: _Kind
    raw: str
    key: str
    ids: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    part: Part | None = None
    alone: bool = False

    @property
    def exact(self) -> bool:
        return self.raw == self.key.capitalize()

    @property
    def upper(self) -> bool:
        return self.raw.isupper()


@dataclass(frozen=True)
class _Piece:
    """What stands between two commas, its items, and whether it speaks of ore."""

    raw: str
    items: tuple[_Item, ...]
    of_ore: bool


@dataclass(frozen=True)
class _Evidence:
    """What the whole text says: its symbols by key, what it names, and of which languages."""

    symbols: frozenset[str]
    named: frozenset[str]
    languages: frozenset[frozenset[str]]

    def others(self, item: _Item) -> frozenset[str]:
        """The symbols of the text but this one."""
        return self.symbols - {item.key}

    def is_of(self, language: str, and_not: str) -> bool:
        """True if some word of the text is of one language and not of the other."""
        return any(language in found and and_not not in found for found in self.languages)


class Matcher:
    """Reads texts by a table of minerals; the same text always has the same answer."""

    def __init__(self, minerals: Mapping[str, Mineral], words: MineralWords) -> None:
        self._symbols = {
            symbol.casefold(): (mineral.id,)
            for mineral in minerals.values()
            for symbol in symbols_of(mineral)
        }
        silent = silent_phrases(words)
        self._silent = with_plurals(silent)
        self._words_too = frozenset(words.words_too)
        self._no_data = frozenset(words.no_data)
        self._conjunctions = {key_of(c.word): c for c in words.conjunctions}
        names = names_by_key(minerals.values())
        self._names = {
            k: n for k, n in with_plurals(names).items() if k in names or k not in silent
        }
        kinds = dict.fromkeys(map(key_of, words.people), _Kind.PERSON)
        self._kinds = kinds | dict.fromkeys(self._conjunctions, _Kind.CONJUNCTION)
        self._longest = max(len(key.split()) for key in (*self._names, *self._silent, "a"))

    def match(self, text: str | None) -> Match:
        """What one text says; None and blanks say nothing."""
        pieces = [self._read(piece) for piece in self._pieces(text or "")]
        evidence = _evidence(item for piece in pieces for item in piece.items)
        ids: dict[str, None] = {}
        unmatched: dict[str, None] = {}
        ambiguous: dict[str, None] = {}
        for piece in pieces:
            settled = [self._settled(piece, at, evidence) for at in range(len(piece.items))]
            ids |= dict.fromkeys(i for x in settled if x.kind is _Kind.NAME for i in x.ids)
            unclear = [item.raw for item in settled if item.kind is _Kind.AMBIGUOUS]
            ambiguous |= dict.fromkeys(unclear)
            unmatched |= dict.fromkeys([*unclear, *_unknown(piece.raw, settled)])
        return Match(tuple(ids), tuple(unmatched), bool(ids or unmatched), tuple(ambiguous))

    def match_column(self, texts: Iterable[str | None]) -> MatchedColumn:
        """What each text of a column says; each that is different is read once."""
        codes, distinct = pd.factorize(np.asarray(list(texts), dtype=object))
        found = [*(self.match(text) for text in distinct.tolist()), Match((), (), False)]
        ids = np.empty(len(found), object)
        ids[:] = [list(match.ids) for match in found]
        stated = np.array([match.stated for match in found], bool)
        left: Counter[str] = Counter()
        for match, rows in zip(found, np.bincount(codes[codes >= 0]).tolist(), strict=False):
            left.update(dict.fromkeys(match.unmatched, rows))
        ambiguous = frozenset(token for match in found for token in match.ambiguous)
        return MatchedColumn(ids[codes], stated[codes], dict(left), ambiguous)

    # --- a text in items -------------------------------------------------------------------------

    def _pieces(self, text: str) -> Iterator[str]:
        text = _SHORT_FOR.sub(" para ", _NO_DATA.sub(" ", _EITHER.sub(",", text)))
        for piece in _APART.split(text):
            whole = not _BRACKETS.search(piece) or key_of(piece) in self._names
            yield from (piece,) if whole else _BRACKETS.split(piece)

    def _read(self, piece: str) -> _Piece:
        words = words_in(piece)
        keys = [key_of_word(word) for word in words]
        items: list[_Item] = []
        at = 0
        while at < len(words):
            item, count = self._item_at(words, keys, at)
            items.append(item)
            at += count
        items = list(_alone_or_not(_but_for_these(items)))
        of_ore = any(item.part is Part.ORE for item in items)
        return _Piece(" ".join(piece.split()), tuple(items), of_ore)

    def _item_at(self, words: Sequence[str], keys: Sequence[str], at: int) -> tuple[_Item, int]:
        """The longest name or phrase that begins at a word, and how many words it is."""
        for count in range(min(self._longest, len(words) - at), 0, -1):
            key, raw = " ".join(keys[at : at + count]), " ".join(words[at : at + count])
            if name := self._names.get(key):
                kind = self._kinds.get(key, _Kind.NAME)
                return _Item(kind, raw, key, name.ids, name.languages), count
            if key in self._symbols:
                return _Item(_Kind.SYMBOL, raw, key, self._symbols[key]), count
            if silent := self._silent.get(key):
                return _silent_item(raw, key, silent.languages, silent.part), count
        if keys[at].isdecimal():
            return _silent_item(words[at], keys[at]), 1
        return _Item(_Kind.UNKNOWN, words[at], keys[at]), 1

    # --- items in doubt --------------------------------------------------------------------------

    def _settled(self, piece: _Piece, at: int, evidence: _Evidence) -> _Item:
        """An item that is a name, silent, unknown, or may be a mineral and another word."""
        item = piece.items[at]
        if item.kind is _Kind.SYMBOL:
            kind = self._symbol_is(item, evidence)
        elif item.kind is _Kind.CONJUNCTION:
            kind = self._conjunction_is(piece, at, evidence)
        elif item.kind is _Kind.PERSON:
            kind = _person_is(item, piece, evidence)
        else:
            return item
        if kind is _Kind.AMBIGUOUS and evidence.named.issuperset(item.ids):
            kind = _Kind.NAME  # "COBALT (CO)": said twice
        return replace(item, kind=kind)

    def _symbol_is(self, item: _Item, evidence: _Evidence) -> _Kind:
        """By its letters and the other symbols: see `words_too` and `no_data` of the file."""
        others = evidence.others(item)
        if not item.alone:
            if (item.exact or item.upper) and len(item.key) == 2 and not self._is_word(item):
                return _Kind.NAME
            return _Kind.SILENT if item.key in self._silent else _Kind.UNKNOWN
        if len(item.key) == 1:
            beside_symbols = item.upper and any(len(key) > 1 for key in others)
            return _Kind.NAME if beside_symbols else _Kind.AMBIGUOUS
        if item.key in self._no_data:
            return (_Kind.NAME if item.exact else _Kind.AMBIGUOUS) if others else _Kind.SILENT
        sure = item.exact or (item.upper and (others or not self._is_word(item)))
        return _Kind.NAME if sure else _Kind.AMBIGUOUS

    def _is_word(self, item: _Item) -> bool:
        return item.key in self._words_too or item.key in self._no_data

    def _conjunction_is(self, piece: _Piece, at: int, evidence: _Evidence) -> _Kind:
        """Gold, where "or" is set apart or the text is French; English words say it joins."""
        rule = self._conjunctions[piece.items[at].key]
        foreign = evidence.is_of(rule.conjunction, rule.name)
        if len(piece.items) == 1:
            return _Kind.AMBIGUOUS if foreign else _Kind.NAME
        own = evidence.is_of(rule.name, rule.conjunction) or _set_apart(piece.items, at)
        return _Kind.NAME if own and not foreign else _Kind.SILENT


def _person_is(item: _Item, piece: _Piece, evidence: _Evidence) -> _Kind:
    """Indium, where ore or another mineral is spoken of."""
    minerals = piece.of_ore or bool(evidence.named - {*item.ids})
    return _Kind.NAME if item.alone and minerals else _Kind.AMBIGUOUS


def _evidence(items: Iterable[_Item]) -> _Evidence:
    given = list(items)
    symbols = [i for i in given if i.kind is _Kind.SYMBOL and i.alone and (i.exact or i.upper)]
    names = [i for i in given if i.kind is _Kind.NAME]
    long = [i for i in symbols if len(i.key) > 1 and i.exact]
    return _Evidence(
        frozenset(i.key for i in symbols),
        frozenset(mineral for i in (*names, *long) for mineral in i.ids),
        frozenset(i.languages for i in given if i.kind in (_Kind.NAME, _Kind.SILENT)),
    )


def _but_for_these(items: Sequence[_Item]) -> list[_Item]:
    """Items, but silent from "except" on."""
    parts = [item.part for item in items]
    end = parts.index(Part.NOT_THESE) if Part.NOT_THESE in parts else len(items)
    silenced = [_silent_item(i.raw, i.key, i.languages) for i in items[end:]]
    return [*items[:end], *silenced]


def _alone_or_not(items: Sequence[_Item]) -> Iterator[_Item]:
    runs = np.cumsum([item.part is Part.JOINING for item in items]).tolist()
    crowded = Counter(run for i, run in zip(items, runs, strict=True) if not _is_light(i))
    for item, run in zip(items, runs, strict=True):
        yield replace(item, alone=crowded[run] == (not _is_light(item)))


def _is_light(item: _Item) -> bool:
    """True for what leaves a symbol beside it alone: symbols, PGE and the like, "ore of"."""
    if item.kind is _Kind.NAME:
        return item.upper and len(item.key) < 4
    return item.kind is _Kind.SYMBOL or item.part in (Part.JOINING, Part.OF, Part.ORE)


def _set_apart(items: Sequence[_Item], at: int) -> bool:
    """True if silent words or the ends of the piece stand on both sides of an item."""
    beside = [items[i] for i in (at - 1, at + 1) if 0 <= i < len(items)]
    return all(other.kind is _Kind.SILENT for other in beside)


def _silent_item(
    raw: str, key: str, languages: frozenset[str] = frozenset(), part: Part | None = None
) -> _Item:
    return _Item(_Kind.SILENT, raw, key, (), languages, part)


def _unknown(raw: str, settled: Sequence[_Item]) -> list[str]:
    """What of a piece no name fits: all of it if it names nothing, else its unknown words."""
    kinds = {item.kind for item in settled}
    if _Kind.UNKNOWN not in kinds:
        return []
    if kinds <= {_Kind.UNKNOWN, _Kind.SILENT}:
        return [raw.strip(" .-\"'")]
    runs: list[list[str]] = [[]]
    for item in settled:
        if item.kind is _Kind.UNKNOWN:
            runs[-1].append(item.raw)
        else:
            runs.append([])
    return [" ".join(run) for run in runs if run]


@cache
def matcher() -> Matcher:
    """The matcher of the minerals and words that the project carries."""
    minerals, _ = read_minerals()
    return Matcher(minerals, read_words(SHIPPED))


def match(text: str | None) -> Match:
    """What one text says, by the minerals that the project carries."""
    return matcher().match(text)
