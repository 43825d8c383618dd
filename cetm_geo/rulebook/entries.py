"""Entries of rule files -> frozen data; every mistake is told with its file, entry and key."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cetm_geo.errors import Problem

RULES = Path(__file__).resolve().parents[1] / "rules"
T = TypeVar("T")


def read_csv(
    path: Path, columns: Sequence[str], problems: list[Problem]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a table as (place, row), the place being "line 2" and so on.

    The header must be `columns`; rows with more or fewer cells are problems.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            if next(rows, []) != list(columns):
                problems.append(Problem(str(path), "line 1", f"must be {','.join(columns)}"))
                return
            for cells in rows:
                place = f"line {rows.line_num}"
                if len(cells) == len(columns):
                    yield place, dict(zip(columns, (c.strip() for c in cells), strict=True))
                elif cells:
                    told = f"{len(cells)} cells where there must be {len(columns)}"
                    problems.append(Problem(str(path), place, told))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(str(path), "", f"cannot be read: {error}"))


def entries_of(raw: Mapping[str, Any], name: str, path: Path, problems: list[Problem]) -> list[Any]:
    """The tables [[name]] of a file; a problem where it is not a list of tables."""
    found = raw.get(name, [])
    if isinstance(found, list) and all(isinstance(entry, dict) for entry in found):
        return found
    problems.append(Problem(str(path), name, f"must be tables [[{name}]]"))
    return []


def validated(
    adapter: TypeAdapter[T],
    fields: Sequence[str],
    raw: Mapping[str, Any],
    path: Path,
    place: str,
    problems: list[Problem],
) -> T | None:
    """The data of one entry, or None and its mistakes.

    Args:
        fields: names of the keys that an entry may have, to guess what was meant.
        place: of the entry in its file, as `norm.whc_art4`; stands before each key.
    """
    try:
        return adapter.validate_python(dict(raw))
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join([*filter(None, [place]), *(str(part) for part in detail["loc"])])
            problems.append(Problem(str(path), key, _told(detail, fields)))
    return None


def _told(detail: Any, fields: Sequence[str]) -> str:
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        near = get_close_matches(str(detail["loc"][-1]), fields, 1)
        return "unknown key" + (f"; did you mean {near[0]}?" if near else "")
    if detail["type"] in ("missing", "missing_argument"):
        return "required, not given"
    return f"{detail['msg']} (got {detail.get('input')!r:.60})"
