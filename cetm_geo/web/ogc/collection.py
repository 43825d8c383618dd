"""The titles of a store as a collection: which of them a request asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import export
from cetm_geo.arrays import Flags, Texts
from cetm_geo.cql2 import Box, Columns
from cetm_geo.export import What
from cetm_geo.model import Publish
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.store import Store

SITES = "sites"
_BOUNDS = ["west", "south", "east", "north"]
# Facts that a title is asked by; every indicator comes beside them.
_FACTS = ("site_id", "layer_id", "name", "holder", "commodity_text", "stage", "status",
          "granted_on", "tier", "fully_screened", "score", "critical_count", "high_count",
          "moderate_count", "info_count", "countries")  # fmt: skip
_NAMES = ("name", "holder")
_TYPES: Mapping[str, str] = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}


@dataclass(frozen=True, eq=False)
class Titles:
    """Those of one generation, as licences let them go, whoever asks."""

    store: Store

    @cached_property
    def facts(self) -> pd.DataFrame:
        """A row a title in the order of screening: _FACTS and the box, null where withheld."""
        found = self.store.frame("titles_to_find")
        publish = {x["layer_id"]: x["publish"] for x in self.store.rows("layers_of_screening")}
        licence = found["layer_id"].map(publish)
        # What is not told must not be found out by asking for it, either.
        found.loc[(licence != Publish.PUBLIC.value).to_numpy(bool), _BOUNDS] = np.nan
        local = (licence == Publish.LOCAL_ONLY.value).to_numpy(bool)
        return found.assign(**{name: found[name].where(~local, None) for name in _NAMES})

    @cached_property
    def ids(self) -> Texts:
        """Ids of all titles."""
        return np.asarray(self.facts["site_id"].to_numpy(object))

    @cached_property
    def indicator_ids(self) -> tuple[str, ...]:
        """Indicators that hold numbers, in the order of screening."""
        found = self.store.frame("indicator_ids")
        return tuple(found["indicator_id"][found["known_count"] > 0].astype(str))

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """What a title is asked by."""
        facts = [name for name in _FACTS if name not in self.indicator_ids]
        return (*facts, *self.indicator_ids)

    @cached_property
    def extent(self) -> list[float]:
        """West, south, east, north of all titles whose outline is told."""
        boxes = self.facts[_BOUNDS].to_numpy(float)
        known = boxes[~np.isnan(boxes).any(axis=1)]
        if not len(known):
            return [-180.0, -90.0, 180.0, 90.0]
        return [*known[:, :2].min(axis=0).tolist(), *known[:, 2:].max(axis=0).tolist()]

    @cached_property
    def columns(self) -> Columns:
        """What filters ask."""
        return Columns(len(self.facts), self.properties, self._column, self.meets)

    def meets(self, box: Box) -> Flags:
        """Titles whose own box meets one in degrees; west may be the larger number."""
        west, south, east, north = box
        own = {name: self.facts[name].to_numpy(float) for name in _BOUNDS}
        high = (own["south"] <= north) & (own["north"] >= south)
        if west <= east:
            return high & (own["west"] <= east) & (own["east"] >= west)
        return high & ((own["east"] >= west) | (own["west"] <= east))

    def granted(self, first: str, last: str) -> Flags:
        """Titles granted from one day to another, "" for open; those without a day, too."""
        days = self.facts["granted_on"].fillna("").to_numpy(object)
        late = np.array([not day or (day >= first and (not last or day <= last)) for day in days])
        return late.astype(bool)

    def features(self, site_ids: list[str]) -> list[bytes]:
        """Some titles as GeoJSON texts in this order, as `cetm-geo export sites` writes them."""
        if not site_ids:
            return []
        frame = export.stored(self.store, What.SITES, site_ids)
        return list(export.feature_texts(frame, ids=site_ids))

    def schema(self) -> dict[str, Any]:
        """Each property as JSON Schema with its meaning."""
        book = self.store.rulebook
        roles = {x["layer_id"]: x["role"] for x in self.store.rows("layers_of_screening")}
        told = export.columns_of(SITES, self.properties, Indicators(book.indicators), roles)
        return {
            one["column"]: {"title": one["column"], "type": self._type(one["column"])}
            | ({"description": one["meaning"]} if one["meaning"] else {})
            | ({"x-ogc-unit": one["unit"]} if one["unit"] else {})
            for one in told
        }

    def _type(self, name: str) -> str:
        if name in self.indicator_ids:
            return "number"
        return _TYPES.get(self.facts[name].dtype.kind, "string")

    def _column(self, name: str) -> Any:
        if name not in self.indicator_ids:
            column = self.facts[name]
            is_text = column.dtype.kind not in "fiub"
            return column.to_numpy(object) if is_text else column.to_numpy()
        rows = self.store.frame("indicators_named", names=[name])
        values = pd.Series(rows["value"].to_numpy(float), index=rows["site_id"].to_numpy(object))
        return values.reindex(self.ids).to_numpy(float)
