"""How texts of registers become values: numbers, words of a catalogue."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.arrays import Texts

_THOUSANDS = re.compile(r"[-+]?(?!0)\d{1,3}(,\d{3})+")  # 0,125 is an eighth


def texts(values: Iterable[Any]) -> list[str]:
    """Each value as stripped text; null is "", a whole number has no ".0"."""
    if isinstance(values, pd.Series) and _told_apart_by_value(values):
        codes, distinct = pd.factorize(values, use_na_sentinel=True)
        found = [_text(value) for value in np.asarray(distinct).tolist()]
        taken: list[str] = np.array([*found, ""], object)[codes].tolist()  # -1, a null, is the last
        return taken
    return [_text(value) for value in values]


def _told_apart_by_value(values: pd.Series[Any]) -> bool:
    """Whether equal values have equal texts: 1 and True, equal too, may meet in a mixed column."""
    if values.dtype.kind in "iuf":
        return True
    return bool(pd.api.types.infer_dtype(values, skipna=True) == "string")


def per_distinct(values: Iterable[str | None], convert: Callable[[str], Any]) -> Texts:
    """`convert` of each text, called once for each that is different; None stays None."""
    codes, distinct = pd.factorize(np.asarray(list(values), dtype=object))
    found = np.full(len(distinct) + 1, None, object)
    for i, text in enumerate(distinct.tolist()):
        found[i] = convert(text)
    return found[codes]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float) and np.isnan(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def number(text: str | None) -> float | None:
    """A number written as text, with comma or point, "5,430.5088" and "5.430,5" alike; else None.

    A lone separator followed by exactly three digits is read as a thousands comma ("5,430"),
    unless a 0 stands before it ("0,125").
    Digits of any script are read, with the Arabic separators too.
    """
    digits = re.sub(r"[\s'’_\u066c]", "", text or "").replace("\u066b", ".")
    if not re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?", digits, re.IGNORECASE):
        return None
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and (point >= 0 or not _THOUSANDS.fullmatch(digits)):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = float(digits.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(values: Iterable[str | None]) -> NDArray[np.float64]:
    """`number` of each text, nan where it is none; shape (n,)."""
    return per_distinct(values, number).astype(np.float64)


def numbers_in(values: pd.Series[Any], missing_texts: Sequence[str] = ()) -> NDArray[np.float64]:
    """A column as numbers; nan where blank, no number, or a text that means missing; shape (n,)."""
    if values.dtype.kind in "iuf":
        out = values.to_numpy(np.float64, na_value=np.nan).copy()
    else:
        words = np.array(texts(values), object)
        out = pd.to_numeric(pd.Series(words), errors="coerce").to_numpy(np.float64).copy()
        out[np.isnan(out)] = numbers(words[np.isnan(out)])
    missing = [found for found in map(number, missing_texts) if found is not None]
    out[~np.isfinite(out) | np.isin(out, missing)] = np.nan
    return out


def translate(
    values: Sequence[str | None] | Texts, words: Mapping[str, Sequence[str]]
) -> tuple[Texts, dict[str, int]]:
    """Register texts in canonical words, and the texts no word fits with how often they occur."""
    known = {text.casefold(): canonical for canonical, group in words.items() for text in group}
    out = per_distinct(values, lambda v: known.get(v.casefold()) if v else None)
    left = np.asarray(list(values), dtype=object)[pd.isna(out)]
    return out, dict(Counter(v for v in left.tolist() if v))


def json_text(value: Any) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
