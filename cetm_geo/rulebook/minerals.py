"""rules/minerals.csv and lists.toml -> minerals and the published lists they are on.

How texts of registers find them is in `mineral_matching`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.rules import LANGUAGES, Mineral, MineralList
from cetm_geo.rulebook.mineral_words import FILE as WORDS
from cetm_geo.rulebook.mineral_words import is_symbol, key_of, read_words
from cetm_geo.tomltext import read_toml

MINERALS, LISTS = "minerals.csv", "lists.toml"
SHIPPED = Path(__file__).resolve().parents[1] / "rules"
SHARED = "*"  # behind a name that several minerals declare: the text then means all of them
_COLUMNS = ("id", "symbol", *LANGUAGES, "lists", "by_product_of", "note")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_LISTS = TypeAdapter(tuple[MineralList, ...])


def read_minerals(
    folder: Path | None = None,
) -> tuple[dict[str, Mineral], dict[str, MineralList]]:
    """Minerals and lists by id, in the order of the files; without a folder, the project's own.

    Raises DefinitionError with all problems of both files.
    """
    if folder is None:
        minerals, lists = _shipped()
        return dict(minerals), dict(lists)
    return _read(folder)


@cache
def _shipped() -> tuple[Mapping[str, Mineral], Mapping[str, MineralList]]:
    return _read(SHIPPED)


def label_of(
    mineral_id: str, language: str = "en", minerals: Mapping[str, Mineral] | None = None
) -> str:
    """A mineral's first name in a language (`LANGUAGES`); an id that no mineral has, as it is."""
    known = _shipped()[0] if minerals is None else minerals
    mineral = known.get(mineral_id)
    return mineral.names[language][0] if mineral else mineral_id


def members(minerals: Mapping[str, Mineral] | None = None) -> dict[str, frozenset[str]]:
    """Per id of a list, the ids of the minerals on it."""
    if minerals is None:
        minerals, lists = _shipped()
        found: dict[str, set[str]] = {name: set() for name in lists}
    else:
        found = {name: set() for mineral in minerals.values() for name in mineral.lists}
    for mineral in minerals.values():
        for name in mineral.lists:
            found[name].add(mineral.id)
    return {name: frozenset(ids) for name, ids in found.items()}


def lists_of(
    mineral_ids: Iterable[str], minerals: Mapping[str, Mineral] | None = None
) -> dict[str, tuple[str, ...]]:
    """Per id of a list, those of the minerals that are on it, in the order given."""
    given = tuple(dict.fromkeys(mineral_ids))
    return {
        name: tuple(i for i in given if i in listed) for name, listed in members(minerals).items()
    }


def by_products_of(
    mineral_ids: Iterable[str], minerals: Mapping[str, Mineral] | None = None
) -> tuple[str, ...]:
    """Minerals that may come with these and are not among them, in the order of the file."""
    given = set(mineral_ids)
    known = _shipped()[0] if minerals is None else minerals
    return tuple(m.id for m in known.values() if m.id not in given and given & set(m.by_product_of))


# --- names and symbols ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """What a name means: the minerals that give it, and the languages it is of."""

    ids: tuple[str, ...]
    languages: frozenset[str]


def names_by_key(minerals: Iterable[Mineral]) -> dict[str, Name]:
    """Names by `key_of`; a name that several minerals give means all of them."""
    ids: dict[str, dict[str, None]] = {}
    languages: dict[str, set[str]] = {}
    for mineral in minerals:
        for language, name in names_of(mineral):
            ids.setdefault(key_of(name), {})[mineral.id] = None
            languages.setdefault(key_of(name), set()).add(language)
    return {key: Name(tuple(ids[key]), frozenset(languages[key])) for key in ids}


def names_of(mineral: Mineral) -> Iterator[tuple[str, str]]:
    """Language and name of all that is no element's symbol; PGM and REE are names in all four."""
    for language, names in mineral.names.items():
        symbol = (mineral.symbol,) if mineral.symbol else ()
        yield from ((language, name) for name in (*names, *symbol) if not is_symbol(name))


def symbols_of(mineral: Mineral) -> tuple[str, ...]:
    """The symbols that mean a mineral: its own, and names written as one, as Nd of rare earths."""
    written = (mineral.symbol, *(n for names in mineral.names.values() for n in names))
    return tuple(dict.fromkeys(filter(is_symbol, written)))


# --- reading -------------------------------------------------------------------------------------


def _read(folder: Path) -> tuple[dict[str, Mineral], dict[str, MineralList]]:
    problems: list[Problem] = []
    lists = _read_lists(folder / LISTS, problems)
    path = folder / MINERALS
    rows = _read_rows(path, problems)
    for key, told in _mistakes(rows, lists):
        problems.append(Problem(str(path), key, told))
    problems += _problems_of_words(folder, rows)
    if problems:
        raise DefinitionError(problems)
    return {row.id: _without_marks(row) for row in rows}, lists


