"""The tables that a catalogue names: read before the layers, matched with titles after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import readers, tables
from cetm_geo.books import Books
from cetm_geo.errors import SourceError
from cetm_geo.model import Catalog, IssueAction, Layer
from cetm_geo.readers.encodings import text_remarks
from cetm_geo.statements import consent, topics
from cetm_geo.statements.naming import names_of

CONSENT, STATEMENTS = "consent", "statements"
_COLUMNS = {CONSENT: consent.COLUMNS, STATEMENTS: topics.COLUMNS}


@dataclass(frozen=True)
class StatedTable:
    """A table as it stands in its file; rows: None where it could not be read, for `problem`."""

    name: str
    file: str
    rows: readers.Rows | None = None
    sha256: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Statements:
    """What is stated.

    consent: by `tables.CONSENT`, a title and territory once. statements: by `tables.STATEMENTS`.
    Either is None where there is no such table, or it could not be read: not the same as an empty
    one. issues: by `tables.ISSUES`, layer_id the table's name. facts: per table that was read its
    file, sha256 and rows.
    """

    consent: pd.DataFrame | None = None
    statements: pd.DataFrame | None = None
    issues: pd.DataFrame = field(default_factory=lambda: tables.build(tables.ISSUES))
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


NOTHING = Statements()


def read_tables(catalog: Catalog, data: Path) -> tuple[StatedTable, ...]:
    """The tables that a catalogue names, below the folder `data`."""
    return tuple(_read(name, data / file, file) for name, file in catalog.tables.items())


def _read(name: str, path: Path, file: str) -> StatedTable:
    try:
        if not path.is_file():
            raise SourceError(
                f"{path}: no such file.", f"Put it there or change tables.{name} of the catalogue."
            )
        wanted = {column: column for column in _COLUMNS[name]}
        rows = readers.read_named(path, str(path), wanted, f"tables.{name}")
        return StatedTable(name, file, rows, readers.read_facts(path).sha256)
    except (SourceError, OSError) as error:
        return StatedTable(name, file, problem=str(error).replace("\n", "\\n"))


def problems_of(read: Sequence[StatedTable]) -> list[str]:
    """Why tables could not be read, a line each."""
    return [f"table {table.name}: {table.problem}" for table in read if table.problem]


def stated(read: Sequence[StatedTable], layers: Mapping[str, Layer], sites: Any) -> Statements:
    """What tables state of titles and territories.

    Args:
        layers: by id; those of role community_land hold the territories. sites: by `tables.SITES`.
    """
    if not read:
        return NOTHING
    titles = names_of(sites, "site_id")
    frames: dict[str, pd.DataFrame] = {}
    issues, facts = [], {}
    for table in read:
        books = _books(table)
        if table.rows is not None:
            texts = table.rows.texts
            frames[table.name] = (
                consent.consent_of(texts, titles, layers, books)
                if table.name == CONSENT
                else topics.statements_of(texts, titles, books)
            )
            facts[table.name] = {
                "file": table.file,
                "sha256": table.sha256,
                "rows_in": len(texts),
                "rows_rejected": books.counts[IssueAction.REJECTED],
            }
        issues.append(books.frame())
    told = pd.concat(issues, ignore_index=True)
    return Statements(frames.get(CONSENT), frames.get(STATEMENTS), told, facts)


def _books(table: StatedTable) -> Books:
    """The books of a table, in which a row goes by its number in the file."""
    if table.rows is None:
        books = Books(table.name, np.empty(0, object), 0)
        books.note_layer(table.problem)
        return books
    rows = table.rows
    books = Books(table.name, np.array([f"row {n}" for n in rows.numbers], object), len(rows.texts))
    for remark in (*rows.remarks, *text_remarks(rows.texts, rows.encoding)):
        books.note_layer(f"the reader remarks: {remark}")
    books.drop(rows.reasons, IssueAction.REJECTED)
    return books
