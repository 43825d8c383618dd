"""How texts of registers become values: numbers, dates, lists of minerals, words of a catalogue."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Texts = NDArray[np.object_]

_SEPARATORS = re.compile(r"[,;/&+|\n]+|\s(?:and|et|y|e)\s", re.IGNORECASE)
_DATE_ORDERS = {"dmy": ("%d/%m/%Y",), "mdy": ("%m/%d/%Y",), "ymd": ("%Y/%m/%d",), "": ()}


def texts(values: Iterable[Any]) -> list[str]:
    """Each value as stripped text; null is "", a whole number has no ".0"."""
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float) and np.isnan(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def number(text: str | None) -> float | None:
    """A number written as text, with comma or point, "5,430.5088" and "5.430,5" alike; else None.

    A lone separator followed by exactly three digits is read as a thousands comma ("5,430").
    """
    digits = re.sub(r"[\s'_]", "", text or "")
    if not re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?", digits, re.IGNORECASE):
        return None
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and (point >= 0 or not re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", digits)):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = float(digits.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def dates(values: Iterable[Any], order: str) -> Texts:
    """Days as ISO text: ISO dates, epoch milliseconds (0 or less is none), or d/m/y by `order`.

    A text that is none of them, or a d/m/y date where no order is declared, gives None.
    """
    return np.array([_day(text, order) for text in texts(values)], object)


def _day(text: str, order: str) -> str | None:
    if re.fullmatch(r"-?\d{9,14}", text) or text in ("0", "-1"):
        return _epoch_day(int(text))
    iso = re.match(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:$|[T ])", text)
    try:
        if iso:
            return date(*map(int, iso.groups())).isoformat()
        for pattern in _DATE_ORDERS[order]:
            return datetime.strptime(re.sub(r"[.-]", "/", text), pattern).date().isoformat()
    except ValueError:
        pass
    return None


def _epoch_day(milliseconds: int) -> str | None:
    if milliseconds <= 0:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def minerals(text: str | None) -> list[str]:
    """The commodities a register lists, as written, each once; an empty list is "not stated"."""
    words = [word.strip() for word in _SEPARATORS.split(text or "")]
    return list(dict.fromkeys(word for word in words if word))


def translate(
    values: Sequence[str | None] | Texts, words: Mapping[str, Sequence[str]]
) -> tuple[Texts, dict[str, int]]:
    """Register texts in canonical words, and the texts no word fits with how often they occur."""
    known = {text.casefold(): canonical for canonical, group in words.items() for text in group}
    out = np.array([known.get(v.casefold()) if v else None for v in values], object)
    unknown: dict[str, int] = {}
    for value, found in zip(values, out, strict=True):
        if value and found is None:
            unknown[value] = unknown.get(value, 0) + 1
    return out, unknown


def json_text(value: Any) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
