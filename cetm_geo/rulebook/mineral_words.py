"""Texts as keys, and rules/mineral_words.toml: words of registers that name no mineral."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.definitions import NoUnknownKeys
from cetm_geo.model.rules import LANGUAGES
from cetm_geo.tomltext import read_toml

FILE = "mineral_words.toml"
_WORD = re.compile(r"[^\W_]+")
_SYMBOL = re.compile(r"[A-Z][a-z]?")


def words_in(text: str) -> list[str]:
    """The runs of letters and digits of a text, as written; subscripts are digits."""
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def key_of(text: str) -> str:
    """A text without case, accents and punctuation, its words parted by one space."""
    return " ".join(key_of_word(word) for word in words_in(text))


def key_of_word(word: str) -> str:
    """A word without case and accents."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def is_symbol(name: str) -> bool:
    """True for what is written as the symbol of an element: one or two letters, a capital first."""
    return bool(_SYMBOL.fullmatch(name))


T = TypeVar("T")


def with_plurals(by_key: Mapping[str, T]) -> dict[str, T]:
    """The same with plurals of each key: of its last, first or each word; what is given stands.

    Keys under four letters have none: "or" has no "ores".
    """
    plurals = {
        plural: value for key, value in by_key.items() if len(key) > 3 for plural in _plurals(key)
    }
    return plurals | dict(by_key)


def _plurals(key: str) -> Iterator[str]:
    words = key.split()
    for end in ("s", "es"):
        yield " ".join([*words[:-1], words[-1] + end])
        yield " ".join([words[0] + end, *words[1:]])
        yield " ".join(word + end for word in words)


class Part(StrEnum):
    """What a word does that names no mineral."""

    NOT_STATED = "not_stated"
    BESIDE = "beside"
    NOT_THESE = "not_these"
    JOINING = "joining"
    OF = "of"
    ORE = "ore"


@dataclass(frozen=True)
class WordsOfLanguage(NoUnknownKeys):
    """One language's words that name no mineral, by what they do."""

    not_stated: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    not_these: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    ore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conjunction(NoUnknownKeys):
    """A mineral's name in one language that is a conjunction in another."""

    word: str
    name: str
    conjunction: str


@dataclass(frozen=True)
class MineralWords(NoUnknownKeys):
    """The file, key by key; its remarks say what each is for."""

    en: WordsOfLanguage
    fr: WordsOfLanguage
    es: WordsOfLanguage
    pt: WordsOfLanguage
    any: WordsOfLanguage = field(default_factory=WordsOfLanguage)
    words_too: tuple[str, ...] = ()
    no_data: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    conjunctions: tuple[Conjunction, ...] = ()


@dataclass(frozen=True)
class Silent:
    """A phrase that names no mineral: what it does, and the languages it is of."""

    part: Part
    languages: frozenset[str]


_ADAPTER = TypeAdapter(MineralWords)


def read_words(folder: Path) -> MineralWords:
    """The words of a folder of rules.

    Raises DefinitionError with all problems of the file.
    """
    path = folder / FILE
    problems: list[Problem] = []
    raw = read_toml(path, problems)
    if problems:
        raise DefinitionError(problems)
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as error:
        raise DefinitionError([_problem(path, detail) for detail in error.errors()]) from error


def _problem(path: Path, detail: Any) -> Problem:
    return Problem(str(path), ".".join(str(part) for part in detail["loc"]), str(detail["msg"]))


def silent_phrases(words: MineralWords) -> Mapping[str, Silent]:
    """All phrases that name no mineral, by key; a word of several parts is the last of `Part`."""
    parts: dict[str, Part] = {}
    languages: dict[str, set[str]] = {}
    for language, part, key in _phrases(words):
        parts[key] = max(parts.get(key, part), part, key=list(Part).index)
        languages.setdefault(key, set())
        if language != "any":
            languages[key].add(language)
    return {key: Silent(part, frozenset(languages[key])) for key, part in parts.items()}


def _phrases(words: MineralWords) -> Iterator[tuple[str, Part, str]]:
    for language in ("any", *LANGUAGES):
        of_language = getattr(words, language)
        for part in Part:
            for phrase in getattr(of_language, part.value):
                yield language, part, key_of(phrase)
