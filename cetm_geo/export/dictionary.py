"""What the columns of an export hold: type, unit and meaning of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources as package_files

from cetm_geo.rulebook.indicators import Indicators

FIELDS = ("column", "type", "unit", "meaning")
_Said = tuple[str, str, str]


def columns_of(
    table: str, names: Iterable[str], indicators: Indicators, roles: Mapping[str, str]
) -> list[dict[str, str]]:
    """A row for each column in order, with FIELDS.

    Args:
        table: one of `export.WHAT`. indicators: the catalogue, for columns that are one. roles:
            layer id -> role, as the ids of a layer's indicators begin with its own.
    """
    return [
        dict(zip(FIELDS, (name, *_said(table, name, indicators, roles)), strict=True))
        for name in names
    ]


def _said(table: str, name: str, indicators: Indicators, roles: Mapping[str, str]) -> _Said:
    known, patterns = _listed()
    found = known.get(f"{table}.{name}") or known.get(name)
    if found:
        return found
    spec = indicators.spec_of(name, roles)
    if spec:
        return ("number", spec.unit, spec.formula)
    return next((said for pattern, said in patterns if pattern.fullmatch(name)), ("", "", ""))


@cache
def _listed() -> tuple[Mapping[str, _Said], tuple[tuple[re.Pattern[str], _Said], ...]]:
    text = (package_files.files("cetm_geo.export") / "columns.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    known = {name: (kind, unit, meaning) for name, kind, unit, meaning in read["columns"]}
    patterns = tuple(
        (re.compile(name), (kind, unit, meaning)) for name, kind, unit, meaning in read["patterns"]
    )
    return known, patterns
