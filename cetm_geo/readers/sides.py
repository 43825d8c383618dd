"""Parts of coordinates that stand in columns of their own: hemispheres, and minutes of degrees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.coordinates.spelling import AXIS_OF, LETTERS, NEGATIVE, sides_of_title
from cetm_geo.readers.rows import plain_numbers

# Names without signs: NS, E/W, hemisphere, lat_hem, LonDir, GPSLatitudeRef. S and N in other
# columns may be the yes and no of Spanish and Portuguese.
_SIDE = re.compile(
    r"(n|north)(o?r)?(s|south)|(e|east)(o?r)?(w|west)|we|[oe]ou?[oe]|eo|oe|.*hem(is\w*)?"
    r"|.*(lat|lon|lng)\w*(dir\w*|ref|ns|ew|eo|oe|hem\w*|letter)"
)
_MINUTES = re.compile(r".*(min(s|utes?|utos?)?|mn|sec(s|onds?|ondes?)?|seg(undos?)?)")
_WORDS = {"S": "south of the equator", "W": "west of Greenwich"}
_MOST_SHARE = 0.5  # of a column's texts that must be letters of hemispheres
_WHOLE = r"[-+]?\d{1,3}\s*[°º]?"


def with_sides(texts: pd.DataFrame, names: Sequence[str]) -> tuple[list[Any], tuple[str, ...]]:
    """The columns x and y, each with the hemispheres another column holds for it, and remarks.

    A row that lacks its hemisphere becomes a text that is no coordinate, so that it is refused.
    """
    columns: list[Any] = [numbers_or_texts(texts[name]) for name in names]
    remarks = []
    for i, side in enumerate("WS"):
        if side in sides_of_title(names[i]):
            columns[i] = _sided(texts[names[i]], pd.Series(side, texts.index))
            remarks.append(f"{names[i]} was taken as {_WORDS[side]}, by its name")
    for other in texts.columns:
        axis = _axis_of(texts[other]) if other not in names and _fits(_SIDE, other) else ""
        if axis:
            i = ("lon", "lat").index(axis)
            columns[i] = _sided(texts[names[i]], texts[other])
            remarks.append(f"{other} was taken as the hemisphere of {names[i]}")
    return columns, tuple(remarks)


def minutes_apart(texts: pd.DataFrame, names: Sequence[str]) -> str:
    """The column that looks like the minutes of degrees which are all whole; empty if none does."""
    for name in names:
        written = texts[name].str.strip()
        if not written[written != ""].str.fullmatch(_WHOLE).all():
            return ""
    for other in texts.columns:
        if other in names or not _fits(_MINUTES, other):
            continue
        numbers = pd.to_numeric(texts[other].str.strip().replace("", "0"), errors="coerce")
        if numbers.between(0, 60).all() and numbers.gt(0).any():
            return str(other)
    return ""


def _fits(pattern: re.Pattern[str], name: str) -> bool:
    return pattern.fullmatch(re.sub(r"[\W\d_]+", "", name.casefold())) is not None


def _letters(column: pd.Series[str]) -> pd.Series[str]:
    """N, S, E, W of a column's letters or words; NaN for others."""
    return column.str.strip().str.casefold().str.removesuffix(".").map(LETTERS)


def _axis_of(column: pd.Series[str]) -> str:
    """The axis whose hemispheres a column holds; empty if of none, or of both."""
    letters = _letters(column)
    axes = {AXIS_OF[letter] for letter in letters.dropna().unique()}
    known = letters.notna().sum() / max(int((column.str.strip() != "").sum()), 1)
    return axes.pop() if len(axes) == 1 and known >= _MOST_SHARE else ""


def _sided(column: pd.Series[str], sides: pd.Series[str]) -> NDArray[Any]:
    letters = _letters(sides)
    south_or_west = letters.isin(NEGATIVE).to_numpy(bool)
    numbers = plain_numbers(column)
    if numbers is not None and letters.notna().all() and not ((numbers < 0) & ~south_or_west).any():
        return np.where(south_or_west, -np.abs(numbers), numbers)
    written = column.str.strip()
    bare = ~written.str.contains("[A-Za-z]") & (written != "")
    return np.asarray(written.mask(bare, written + " " + letters.fillna("(no hemisphere)")), object)


def numbers_or_texts(column: pd.Series[str]) -> NDArray[Any]:
    """A column as float64 (n,) if all its texts are plain numbers, else the texts."""
    numbers = plain_numbers(column)
    return column.to_numpy(object) if numbers is None else numbers
