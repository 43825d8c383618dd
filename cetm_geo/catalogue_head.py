"""catalogue.toml -> what a catalogue says of itself: its label, its country, the user's tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from cetm_geo.errors import Problem
from cetm_geo.rulebook.codes import is_country_code
from cetm_geo.tomltext import read_toml

# What a user may state beside the layers, and what each table says.
TABLES: Mapping[str, str] = {
    "consent": "what is recorded of communities' consent, by title and territory",
    "statements": "what is disclosed of titles, and what a country states of itself",
}
_KEYS = ("label", "country", "tables")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True)
class CatalogueHead:
    """The keys of catalogue.toml. label: "" = the folder's name. country, tables: as `Catalog`."""

    label: str = ""
    country: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)


def read_head(path: Path, problems: list[Problem]) -> CatalogueHead:
    """What the file at `path` says; nothing where there is no such file. Mistakes are added to
    `problems`.
    """
    raw = read_toml(path, problems) if path.is_file() else {}
    problems += [Problem(str(path), key, text) for key, text in _mistakes(raw)]
    stated = raw.get("tables")
    return CatalogueHead(
        str(raw.get("label", "")),
        str(raw.get("country", "")),
        dict(stated) if isinstance(stated, Mapping) else {},
    )


def _mistakes(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in sorted(raw.keys() - set(_KEYS)):
        yield key, _unknown("key", key, _KEYS)
    if not isinstance(raw.get("label", ""), str):
        yield "label", "must be text"
    country = raw.get("country")
    if country is not None and not (isinstance(country, str) and is_country_code(country)):
        told = "must be an alpha-3 code of ISO 3166, or XAA to XZZ of an invented country"
        yield "country", f"{told}, not {country!r}"
    stated = raw.get("tables", {})
    if not isinstance(stated, Mapping):
        yield "tables", f"a table of paths: {', '.join(TABLES)}"
        return
    for name, file in stated.items():
        if name not in TABLES:
            yield f"tables.{name}", _unknown("table", name, tuple(TABLES))
        elif not _is_below(file):
            yield f"tables.{name}", "a path relative to the data folder, without .."


def _is_below(path: Any) -> bool:
    if not isinstance(path, str) or not path or _ADDRESS.match(path):
        return False
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, 1)
    return f"unknown {what}" + (f"; did you mean {near[0]}?" if near else f"; {', '.join(known)}")
