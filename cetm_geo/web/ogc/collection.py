"""A collection: rows of a store with shapes, and which of them a request asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cetm_geo import export
from cetm_geo.arrays import Flags, Texts
from cetm_geo.cql2 import Box, Columns
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.store import Store
from cetm_geo.web.cache import BytesCache

_TEXTS_BYTES = 8 << 20
BOUNDS = ["west", "south", "east", "north"]
_TYPES: Mapping[str, str] = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}
# Types of columns.toml in words of JSON Schema.
_TYPES_TOLD: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "number"},
    "count": {"type": "integer"},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}},
    "dict": {"type": "object"},
}


@dataclass(frozen=True)
class Head:
    """What is said of a collection.

    noun: what its rows are called. shown: columns of its page of items. table: by which
    columns.toml tells its columns. layer_id: of the layer whose tiles show it, "" of none.
    day: column of the day that `datetime` asks, "" where rows have none.
    """

    id: str
    title: str
    description: str
    noun: str
    shown: tuple[str, ...]
    table: str
    layer_id: str = ""
    day: str = ""
    attribution: str = ""
    licence_url: str = ""


@dataclass(frozen=True, eq=False)
class Collection(ABC):
    """Rows of one generation as licences let them go, whoever asks. A row is known by its place."""

    store: Store
    head: Head
    shape: ClassVar[str] = "geometry-any"  # kind of shapes, as JSON Schema's format has it

    @abstractmethod
    def _read(self) -> pd.DataFrame:
        """A row each: `id`, what it is asked by, and BOUNDS (degrees), null where withheld."""

    @abstractmethod
    def frame(self, rows: Sequence[int]) -> Any:
        """Some rows in this order with their shapes, as an export has them."""

    @property
    def measured(self) -> tuple[str, ...]:
        """Columns of numbers that are read one at a time when they are asked for."""
        return ()

    def _measured(self, name: str) -> Any:
        raise KeyError(name)

    @cached_property
    def _texts(self) -> BytesCache:
        """Features told last, by row: of a generation they do not change."""
        return BytesCache(_TEXTS_BYTES)

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Every row without its shape."""
        return self._read()

    @cached_property
    def ids(self) -> Texts:
        """Ids of all rows."""
        return np.asarray(self.facts["id"].to_numpy(object))

    @cached_property
    def _places(self) -> pd.Index:
        return pd.Index(self.ids, dtype=object)

    def place(self, row_id: str) -> int:
        """Where a row stands; -1 where there is none of this id."""
        return int(self._places.get_indexer(pd.Index([row_id], dtype=object))[0])

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """What rows are asked by."""
        hidden = {"id", *BOUNDS, *self.measured}
        return (*(name for name in self.facts.columns if name not in hidden), *self.measured)

    @cached_property
    def columns(self) -> Columns:
        """What filters ask."""
        return Columns(len(self.facts), self.properties, self._column, self.meets)

    def meets(self, box: Box) -> Flags:
        """Rows whose own box meets one in degrees; west may be the larger number."""
        west, south, east, north = box
        own = {name: self.facts[name].to_numpy(float) for name in BOUNDS}
        high = (own["south"] <= north) & (own["north"] >= south)
        if west <= east:
            return high & (own["west"] <= east) & (own["east"] >= west)
        return high & ((own["east"] >= west) | (own["west"] <= east))

    def during(self, first: str, last: str) -> Flags:
        """Rows from one day to another, "" for open; those without a day, too."""
        if not self.head.day:
            return np.ones(len(self.facts), bool)
        days = self.facts[self.head.day].fillna("").to_numpy(object)
        late = np.array([not day or (day >= first and (not last or day <= last)) for day in days])
        return late.astype(bool)

    def features(self, rows: Sequence[int]) -> list[bytes]:
        """Some rows as GeoJSON texts in this order, as an export writes them."""
        known = ((row, self._texts.get(row)) for row in dict.fromkeys(rows))
        found = {row: text for row, text in known if text is not None}
        missing = [row for row in dict.fromkeys(rows) if row not in found]
        if missing:
            ids = self.ids[np.asarray(missing)].tolist()
            texts = export.feature_texts(self.frame(missing), ids=ids)
            for row, text in zip(missing, texts, strict=True):
                found[row] = text
                self._texts.put(row, text)
        return [found[row] for row in rows]

    def asked_by(self) -> dict[str, Any]:
        """Each property that filters may name as JSON Schema, with its meaning."""
        return {
            one["column"]: {"title": one["column"], "type": self._type(one["column"])} | _said(one)
            for one in self._told(self.properties)
        }

    def given(self) -> dict[str, Any]:
        """Each property of a feature as JSON Schema, with its meaning."""
        names = [str(name) for name in self.frame([]).columns if name != "geometry"]
        return {
            one["column"]: {"title": one["column"], **_TYPES_TOLD.get(one["type"], {})} | _said(one)
            for one in self._told(names)
        }

    def _told(self, names: Sequence[str]) -> list[dict[str, str]]:
        roles = {x["layer_id"]: x["role"] for x in self.store.rows("layers_of_screening")}
        book = Indicators(self.store.rulebook.indicators)
        return export.columns_of(self.head.table, names, book, roles)

    def _type(self, name: str) -> str:
        if name in self.measured:
            return "number"
        return _TYPES.get(self.facts[name].dtype.kind, "string")

    def _column(self, name: str) -> Any:
        if name in self.measured:
            return self._measured(name)
        column = self.facts[name]
        is_text = column.dtype.kind not in "fiub"
        return column.to_numpy(object) if is_text else column.to_numpy()


def _said(one: Mapping[str, str]) -> dict[str, str]:
    said = {"description": one["meaning"], "x-ogc-unit": one["unit"]}
    return {key: text for key, text in said.items() if text}


def rows_by(frame: Any, site_ids: Sequence[str], nth: Sequence[int]) -> Any:
    """Of a frame ordered within each site, the rows that stand there as `nth` (from 0) of their
    sites, in the order asked for."""
    place = frame.groupby("site_id", sort=False).cumcount()
    known = pd.MultiIndex.from_arrays([frame["site_id"], place])
    wanted = pd.MultiIndex.from_arrays([list(site_ids), list(nth)])
    return frame.iloc[known.get_indexer(wanted)].reset_index(drop=True)
