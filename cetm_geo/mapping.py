"""Which column of a file is what to a catalogue, told by names and checked against contents.

Every answer is a guess with its reason, for a person to confirm; a column whose contents do not
bear out its name is not proposed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure, recognition, vocabulary, words
from cetm_geo.facts import Field
from cetm_geo.model import SCREENED_ROLES, Role
from cetm_geo.readers import RawFrame

_MOST_MEASURED = 500  # features whose area is measured to tell the unit of the stated one
_NEAR = 1.25  # the factor by which a stated area may be off the measured one and still be near
_FITTING = 0.25  # share of the features that have to be near; many titles state the sum of parts
_MOST = 0.5
_MOST_LETTERS = 80  # of a text that says a status and is no description
_YES_AND_NO = {
    "yes",
    "no",
    "y",
    "n",
    "true",
    "false",
    "t",
    "f",
    "si",
    "sí",
    "oui",
    "non",
    "sim",
    "não",
}
_SLASHED = re.compile(r"\s*(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:$|[T ].*)")

DATES = ("applied_on", "granted_on", "expires_on")
_OF_TITLES = ("holder", "minerals", "stage", "status", *DATES, "declared_area")


@dataclass(frozen=True)
class Guess:
    """A proposed value and why."""

    value: str
    reason: str


def guess_columns(
    fields: Sequence[Field], role: Role, attributes: pd.DataFrame, iso3: str
) -> dict[str, Guess]:
    """Canonical name -> column, for those that a role uses and a column is found for.

    Args:
        fields: of the file; the personal ones are never proposed. attributes: as read.
        iso3: the country, by which a column of country codes is told.
    """
    open_fields = [f for f in fields if not f.personal and f.distinct]
    out: dict[str, Guess] = {}
    for name, test in _TESTS.items():
        if not _is_used(name, role):
            continue
        found = _best(name, [f for f in open_fields if test(f, attributes)])
        if found is not None:
            out[name] = Guess(found.name, _said(found, len(attributes)))
    if role == Role.COUNTRY:
        out |= _country_code(open_fields, iso3)
    if role == Role.CONCESSION and "status" not in out:
        out |= _status_told_by_kinds(open_fields, len(attributes))
    if role in SCREENED_ROLES:
        out |= _group(out, open_fields, len(attributes))
    return out


def _is_used(name: str, role: Role) -> bool:
    if name in _OF_TITLES:
        return role == Role.CONCESSION
    return name != "designation" or role in SCREENED_ROLES


def _best(name: str, fields: Iterable[Field]) -> Field | None:
    """The field whose name fits best; the fuller one among equals."""
    ranked = []
    for f in fields:
        rank = recognition.rank(f.name, "columns", name)
        if rank is not None and not _is_something_else(f.name, name):
            ranked.append((rank, -f.filled_share, f))
    return min(ranked, key=lambda item: item[:2])[2] if ranked else None


def _is_something_else(column: str, name: str) -> bool:
    barred = recognition.word_lists()["columns_but"].get(name, [])
    held = recognition.tokens(column)
    return any(recognition.tokens(word)[0] in held for word in barred)


def _said(f: Field, rows: int) -> str:
    filled = round(f.filled_share * rows)
    text = f"by its name; {f.distinct} different in {filled} of {rows} rows"
    return text if f.distinct < filled or filled < rows else f"by its name; all {rows} differ"


# --- what a column has to hold -------------------------------------------------------------------


def _is_code(f: Field, attributes: pd.DataFrame) -> bool:
    filled = f.filled_share * len(attributes)
    return f.filled_share >= _MOST and f.distinct >= _MOST * filled and f.type != "date"


def _is_name(f: Field, attributes: pd.DataFrame) -> bool:
    filled = f.filled_share * len(attributes)
    return f.type == "text" and f.distinct >= _MOST * filled and not _is_numeric(f, attributes)


def _is_kind(f: Field, attributes: pd.DataFrame) -> bool:
    said = {text.casefold() for text in f.kinds} - _YES_AND_NO
    return f.type == "text" and bool(said) and not _is_numeric(f, attributes)


def _is_filled_kind(f: Field, attributes: pd.DataFrame) -> bool:
    return f.filled_share >= _MOST and _is_kind(f, attributes)


def _is_stage(f: Field, attributes: pd.DataFrame) -> bool:
    return _is_kind(f, attributes) and bool(recognition.translations(f.kinds, "stage")[0])


def _is_text(f: Field, attributes: pd.DataFrame) -> bool:
    return f.type == "text" and not _is_numeric(f, attributes)


def _is_numeric(f: Field, attributes: pd.DataFrame) -> bool:
    texts = _some_texts(attributes[f.name])
    return sum(vocabulary.number(t) is not None for t in texts) >= 0.9 * len(texts)


def holds_dates(f: Field, attributes: pd.DataFrame) -> bool:
    """Days of any writing; years alone and small numbers are none."""
    texts = _some_texts(attributes[f.name])
    days = sum(bool(_SLASHED.fullmatch(t)) or _is_epoch(t) for t in texts)
    return any(len(t) > 1 for t in texts) and days >= _MOST * len(texts)


def _is_epoch(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{11,14}|0", text))


def _some_texts(column: pd.Series) -> list[str]:
    texts = vocabulary.texts(column.dropna().head(_MOST_MEASURED))
    return [t for t in texts if t and not recognition.is_missing(t)]


_TESTS: Mapping[str, Callable[[Field, pd.DataFrame], bool]] = {
    "feature_id": _is_code,
    "name": _is_name,
    "designation": _is_filled_kind,
    "holder": _is_text,
    "minerals": _is_text,
    "stage": _is_stage,
    "status": _is_kind,
    **dict.fromkeys(DATES, holds_dates),
    "declared_area": _is_numeric,
}


# --- columns told by what they hold --------------------------------------------------------------


def _country_code(fields: Sequence[Field], iso3: str) -> dict[str, Guess]:
    """The column with this country's code, where all it holds are codes of three letters."""
    best = _best("iso3", [f for f in fields if _holds_codes(f, iso3)])
    return {"iso3": Guess(best.name, f"holds codes of three letters, {iso3} too")} if best else {}


