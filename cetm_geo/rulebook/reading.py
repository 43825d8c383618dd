"""All files of a folder of rules -> Rulebook; every problem of every file is reported at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import TypeVar

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.rules import Rulebook
from cetm_geo.rulebook.binding import GROUPS
from cetm_geo.rulebook.checks import Known, problems_of_rules, roles_of
from cetm_geo.rulebook.countries import (
    FOLDER,
    all_norms,
    check_memberships,
    read_memberships,
    read_packs,
)
from cetm_geo.rulebook.entries import RULES
from cetm_geo.rulebook.groups import read_groups
from cetm_geo.rulebook.indicators import read_indicators
from cetm_geo.rulebook.minerals import read_minerals
from cetm_geo.rulebook.norms import read_helpers, read_norms
from cetm_geo.rulebook.pack_checks import problems_of_pack
from cetm_geo.rulebook.rules import read_cuts, read_labels, read_requires, read_rules
from cetm_geo.rulebook.score_checks import (
    problems_of_cuts,
    problems_of_labels,
    problems_of_requires,
)

T = TypeVar("T")
_VERSION_DIGITS = 12
READ_ENDINGS = (".toml", ".csv")  # of the files that make a rulebook


def read_rulebook(folder: Path | None = None) -> Rulebook:
    """The rulebook of a folder; without one, that which the project carries.

    Raises DefinitionError with all problems of all files, each with its file and key.
    """
    return _shipped() if folder is None else _read(folder)


@cache
def _shipped() -> Rulebook:
    return _read(RULES)


def _read(folder: Path) -> Rulebook:
    if not folder.is_dir():
        raise DefinitionError([Problem(str(folder), "", "no such folder of rules")])
    problems: list[Problem] = []
    norms = _tried(read_norms, folder, problems)
    packs = _tried(read_packs, folder, problems)
    memberships = _tried(read_memberships, folder, problems)
    helpers = _tried(read_helpers, folder, problems)
    specs = _tried(read_indicators, folder, problems)
    groups = _tried(read_groups, folder, problems)
    minerals, lists = _tried(read_minerals, folder, problems) or ({}, {})
    rules, written = read_rules(folder, problems)
    book = Rulebook(
        version=version_of(folder),
        rules=rules,
        norms=all_norms(norms or {}, packs or {}),
        helpers=helpers or {},
        indicators=specs or (),
        groups=groups or {},
        cuts=read_cuts(folder, problems),
        minerals=minerals,
        lists=lists,
        memberships=memberships or (),
        packs=packs or {},
        requires=read_requires(folder, problems),
        labels=read_labels(folder, problems),
    )
    known = Known(
        rules=written,
        norms=norms,
        helpers=helpers,
        specs=specs,
        roles=None if groups is None else roles_of(groups),
        memberships=None if memberships is None else _groups_of(book),
    )
    problems += _across(book, known, folder)
    if problems:
        raise DefinitionError(problems)
    return book


def _across(book: Rulebook, known: Known, folder: Path) -> list[Problem]:
    """What does not fit between the files."""
    rules, cuts = book.rules, book.cuts
    out = problems_of_rules(rules, known, folder)
    out += problems_of_cuts(cuts, known, folder)
    out += problems_of_labels(book.labels, rules.values(), cuts, known, folder)
    out += problems_of_requires(book.requires, folder)
    for iso3, pack in book.packs.items():
        path = folder / FOLDER / f"{iso3.lower()}.toml"
        out += problems_of_pack(pack, rules, known, path)
    if known.norms is not None:
        out += check_memberships(book.memberships, book.packs, book.norms, folder)
    return out


def _tried(read: Callable[[Path], T], folder: Path, problems: list[Problem]) -> T | None:
    """What a reader gives, or None and its problems."""
    try:
        return read(folder)
    except DefinitionError as error:
        problems.extend(error.problems)
        return None


def _groups_of(book: Rulebook) -> Collection[str]:
    """Treaties and groups of countries that anyone is recorded to be in."""
    own = (m.group for pack in book.packs.values() for m in pack.memberships)
    return {*GROUPS, *own, *(m.group for m in book.memberships)}


def version_of(folder: Path) -> str:
    """A short mark of all the files of a folder of rules: another content, another mark."""
    mark = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in READ_ENDINGS:
            mark.update(path.relative_to(folder).as_posix().encode() + b"\0")
            mark.update(path.read_bytes() + b"\0")
    return mark.hexdigest()[:_VERSION_DIGITS]
