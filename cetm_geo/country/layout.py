"""How figures become lines of Markdown: tables, paragraphs and numbers in one language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.numbers import format_decimal

from cetm_geo.country.tabled import ALL, GROUPS
from cetm_geo.flags.wording import amount

Row = Mapping[str, Any]
NONE = "–"
_FOLDER = Path(__file__).resolve().parent
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_UNITS = {"_km2": "km2", "_share": "share", "_km": "km", "_index": "index"}


def languages() -> list[str]:
    """Languages a profile can be written in: each has a file of texts beside this module."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def _texts(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


class Layout:
    """Lines of Markdown in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.texts = _texts(language)

    def text(self, section: str, name: str, /, **filled: object) -> str:
        """One text, its places filled."""
        return self.texts[section][name].format(**filled)

    def named(self, section: str, name: str) -> str:
        """What something is called that rules of the user's may add to; else its own name."""
        return self.texts[section].get(name, name.replace("_", " "))

    def heading(self, level: int, name: str) -> Iterator[str]:
        """A heading of the section of this name."""
        yield from paragraph(f"{'#' * level} {self.text('section', name)}")

    def figures(self, held: Row) -> Iterator[str]:
        """A line a figure, of those that a mapping holds."""
        lines = [
            (self.text("row", name), *self.groups(value, unit_of(name)), self.known(value))
            for name, value in held.items()
            if isinstance(value, Mapping) and ALL in value
        ]
        yield from self.table(("", *GROUPS, "known"), lines)

    def kinds(self, rows: Sequence[Row], key: str, texts: str) -> Iterator[str]:
        """A line a kind of titles, such as a tier, by the texts of a section."""
        counts = [(self.text(texts, row[key]), row["titles_count"]) for row in rows]
        lines = [(name, *self.groups(count, ""), self.known(count)) for name, count in counts]
        yield from self.table(("", *GROUPS, "known"), lines)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str | None = None
    ) -> Iterator[str]:
        """A table; where it has no row, what is said instead of it. A last column that says of no
        row what is known is left out."""
        held = list(rows)
        if not held:
            told = self.text("word", "none") if empty is None else empty
            yield from paragraph(told) if told else ()
            return
        if columns[-1] == "known" and not any(row[-1] for row in held):
            columns, held = columns[:-1], [row[:-1] for row in held]
        yield ""
        yield _line([self._column(name) for name in columns])
        yield _line(["---"] * len(columns))
        yield from map(_line, held)

    def _column(self, name: str) -> str:
        if not name:
            return ""
        return self.texts["group" if name in GROUPS else "column"][name]

    def groups(self, figure: Row, unit: str) -> list[str]:
        """A figure's number of each group."""
        return [self.value(figure, group, unit) for group in GROUPS]

    def value(self, figure: Row, group: str, unit: str) -> str:
        """A figure's number, or word, of one group."""
        value = figure[group]
        return cell(value) if isinstance(value, str) else self.number(value, unit)

    def known(self, figure: Row) -> str:
        """What is known of a figure, "" where it is simply known."""
        if figure["status"] == "partial":
            if not figure["not_known_count"]:
                return self.text("word", "partly")
            count = self.number(figure["not_known_count"], "")
            return self.text("status", "partial", count=count)
        return self.text("status", figure["status"])

    def number(self, value: float | None, unit: str) -> str:
        """A number with its unit."""
        if value is None:
            return NONE
        if unit == "index":
            return str(format_decimal(round(value, 3), locale=Locale.parse(self.language)))
        return amount(value, unit, self.language)


def unit_of(name: str) -> str:
    """The unit that the name of a figure ends in."""
    return next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")


def paragraph(text: str) -> Iterator[str]:
    """A paragraph after an empty line."""
    yield ""
    yield text


def cell(text: object) -> str:
    """A text of the data as it is: nothing in it that Markdown or HTML would read."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
