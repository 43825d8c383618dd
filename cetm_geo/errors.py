"""Every exception of CETM-Geo, as one tree.

CetmError                    anything the user can mend; printed on one line, exit code 2
├── DefinitionError          a layer, rule or setting is written wrongly (lists every problem)
├── SourceError              a file cannot be read as what the catalogue says it is
│   ├── ColumnsNotFound      a named column is not in the file (hints at near names)
│   ├── CRSMissing           no coordinate reference system in the file or the catalogue
│   ├── CoordinatesUnreadable  a text or a cell holds no coordinates (names every bad line)
│   ├── AxesUnconfirmed      coordinates can be read in two ways, and nobody said which
│   └── UnsafeUpload         the file is not of the declared kind, or over a limit
├── LayerError               a layer was read but cannot be used
│   └── CRSMismatch          the file states one CRS, the catalogue another
├── SiteError                a site (a concession or a drawn polygon) cannot be screened
│   └── Unbalanced           what a layer covers of a site and what it leaves are not the whole
├── FilterError              what is asked of a collection cannot be read, or asked of it
├── ExportError              a result cannot be written
├── BundleError              a file is no evidence bundle, or not the one that was written
├── ProposalError            a proposal cannot be kept or opened
│   ├── ProposalsOff         no folder was given to keep them in
│   ├── ProposalMissing      there is none of that id
│   ├── ProposalStale        another has changed it meanwhile
│   ├── ProposalUnreadable   its file is damaged, or of a newer program
│   └── ProposalNotKept      it could not be written: disk full, read-only, one too many
├── ClusterError             workers on other machines cannot be reached or used, or were lost
└── StoreError               the store cannot be opened
    ├── StoreMissing
    ├── StoreVersionError
    ├── StoreBusy            another build holds the lock
    └── StoreDamaged

A message says what happened, with which file, layer or feature, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What moves a terminal's cursor or cannot be written; a new line only begins an item of a list.
_UNPRINTABLE = re.compile(r"\n(?!  )|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text: str) -> str:
    """A text with its control characters spelled out: names in files may hold any."""
    return _UNPRINTABLE.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


class CetmError(Exception):
    """Base of everything a user can mend.

    Args:
        what: what happened, with the file, layer or feature it happened to.
        hint: what to do about it, as an imperative sentence.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = printable(what)
        self.hint = printable(hint)
        super().__init__(f"{self.what} {self.hint}".strip())


@dataclass(frozen=True)
class Problem:
    """One mistake in a definition file: where it is and what is wrong."""

    path: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.key}: {self.text}" if self.key else f"{self.path}: {self.text}"


class DefinitionError(CetmError):
    """One or more definition files are wrong; `problems` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the definitions:"
        super().__init__("\n  ".join([head, *map(str, self.problems)]))


class SourceError(CetmError):
    """A file cannot be read as what the catalogue says it is."""


class ColumnsNotFound(SourceError):
    """A column that the catalogue names is not in the file."""


class CRSMissing(SourceError):
    """Neither the file nor the catalogue states a coordinate reference system."""


class CoordinatesUnreadable(SourceError):
    """A text holds no coordinates, or lines that are none; `lines` holds all of these.

    Args:
        lines: per bad line its number, its text, and what was expected.
    """

    def __init__(
        self, what: str, hint: str = "", lines: Sequence[tuple[int, str, str]] = ()
    ) -> None:
        self.lines = tuple(lines)
        super().__init__(what, hint)


class AxesUnconfirmed(SourceError):
    """Coordinates can be read in two ways; `readings` holds both, as rows of JSON."""

    def __init__(self, what: str, hint: str, readings: Sequence[Mapping[str, Any]]) -> None:
        self.readings = tuple(dict(row) for row in readings)
        super().__init__(what, hint)


class UnsafeUpload(SourceError):
    """The file's content is not of the declared kind."""


class LayerError(CetmError):
    """A layer was read but cannot be used as declared."""


class CRSMismatch(LayerError):
    """The file states one coordinate reference system, the catalogue another."""


class SiteError(CetmError):
    """A site cannot be screened."""


class Unbalanced(SiteError):
    """What a layer covers of a site and what it leaves out do not come to the site."""


class FilterError(CetmError):
    """What is asked of a collection cannot be read, or asked of it."""


class ExportError(CetmError):
    """A result cannot be written where or as it was asked for."""


class BundleError(CetmError):
    """A file is no evidence bundle, or not the one that was written."""


class ProposalError(CetmError):
    """A proposal cannot be kept or opened."""


class ProposalsOff(ProposalError):
    """This server was given no folder for proposals."""


class ProposalMissing(ProposalError):
    """There is no proposal of that id."""


class ProposalStale(ProposalError):
    """The proposal has been changed since the caller read it."""


class ProposalUnreadable(ProposalError):
    """A proposal's file is damaged, or was written by a newer program."""


class ProposalNotKept(ProposalError):
    """A proposal could not be written; what was kept before is unchanged."""


class ClusterError(CetmError):
    """Workers cannot be reached, are not what they must be, or were lost."""


class StoreError(CetmError):
    """The store cannot be used."""


class StoreMissing(StoreError):
    """There is no built store at the given path."""


class StoreVersionError(StoreError):
    """The store was written by another version of its schema."""


class StoreBusy(StoreError):
    """Another build is writing this store."""


class StoreDamaged(StoreError):
    """The store's content differs from what its manifest promises."""
