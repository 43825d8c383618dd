"""Notes, issues and errors that were written in English, said in the reader's language.

What a store holds is English for good: its notes are recognised by their wording (notetexts.py),
and what varies in them is put into the translation, numbers and days as the language writes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from cetm_geo import words
from cetm_geo.language import N_, SOURCE, _, chosen, speaking
from cetm_geo.model import Rule
from cetm_geo.notetexts import ERRORS, ISSUES, NOTES

# Names in a text that stand for a number, for a day, or for a note of its own.
NUMBERS = {"n", "of", "share", "km", "km2", "times", "least", "most"}
DAYS = {"day", "since"}
INNER = {"why", "reading", "kind"}
# Said otherwise than they are stored.
_IN_OTHER_WORDS = {"straight_line": N_("in a straight line")}
_BETWEEN = "; "
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = r"-?\d[\d,\u202f]*(?:\.\d+)?"
_DAY = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
_VERIFY = " (verify)"
_KEPT = 8192


def said(note: str) -> str:
    """`note` in the language in force; as it is, or in part, where its words are not known."""
    return _said(note, chosen()) if note else note


@lru_cache(maxsize=_KEPT)
def _said(note: str, language: str) -> str:
    with speaking(language):
        whole = _of_one(note)
        if whole is None and _BETWEEN in note:
            return _BETWEEN.join(said(part) for part in note.split(_BETWEEN))
        return note if whole is None else whole


def is_known(note: str) -> bool:
    """True if every part of a note is one that is recognised."""
    return _match(note) is not None or (
        _BETWEEN in note and all(_match(part) is not None for part in note.split(_BETWEEN))
    )


def _of_one(note: str) -> str | None:
    if note in _IN_OTHER_WORDS:
        return _(_IN_OTHER_WORDS[note])
    if chosen() == SOURCE:
        return None
    found = _match(note)
    if found is None:
        return None
    text, parts = found
    shown = _(text).format(**{name: _part(name, part) for name, part in parts.items()})
    return words.sentence_case(shown) if note[:1].isupper() else shown


def _match(note: str) -> tuple[str, Mapping[str, str]] | None:
    """The text that a note is one of, and what stands in its braces."""
    if note in _IN_OTHER_WORDS:
        return _IN_OTHER_WORDS[note], {}
    for form in dict.fromkeys((note, note[:1].lower() + note[1:])):
        for text, pattern in _patterns():
            found = pattern.fullmatch(form)
            if found:
                return text, found.groupdict()
    return None


def _part(name: str, part: str) -> str:
    if name in NUMBERS:
        whole, point, decimals = part.replace(",", "").replace(words.THIN, "").partition(".")
        return words.number(float(whole + point + decimals), len(decimals))
    if name in DAYS:
        return words.day(part)
    return said(part) if name in INNER else part


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each text with what recognises it; those with most words of their own come first."""
    texts = sorted(dict.fromkeys((*NOTES, *ISSUES, *ERRORS)), key=_own_length, reverse=True)
    return [(text, re.compile(_pattern(text), re.DOTALL)) for text in texts]


def _own_length(text: str) -> int:
    return len(_PLACEHOLDER.sub("", text))


def _pattern(text: str) -> str:
    parts = _PLACEHOLDER.split(text)
    return "".join(
        f"(?P<{part}>{_form(part, text)})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )


def _form(name: str, text: str) -> str:
    if name in NUMBERS:
        return _NUMBER
    if name in DAYS:
        return _DAY
    if name in INNER:
        return ".+?"
    # A part of a joined note ends where the next begins; a sentence may hold what it likes.
    return ".+?" if text.endswith(".") else f"(?:(?!{_BETWEEN}).)+?"


def reason(text: str, rules: Mapping[str, Rule]) -> str:
    """The reason of a title's tier: its rule by the rulebook's own words, and what it meets.

    text: as `flags.reasons` wrote it into the store, in English.
    """
    if chosen() == SOURCE or not text:
        return text
    labels = {rule.label[SOURCE]: rule.label.get(chosen(), "") for rule in rules.values()}
    body, verify = text.removesuffix(_VERIFY), text.endswith(_VERIFY)
    label, place = next(
        ((body[:at], body[at + 2 :]) for at in _ends(body) if body[:at] in labels), (body, "")
    )
    shown = labels.get(label) or _meanings().get(label) or label
    if place:
        shown = _("{rule}: {place}").format(rule=shown, place=place)
    return _("{reason} (verify)").format(reason=shown) if verify else shown


def _ends(text: str) -> list[int]:
    """Where a label may end before the name of a place, the longest first."""
    return [len(text), *(found.start() for found in reversed(list(re.finditer(": ", text))))]


def _meanings() -> Mapping[str, str]:
    """What tiers mean that rest on no flag, by the words of the store."""
    return {
        words.sentence_case(tier.english[1]): words.sentence_case(tier.meaning)
        for tier in words.TIERS.values()
    }