def _read_lists(path: Path, problems: list[Problem]) -> dict[str, MineralList]:
    try:
        raw = read_toml(path, problems)
        found = _LISTS.validate_python(raw.pop("list", []))
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join(str(part) for part in ("list", *detail["loc"]))
            problems.append(Problem(str(path), key, str(detail["msg"])))
    else:
        problems += [Problem(str(path), key, "unknown key") for key in raw]
        for one in found:
            if not _DAY.fullmatch(one.as_of):
                problems.append(Problem(str(path), f"list.{one.id}.as_of", "no day, as 2024-05-23"))
        problems += [
            Problem(str(path), f"list.{name}", "the id is given twice")
            for name in _repeated(one.id for one in found)
        ]
        return {one.id: one for one in found}
    return {}


def _read_rows(path: Path, problems: list[Problem]) -> list[Mineral]:
    """Rows as they stand, with the marks of shared names; those of another length are told."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = [row for row in csv.reader(file) if any(row)] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(str(path), "", f"cannot be read: {error}"))
        return []
    if tuple(head) != _COLUMNS:
        problems.append(Problem(str(path), "", f"the columns must be {','.join(_COLUMNS)}"))
        return []
    for number, row in enumerate(rows, 2):
        if len(row) != len(_COLUMNS):
            told = f"{len(row)} cells, not {len(_COLUMNS)}"
            problems.append(Problem(str(path), f"row {number}", told))
    return [_mineral(dict(zip(_COLUMNS, r, strict=True))) for r in rows if len(r) == len(_COLUMNS)]


def _mineral(row: Mapping[str, str]) -> Mineral:
    def listed(column: str) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in row[column].split("|"))))

    return Mineral(
        id=row["id"].strip(),
        symbol=row["symbol"].strip(),
        names={language: listed(language) for language in LANGUAGES},
        lists=listed("lists"),
        by_product_of=listed("by_product_of"),
        note=row["note"].strip(),
    )


def _without_marks(mineral: Mineral) -> Mineral:
    names = {
        language: tuple(name.removesuffix(SHARED) for name in names)
        for language, names in mineral.names.items()
    }
    return replace(mineral, names=names)


# --- mistakes ------------------------------------------------------------------------------------


def _mistakes(rows: list[Mineral], lists: Mapping[str, MineralList]) -> Iterator[tuple[str, str]]:
    ids = {row.id for row in rows}
    for name in _repeated(row.id for row in rows):
        yield name, "the id is given twice"
    for row in rows:
        if not _ID.fullmatch(row.id):
            yield row.id or "id", "an id is lower case letters, digits and _"
        for language, names in row.names.items():
            if not names:
                yield f"{row.id}.{language}", "no name in this language"
        for name in row.lists:
            if name not in lists:
                yield f"{row.id}.lists", f"no list is called {name!r}"
        for host in row.by_product_of:
            if host not in ids or host == row.id:
                yield f"{row.id}.by_product_of", f"{host!r} is no other mineral of this file"
    yield from _clashes(rows)
    yield from _symbols_given_twice(rows)


def _clashes(rows: list[Mineral]) -> Iterator[tuple[str, str]]:
    """Names that several minerals give, in whatever language, and not all with the mark."""
    owners: dict[str, dict[str, bool]] = {}
    for row in rows:
        for _, name in names_of(row):
            key = key_of(name)
            if not key:
                yield row.id, f"the name {name!r} has no letter"
                continue
            marked = owners.setdefault(key, {}).get(row.id, True) and name.endswith(SHARED)
            owners[key][row.id] = marked
    for key, marks in owners.items():
        if len(marks) == 1 and all(marks.values()):
            yield next(iter(marks)), f"{key!r} is marked as shared, and no other mineral has it"
        elif len(marks) > 1 and not all(marks.values()):
            named = ", ".join(marks)
            yield named, f"{key!r} names all of these: mark it {SHARED} in each, or leave it in one"


def _symbols_given_twice(rows: list[Mineral]) -> Iterator[tuple[str, str]]:
    owners: dict[str, list[str]] = {}
    for row in rows:
        for symbol in symbols_of(row):
            owners.setdefault(symbol.casefold(), []).append(row.id)
    for symbol, named in owners.items():
        if len(named) > 1:
            yield ", ".join(named), f"the symbol {symbol!r} is given twice"


def _problems_of_words(folder: Path, rows: list[Mineral]) -> Iterator[Problem]:
    """Mistakes of the words that name no mineral, and names they speak of that no mineral has."""
    try:
        words = read_words(folder)
    except DefinitionError as error:
        yield from error.problems
        return
    names = names_by_key(map(_without_marks, rows))
    named = {"people": words.people, "conjunctions": tuple(c.word for c in words.conjunctions)}
    for key, given in named.items():
        for word in given:
            if key_of(word) not in names:
                yield Problem(str(folder / WORDS), key, f"no mineral is called {word!r}")
    for one in words.conjunctions:
        for language in {one.name, one.conjunction} - set(LANGUAGES):
            told = f"{language!r} is none of {', '.join(LANGUAGES)}"
            yield Problem(str(folder / WORDS), "conjunctions", told)


def _repeated(ids: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    for one in ids:
        seen[one] = seen.get(one, 0) + 1
    return [one for one, count in seen.items() if count > 1]
