"""The language in which something is said to its reader: gettext catalogues and locales.

The choice belongs to the running request or command (a context variable) and is English unless
`speak` says otherwise: what is written into a store is always English.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
NAMES: Mapping[str, str] = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
}
FOLDER = Path(__file__).resolve().parent / "locale"
DOMAIN = "cetm_geo"

_chosen: ContextVar[str] = ContextVar("language", default=SOURCE)


def chosen() -> str:
    """The language in force: a key of NAMES."""
    return _chosen.get()


def choose(language: str) -> None:
    """Speak `language` from here on in this context; one that is not in NAMES is English."""
    _chosen.set(language if language in NAMES else SOURCE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` within a block."""
    token = _chosen.set(language if language in NAMES else SOURCE)
    try:
        yield
    finally:
        _chosen.reset(token)


def locale() -> Locale:
    """The locale of numbers and dates in force."""
    return _locale(chosen())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def negotiated(accepted: list[str]) -> str:
    """The first language of NAMES that a reader accepts, by order of preference; else English."""
    found = negotiate_locale([tag.replace("-", "_") for tag in accepted], list(NAMES))
    return found or SOURCE


def _(text: str) -> str:
    """`text` in the language in force; in English where it has no translation."""
    return _catalogue(chosen()).gettext(text) if text else text


def ngettext(one: str, many: str, count: float) -> str:
    """`one` or `many`, by the plural rule of the language in force."""
    return _catalogue(chosen()).ngettext(one, many, _plural_of(count))


def N_(text: str) -> str:  # noqa: N802  # gettext's own name, which extraction looks for
    """Marks `text` for the catalogues; `_` says it later."""
    return text


class Spoken(Mapping[str, str]):
    """A mapping to English texts (marked with N_) that answers in the language in force."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: str) -> str:
        return _(self._texts[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _plural_of(count: float) -> int:
    """A count as gettext's rules take it: 1.5 is not one of a thing, nor is 0.5 none."""
    return int(count) if float(count).is_integer() else max(2, int(count) + 1)


@cache
def _catalogue(language: str) -> NullTranslations:
    file = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language == SOURCE or not file.is_file():
        return NullTranslations()
    with file.open("rb") as text:
        messages = read_po(text, locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)
