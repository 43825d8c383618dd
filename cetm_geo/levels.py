"""What the levels of a scale may be: mistakes in a layer's [[scales]], and bounds in labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from pydantic import TypeAdapter

from cetm_geo import vocabulary
from cetm_geo.model import LayerSpec, Role, Scale

# So that one of them always holds a tenth of the land, and the worst that does can be told.
MOST_LEVELS = 10
_ID = re.compile(r"[a-z][a-z0-9_]*")
_SCALES = TypeAdapter(tuple[Scale, ...])
_NUMBER = r"([-+]?\d[\d.,]*)(?:\s+in\s+(\d[\d.,]*))?\s*(%?)"
_UNIT = r"\s*[A-Za-z/²³]*(?:/[A-Za-z]+)?"
_BELOW = re.compile(rf"(?:<=?|less than|below|under)\s*{_NUMBER}{_UNIT}", re.IGNORECASE)
_ABOVE = re.compile(rf"(?:>=?|more than|above|over)\s*{_NUMBER}{_UNIT}", re.IGNORECASE)
_BETWEEN = re.compile(rf"{_NUMBER}\s*(?:-|–|to)\s*{_NUMBER}{_UNIT}", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)\s*$")


# --- mistakes in a definition --------------------------------------------------------------------


def problems_of_scales(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    """Mistakes as (key, text): scales are of layers whose land is measured, and have ranks."""
    if not spec.scales:
        return
    if spec.role == Role.CONCESSION or "overlap_km2" not in spec.measured:
        yield "scales", "only of a reference layer that gives overlap_km2, by its role or by name"
    ids = [scale.id for scale in spec.scales]
    for repeated in sorted({i for i in ids if ids.count(i) > 1}):
        yield "scales", f"the id {repeated!r} has two meanings"
    for scale in spec.scales:
        for key, text in _problems_of_one(scale):
            yield f"scales.{scale.id}{key}", text


def _problems_of_one(scale: Scale) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(scale.id) or scale.id in set(Role):
        yield ".id", "must be lower case letters, digits and _, and not the name of a role"
    if not scale.ranked or len(scale.levels) > MOST_LEVELS:
        yield ".levels", f"code = label: one that is a rank at least, {MOST_LEVELS} at most"
    for code in sorted(set(scale.apart) - set(scale.levels)):
        yield ".apart", f"{code} is none of its levels"
    if scale.check is None:
        return
    knots = scale.check.knots
    if not knots and not scale.check.labels:
        yield ".check", "give knots, or the column of labels that state the bounds"
    if knots and len(knots) != len(scale.ranked) + 1:
        yield ".check.knots", f"{len(scale.ranked) + 1} numbers for {len(scale.ranked)} ranks"
    if any(a >= b for a, b in pairwise(knots)) or (scale.check.logarithmic and min(knots) <= 0):
        yield ".check.knots", "must rise, and be above 0 where logarithmic"
    if scale.check.score and not knots:
        yield ".check.score", "is computed from knots: give them"


def repeated_names(layers: Iterable[LayerSpec]) -> Iterator[tuple[str, str]]:
    """Mistakes as (layer id, text): names of scales that two layers would give their indicators."""
    own = [(spec.id, f"{spec.id}_{scale.id}") for spec in layers for scale in spec.scales]
    spoken = {scale.id for spec in layers for scale in spec.scales}
    often = Counter(name for _, name in own)
    for layer_id, name in own:
        if often[name] > 1 or name in spoken:
            yield layer_id, f"indicators named {name}_... would be given twice: rename a scale"


# --- as a text -----------------------------------------------------------------------------------


def scales_text(scales: tuple[Scale, ...]) -> str | None:
    """Scales as JSON, for a table; None where there is none."""
    return _SCALES.dump_json(scales).decode() if scales else None


def scales_of(text: str | None) -> tuple[Scale, ...]:
    """Scales from their text."""
    return _SCALES.validate_json(text) if text else ()


# --- bounds in labels ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Bounds:
    """What a label says of a level: from `low` to `high`, infinite where open.

    low_step, high_step: one unit of the last digit that is written, by which each may be off.
    """

    low: float
    high: float
    low_step: float = 0.0
    high_step: float = 0.0


def bounds_of(label: str) -> Bounds | None:
    """The bounds that a label states, as "High (40-80%)" or "(more than 1 in 100)"; else None.

    Per cent and "1 in 100" are read as shares.
    """
    inside = _IN_BRACKETS.search(label)
    text = (inside.group(1) if inside else label).strip()
    if found := _BETWEEN.fullmatch(text):
        a, of_a, percent_a, b, of_b, percent_b = found.groups()
        low, low_step = _number(a, of_a, percent_a or percent_b)
        high, high_step = _number(b, of_b, percent_b)
        return Bounds(low, high, min(low_step, high_step), high_step) if low < high else None
    if found := _BELOW.fullmatch(text):
        high, step = _number(*found.groups())
        return Bounds(-np.inf, high, 0.0, step)
    if found := _ABOVE.fullmatch(text):
        low, step = _number(*found.groups())
        return Bounds(low, np.inf, step, 0.0)
    return None


def _number(text: str, of: str | None, percent: str) -> tuple[float, float]:
    """A number of a label, and one unit of its last digit; nan where it is none."""
    digits = text.rstrip(".,")
    value = vocabulary.number(digits)
    divisor = (vocabulary.number(of) if of else 1.0) or np.nan
    if percent:
        divisor *= 100
    if value is None:
        return np.nan, np.nan
    whole = float(value).is_integer() and "." not in digits
    decimals = 0 if whole else len(re.split(r"[.,]", digits)[-1])
    return value / divisor, 10.0**-decimals / divisor
