"""The words of a request for items -> which of them, and what comes before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cetm_geo.arrays import Flags
from cetm_geo.cql2 import Box, read_filter
from cetm_geo.errors import FilterError
from cetm_geo.web.ogc.collection import Collection

LIMIT, MOST = 100, 1_000
_OWN = ("bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "f", "lang",
        "filter", "filter-lang", "filter-crs")  # fmt: skip
_CRS84 = (
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "https://www.opengis.net/def/crs/OGC/1.3/CRS84",
)
_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """Which rows of a collection, by their places, and which of these now."""

    matched: np.ndarray
    offset: int
    limit: int

    @property
    def now(self) -> np.ndarray:
        """Places of those on this page."""
        return self.matched[self.offset : self.offset + self.limit]


def asked_for(words: Mapping[str, str], rows: Collection) -> Asked:
    """Read a request. Raises FilterError for a word or a value that cannot be."""
    unknown = [word for word in words if word not in _OWN and word not in rows.properties]
    if unknown:
        raise FilterError(
            f"There is no parameter {unknown[0][:80]!r}.",
            "The queryables of the collection name the properties.",
        )
    _check_crs(words)
    found = np.ones(len(rows.facts), bool)
    if "bbox" in words:
        found &= rows.meets(box_of(words["bbox"]))
    if "datetime" in words:
        found &= rows.during(*days_of(words["datetime"]))
    for name in [word for word in words if word not in _OWN]:
        found &= _equals(rows, name, words[name])
    if "filter" in words:
        found &= read_filter(words["filter"]).rows(rows.columns)
    limit = _whole(words, "limit", LIMIT, least=1)
    return Asked(np.flatnonzero(found), _whole(words, "offset", 0, least=0), min(limit, MOST))


def box_of(text: str) -> Box:
    """West, south, east, north; of six numbers heights are left out. Raises FilterError."""
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise FilterError(f"bbox={text[:80]} is no box.", "Write west,south,east,north in degrees.")
    numbers = [float(part) for part in parts]
    west, south, east, north = numbers if len(numbers) == 4 else _without_heights(numbers)
    if south > north or max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        raise FilterError(
            f"bbox={text[:80]} is no box in degrees.",
            "Write west,south,east,north: south is the smaller number.",
        )
    return west, south, east, north


def _without_heights(numbers: Sequence[float]) -> list[float]:
    return [numbers[i] for i in (0, 1, 3, 4)]


def days_of(text: str) -> tuple[str, str]:
    """First and last day, "" for open: a day, or two with a slash between, ".." for open ones.

    Raises FilterError.
    """
    first, slash, last = text.partition("/")
    days = [_day(first), _day(last)] if slash else [_day(first)] * 2
    if not any(days) or (all(days) and days[0] > days[1]):
        raise FilterError(f"datetime={text[:80]} is no time.", "Write FIRST/LAST, or one day.")
    return days[0], days[1]


def _day(text: str) -> str:
    if text in ("", ".."):
        return ""
    found = _DAY.fullmatch(text)
    if not found or not _is_day(found[1]):
        raise FilterError(
            f"datetime: {text[:80]!r} is no day.", "Write 2020-01-31, or ../2020-01-31."
        )
    return found[1]


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _equals(rows: Collection, name: str, text: str) -> Flags:
    column = rows.columns.of(name)
    if column.dtype.kind in "fiu":
        if not _NUMBER.fullmatch(text):
            raise FilterError(f"{name}={text[:80]} is no number.", "Write one with a point.")
        return np.asarray(column == float(text))
    if column.dtype.kind == "b":
        if text not in ("true", "false"):
            raise FilterError(f"{name}={text[:80]} is neither.", "Write true or false.")
        return np.asarray(column == (text == "true"))
    return np.array([value == text for value in column], bool)


def _check_crs(words: Mapping[str, str]) -> None:
    """Raises FilterError for another CRS, or another language of filters, than there is."""
    for word in ("crs", "bbox-crs", "filter-crs"):
        if words.get(word, _CRS84[0]).strip("[]<>") not in _CRS84:
            raise FilterError(f"{word} is not one that is given here.", f"Use {_CRS84[0]}.")
    if words.get("filter-lang", "cql2-text") != "cql2-text":
        raise FilterError("Filters are read as CQL2 text alone.", "Use filter-lang=cql2-text.")


def _whole(words: Mapping[str, str], word: str, other: int, least: int) -> int:
    text = words.get(word)
    if text is None:
        return other
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise FilterError(
            f"{word}={text[:80]} is no whole number from {least} on.", "Leave it out, or mend it."
        )
    return int(text)
