"""What was read, counted: geometries by kind and by what is wrong, columns by their texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import recognition, vocabulary
from cetm_geo.arrays import Box
from cetm_geo.readers import RawFrame

MAX_EXAMPLES = 3
_MAX_EXAMPLE_LETTERS = 60
# A column of at most so many texts is one of kinds, states or places; its texts are counted.
MAX_KINDS = 60
_TEXTS_LOOKED_AT = 200
MOST_VERTICES = 10_000_000  # that are looked at for what is invalid or twice: some seconds
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}($|[T ])")
LOOKS_LONLAT = "degrees of longitude and latitude"
LOOKS_METRES = "metres of a projected system"


@dataclass(frozen=True)
class Field:
    """One column.

    filled_share: of the rows, with a text that is neither blank nor one that means missing.
    distinct: different texts. examples: the commonest, none of a personal column.
    kinds: text -> rows, where there are few; missing: texts that mean nothing was given.
    """

    name: str
    type: str
    filled_share: float
    distinct: int
    examples: tuple[str, ...] = ()
    personal: bool = False
    missing: tuple[str, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Shapes:
    """The geometries of a part, counted by kind and by what is wrong with them.

    sampled: of how many shapes `invalid` and `duplicates` are told; 0 = of all.
    """

    kinds: Mapping[str, int]
    null: int
    unreadable: int
    empty: int
    invalid: int
    invalid_reason: str
    with_z: int
    duplicates: int
    sampled: int = 0

    @property
    def usable(self) -> int:
        """Rows that have a place on earth, valid or not."""
        return sum(self.kinds.values()) - self.empty


def box_of(geometry: Any) -> Box | None:
    """West, south, east, north of all shapes together; None without coordinates."""
    bounds = shapely.bounds(geometry)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def looks_like(box: Box | None) -> str:
    """What coordinates look like by their range: degrees or metres."""
    if box is None:
        return "no coordinates"
    west, south, east, north = box
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return LOOKS_LONLAT
    if west >= -90 and east <= 90 and south >= -180 and north <= 180:
        return "degrees, latitude first"
    if west >= -180 and east <= 360 and south >= -90 and north <= 90:
        return "degrees, longitude beyond 180"
    return LOOKS_METRES


def shapes_of(raw: RawFrame) -> Shapes:
    """The geometries of a frame, counted."""
    geometry = raw.geometry
    present = ~shapely.is_missing(geometry)
    empty = present & shapely.is_empty(geometry)
    usable = present & ~empty
    looked_at = _even_sample(geometry[usable])
    with np.errstate(invalid="ignore"):  # a coordinate that is no number makes a shape invalid
        broken = looked_at[~shapely.is_valid(looked_at)]
    reasons = Counter(text.split("[")[0].strip() for text in shapely.is_valid_reason(broken))
    codes = shapely.get_type_id(geometry[present])
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    names = [shape.geom_type for shape in geometry[present][first]]
    kinds = Counter(dict(zip(names, counts.tolist(), strict=True)))
    unreadable = int((raw.unreadable != "").sum())
    with np.errstate(invalid="ignore"):
        same = len(set(shapely.to_wkb(shapely.normalize(looked_at)).tolist()))
    return Shapes(
        kinds=dict(kinds.most_common()),
        null=int((~present).sum()) - unreadable,
        unreadable=unreadable,
        empty=int(empty.sum()),
        invalid=len(broken),
        invalid_reason=reasons.most_common(1)[0][0] if reasons else "",
        with_z=int(shapely.has_z(geometry[usable]).sum()),
        duplicates=len(looked_at) - same,
        sampled=len(looked_at) if len(looked_at) < usable.sum() else 0,
    )


def _even_sample(geometry: Any) -> Any:
    """All shapes, or so many of them, evenly spread, as have the vertices that are looked at."""
    step = -(-int(shapely.get_num_coordinates(geometry).sum()) // MOST_VERTICES)
    return geometry[:: max(step, 1)]


_TYPES = (
    (pd.api.types.is_bool_dtype, "yes or no"),
    (pd.api.types.is_integer_dtype, "whole number"),
    (pd.api.types.is_numeric_dtype, "number"),
    (pd.api.types.is_datetime64_any_dtype, "date"),
)


def fields_of(attributes: pd.DataFrame) -> tuple[Field, ...]:
    """The columns of a table, each with what it holds."""
    return tuple(_field(str(name), column) for name, column in attributes.items())


def _field(name: str, column: pd.Series) -> Field:
    counts = _counted(column.dropna())
    missing = tuple(text for text in counts if recognition.is_missing(text))
    for text in missing:
        del counts[text]
    common = [_short(text) for text, _ in counts.most_common(MAX_EXAMPLES)]
    personal = recognition.is_personal(name, list(counts)[:100])
    kind = next((words for fits, words in _TYPES if fits(column.dtype)), "") or _text_type(counts)
    return Field(
        name=name,
        type=kind,
        filled_share=sum(counts.values()) / len(column) if len(column) else 0.0,
        distinct=len(counts),
        examples=() if personal else tuple(common),
        personal=personal,
        missing=() if personal else missing,
        kinds=dict(counts.most_common()) if len(counts) <= MAX_KINDS and not personal else {},
    )


def _text_type(counts: Mapping[str, int]) -> str:
    """What texts are written for: dates, numbers, or themselves; by the commonest of them."""
    some = list(counts)[:_TEXTS_LOOKED_AT]
    if some and all(_ISO_DAY.match(text) for text in some):
        return "date"
    numbers = some and all(vocabulary.number(text) is not None for text in some)
    return "number, as text" if numbers else "text"


def _counted(filled: pd.Series[Any]) -> Counter[str]:
    """Texts that are not blank, with how often they stand; each different one is read once."""
    values = filled.map(str) if filled.dtype == object else filled  # lists have no hash
    often = values.value_counts()
    counts: Counter[str] = Counter()
    for text, count in zip(vocabulary.texts(often.index), often.tolist(), strict=True):
        counts[text] += count
    counts.pop("", None)
    return counts


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_EXAMPLE_LETTERS else line[: _MAX_EXAMPLE_LETTERS - 1] + "…"