def _holds_codes(f: Field, iso3: str) -> bool:
    """A column of many countries has too many kinds to be listed; its examples are looked at."""
    held = f.kinds or f.examples
    codes = all(re.fullmatch(r"[A-Z]{3}|-99", text) for text in held)
    return bool(held) and codes and (iso3 in held or not f.kinds)


def _status_told_by_kinds(fields: Sequence[Field], rows: int) -> dict[str, Guess]:
    """A column of kinds most of whose rows say a status: "APSA" is an application."""
    for f in fields:
        if any(len(text) > _MOST_LETTERS for text in f.kinds):
            continue
        known = recognition.translations(f.kinds, "status")[0]
        said = sum(f.kinds[text] for texts in known.values() for text in texts)
        if said >= _MOST * rows and rows:
            shown = words.listed([t for texts in known.values() for t in texts])
            return {
                "status": Guess(f.name, f"no column of status; what it says tells one: {shown}")
            }
    return {}


def _group(found: Mapping[str, Guess], fields: Sequence[Field], rows: int) -> dict[str, Guess]:
    """A code that repeats is shared by the parts of one thing."""
    code = found.get("feature_id")
    repeats = any(code and f.name == code.value and _repeats(f, rows) for f in fields)
    reason = "the code repeats: rows that share it count as one"
    return {"group_id": Guess(code.value, reason)} if code and repeats else {}


def _repeats(f: Field, rows: int) -> bool:
    return f.distinct < round(f.filled_share * rows)


# --- dates and areas -----------------------------------------------------------------------------


def date_order(columns: Iterable[pd.Series]) -> Guess | None:
    """The order of day, month and year in dates written with slashes; None if none are.

    A number over 12 tells the day. An empty value: nothing tells it, or the dates differ in it.
    """
    told: Counter[str] = Counter()
    undecided = 0
    for column in columns:
        for text in vocabulary.texts(column.dropna().unique()):
            parts = _SLASHED.fullmatch(text)
            if parts is None:
                continue
            order = _order_of(*parts.groups())
            told[order] += bool(order)
            undecided += not order
    orders = [order for order, count in told.items() if count and order != "iso"]
    if len(orders) > 1:
        return Guess("", f"its dates are in several orders: {', '.join(sorted(orders))}")
    if orders:
        return Guess(orders[0], "a day over 12 tells it")
    return (
        Guess("", "no date has a day over 12: nothing tells day from month") if undecided else None
    )


def _order_of(first: str, second: str, third: str) -> str:
    """dmy, mdy, ymd (with slashes), iso (which needs no order), or "" where nothing tells."""
    if len(first) == 4:
        return "iso"
    if len(third) != 4:
        return ""
    if int(first) > 12:
        return "dmy"
    return "mdy" if int(second) > 12 else ""


def area_unit(
    column: str, declared: Sequence[str], raw: RawFrame, placed: bool = True
) -> Guess | None:
    """The unit of a stated area: the one in which it fits the measured area; None if none does.

    A unit in the column's name that does not fit is no unit either.

    Args:
        declared: texts of the first rows of `raw`, one a row. placed: the CRS of `raw` is its own,
            so that its areas can be measured; else the name alone tells.
    """
    if not placed:
        return _unit_by_name(column)
    numbers = np.array([vocabulary.number(text) or np.nan for text in declared], np.float64)
    rows = np.flatnonzero((numbers > 0) & ~shapely.is_missing(raw.geometry[: len(numbers)]))[
        :_MOST_MEASURED
    ]
    shapes = measure.to_lonlat(shapely.force_2d(raw.geometry[rows]), raw.crs)
    measured = measure.area_km2(shapes)
    fits = measured > 0
    if not fits.any():
        return _unit_by_name(column)
    ratio = numbers[rows][fits] / measured[fits]
    shares = {
        unit: float(np.mean((ratio * km2 >= 1 / _NEAR) & (ratio * km2 <= _NEAR)))
        for unit, km2 in measure.KM2_PER_UNIT.items()
    }
    unit, *others = sorted(shares, key=lambda name: -shares[name])
    named = recognition.meanings(column, "units")
    if shares[unit] < _FITTING or shares[unit] < 2 * shares[others[0]]:
        return None
    if named and unit not in named:
        return None
    said = f"read so, it is near the measured area in {words.share(shares[unit])} of"
    return Guess(unit, f"{said} {words.plural(len(ratio), 'feature')}")


def _unit_by_name(column: str) -> Guess | None:
    found = recognition.meanings(column, "units")
    unit = next(iter(found), "")
    return Guess(unit, f"by its name ({found[unit]}); no area could be measured") if unit else None
