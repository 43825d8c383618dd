"""What a report says, apart from how it looks: plain blocks that PDF and HTML both lay out.

Every text is plain: neither renderer reads markup in it, whatever a register or a rule holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

ID_DIGITS = 12  # of the report's id, in hexadecimal


@dataclass(frozen=True)
class Paragraph:
    """kind: plain, muted or caution."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading within a section. level: 3, or 4 below that."""

    text: str
    level: int = 3


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Line:
    """What one layer answers: its state's sign, its name, its sentence, its measure and share.

    state: a key of `model.LayerState`. under: it stands below the line of its role.
    """

    state: str
    sign: str
    name: str
    detail: str
    value: str
    more: str = ""
    under: bool = False


@dataclass(frozen=True)
class Lines:
    """Layers, one a line."""

    items: Sequence[Line]


@dataclass(frozen=True)
class Cell:
    """A cell of a table. more: said smaller, below. share: 0 to 1, a bar that is so wide."""

    text: str
    more: str = ""
    share: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows under a head. widths: of the columns, as shares of the whole; numbers: columns that hold
    numbers, aligned to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float]
    numbers: Sequence[int] = ()


@dataclass(frozen=True)
class Term:
    """A term and what is said of it, a text a line."""

    term: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Terms:
    """Terms one below the other."""

    items: Sequence[Term]


@dataclass(frozen=True)
class Card:
    """A raised flag. severity: a key of `model.Severity`. rule: the row of the rule in the book."""

    severity: str
    sign: str
    label: str
    title: str
    rule: str
    marks: Sequence[str]
    message: str
    terms: Sequence[Term]


@dataclass(frozen=True)
class Key:
    """What a colour or a number on the map stands for. swatch: SVG, or "" for a number."""

    swatch: str
    text: str
    number: str = ""


@dataclass(frozen=True)
class Picture:
    """An SVG that holds no text of the data; said: what it shows. height: as a share of its width.

    keys: what its signs stand for.
    """

    svg: str
    said: str
    height: float
    keys: Sequence[Key] = ()


Block = Paragraph | Heading | Bullets | Lines | Table | Terms | Card | Picture


@dataclass(frozen=True)
class Section:
    """Blocks under a heading. aside: said beside it, smaller."""

    title: str
    aside: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Verdict:
    """What a report says first. tier: a key of `model.Tier`."""

    tier: str
    sign: str
    label: str
    because: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Report:
    """A report in one language.

    as_of: ISO date of the data. stamp: id, dates and versions, as terms. id: of the content, equal
    for equal answers of one store.
    """

    language: str
    kind: str
    title: str
    facts: Sequence[str]
    cautions: Sequence[str]
    verdict: Verdict | None
    picture: Picture | None
    stamp: Sequence[Term]
    sections: Sequence[Section]
    disclaimer: str
    as_of: str
    id: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


def with_id(report: Report, generation: str, term: str) -> Report:
    """`report` with its id, by all that it says and the store it says it of, first in its stamp."""
    told = json.dumps([plain(report), generation], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(told.encode("utf-8")).hexdigest()[:ID_DIGITS].upper()
    spelled = "-".join(digest[i : i + 4] for i in range(0, ID_DIGITS, 4))
    return replace(report, id=spelled, stamp=[Term(term, [spelled]), *report.stamp])


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON holds it; each block says its `block`, the name of its class."""
    told = asdict(report)
    for section, own in zip(told["sections"], report.sections, strict=True):
        for row, block in zip(section["blocks"], own.blocks, strict=True):
            row["block"] = type(block).__name__.lower()
    return told


def texts(told: Any) -> Iterator[str]:
    """Every text of a report that is read as text, pictures left out."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for name, value in told.items():
            if name not in ("svg", "swatch"):
                yield from texts(value)
    elif isinstance(told, Sequence):
        for value in told:
            yield from texts(value)
