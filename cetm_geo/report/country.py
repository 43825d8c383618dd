"""A country's profile -> a report, in the language asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cetm_geo import country, words
from cetm_geo.language import _, speaking
from cetm_geo.report.content import (
    Block,
    Bullets,
    Cell,
    Heading,
    Key,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
    with_id,
)
from cetm_geo.report.layoutwords import layout_words
from cetm_geo.report.signs import signs
from cetm_geo.report.site import stamp
from cetm_geo.report.validity import rerun_after
from cetm_geo.web import Service
from cetm_geo.web.overview import Overviews

_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|#])")
_BOLD = re.compile(r"\*\*(.+)\*\*")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_FIRST_COLUMN = 1.6  # as wide as so many others
_LONG = 28  # letters from which on a column is wide


def report_of_country(
    service: Service,
    iso3: str,
    language: str = "en",
    bundle_sha256: str = "",
    measured: Mapping[str, Any] | None = None,
) -> Report:
    """The report of a country. Raises StoreError, and ExportError for a language without texts.

    Args:
        iso3: three letters of ISO 3166.
        bundle_sha256: of the evidence bundle that goes with the report, "" for none.
        measured: the country's profile of the generation in force, where it is there already.
    """
    store = service.store()
    book, meta = store.rulebook, store.meta
    profile = measured or country.profile_of(country.read_country(store, iso3), book, iso3)
    lines = country.markdown(profile, book, language).splitlines()
    as_of = date.fromisoformat(meta["as_of"][:10])
    title, head, sections = read(lines)
    with speaking(language):
        report = Report(
            language=language,
            kind=_("Profile of a country"),
            title=title,
            facts=[],
            cautions=[],
            verdict=None,
            picture=_picture(service, iso3),
            stamp=stamp(
                meta,
                as_of,
                rerun_after(store.rows("layers_of_screening"), as_of),
                book.version,
                bundle_sha256,
            ),
            sections=[*([Section(_("In short"), "", head)] if head else []), *sections],
            disclaimer=_(words.DISCLAIMER),
            as_of=as_of.isoformat(),
            words=layout_words(),
        )
        return with_id(report, store.generation, _("Report"))


def _picture(service: Service, iso3: str) -> Picture | None:
    """The small map of the country that its page has, with what its signs mean."""
    drawn = Overviews(service.withheld)
    svg = drawn.svg(service.store(), iso3, "light")
    height = drawn.height(service.store(), iso3)
    if svg is None or height is None:
        return None
    keys = [Key(signs()[said.sign], said.label) for said in words.TIERS.values()]
    return Picture(svg, _("Map of the country with its titles by tier."), height, keys)


def read(lines: Sequence[str]) -> tuple[str, list[Block], list[Section]]:
    """A page of `country.markdown` as title, first blocks and sections."""
    title, head = "", list[Block]()
    sections: list[tuple[str, list[Block]]] = []
    for block in _blocks(lines):
        if isinstance(block, Heading) and block.level == 1:
            title = block.text
        elif isinstance(block, Heading) and block.level == 2:
            sections.append((block.text, []))
        else:
            (sections[-1][1] if sections else head).append(block)
    return title, head, [Section(name, "", blocks) for name, blocks in sections]


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    rows: list[list[str]] = []
    items: list[str] = []
    for line in [*lines, ""]:
        if rows and not line.startswith("|"):
            yield _table(rows)
            rows = []
        if items and not line.startswith("- "):
            yield Bullets(items)
            items = []
        if line.startswith("|"):
            rows.append(_cells(line))
        elif line.startswith("- "):
            items.append(_plain(line[2:]))
        elif line.startswith("#"):
            marks, _space, text = line.partition(" ")
            yield Heading(_plain(text), len(marks))
        elif bold := _BOLD.fullmatch(line):
            yield Heading(_plain(bold[1]), 4)
        elif line:
            yield Paragraph(_plain(line))


def _cells(line: str) -> list[str]:
    return [_plain(cell.strip()) for cell in _BETWEEN_CELLS.split(line)[1:-1]]


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _table(rows: Sequence[Sequence[str]]) -> Table:
    """Head, rule and rows; a column of which every cell begins like a number is aligned so."""
    head, body = rows[0], rows[2:]
    width = len(head)
    numbers = [
        place
        for place in range(1, width)
        if any(row[place] for row in body) and all(_is_number(row[place]) for row in body)
    ]
    wide = [max((len(row[place]) for row in body), default=0) > _LONG for place in range(width)]
    parts = [_FIRST_COLUMN if place == 0 or wide[place] else 1.0 for place in range(width)]
    return Table(
        head,
        [[Cell(text) for text in row] for row in body],
        [part / sum(parts) for part in parts],
        numbers,
    )


def _is_number(text: str) -> bool:
    return not text or text[0].isdigit() or text[0] in "<>–?-" or text in ("none", "not known")
